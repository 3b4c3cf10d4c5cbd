-- Question: does an answer for a day depend on due dates that cannot be told for want of a calendar? Gives the
-- first year that is missing. Asked before every question about arrears. $1 = the day plus the most that rest
-- days move a due date, so that a line agreed for later than that is not due yet whatever the calendar says.
SELECT MIN(year) AS year FROM (
    SELECT MIN(l.no_calendar) AS year FROM wage_line l WHERE l.no_calendar IS NOT NULL AND l.nominal_due < $1
    UNION ALL
    SELECT MIN(m.no_calendar) AS year FROM no_line m
    WHERE m.due_on IS NULL AND m.nominal_due < $1
) missing
