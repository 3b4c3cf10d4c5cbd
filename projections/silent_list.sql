-- Question: which months are silent (silent.sql), and how many people are on their rosters? Asked by tests, which compare
-- what pages list.
SELECT project, employer, month, people FROM silent ORDER BY project, employer, month
