-- Question: which lines of the bank batch $1 are recorded, for whom, as what? Asked by importers: a line that comes
-- again for another worker or with another state is a conflict.
SELECT seq, worker, number, serial, CASE WHEN value_on IS NULL THEN 'failed' ELSE 'succeeded' END AS state
FROM payment WHERE batch = $1
UNION ALL
SELECT seq, worker, number, serial, 'returned' AS state FROM payment_return WHERE batch = $1
ORDER BY 1
