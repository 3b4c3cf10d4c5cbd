-- Question: which payments up to day $1 does no wage line take? Asked by employers (what was paid too much or
-- for a sheet that is missing). It is never moved to another worker or month. Lines not due yet take it too.
WITH paid AS (
    SELECT p.worker, p.project, p.employer, p.month, CAST(SUM(p.amount) AS BIGINT) AS amount
    FROM payment p
    WHERE p.value_on <= $1
      AND NOT EXISTS (SELECT 1 FROM payment_return r WHERE r.payment = p.seq AND r.returned_on <= $1)
    GROUP BY p.worker, p.month, p.project, p.employer
), owed AS (
    SELECT l.worker, l.project, l.employer, l.month,
        CAST(SUM(CASE WHEN l.net > 0 THEN l.net ELSE 0 END) AS BIGINT) AS net
    FROM wage_line l
    GROUP BY l.worker, l.project, l.month, l.employer
)
SELECT paid.project, paid.employer, paid.worker, w.id_number, w.name, paid.month,
    paid.amount - COALESCE(owed.net, 0) AS amount
FROM paid
LEFT JOIN owed ON owed.worker = paid.worker AND owed.project = paid.project
    AND owed.employer = paid.employer AND owed.month = paid.month
LEFT JOIN worker w ON w.worker = paid.worker
WHERE paid.amount > COALESCE(owed.net, 0)
ORDER BY paid.project, paid.employer, paid.month, paid.worker
