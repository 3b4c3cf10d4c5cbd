-- Question: who worked in month $1 and stands on no wage sheet, so that the agent's return of the month after lacks
-- him? Asked by tax offices: a return names every payee, those without tax included (IIT Regulation art. 26). Work
-- for agent $2, '' = for all; an empty employer = no stay on the site is known.
SELECT m.project, m.employer, m.crew, c.label AS crew_label, m.worker, w.id_number, w.name, m.month, m.days_tenths
FROM no_line m
LEFT JOIN crew c ON c.crew = m.crew
LEFT JOIN worker w ON w.worker = m.worker
WHERE m.month = $1 AND ($2 = '' OR m.employer = $2)
ORDER BY m.project, m.employer, m.crew, m.worker
