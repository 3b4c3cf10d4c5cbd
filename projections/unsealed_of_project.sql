-- Question: which wage lines in force on project $1 stand on a sheet whose seal is missing? Asked by pages.
SELECT l.worker, l.employer, l.crew, l.month, l.due_on
FROM sheet s
JOIN wage_line l ON l.project = s.project AND l.month = s.month AND l.crew = s.crew
    AND l.employer = s.employer AND l.correction = s.correction
WHERE s.project = $1 AND s.seal IS NULL AND l.due_on IS NOT NULL
ORDER BY l.line
