-- Question: how many payments for each month of project $1 went through, failed or came back? Asked by general
-- contractors.
SELECT p.month, CAST(SUM(CASE WHEN p.value_on IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS paid,
    CAST(SUM(CASE WHEN p.value_on IS NULL THEN 0 ELSE p.amount END) AS BIGINT) AS amount,
    CAST(SUM(CASE WHEN p.value_on IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS failed,
    CAST(SUM(CASE WHEN EXISTS (SELECT 1 FROM payment_return r WHERE r.payment = p.seq) THEN 1 ELSE 0 END) AS BIGINT)
        AS returned
FROM payment p WHERE p.project = $1
GROUP BY p.month ORDER BY p.month
