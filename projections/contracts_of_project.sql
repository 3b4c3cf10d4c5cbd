-- Question: who signed a contract for work on project $1, and when? Asked by pages: work without a contract. One row in
-- the form of lines_of_project.sql: worker, signed_on.
SELECT string_agg(concat_ws(' ', worker, signed_on), ',') AS all_of FROM contract WHERE project = $1
