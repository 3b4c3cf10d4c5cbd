-- Question: arrears by project on day $1. Asked by regulators and general contractors: which site first.
SELECT o.project AS key, MAX(p.name) AS name, COUNT(DISTINCT o.worker) AS workers, COUNT(*) AS lines,
    CAST(SUM(o.outstanding) AS BIGINT) AS outstanding, MIN(o.due_on) AS oldest
FROM open_line o
LEFT JOIN project p ON p.code = o.project
GROUP BY o.project
ORDER BY outstanding DESC, key
