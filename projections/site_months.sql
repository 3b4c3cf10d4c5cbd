-- Question: what does early warning know of each project's months? Asked when warnings are judged.
SELECT project, month, facts, present FROM site_month ORDER BY project, month
