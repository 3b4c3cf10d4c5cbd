-- Question: how many wage lines of how many workers are overdue on day $1, and how much is outstanding in all?
-- Asked with every question about arrears.
SELECT COUNT(*) AS lines, COUNT(DISTINCT worker) AS workers,
    COALESCE(CAST(SUM(outstanding) AS BIGINT), 0) AS outstanding
FROM open_line
