-- Question: who gave work to whom on project $1? Asked when it is worked out who answers for wages.
SELECT giver, taker FROM subcontract WHERE project = $1 ORDER BY signed_on, number
