-- Question: which employers have, or had, people on project $1? Asked by pages: a firm's sites, also those on which
-- nothing is owed.
SELECT DISTINCT employer FROM stay WHERE project = $1 ORDER BY employer
