-- Question: of which wage line is entry $1 a version? Asked by pages.
SELECT line FROM wage_version WHERE seq = $1
