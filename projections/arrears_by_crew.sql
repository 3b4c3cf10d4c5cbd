-- Question: arrears by crew on day $1. Asked by general contractors, who clear arrears crew by crew. The name is sealed.
SELECT o.crew AS key, MAX(c.label) AS name, COUNT(DISTINCT o.worker) AS workers, COUNT(*) AS lines,
    CAST(SUM(o.outstanding) AS BIGINT) AS outstanding, MIN(o.due_on) AS oldest
FROM open_line o
LEFT JOIN crew c ON c.crew = o.crew
GROUP BY o.crew
ORDER BY outstanding DESC, key
