-- Question: what is said of worker $1? Asked by pages and by whoever opens personal data for a purpose.
SELECT worker, name, id_kind, id_number, phone, card, bank, card_index, seq FROM worker WHERE worker = $1
