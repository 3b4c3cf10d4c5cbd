-- Question: which wage lines of month $2 are in force on project $1? Asked by general contractors, who look who of a
-- month is paid (Decree 724 arts 30, 31). One text, as in lines_of_project.sql: line, worker, employer, crew, net,
-- nominal_due, due_on, no_calendar.
SELECT string_agg(concat_ws(' ', line, worker, employer, crew, net, nominal_due, COALESCE(due_on, '-'),
    COALESCE(CAST(no_calendar AS TEXT), '-')), ',') AS all_of
FROM wage_line WHERE project = $1 AND month = $2
