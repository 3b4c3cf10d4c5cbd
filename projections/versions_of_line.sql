-- Question: which versions has wage line $1, and how is each made up? Asked by the worker and his lawyer.
SELECT v.seq, v.correction, v.days_tenths, v.pay_form, v.unit_price, v.quantity, v.gross, v.social_insurance,
    v.housing_fund, v.income_tax, v.other_deductions, v.loan, v.living_cost, v.net
FROM wage_version v WHERE v.seq = $1 OR (v.line = $1 AND v.seq > v.line)
ORDER BY v.seq
