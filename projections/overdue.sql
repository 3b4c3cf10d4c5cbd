-- Question: which wage lines are overdue on day $1, and how much of each is outstanding? Asked by everybody who
-- asks for arrears: the first half of every arrears_by_*.sql.
--
-- Paid = payments booked on or before $1, less those that had come back by then, per worker, project, employer
-- and wage month; it fills the lines of that group by due date, then the larger net pay, then the line
-- recorded first (rules::allocate). Lines not due yet come last in that order: leaving them out changes nothing.
WITH paid AS (
    SELECT p.worker, p.project, p.employer, p.month, CAST(SUM(p.amount) AS BIGINT) AS amount
    FROM payment p
    WHERE p.value_on <= $1
      AND NOT EXISTS (SELECT 1 FROM payment_return r WHERE r.payment = p.seq AND r.returned_on <= $1)
    GROUP BY p.worker, p.month, p.project, p.employer
), filled AS (
    SELECT l.line, l.worker, l.project, l.employer, l.crew, l.month, l.gross, l.net, l.due_on,
        COALESCE(paid.amount, 0) - COALESCE(CAST(SUM(CASE WHEN l.net > 0 THEN l.net ELSE 0 END) OVER (
            PARTITION BY l.worker, l.project, l.employer, l.month
            ORDER BY l.due_on, l.net DESC, l.line
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS BIGINT), 0) AS on_hand
    FROM wage_line l
    LEFT JOIN paid ON paid.worker = l.worker AND paid.project = l.project
        AND paid.employer = l.employer AND paid.month = l.month
    WHERE l.due_on < $1
), open_line AS (
    SELECT line, worker, project, employer, crew, month, gross, net, due_on,
        CASE WHEN on_hand > 0 THEN on_hand ELSE 0 END AS paid,
        net - CASE WHEN on_hand > 0 THEN on_hand ELSE 0 END AS outstanding
    FROM filled
    WHERE net > 0 AND on_hand < net
)
