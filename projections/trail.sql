-- Question: which entries concern a project, an employer, or a worker (or any one subject), in ledger order? Asked by inspectors and
-- courts (Decree 724 art. 50), general contractors, the worker and his lawyer.
-- $1 = project, employer or subject; $2 = which; $3 = from this part of the trail on; $4 = at most so many parts.
SELECT part, entries FROM trail WHERE about = $1 AND whom = $2 AND part >= $3 ORDER BY part LIMIT $4
