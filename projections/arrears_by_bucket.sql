-- Question: arrears by age on day $1. Asked by regulators: how old is what is owed. $2 to $8 are the first due
-- dates that are too young for the 2nd to the 8th bucket of rules::Bucket; key = place of the bucket, from 0.
SELECT o.bucket AS key, COUNT(DISTINCT o.worker) AS workers, COUNT(*) AS lines,
    CAST(SUM(o.outstanding) AS BIGINT) AS outstanding, MIN(o.due_on) AS oldest
FROM (
    SELECT worker, outstanding, due_on, CAST(CASE
        WHEN due_on >= $2 THEN 0 WHEN due_on >= $3 THEN 1 WHEN due_on >= $4 THEN 2 WHEN due_on >= $5 THEN 3
        WHEN due_on >= $6 THEN 4 WHEN due_on >= $7 THEN 5 WHEN due_on >= $8 THEN 6 ELSE 7 END AS BIGINT) AS bucket
    FROM open_line
) o
GROUP BY o.bucket
ORDER BY key
