-- Question: what moved on the dedicated accounts up to day $1? Asked when warnings are judged; in the order of the
-- statements.
SELECT seq, project, moved_on, direction, amount, balance, labour_cost, statement, number
FROM account_movement
WHERE moved_on <= $1
ORDER BY project, moved_on, statement, number
