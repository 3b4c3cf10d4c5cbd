-- Question: when was worker $1 on which site in which crew? Asked by the worker, his lawyer and importers.
SELECT project, entered_on, left_on, employer, crew, trade_code, trade, crew_leader, seq
FROM stay WHERE worker = $1 ORDER BY entered_on, project
