-- Question: what did the worker say to wage line $1? Asked by pages.
SELECT seq, version, disputed, claimed_net FROM statement WHERE line = $1 ORDER BY seq
