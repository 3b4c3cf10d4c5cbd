-- Question: which wage lines in force does each worker and agent have for a month? Asked when the tax of a month of
-- payment is shown line by line. Keys: worker, agent, wage month. Lines of one worker come in one order, whichever
-- came first.
SELECT l.worker, l.employer, l.project, l.crew, c.label AS crew_label, l.month, l.gross, l.insurance, l.income_tax,
    l.line, w.id_number, w.name
FROM k CROSS JOIN wage_line l
LEFT JOIN crew c ON c.crew = l.crew
LEFT JOIN worker w ON w.worker = l.worker
WHERE l.worker = k.k1 AND l.employer = k.k2 AND l.month = k.k3
