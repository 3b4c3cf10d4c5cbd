-- Question: what do wage sheets show of every worker's income tax in calendar year of payment $1, by withholding
-- agent, since when does he work for him, and what did he declare to him to be deducted? Asked when withholding is worked out, by tax offices and agents: the
-- next $5 rows behind worker $2, agent $3 and project $4, until all are read. They come as one text: worker, agent,
-- project, since, declared, wages, - for nothing. A row costs more than what is in it.
SELECT string_agg(concat_ws(' ', b.worker, b.employer, b.project, COALESCE((
        SELECT MIN(e.since) FROM employment e WHERE e.worker = b.worker AND e.employer = b.employer
    ), '-'), COALESCE((
        SELECT string_agg(concat_ws(':', d.kind, d.from_month, COALESCE(d.until_month, ''), d.monthly, d.declared_on), ';')
        FROM deduction d WHERE d.worker = b.worker AND d.employer = b.employer
    ), '-'), b.wages), ',') AS all_of
FROM (
    SELECT y.worker, y.employer, y.project, y.wages
    FROM tax_year y
    WHERE y.year = $1 AND (y.worker, y.employer, y.project) > ($2, $3, $4)
    ORDER BY y.worker, y.employer, y.project
    LIMIT $5
) b
