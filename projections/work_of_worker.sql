-- Question: how many days did worker $1 work, by month, project and crew? Asked by the worker and his lawyer.
SELECT project, month, by_crew FROM work WHERE worker = $1 ORDER BY month, project
