-- Question: who gave work on which project to whom? Asked for the chain of who answers for wages.
SELECT project, number, giver, taker, signed_on, seq FROM subcontract ORDER BY project, signed_on, number
