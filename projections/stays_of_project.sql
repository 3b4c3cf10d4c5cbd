-- Question: who was on project $1 from when to when (the roster, 花名册)? Asked by pages, which count them month by month.
SELECT worker, entered_on, left_on FROM stay WHERE project = $1
