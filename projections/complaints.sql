-- Question: which complaints were registered up to day $1? Asked when warnings are judged.
SELECT project, number, filed_on, people, closed_on, seq
FROM complaint
WHERE filed_on <= $1
ORDER BY project, number
