-- Question: every entry that concerns an employer, in ledger order. Asked by inspectors and courts (Decree 724 art. 50).
-- $1 = whom, $2 = after this sequence, $3 = at most so many.
SELECT seq, type, subject, project, employer, month, occurred_on, recorded_at, actor
FROM entry
WHERE employer = $1 AND seq > $2
ORDER BY seq
LIMIT $3
