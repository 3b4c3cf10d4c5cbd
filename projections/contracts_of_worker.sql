-- Question: which contracts did worker $1 sign, on which terms, and how did they end? Asked by the worker and his
-- lawyer. The terms are those recorded last.
SELECT c.contract, c.project, c.employer, c.number, c.document, c.signed_on, t.term, t.starts_on, t.ends_on, t.pay_form,
    t.unit_price, t.unit, t.pay_day,
    (SELECT MAX(e.ended_on) FROM contract_end e WHERE e.contract = c.contract) AS ended_on
FROM contract c
JOIN contract_terms t ON t.contract = c.contract
    AND t.seq = (SELECT MAX(l.seq) FROM contract_terms l WHERE l.contract = c.contract)
WHERE c.worker = $1
ORDER BY c.signed_on, c.contract
