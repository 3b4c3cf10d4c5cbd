-- Question: the same as tax_years.sql of those workers only whom agent $2 paid in year $1, with what other agents
-- paid them. Asked by one agent and his tax office.
SELECT y.worker, y.employer, y.project, y.wages,
    (SELECT MIN(e.since) FROM employment e WHERE e.worker = y.worker AND e.employer = y.employer) AS since,
    (SELECT string_agg(concat_ws(':', d.kind, d.from_month, COALESCE(d.until_month, ''), d.monthly, d.declared_on), ';')
     FROM deduction d WHERE d.worker = y.worker AND d.employer = y.employer) AS declared
FROM tax_year y
WHERE y.year = $1
  AND y.worker IN (SELECT own.worker FROM tax_year own WHERE own.employer = $2 AND own.year = $1)
ORDER BY y.worker, y.employer, y.project
