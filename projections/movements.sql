-- Question: what moved on the dedicated accounts up to day $1? Asked when warnings are judged: the next $3 entries behind
-- entry $2, until all are read. They come as one text: seq, project, moved_on, direction, amount, balance, labour_cost,
-- statement, number.
SELECT string_agg(concat_ws(' ', m.seq, m.project, m.moved_on, m.direction, m.amount, m.balance, m.labour_cost, m.statement,
    m.number), ',') AS all_of
FROM (
    SELECT a.seq, a.project, a.moved_on, a.direction, a.amount, a.balance, a.labour_cost, a.statement, a.number
    FROM account_movement a
    WHERE a.moved_on <= $1 AND a.seq > $2
    ORDER BY a.seq
    LIMIT $3
) m
