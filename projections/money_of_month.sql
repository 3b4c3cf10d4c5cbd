-- Question: what was ordered, paid, refused and sent back for month $2 on project $1? Asked with lines_of_month.sql.
SELECT p.seq, p.worker, p.employer, p.value_on, p.amount, p.batch, p.number, p.serial,
    (SELECT MIN(r.returned_on) FROM payment_return r WHERE r.payment = p.seq) AS returned_on
FROM payment p WHERE p.project = $1 AND p.month = $2
ORDER BY p.seq
