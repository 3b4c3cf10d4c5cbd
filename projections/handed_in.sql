-- Question: which lists of deposits, inspections and complaints did anybody hand in, be they empty? Asked when
-- warnings are judged: what nobody handed in is unknown.
SELECT (SELECT COUNT(*) FROM file WHERE kind = 'guarantees') + (SELECT COUNT(*) FROM deposit) AS deposits,
    (SELECT COUNT(*) FROM file WHERE kind = 'complaints') + (SELECT COUNT(*) FROM complaint) AS complaints
