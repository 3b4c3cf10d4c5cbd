-- Question: which wage lines may be overdue on day $1, and how much of each is outstanding, where nobody knows when they
-- are due for want of a calendar? Asked beside every question about arrears: the first half of those about such lines.
-- $2 = the day plus the most that rest days move a due date: a line agreed for $2 or later is not due yet whatever the
-- calendar says.
--
-- Paid as in overdue.sql. Lines of one worker, project, employer and month have one due day: where it is not known of one,
-- it is known of none. due_on = the day agreed, not moved.
WITH undated AS MATERIALIZED (
    SELECT l.line, l.worker, l.project, l.employer, l.crew, l.month, l.gross, l.net, l.nominal_due, l.no_calendar
    FROM wage_line l
    WHERE l.no_calendar IS NOT NULL AND l.nominal_due < $2
), paid AS (
    SELECT p.worker, p.project, p.employer, p.month, CAST(SUM(p.amount) AS BIGINT) AS amount
    FROM (SELECT DISTINCT worker, project, employer, month FROM undated) u
    CROSS JOIN payment p
    WHERE p.worker = u.worker AND p.project = u.project AND p.month = u.month AND p.employer = u.employer
      AND p.value_on <= $1
      AND NOT EXISTS (SELECT 1 FROM payment_return r WHERE r.payment = p.seq AND r.returned_on <= $1)
    GROUP BY p.worker, p.month, p.project, p.employer
), filled AS (
    SELECT d.line, d.worker, d.project, d.employer, d.crew, d.month, d.gross, d.net, d.nominal_due, d.no_calendar,
        COALESCE(paid.amount, 0) - COALESCE(CAST(SUM(CASE WHEN d.net > 0 THEN d.net ELSE 0 END) OVER (
            PARTITION BY d.worker, d.project, d.employer, d.month
            ORDER BY d.net DESC, d.line
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS BIGINT), 0) AS on_hand
    FROM undated d
    LEFT JOIN paid ON paid.worker = d.worker AND paid.project = d.project
        AND paid.employer = d.employer AND paid.month = d.month
), open_line AS (
    SELECT line, worker, project, employer, crew, month, gross, net, nominal_due AS due_on, no_calendar,
        CASE WHEN on_hand > 0 THEN on_hand ELSE 0 END AS paid,
        net - CASE WHEN on_hand > 0 THEN on_hand ELSE 0 END AS outstanding
    FROM filled
    WHERE net > 0 AND on_hand < net
)
