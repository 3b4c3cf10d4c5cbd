-- Question: which wage lines are in force on project $1, and when is each due? Asked by pages, which work out once for
-- all days what was late when.
SELECT line, worker, employer, crew, month, gross, net, nominal_due, due_on, no_calendar
FROM wage_line WHERE project = $1
ORDER BY line
