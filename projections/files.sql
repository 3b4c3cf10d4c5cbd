-- Question: which files were taken in before entry $1, the latest first, at most $2 of them? Asked by operators and
-- auditors. Names are sealed.
SELECT seq, digest, kind, bytes, recorded, already_recorded, refused, actor FROM file WHERE seq < $1
ORDER BY seq DESC LIMIT $2
