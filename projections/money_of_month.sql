-- Question: what was ordered, paid, refused and sent back for month $2 on project $1? Asked with lines_of_month.sql and
-- in its form: seq, worker, employer, amount, value_on, returned_on.
SELECT string_agg(concat_ws(' ', p.seq, p.worker, p.employer, p.amount, COALESCE(p.value_on, '-'),
    COALESCE((SELECT MIN(r.returned_on) FROM payment_return r WHERE r.payment = p.seq), '-')), ',') AS all_of
FROM payment p WHERE p.project = $1 AND p.month = $2
