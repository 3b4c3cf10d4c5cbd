-- Question: what does early warning know of each project's months after month $2 of project $1, at most $3 of them?
-- Asked when warnings are judged, until all are read.
SELECT project, month, facts, present FROM site_month
WHERE (project, month) > ($1, $2)
ORDER BY project, month
LIMIT $3
