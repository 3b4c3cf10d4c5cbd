-- Question: which projects do the entries after sequence $1 name? Asked by pages: what must be counted anew.
SELECT DISTINCT project FROM entry WHERE seq > $1 AND project IS NOT NULL
