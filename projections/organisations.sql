-- Question: which organisations are known, by what name? Asked by pages.
SELECT code, subject, name FROM organisation ORDER BY code
