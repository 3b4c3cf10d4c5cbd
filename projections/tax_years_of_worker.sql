-- Question: the same as tax_years.sql of worker $2 alone. Asked when his tax is explained to him and to his lawyer.
SELECT y.worker, y.employer, y.project, y.wages,
    (SELECT MIN(e.since) FROM employment e WHERE e.worker = y.worker AND e.employer = y.employer) AS since
FROM tax_year y
WHERE y.year = $1 AND y.worker = $2
ORDER BY y.worker, y.employer, y.project
