-- Question: of which projects is any contract known, anybody on the roster, and a card of his? Asked when warnings are judged: what
-- nobody handed in is unknown.
SELECT p.code,
    CASE WHEN EXISTS (SELECT 1 FROM contract c WHERE c.project = p.code) THEN 1 ELSE 0 END AS contracts,
    CASE WHEN EXISTS (SELECT 1 FROM stay s WHERE s.project = p.code) THEN 1 ELSE 0 END AS stays,
    CASE WHEN EXISTS (SELECT 1 FROM stay s JOIN worker_card c ON c.worker = s.worker WHERE s.project = p.code)
        THEN 1 ELSE 0 END AS cards
FROM project p
ORDER BY p.code
