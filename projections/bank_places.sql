-- Question: where do these payments (k1 = entries) stand in the bank's files, and why does the bank say that they failed
-- or came back? Asked by pages, of the payments that they show.
SELECT p.seq, p.batch, p.number, p.serial,
    COALESCE(p.reason, (SELECT r.reason FROM payment_return r WHERE r.payment = p.seq ORDER BY r.returned_on, r.seq LIMIT 1)) AS reason
FROM k CROSS JOIN payment p WHERE p.seq = CAST(k.k1 AS BIGINT)
