-- Question: every entry that concerns a worker (or any one subject), in ledger order. Asked by the worker and his lawyer.
-- $1 = whom, $2 = after this sequence, $3 = at most so many.
SELECT seq, type, subject, project, employer, month, occurred_on, recorded_at, actor
FROM entry
WHERE subject = $1 AND seq > $2
ORDER BY seq
LIMIT $3
