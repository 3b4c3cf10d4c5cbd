-- Question: what was paid to whom on project $1, from what day on, until what day if it came back, and what failed
-- (no day)? Asked by pages, with lines_of_project.sql. The first return counts, as in overdue.sql.
SELECT p.worker, p.employer, p.month, p.amount, p.value_on,
    (SELECT MIN(r.returned_on) FROM payment_return r WHERE r.payment = p.seq) AS returned_on
FROM payment p WHERE p.project = $1
