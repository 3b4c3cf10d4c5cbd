-- Question: which wage sheets of project $1 are recorded for month $2, and what do their seals say? Asked by general
-- contractors and inspectors. seal is NULL where it is missing: lines may be missing too.
SELECT employer, crew, month, correction, recorded_lines, recorded_net, seal, lines, gross, deductions, advances, net
FROM sheet WHERE project = $1 AND month = $2
ORDER BY employer, crew, correction
