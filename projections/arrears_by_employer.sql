-- Question: arrears by employer on day $1. Asked by regulators: whom to order to pay (Decree 724 art. 30).
SELECT o.employer AS key, MAX(e.name) AS name, COUNT(DISTINCT o.worker) AS workers, COUNT(*) AS lines,
    CAST(SUM(o.outstanding) AS BIGINT) AS outstanding, MIN(o.due_on) AS oldest
FROM open_line o
LEFT JOIN organisation e ON e.code = o.employer
GROUP BY o.employer
ORDER BY outstanding DESC, key
