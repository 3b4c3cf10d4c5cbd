-- Question: what is in force of the wage line that entry $1 began? Asked by pages.
SELECT line, worker, project, employer, crew, month, version, correction, days_tenths, gross, net, nominal_due, due_on,
    due_from, no_calendar
FROM wage_line WHERE line = $1
