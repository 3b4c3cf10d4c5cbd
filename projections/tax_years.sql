-- Question: what do wage sheets show of every worker's income tax in calendar year of payment $1, by withholding
-- agent, and since when does he work for him? Asked when withholding is worked out, by tax offices and agents: read
-- once from front to end, a worker at a time.
SELECT y.worker, y.employer, y.project, y.wages,
    (SELECT MIN(e.since) FROM employment e WHERE e.worker = y.worker AND e.employer = y.employer) AS since
FROM tax_year y
WHERE y.year = $1
ORDER BY y.worker, y.employer, y.project
