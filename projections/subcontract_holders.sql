-- Question: on which projects does a subcontract with the number $1 stand? Asked by importers: a number stands for
-- one subcontract.
SELECT project, seq FROM subcontract WHERE number = $1 ORDER BY seq
