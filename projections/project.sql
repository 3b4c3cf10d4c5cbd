-- Question: what is said of a project, by its code $1? Asked by importers and pages.
SELECT code, subject, name, region, terms, seq FROM project WHERE code = $1
