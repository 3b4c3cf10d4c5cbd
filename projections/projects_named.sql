-- Question: which projects does any entry name, registered or not? Asked by pages, once when they begin to be served.
-- From code to code along the index, not over all entries.
WITH RECURSIVE named(project) AS (
    SELECT MIN(project) FROM entry
    UNION ALL
    SELECT (SELECT MIN(e.project) FROM entry e WHERE e.project > named.project)
    FROM named WHERE named.project IS NOT NULL
)
SELECT project FROM named WHERE project IS NOT NULL
