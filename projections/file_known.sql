-- Question: was a file with the SHA-256 $1 taken in before, and by which entry? Asked by importers.
SELECT MIN(seq) AS seq FROM file WHERE digest = $1
