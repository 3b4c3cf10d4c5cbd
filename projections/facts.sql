-- Question: how many entries of each kind are there? Asked by pages.
SELECT type, entries FROM fact
