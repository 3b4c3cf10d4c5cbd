-- Question: how many wage sheets of project $1 did each employer hand in for each month, and how many of them are sealed?
-- Asked by general contractors and inspectors.
SELECT month, employer, COUNT(*) AS sheets, COUNT(seal) AS sealed
FROM sheet WHERE project = $1
GROUP BY month, employer ORDER BY month, employer
