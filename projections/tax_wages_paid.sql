-- Question: what was paid of the wages of month $1? Asked with tax_unpaid.sql: a row a project, its wage lines and its
-- payments that did not come back as texts. Of a line: worker, agent, net, and the line itself where it shows tax, else
-- -; of a payment: worker, agent, amount. Of agent $2, '' = of all.
SELECT (
    SELECT string_agg(concat_ws(' ', l.worker, l.employer, l.net,
        CASE WHEN l.income_tax > 0 THEN CAST(l.line AS TEXT) ELSE '-' END), ',')
    FROM wage_line l WHERE l.project = s.project AND l.month = $1 AND ($2 = '' OR l.employer = $2)
) AS lines, (
    SELECT string_agg(concat_ws(' ', p.worker, p.employer, p.amount), ',')
    FROM payment p WHERE p.project = s.project AND p.month = $1 AND ($2 = '' OR p.employer = $2)
      AND p.value_on IS NOT NULL AND NOT EXISTS (SELECT 1 FROM payment_return r WHERE r.payment = p.seq)
) AS money
FROM site_month s WHERE s.month = $1
