-- Question: of which projects is any contract known, and anybody on the roster? Asked when warnings are judged: what
-- nobody handed in is unknown.
SELECT p.code,
    CASE WHEN EXISTS (SELECT 1 FROM contract c WHERE c.project = p.code) THEN 1 ELSE 0 END AS contracts,
    CASE WHEN EXISTS (SELECT 1 FROM stay s WHERE s.project = p.code) THEN 1 ELSE 0 END AS stays
FROM project p
ORDER BY p.code
