-- Question: which crew is $1? Asked by pages. The label is sealed.
SELECT crew, project, employer, label, seq FROM crew WHERE crew = $1
