-- Question: which entry follows entry $2 on the stream of subject $1? Asked by pages.
SELECT MIN(seq) AS seq FROM entry WHERE subject = $1 AND seq > $2
