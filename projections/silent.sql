-- Question: of which months did which employer on which project have people on the roster and hand in no wage sheet,
-- although it was expected before day $1 (rules::Report::WageSheet: by the pay day agreed, or the end of the next month
-- where none is)? Asked by inspectors, beside every sum of arrears: the first half of silent_list.sql and
-- silent_total.sql.
--
-- A project on whose roster nobody ever was is silent from its start to its planned end: employer '', people unknown.
-- While people stay on the roster months go on, whatever end was planned.
WITH RECURSIVE span AS (
    SELECT s.project, s.employer, MIN(substr(s.entered_on, 1, 7)) AS from_month,
        MAX(COALESCE(substr(s.left_on, 1, 7), '9999-12')) AS to_month
    FROM stay s GROUP BY s.project, s.employer
    UNION ALL
    SELECT p.code, '', substr(p.starts_on, 1, 7), substr(p.planned_end, 1, 7)
    FROM project p WHERE NOT EXISTS (SELECT 1 FROM stay s WHERE s.project = p.code)
), calendar AS (
    SELECT MIN(from_month) AS month FROM span
    UNION ALL
    SELECT CASE WHEN substr(month, 6, 2) = '12' THEN CAST(CAST(substr(month, 1, 4) AS INTEGER) + 1 AS TEXT) || '-01'
        ELSE substr(month, 1, 5) || substr(CAST(101 + CAST(substr(month, 6, 2) AS INTEGER) AS TEXT), 2, 2) END
    FROM calendar WHERE month <= substr($1, 1, 7)
), pay AS (
    -- Each month with the one after it, in which its wages are paid as a rule.
    SELECT c.month, MIN(n.month) AS month_after FROM calendar c JOIN calendar n ON n.month > c.month GROUP BY c.month
), due AS (
    SELECT s.project, s.employer, pay.month
    FROM span s
    JOIN pay ON pay.month BETWEEN s.from_month AND s.to_month
    LEFT JOIN project p ON p.code = s.project
    WHERE CASE WHEN p.code IS NULL THEN pay.month_after < substr($1, 1, 7)
        -- A day that the month does not have stands after all its days, and before the next month.
        ELSE CASE WHEN p.pay_day > 100 THEN pay.month ELSE pay.month_after END
            || '-' || substr(CAST(100 + p.pay_day % 100 AS TEXT), 2, 2) < $1 END
      AND NOT EXISTS (SELECT 1 FROM sheet h
        WHERE h.project = s.project AND h.month = pay.month AND (s.employer = '' OR h.employer = s.employer))
), here AS (
    SELECT d.project, d.employer, d.month, s.worker
    FROM due d
    JOIN stay s ON s.project = d.project AND s.employer = d.employer AND substr(s.entered_on, 1, 7) <= d.month
        AND (s.left_on IS NULL OR substr(s.left_on, 1, 7) >= d.month)
), silent AS (
    SELECT project, employer, month, COUNT(DISTINCT worker) AS people FROM here GROUP BY project, employer, month
    UNION ALL
    SELECT project, employer, month, 0 FROM due WHERE employer = ''
)
