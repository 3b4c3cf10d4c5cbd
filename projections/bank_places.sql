-- Question: where do these payments (k1 = entries) stand in the bank's files? Asked by pages, of the payments that they
-- show.
SELECT p.seq, p.batch, p.number, p.serial FROM k CROSS JOIN payment p WHERE p.seq = CAST(k.k1 AS BIGINT)
