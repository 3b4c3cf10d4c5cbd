-- Question: which projects do the entries after sequence $1 name? Asked by pages: what must be counted anew.
SELECT DISTINCT whom AS project FROM trail WHERE about = 'project' AND last > $1
