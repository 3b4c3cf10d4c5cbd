-- Question: who worked, and should have been paid before day $1, but stands on no wage sheet? Asked by
-- inspectors: the amount is unknown, not zero (warning I03). '' as employer and crew = no stay is known.
SELECT m.project, m.employer, m.crew, c.label AS crew_label, m.worker, w.id_number, w.name, m.month,
    m.days_tenths, m.due_on
FROM no_line m
LEFT JOIN crew c ON c.crew = m.crew
LEFT JOIN worker w ON w.worker = m.worker
WHERE m.due_on < $1
ORDER BY m.due_on, m.project, m.employer, m.crew, m.month, m.worker
