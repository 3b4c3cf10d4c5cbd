-- Question: every wage line that may be overdue on day $1 and whose due day is not known. Asked by labour inspectors
-- and worker representatives who go through them one by one; the one agreed for the earliest day first.
SELECT o.project, o.employer, o.crew, c.label AS crew_label, o.worker, w.id_number, w.name, o.month, o.gross,
    o.net, o.paid, o.outstanding, o.due_on, o.no_calendar, o.line
FROM open_line o
LEFT JOIN crew c ON c.crew = o.crew
LEFT JOIN worker w ON w.worker = o.worker
ORDER BY o.due_on, o.project, o.employer, o.crew, o.month, o.worker, o.line
