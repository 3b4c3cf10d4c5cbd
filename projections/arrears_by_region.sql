-- Question: arrears by region on day $1. Asked by provincial and city authorities. '' = the project is not registered.
SELECT COALESCE(p.region, '') AS key, MAX(p.region) AS name, COUNT(DISTINCT o.worker) AS workers, COUNT(*) AS lines,
    CAST(SUM(o.outstanding) AS BIGINT) AS outstanding, MIN(o.due_on) AS oldest
FROM open_line o
LEFT JOIN project p ON p.code = o.project
GROUP BY COALESCE(p.region, '')
ORDER BY outstanding DESC, key
