-- Question: from which wages of month $1 was tax withheld although they were not, or not all, paid? Asked by tax
-- offices and workers: tax arises when income is paid (IIT Regulation art. 24). Lines of agent $2, '' = of all.
-- Payments that came back do not count; paid is what the worker got of the agent for the project and month.
SELECT l.project, l.employer, l.crew, c.label AS crew_label, l.worker, w.id_number, w.name, l.month, l.gross, l.net,
    l.income_tax, l.due_on, l.line, COALESCE(l.paid, 0) AS paid
FROM (
    SELECT wl.*, (
        SELECT CAST(SUM(p.amount) AS BIGINT) FROM payment p
        WHERE p.worker = wl.worker AND p.project = wl.project AND p.employer = wl.employer AND p.month = wl.month
          AND p.value_on IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM payment_return r WHERE r.payment = p.seq)
    ) AS paid, (
        SELECT CAST(SUM(o.net) AS BIGINT) FROM wage_line o
        WHERE o.worker = wl.worker AND o.project = wl.project AND o.employer = wl.employer AND o.month = wl.month
          AND o.net > 0
    ) AS owed
    FROM wage_line wl
    WHERE wl.month = $1 AND wl.income_tax > 0 AND ($2 = '' OR wl.employer = $2)
) l
LEFT JOIN crew c ON c.crew = l.crew
LEFT JOIN worker w ON w.worker = l.worker
WHERE COALESCE(l.paid, 0) < l.owed
ORDER BY l.project, l.employer, l.crew, l.worker, l.line
