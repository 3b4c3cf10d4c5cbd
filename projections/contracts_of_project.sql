-- Question: who signed a contract for work on project $1, and when? Asked by inspectors: work without a contract.
SELECT contract, worker, employer, signed_on FROM contract WHERE project = $1 ORDER BY contract
