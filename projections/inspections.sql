-- Question: what did inspections up to day $1 find? Asked when warnings are judged.
SELECT project, inspected_on, board, officer, closed_on, seq
FROM inspection
WHERE inspected_on <= $1
ORDER BY project, inspected_on, seq
