-- Question: which entries say something of worker $1's month $2? Asked when his tax and arrears are explained to him
-- and to his lawyer. Days are recorded under the month of the first; $3 = the month before.
SELECT seq
FROM entry
WHERE subject = $1
  AND (month = $2 OR (month = $3 AND type IN ('work.recorded', 'work.corrected'))
    OR type IN ('worker.registered', 'site.entered', 'site.left', 'contract.signed', 'contract.amended',
        'contract.ended'))
ORDER BY seq
