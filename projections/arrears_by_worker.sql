-- Question: arrears by worker on day $1. Asked by union lawyers: what is one worker owed. The name is sealed.
SELECT o.worker AS key, MAX(w.name) AS name, COUNT(DISTINCT o.worker) AS workers, COUNT(*) AS lines,
    CAST(SUM(o.outstanding) AS BIGINT) AS outstanding, MIN(o.due_on) AS oldest
FROM open_line o
LEFT JOIN worker w ON w.worker = o.worker
GROUP BY o.worker
ORDER BY outstanding DESC, key
