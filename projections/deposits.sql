-- Question: which wage deposits and guarantees are there? Asked when warnings are judged.
SELECT project, number, liable, amount, valid_from, valid_to, seq FROM deposit ORDER BY project, number
