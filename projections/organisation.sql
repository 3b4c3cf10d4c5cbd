-- Question: what organisation has the credit code $1? Asked by importers and pages.
SELECT code, subject, name, seq FROM organisation WHERE code = $1
