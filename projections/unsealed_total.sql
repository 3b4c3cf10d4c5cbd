-- Question: how many wage lines in force, due before day $1, stand on a sheet whose seal is missing, so that
-- other lines of it may be missing too? Asked with every question about arrears.
SELECT COUNT(*) AS lines
FROM sheet s
JOIN wage_line l ON l.project = s.project AND l.month = s.month AND l.crew = s.crew
    AND l.employer = s.employer AND l.correction = s.correction
WHERE s.seal IS NULL AND l.due_on < $1
