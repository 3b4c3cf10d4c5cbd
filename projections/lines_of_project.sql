-- Question: which wage lines are in force on project $1, and when is each due? Asked by pages, which work out once for
-- all days what was late when. A row a month, its lines as text: line, worker, employer, crew, gross, net, nominal_due,
-- due_on, no_calendar, - for nothing. A city has millions of lines, and a row costs more than what is in it.
SELECT month, string_agg(concat_ws(' ', line, worker, employer, crew, gross, net, nominal_due, COALESCE(due_on, '-'),
    COALESCE(CAST(no_calendar AS TEXT), '-')), ',') AS all_of
FROM wage_line WHERE project = $1
GROUP BY month ORDER BY month
