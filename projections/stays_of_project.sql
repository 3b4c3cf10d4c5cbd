-- Question: who was on project $1 when, for whom, in which crew? Asked by general contractors (the roster, 花名册).
SELECT worker, entered_on, left_on, employer, crew FROM stay WHERE project = $1 ORDER BY entered_on, worker
