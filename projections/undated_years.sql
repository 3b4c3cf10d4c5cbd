-- Question: for want of which years' calendars is it not known what is overdue on day $1? $2 as in undated.sql. Asked
-- with every question about arrears.
SELECT no_calendar AS year FROM open_line
UNION
SELECT m.no_calendar AS year FROM no_line m WHERE m.due_on IS NULL AND m.nominal_due < $2
ORDER BY year
