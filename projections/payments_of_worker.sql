-- Question: what was paid to worker $1, what failed, what came back? Asked by the worker and his lawyer.
SELECT p.seq, p.project, p.employer, p.month, p.value_on, p.amount, p.payer, p.batch, p.number, p.serial,
    (SELECT MIN(r.returned_on) FROM payment_return r WHERE r.payment = p.seq) AS returned_on,
    COALESCE(p.reason, (SELECT r.reason FROM payment_return r WHERE r.payment = p.seq ORDER BY r.returned_on, r.seq LIMIT 1)) AS reason
FROM payment p WHERE p.worker = $1 ORDER BY p.seq
