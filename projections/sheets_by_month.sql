-- Question: how many wage sheets of project $1 are recorded for each month, and how many of them are sealed? Asked by
-- general contractors and inspectors.
SELECT month, COUNT(*) AS sheets, COUNT(seal) AS sealed FROM sheet WHERE project = $1 GROUP BY month ORDER BY month
