-- Question: how much pay of project $1 was recorded for each month, in how many lines for how many workers? Asked by
-- general contractors.
SELECT month, COUNT(*) AS lines, COUNT(DISTINCT worker) AS workers, CAST(SUM(gross) AS BIGINT) AS gross,
    CAST(SUM(net) AS BIGINT) AS net
FROM wage_line WHERE project = $1
GROUP BY month ORDER BY month
