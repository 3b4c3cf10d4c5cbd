//! A ledger that was changed behind its back: what `verify` finds, and where.
//!
//! The rows of the journal's file are edited as whoever has the file can edit them, with the chain left as it
//! was or made anew. Each fault is one line of a table: what is found, as `check seq`.

mod forged;
mod forger;
mod stored;
mod verdicts;

use crate::rig::{ORIGIN, Rig, asked, id_number, send, small_batches};
use chain::Hash;
use forger::{Forger, Row};
use journal::{Journal, SqliteJournal};
use ledger::verify::{Against, root_over, verify};
use ledger::{Ledger, Submission, Witness};
use std::path::PathBuf;
use std::sync::Arc;

/// The project is subject 9.
const PROJECT: u128 = 9;

/// A ledger of sixteen entries: two sheets and a batch with their seals.
struct Whole {
    rig: Rig,
    rows: Vec<Row>,
    heads: Vec<Hash>,
}

impl Whole {
    async fn new() -> Whole {
        let rig = Rig::new().await;
        rig.bind(0..3).await;
        let path = rig.folder.path().join("whole.sqlite");
        let journal = Arc::new(SqliteJournal::create(&path, ORIGIN).expect("a journal"));
        let ledger = rig.create(&journal, small_batches()).await;
        let outcomes = ledger.submit(story()).await.expect("outcomes");
        let heads = outcomes.iter().map(|outcome| crate::rig::receipt(outcome).hash).collect();
        ledger.close().await;
        drop(journal);
        let rows = forger::read(&path);
        assert_eq!(rows.len(), 16);
        Whole { rig, rows, heads }
    }

    /// The rows in a file of their own, verified: what was found, as `check seq`.
    async fn verify(&self, rows: &[Row], witnesses: &[Witness]) -> (Vec<String>, String) {
        let path = self.copy(rows);
        let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open_to_inspect(&path).expect("a journal"));
        let against = Against { witnesses, ..Against::default() };
        let report = verify(&journal, Ok(&self.rig.vault), &against, &|_| {}).await;
        let findings = report.checks.iter().flat_map(|check| {
            assert_eq!(check.found, check.findings.len() as u64);
            check.findings.iter().map(|finding| (check.name, finding))
        });
        let (mut found, mut said) = (Vec::new(), String::new());
        for (name, finding) in findings {
            found.push(format!("{name} {}", finding.seq.map_or("-".to_owned(), |seq| seq.to_string())));
            said += &format!("    {name} {:?}: {}\n", finding.seq, finding.what);
        }
        std::fs::remove_file(path).expect("removed");
        (found, said)
    }

    fn copy(&self, rows: &[Row]) -> PathBuf {
        let path = self.rig.folder.path().join("changed.sqlite");
        std::fs::copy(self.rig.folder.path().join("whole.sqlite"), &path).expect("copied");
        forger::write(&path, rows);
        path
    }

    async fn check(&self, table: &[Fault]) {
        let mut wrong = String::new();
        for (name, change, expected) in table {
            let mut forger = Forger { rows: self.rows.clone(), origin: ORIGIN };
            change(&mut forger);
            let (found, said) = self.verify(&forger.rows, &[]).await;
            if !fits(expected, &found) {
                wrong += &format!("{name}: expected {expected}, found {}\n{said}", found.join(", "));
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    }
}

/// Whether that, and nothing else, was found. In parentheses: what may be found besides, as the next entry of
/// the same subject, or a seal that misses what cannot be believed.
fn fits(expected: &str, found: &[String]) -> bool {
    let expected: Vec<&str> = expected.split(", ").filter(|one| !one.is_empty()).collect();
    let named = |one: &str| found.iter().any(|found| found == one);
    let allowed = |found: &String| expected.iter().any(|one| one.trim_matches(['(', ')']) == found);
    expected.iter().all(|one| one.starts_with('(') || named(one)) && found.iter().all(allowed)
}

/// What is done, and what is found of it.
type Fault = (&'static str, fn(&mut Forger), &'static str);

/// | entry | of | what |
/// |---|---|---|
/// | 1 | ledger | created |
/// | 2 | project | registered |
/// | 3, 4, 5 | workers 0, 1, 2 | registered |
/// | 6, 7 | workers 0, 1 | lines of March |
/// | 8 | project | March sealed |
/// | 9, 10, 11 | workers 0, 1, 2 | lines of April |
/// | 12 | project | April sealed |
/// | 13 | worker 0 | paid |
/// | 14 | worker 1 | payment failed |
/// | 15 | project | batch sealed |
/// | 16 | worker 2 | changed |
fn story() -> Vec<Submission> {
    let line = |about: u128, id: u128, month: &str| {
        send(about, id, &format!("AccrueWages month={month} remark=夜班"))
    };
    let seal = |id, ids: &[u128], text: &str| {
        let mut ids: Vec<[u8; 16]> = ids.iter().map(|id| id.to_be_bytes()).collect();
        send(PROJECT, id, &format!("{text} lines={} root={}", ids.len(), root_over(&mut ids)))
    };
    vec![
        send(PROJECT, 2, "RegisterProject"),
        send(0, 3, &format!("RegisterWorker id_number={}", id_number(0))),
        send(1, 4, &format!("RegisterWorker id_number={}", id_number(1))),
        send(2, 5, &format!("RegisterWorker id_number={}", id_number(2))),
        line(0, 6, "2026-03"),
        line(1, 7, "2026-03"),
        seal(8, &[6, 7], "SealSheet month=2026-03 gross=15600.00 net=15600.00"),
        line(0, 9, "2026-04"),
        line(1, 10, "2026-04"),
        line(2, 11, "2026-04"),
        seal(12, &[9, 10, 11], "SealSheet month=2026-04 gross=23400.00 net=23400.00"),
        send(0, 13, "RecordPayment"),
        send(1, 14, "FailPayment"),
        seal(15, &[13, 14], "SealBatch amount=15600.00"),
        send(2, 16, "ChangeWorker phone=13900000000 bank=建设银行"),
    ]
}

fn witness_at_end(whole: &Whole) -> Vec<Witness> {
    vec![Witness { name: "checkpoint", seq: 16, hash: whole.heads[14] }]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_ledger_holds() {
    let whole = Whole::new().await;
    whole.check(&[("nothing", |_| {}, "")]).await;
}

/// The vault is part of what is verified.
#[tokio::test(flavor = "multi_thread")]
async fn the_vault_and_the_entries_agree() {
    let rig = Rig::new().await;
    rig.bind(0..2).await;
    let path = rig.folder.path().join("journal.sqlite");
    let journal = Arc::new(SqliteJournal::create(&path, ORIGIN).expect("a journal"));
    let ledger = Ledger::create(journal, rig.vault.clone(), rig.clock.clone(), small_batches(), "tester")
        .await
        .expect("a ledger");
    let workers = (0..3).map(|n| {
        let command = asked(&format!("RegisterWorker id_number={}", id_number(n)));
        Submission { command, ..send(n, n, "RegisterWorker") }
    });
    ledger.submit(workers.collect()).await.expect("outcomes");
    let found = async || -> Vec<String> {
        let report = verify(ledger.reader().journal(), Ok(&rig.vault), &Against::default(), &|_| {}).await;
        let findings =
            report.checks.iter().flat_map(|check| check.findings.iter().map(|f| (check.name, f.seq)));
        findings.map(|(name, seq)| format!("{name} {}", seq.unwrap_or_default())).collect()
    };
    assert_eq!(found().await, ["vault 4"], "nobody bound worker 2 to his ID number");
    rig.bind([2]).await;
    assert!(found().await.is_empty());
}
