-- Question: who worked on project $1 in which month without standing on a wage sheet, and when would that line be due?
-- Asked by pages.
SELECT worker, employer, crew, month, days_tenths, nominal_due, due_on, no_calendar
FROM no_line WHERE project = $1
ORDER BY due_on, worker, month, employer, crew
