-- Question: how many worker-months of work, and days, have no wage line although it would be overdue on day $1?
-- Asked with every question about arrears.
SELECT COUNT(*) AS worker_months, COALESCE(CAST(SUM(m.days_tenths) AS BIGINT), 0) AS days_tenths
FROM no_line m
WHERE m.due_on < $1
