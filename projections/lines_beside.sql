-- Question: which wage lines of worker $1 on project $2 under employer $3 are of month $4? Asked by pages: payments
-- fill these together.
SELECT line, worker, employer, crew, month, version, correction, days_tenths, gross, net, nominal_due, due_on, no_calendar
FROM wage_line WHERE worker = $1 AND project = $2 AND month = $4 AND employer = $3
ORDER BY line
