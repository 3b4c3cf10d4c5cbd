-- Question: which projects does any entry name, registered or not? Asked by pages, once when they begin to be served.
-- From code to code along the key, not over all trails.
WITH RECURSIVE named(project) AS (
    SELECT MIN(whom) FROM trail WHERE about = 'project'
    UNION ALL
    SELECT (SELECT MIN(t.whom) FROM trail t WHERE t.about = 'project' AND t.whom > named.project)
    FROM named WHERE named.project IS NOT NULL
)
SELECT project FROM named WHERE project IS NOT NULL
