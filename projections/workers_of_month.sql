-- Question: who has days of work or a wage line on project $1 in month $2? Asked by lawyers who want every worker's month
-- explained.
SELECT worker FROM work WHERE project = $1 AND month = $2
UNION SELECT worker FROM wage_line WHERE project = $1 AND month = $2
ORDER BY worker
