-- Question: what is said of a project, by its code $1? Asked by importers and pages.
SELECT code, subject, name, region, owner, contractor, pay_day, starts_on, planned_end, terms, seq FROM project
WHERE code = $1
