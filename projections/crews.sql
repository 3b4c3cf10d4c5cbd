-- Question: which crews were registered after entry $1, at most $2 of them, in ledger order? Asked by nodes, which keep
-- the labels of all crews opened: there are some ten thousand in a city, and they are read once.
SELECT crew, project, employer, label, seq FROM crew WHERE seq > $1 ORDER BY seq LIMIT $2
