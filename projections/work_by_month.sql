-- Question: for how many workers of project $1 are days worked recorded, month by month? Asked by inspectors.
SELECT month, COUNT(*) AS workers FROM work WHERE project = $1 GROUP BY month ORDER BY month
