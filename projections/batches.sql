-- Question: which bank batches paid wages on project $1, and how much of each went through? Asked by labour
-- officers and auditors. A line that came back later had gone through. Lines of a batch are payments, failed
-- ones and returns; sealed_* is what the seal says (NULL = the seal is missing).
SELECT l.batch, MIN(l.employer) AS employer, MIN(l.month) AS month, COUNT(*) AS lines,
    CAST(SUM(l.amount) AS BIGINT) AS amount,
    CAST(SUM(l.went_through) AS BIGINT) AS succeeded,
    CAST(SUM(l.went_through * l.amount) AS BIGINT) AS succeeded_amount,
    MAX(b.lines) AS sealed_lines, MAX(b.amount) AS sealed_amount
FROM (
    SELECT p.batch, p.employer, p.month, p.amount, CASE WHEN p.value_on IS NULL THEN 0 ELSE 1 END AS went_through
    FROM payment p WHERE p.project = $1
    UNION ALL
    SELECT r.batch, p.employer, p.month, r.amount, 0 AS went_through
    FROM payment_return r JOIN payment p ON p.seq = r.payment WHERE r.project = $1
) l
LEFT JOIN batch b ON b.project = $1 AND b.batch = l.batch
GROUP BY l.batch
ORDER BY l.batch
