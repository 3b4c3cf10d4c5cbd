-- Question: what did people do with warnings that were seen for day $1 or before? Asked when warnings are shown.
SELECT seq, kind, rule, project, employer, as_of, addressee, until_on, reason, subject, recorded_at, actor
FROM warning_step
WHERE as_of <= $1
ORDER BY seq
