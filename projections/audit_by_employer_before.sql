-- Question: which entries that concern a employer come last before an entry? Asked by pages that go back in a trail, with
-- audit_by_employer.sql; the latest first.
-- $1 = whom, $2 = before this sequence, $3 = at most so many.
SELECT seq, type, subject, project, employer, month, occurred_on, recorded_at, actor
FROM entry
WHERE employer = $1 AND seq < $2
ORDER BY seq DESC
LIMIT $3
