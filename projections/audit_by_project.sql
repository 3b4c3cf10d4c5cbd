-- Question: every entry that concerns a project: its workers' entries, sheets, batches and account, in ledger order. Asked by general contractors and inspectors.
-- $1 = whom, $2 = after this sequence, $3 = at most so many.
SELECT seq, type, subject, project, employer, month, occurred_on, recorded_at, actor
FROM entry
WHERE project = $1 AND seq > $2
ORDER BY seq
LIMIT $3
