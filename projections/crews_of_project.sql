-- Question: which crews has project $1? Asked by general contractors. Labels are sealed.
SELECT crew, project, employer, label, seq FROM crew WHERE project = $1 ORDER BY employer, crew
