-- Question: who signed a contract with the number $1? Asked by importers: numbers are the employers' own, so
-- two employers may use one.
SELECT number, contract, worker, project, employer FROM contract WHERE number = $1 ORDER BY contract
