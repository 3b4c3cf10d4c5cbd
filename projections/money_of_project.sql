-- Question: what was paid to whom on project $1, from what day on, until what day if it came back, and what failed
-- (no day)? Asked by pages, with lines_of_project.sql and in its form: worker, employer, amount, value_on, returned_on.
-- The first return counts, as in overdue.sql.
SELECT p.month, string_agg(concat_ws(' ', p.worker, p.employer, p.amount, COALESCE(p.value_on, '-'),
    COALESCE((SELECT MIN(r.returned_on) FROM payment_return r WHERE r.payment = p.seq), '-')), ',') AS all_of
FROM payment p WHERE p.project = $1
GROUP BY p.month ORDER BY p.month
