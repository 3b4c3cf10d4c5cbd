-- Question: how many months of how many projects are silent (silent.sql), how many people are on their rosters, a person
-- once a project, and of how many is no roster known? Asked with every question about arrears.
SELECT (SELECT COUNT(*) FROM (SELECT DISTINCT project, month FROM silent) months) AS site_months,
    (SELECT COUNT(*) FROM (SELECT DISTINCT project, worker FROM here) workers) AS people,
    (SELECT COUNT(*) FROM silent WHERE employer = '') AS without_roster
