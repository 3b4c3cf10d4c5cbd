-- Question: what are the lines from which tax was withheld although their wages were not, or not all, paid? Asked by tax
-- offices and workers: tax arises when income is paid (IIT Regulation art. 24). Keys: line, as found by
-- tax_wages_paid.sql.
SELECT l.project, l.employer, l.crew, c.label AS crew_label, l.worker, w.id_number, w.name, l.month, l.net,
    l.income_tax, l.due_on, l.line
FROM k CROSS JOIN wage_line l
LEFT JOIN crew c ON c.crew = l.crew
LEFT JOIN worker w ON w.worker = l.worker
WHERE l.line = CAST(k.k1 AS BIGINT)
