-- Question: arrears by general contractor on day $1. Asked by regulators: who must pay first and claims it back
-- (Decree 724 art. 30). '' = the project is not registered.
SELECT COALESCE(p.contractor, '') AS key, MAX(f.name) AS name, COUNT(DISTINCT o.worker) AS workers, COUNT(*) AS lines,
    CAST(SUM(o.outstanding) AS BIGINT) AS outstanding, MIN(o.due_on) AS oldest
FROM open_line o
LEFT JOIN project p ON p.code = o.project
LEFT JOIN organisation f ON f.code = p.contractor
GROUP BY COALESCE(p.contractor, '')
ORDER BY outstanding DESC, key
