-- Question: how many days do these wage lines (k1 = entries of their first versions) count, and how many did the gate
-- count of the same worker and month? Asked by pages, of the lines that they show.
SELECT l.line, l.employer, l.crew, l.days_tenths, w.by_crew
FROM k CROSS JOIN wage_line l
LEFT JOIN work w ON w.worker = l.worker AND w.project = l.project AND w.month = l.month
WHERE l.line = CAST(k.k1 AS BIGINT)
