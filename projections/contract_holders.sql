-- Question: who signed a contract with the number $1? Asked by importers: a number stands for one
-- contract.
SELECT number, contract, worker, project, employer FROM contract WHERE number = $1 ORDER BY contract
