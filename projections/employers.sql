-- Question: which employers have workers on which projects, and since when? Asked for the chain of who answers for
-- wages.
SELECT project, employer, MIN(entered_on) AS first_in FROM stay GROUP BY project, employer ORDER BY project, employer
