-- Question: which cards do rosters call the own cards of several workers, and since when was each of them on which site?
-- Asked when warnings are judged (A02).
SELECT c.card_index, c.worker, c.seq, s.project, MIN(s.entered_on) AS entered_on
FROM worker_card c
JOIN stay s ON s.worker = c.worker
WHERE c.card_index IN (SELECT card_index FROM worker_card GROUP BY card_index HAVING COUNT(*) > 1)
GROUP BY c.card_index, c.worker, c.seq, s.project
ORDER BY c.card_index, c.worker, s.project
