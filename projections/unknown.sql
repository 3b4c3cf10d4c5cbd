-- Question: who worked, and should have been paid before day $1, but stands on no wage sheet? Asked by
-- inspectors: the amount is unknown, not zero (warning I03). '' as employer and crew = no stay is known. Last come those
-- of whom nobody knows when that would be, for want of a calendar: agreed for a day before $2, as in undated.sql.
SELECT m.project, m.employer, m.crew, c.label AS crew_label, m.worker, w.id_number, w.name, m.month,
    m.days_tenths, m.nominal_due, m.due_on, m.no_calendar
FROM no_line m
LEFT JOIN crew c ON c.crew = m.crew
LEFT JOIN worker w ON w.worker = m.worker
WHERE m.due_on < $1 OR (m.due_on IS NULL AND m.nominal_due < $2)
ORDER BY COALESCE(m.due_on, '9'), m.nominal_due, m.project, m.employer, m.crew, m.month, m.worker
