-- Question: how many worker-months of work, and days, have no wage line, which may be overdue, and nobody knows when it
-- would be due? $1 = as the second day of undated.sql. Asked with every question about arrears.
SELECT COUNT(*) AS worker_months, COALESCE(CAST(SUM(m.days_tenths) AS BIGINT), 0) AS days_tenths
FROM no_line m
WHERE m.due_on IS NULL AND m.nominal_due < $1
