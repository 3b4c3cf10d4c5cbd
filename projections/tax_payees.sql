-- Question: whom does agent $1 have to name in his return of wages of month $3, paid in year $2, with what? Asked when
-- files for the tax office are made; a row a wage line in force. Left the last site = NULL while he is on one.
SELECT l.worker, l.project, v.gross, v.social_insurance, v.housing_fund, v.income_tax, w.worker AS known, w.name,
    w.id_kind, w.id_number, w.phone, w.card, w.bank, w.card_index,
    (SELECT MIN(s.entered_on) FROM stay s WHERE s.worker = l.worker AND s.employer = l.employer) AS entered_on,
    (SELECT CASE WHEN COUNT(*) = COUNT(s.left_on) THEN MAX(s.left_on) END
     FROM stay s WHERE s.worker = l.worker AND s.employer = l.employer) AS left_on
FROM tax_year y
JOIN wage_line l ON l.worker = y.worker AND l.employer = y.employer AND l.project = y.project
JOIN wage_version v ON v.seq = l.version
LEFT JOIN worker w ON w.worker = l.worker
WHERE y.employer = $1 AND y.year = $2 AND l.month = $3
ORDER BY l.worker, l.project, l.crew
