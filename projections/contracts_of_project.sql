-- Question: who signed a contract for work on project $1, and when? Asked by pages: work without a contract.
SELECT worker, signed_on FROM contract WHERE project = $1
