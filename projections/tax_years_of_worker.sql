-- Question: the same as tax_years.sql of worker $2 alone. Asked when his tax is explained to him and to his lawyer.
SELECT y.worker, y.employer, y.project, y.wages,
    (SELECT MIN(e.since) FROM employment e WHERE e.worker = y.worker AND e.employer = y.employer) AS since,
    (SELECT string_agg(concat_ws(':', d.kind, d.from_month, COALESCE(d.until_month, ''), d.monthly, d.declared_on), ';')
     FROM deduction d WHERE d.worker = y.worker AND d.employer = y.employer) AS declared
FROM tax_year y
WHERE y.year = $1 AND y.worker = $2
ORDER BY y.worker, y.employer, y.project
