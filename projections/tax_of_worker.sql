-- Question: what income tax was declared as withheld from worker $1? Asked by the worker.
SELECT seq, employer, pay_month, income, declared_income, amount FROM tax WHERE worker = $1 ORDER BY pay_month, seq
