-- Question: which crews are known, after crew $1, at most $2 of them? Asked by whoever looks for a crew by its label.
SELECT crew, project, employer, label, seq FROM crew WHERE crew > $1 ORDER BY crew LIMIT $2
