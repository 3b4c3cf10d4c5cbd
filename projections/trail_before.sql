-- Question: which entries come last in a trail? Asked by pages that go back in it; as trail.sql, the latest part first.
SELECT part, entries FROM trail WHERE about = $1 AND whom = $2 AND part <= $3 ORDER BY part DESC LIMIT $4
