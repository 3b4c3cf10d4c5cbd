-- Question: what did worker $1 tell his withholding agents to deduct a month, as said last? Asked by whoever looks at his
-- statement of account.
SELECT employer, kind, from_month, until_month, monthly, declared_on, seq
FROM deduction
WHERE worker = $1
ORDER BY employer, kind, from_month
