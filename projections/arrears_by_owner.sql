-- Question: arrears by owner of the project on day $1. Asked by regulators: whose transfers may be late (Decree 724
-- art. 29). '' = the project is not registered.
SELECT COALESCE(p.owner, '') AS key, MAX(f.name) AS name, COUNT(DISTINCT o.worker) AS workers, COUNT(*) AS lines,
    CAST(SUM(o.outstanding) AS BIGINT) AS outstanding, MIN(o.due_on) AS oldest
FROM open_line o
LEFT JOIN project p ON p.code = o.project
LEFT JOIN organisation f ON f.code = p.owner
GROUP BY COALESCE(p.owner, '')
ORDER BY outstanding DESC, key
