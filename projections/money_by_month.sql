-- Question: how many payments for each month of project $1 had gone through by day $2, failed, or had come back by
-- then? Asked by general contractors. A failed payment has no day and always counts as one.
SELECT p.month,
    CAST(SUM(CASE WHEN p.value_on <= $2 THEN 1 ELSE 0 END) AS BIGINT) AS paid,
    CAST(SUM(CASE WHEN p.value_on <= $2 AND NOT EXISTS (
        SELECT 1 FROM payment_return r WHERE r.payment = p.seq AND r.returned_on <= $2
    ) THEN p.amount ELSE 0 END) AS BIGINT) AS amount,
    CAST(SUM(CASE WHEN p.value_on IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS failed,
    CAST(SUM(CASE WHEN EXISTS (
        SELECT 1 FROM payment_return r WHERE r.payment = p.seq AND r.returned_on <= $2
    ) THEN 1 ELSE 0 END) AS BIGINT) AS returned
FROM payment p WHERE p.project = $1
GROUP BY p.month ORDER BY p.month
