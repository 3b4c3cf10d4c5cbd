-- Question: what was paid to worker $1 on project $2 by employer $3 for month $4? Asked with lines_beside.sql.
SELECT p.seq, p.worker, p.employer, p.value_on, p.amount, p.batch, p.number, p.serial,
    (SELECT MIN(r.returned_on) FROM payment_return r WHERE r.payment = p.seq) AS returned_on,
    COALESCE(p.reason, (SELECT r.reason FROM payment_return r WHERE r.payment = p.seq ORDER BY r.returned_on, r.seq LIMIT 1)) AS reason
FROM payment p WHERE p.worker = $1 AND p.project = $2 AND p.employer = $3 AND p.month = $4
ORDER BY p.seq
