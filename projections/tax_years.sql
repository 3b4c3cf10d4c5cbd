-- Question: what do wage sheets show of every worker's income tax in calendar year of payment $1, by withholding
-- agent, since when does he work for him, and what did he declare to him to be deducted? Asked when withholding is worked out, by tax offices and agents: read
-- once from front to end, a worker at a time.
SELECT y.worker, y.employer, y.project, y.wages,
    (SELECT MIN(e.since) FROM employment e WHERE e.worker = y.worker AND e.employer = y.employer) AS since,
    (SELECT string_agg(d.kind || ':' || d.from_month || ':' || COALESCE(d.until_month, '') || ':'
        || CAST(d.monthly AS TEXT) || ':' || d.declared_on, ' ')
     FROM deduction d WHERE d.worker = y.worker AND d.employer = y.employer) AS declared
FROM tax_year y
WHERE y.year = $1
ORDER BY y.worker, y.employer, y.project
