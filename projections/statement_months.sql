-- Question: of which months is a statement of the dedicated account of project $1 recorded? Asked by pages.
SELECT DISTINCT statement AS month FROM account_movement WHERE project = $1
