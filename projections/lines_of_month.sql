-- Question: which wage lines of month $2 are in force on project $1? Asked by general contractors, who look who of a
-- month is paid (Decree 724 arts 30, 31).
SELECT line, worker, employer, crew, month, version, correction, days_tenths, gross, net, due_on
FROM wage_line WHERE project = $1 AND month = $2
ORDER BY employer, crew, line
