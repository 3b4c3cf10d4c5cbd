-- Question: how many entries of each kind follow sequence $1? Asked by pages.
SELECT type, COUNT(*) AS entries FROM entry WHERE seq > $1 GROUP BY type
