-- Question: how many days did worker $1 work, by month, project and crew? Asked by the worker and his lawyer.
SELECT project, month, employer, crew, days_tenths, no_line, due_on
FROM work_month WHERE worker = $1 ORDER BY month, project, employer, crew
