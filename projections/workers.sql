-- Question: what are the sealed names and ID numbers of these workers? Asked for pages that list them. Keys: worker.
SELECT t.worker, t.id_number, t.name FROM k CROSS JOIN worker t WHERE t.worker = k.k1
