-- Question: which projects are known? Asked by pages and importers.
SELECT code, subject, name, region, terms, seq FROM project ORDER BY code
