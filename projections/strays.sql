-- Question: which entries are of no stream, because somebody who is no node of this ledger wrote them? Asked by operators and
-- auditors.
-- $1 = at most so many.
SELECT seq FROM stray ORDER BY seq LIMIT $1
