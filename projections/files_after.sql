-- Question: which files were taken in next after entry $1, at most $2 of them? Asked by pages that go back in the list,
-- with files.sql; the latest last.
SELECT seq, digest, kind, bytes, recorded, already_recorded, refused, actor FROM file WHERE seq > $1
ORDER BY seq LIMIT $2
