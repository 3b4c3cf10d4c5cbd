//! A process that is killed while it appends loses nothing that it acknowledged.

use journal::testing::chained;
use journal::{Head, Journal, ReadLimit, SqliteJournal};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const ORIGIN: &str = "journal.test/killed";

/// The victim: told a path on its standard input, it appends for ever and prints what is acknowledged.
#[test]
#[ignore = "started by the other test, and never ends by itself"]
fn victim() {
    let mut path = String::new();
    std::io::stdin().read_line(&mut path).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let journal = SqliteJournal::open(path.trim()).unwrap();
    let mut head = journal.head();
    let mut out = std::io::stdout();
    loop {
        let size = 1 + (head.seq % 300) as usize;
        let waiting: Vec<_> = (0..3).map(|_| journal.append(chained(&mut head, size, 700))).collect();
        for outcome in waiting {
            let acknowledged = runtime.block_on(outcome).unwrap();
            writeln!(out, "acknowledged {}", acknowledged.seq).unwrap();
            out.flush().unwrap();
        }
    }
}

/// The whole chain, entry by entry.
fn check(path: &Path) -> u64 {
    let journal = SqliteJournal::open(path).unwrap();
    let (mut from, mut head) = (0, Head::genesis(ORIGIN));
    loop {
        let records = journal.read(from, ReadLimit::BULK).unwrap();
        for (_, record) in records.iter() {
            head = chain::accept(&head, &record).unwrap().head;
        }
        match records.next_position() {
            Some(next) => from = next,
            None => break,
        }
    }
    assert_eq!(head, journal.head());
    head.seq
}

#[test]
fn what_was_acknowledged_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    drop(SqliteJournal::create(&path, ORIGIN).unwrap());
    for round in 0..6 {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "victim", "--ignored", "--nocapture"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(victim.stdin.take().unwrap(), "{}", path.display()).unwrap();
        let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut acknowledged = 0;
        let mut note = |line: String| {
            if let Some((_, seq)) = line.rsplit_once("acknowledged ") {
                acknowledged = seq.parse().unwrap();
            }
        };
        lines.by_ref().take(5 + round * 13).for_each(&mut note);
        victim.kill().unwrap();
        victim.wait().unwrap();
        // What it had still printed counts too.
        lines.for_each(&mut note);
        let found = check(&path);
        assert!(acknowledged > 0 && found >= acknowledged, "{found} of {acknowledged} acknowledged");
    }
}
