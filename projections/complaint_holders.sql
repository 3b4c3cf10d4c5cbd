-- Question: on which projects does a complaint with the number $1 stand? Asked by importers: a number stands for
-- one complaint.
SELECT project, seq FROM complaint WHERE number = $1 ORDER BY seq
