-- Question: which wages were recorded for worker $1, in every version, in the order of arrival? Asked by the
-- worker and his lawyer. in_force = 1 marks the version that counts.
SELECT l.line, l.project, l.employer, l.crew, l.month, l.nominal_due, l.due_on, l.due_from, v.seq, v.correction,
    CASE WHEN v.seq = l.version THEN 1 ELSE 0 END AS in_force, v.days_tenths, v.gross, v.social_insurance,
    v.housing_fund, v.income_tax, v.other_deductions, v.loan, v.living_cost, v.net, l.no_calendar
FROM wage_line l JOIN wage_version v ON v.seq = l.line
WHERE l.worker = $1
UNION ALL
SELECT l.line, l.project, l.employer, l.crew, l.month, l.nominal_due, l.due_on, l.due_from, v.seq, v.correction,
    CASE WHEN v.seq = l.version THEN 1 ELSE 0 END AS in_force, v.days_tenths, v.gross, v.social_insurance,
    v.housing_fund, v.income_tax, v.other_deductions, v.loan, v.living_cost, v.net, l.no_calendar
FROM wage_line l JOIN wage_version v ON v.line = l.line AND v.seq > v.line
WHERE l.worker = $1
ORDER BY 5, 1, 9
