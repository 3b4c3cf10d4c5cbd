-- Question: who was on project $1 for whom from when to when (the roster, 花名册)? Asked by pages, which count them month
-- by month. One row in the form of lines_of_project.sql: worker, employer, entered_on, left_on.
SELECT string_agg(concat_ws(' ', worker, employer, entered_on, COALESCE(left_on, '-')), ',') AS all_of
FROM stay WHERE project = $1
