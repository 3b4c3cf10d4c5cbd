-- Question: what came into the dedicated account of project $1 and left it, month by month, and what did the
-- bank say was left? Asked by labour officers (Decree 724 arts 26, 29). Months are those of the statements.
SELECT a.statement AS month,
    CAST(SUM(CASE WHEN a.direction = 'in' AND a.labour_cost = 1 THEN a.amount ELSE 0 END) AS BIGINT) AS labour_cost_in,
    CAST(SUM(CASE WHEN a.direction = 'in' AND a.labour_cost = 0 THEN a.amount ELSE 0 END) AS BIGINT) AS other_in,
    CAST(SUM(CASE WHEN a.direction = 'out' THEN a.amount ELSE 0 END) AS BIGINT) AS out_sum,
    MAX(CASE WHEN a.number = last.number THEN a.balance END) AS closing_balance
FROM account_movement a
JOIN (SELECT statement, MAX(number) AS number FROM account_movement WHERE project = $1 GROUP BY statement) last
    ON last.statement = a.statement
WHERE a.project = $1
GROUP BY a.statement
ORDER BY a.statement
