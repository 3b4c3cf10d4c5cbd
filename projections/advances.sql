-- Question: whose wages of which month did somebody pay up to day $1 who did not owe them? Asked for claims of those who paid
-- for another. The owner, a deposit, a guarantee and the emergency fund always do; the general contractor does when it
-- clears wages that are overdue from another account than the dedicated one (Decree 724 arts 29, 30, 32, 63).
SELECT DISTINCT p.worker, p.project, p.employer, p.month
FROM payment p
JOIN project j ON j.code = p.project
WHERE p.value_on <= $1 AND (p.payer IN ('owner', 'deposit', 'guarantee', 'fund')
    OR (p.payer = 'general_contractor' AND p.payer_account_index <> j.account_index
        AND p.value_on > (SELECT MIN(l.due_on) FROM wage_line l WHERE l.worker = p.worker
            AND l.project = p.project AND l.employer = p.employer AND l.month = p.month)))
ORDER BY p.project, p.employer, p.worker, p.month
