//! The verdict over a ledger: what was changed, what is missing, and what it is held against.

use super::Whole;
use super::forger::Forger;
use crate::rig::ORIGIN;
use chain::Header;
use journal::{Journal, SqliteJournal};
use ledger::verify::{Against, Report, Shown, Verdict, verify};
use std::sync::Arc;

/// What is done to sixteen right entries.
type Change = fn(&mut Forger);
/// What is done, whether there is a vault, the verdict, what was not judged, what found something.
type Row = (Change, bool, Verdict, &'static [&'static str], &'static [&'static str]);

impl Whole {
    /// The verdict over changed rows.
    async fn judged(&self, change: Change, vault: bool, against: &Against<'_>) -> Report {
        let mut forger = Forger { rows: self.rows.clone(), origin: ORIGIN };
        change(&mut forger);
        let path = self.copy(&forger.rows);
        let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open_to_inspect(&path).expect("a journal"));
        let vault = if vault { Ok(&self.rig.vault) } else { Err("there is no vault") };
        let report = verify(&journal, vault, against, &|_| {}).await;
        drop(journal);
        std::fs::remove_file(path).expect("removed");
        report
    }

    fn header(&self, seq: usize) -> Header {
        Header::decode(&self.rows[seq - 1].header).expect("a header")
    }

    fn shown(&self, seq: usize) -> Shown {
        let header: &[u8; chain::HEADER_LEN] =
            self.rows[seq - 1].header.as_slice().try_into().expect("136 bytes");
        let recorded_at = Some(self.header(seq).recorded_at);
        Shown {
            name: format!("the receipt {seq}"),
            seq: seq as u64,
            hash: chain::entry_hash(header),
            recorded_at,
        }
    }
}

fn missing(report: &Report) -> Vec<&'static str> {
    report.checks.iter().filter(|check| check.missing.is_some()).map(|check| check.name).collect()
}

fn found(report: &Report) -> Vec<&'static str> {
    report.checks.iter().filter(|check| !check.is_clean()).map(|check| check.name).collect()
}

fn unknown_type(f: &mut Forger) {
    f.edit(15, |body| body.replace("worker.changed", "worker.praised"));
    f.remake();
}

fn other_seal(f: &mut Forger) {
    f.edit(14, |body| body.replace("\"lines\":2", "\"lines\":3"));
    f.remake();
}

fn changed_body(f: &mut Forger) {
    f.rows[9].flip(super::forger::HEADER + 20, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_what_was_changed_and_what_is_missing() {
    const SEALED: [&str; 2] = ["sealed_fields", "vault"];
    let whole = Whole::new().await;
    let table: [Row; 9] = [
        (|_| {}, true, Verdict::Verified, &[], &[]),
        (|_| {}, false, Verdict::NotJudged, &SEALED, &[]),
        (unknown_type, true, Verdict::Content, &[], &["facts"]),
        (unknown_type, false, Verdict::NotJudged, &SEALED, &["facts"]),
        (other_seal, true, Verdict::Content, &[], &["batch_seals"]),
        (changed_body, true, Verdict::Broken, &[], &["body_digests", "sheet_seals"]),
        (changed_body, false, Verdict::Broken, &SEALED, &["body_digests", "sheet_seals"]),
        (
            |f| f.rows.clear(),
            false,
            Verdict::NotJudged,
            &[
                "chain",
                "body_digests",
                "subject_numbering",
                "strays",
                "facts",
                "sheet_seals",
                "batch_seals",
                "recorded_times",
                "sealed_fields",
                "vault",
            ],
            &[],
        ),
        (
            |f| f.rows.clear(),
            true,
            Verdict::NotJudged,
            &[
                "chain",
                "body_digests",
                "subject_numbering",
                "strays",
                "facts",
                "sheet_seals",
                "batch_seals",
                "recorded_times",
                "sealed_fields",
            ],
            &[],
        ),
    ];
    for (row, (change, vault, verdict, unjudged, finds)) in table.into_iter().enumerate() {
        let report = whole.judged(change, vault, &Against::default()).await;
        assert_eq!(report.verdict(), verdict, "{row}: {:#?}", report.checks);
        assert_eq!((missing(&report), found(&report)), (unjudged.to_vec(), finds.to_vec()), "{row}");
        if let (0, true) = (report.entries, vault) {
            let chain = report.checks.first().and_then(|check| check.missing.clone()).unwrap_or_default();
            assert!(chain.contains("the vault beside it holds keys of"), "{chain}");
        }
        if found(&report) == ["facts"] && vault {
            let sealed = report.checks.iter().find(|check| check.name == "sealed_fields").expect("the check");
            let note = sealed.note.clone().unwrap_or_default();
            assert!(note.contains("1 entries say nothing that could be looked into"), "{note}");
        }
    }
}

/// Entries dated after now are one finding a run, and of content: the bytes are the recorded ones.
#[tokio::test(flavor = "multi_thread")]
async fn of_times() {
    let whole = Whole::new().await;
    let last = whole.header(16).recorded_at;
    let minutes = |n: i64| n * 60 * 1_000_000;
    for (now_us, verdict) in [
        (last, Verdict::Verified),
        (last - minutes(4), Verdict::Verified),
        (whole.header(1).recorded_at - minutes(6), Verdict::Content),
        (i64::MIN, Verdict::Content),
    ] {
        let against = Against { now_us, ..Against::default() };
        let report = whole.judged(|_| {}, true, &against).await;
        assert_eq!(report.verdict(), verdict, "{now_us}: {:#?}", report.checks);
        let times = report.checks.iter().find(|check| check.name == "recorded_times").expect("the check");
        if verdict == Verdict::Content {
            assert_eq!(times.findings.iter().map(|f| f.seq).collect::<Vec<_>>(), [Some(1)]);
            assert!(times.findings[0].what.starts_with("to 16 are dated after now"), "{:?}", times.findings);
        }
    }
}

/// What people hold, each alone and all together.
#[tokio::test(flavor = "multi_thread")]
async fn of_heads_that_are_shown() {
    let whole = Whole::new().await;
    let all: Vec<Shown> = (1..=16).map(|seq| whole.shown(seq)).collect();
    let with = |seq: usize, change: fn(&mut Shown)| {
        let mut shown = whole.shown(seq);
        change(&mut shown);
        vec![shown]
    };
    let table: [(Vec<Shown>, Change, Option<u64>, &str); 7] = [
        (all, |_| {}, None, ""),
        (with(3, |s| s.recorded_at = None), |_| {}, None, ""),
        (with(3, |s| s.hash.0[0] ^= 1), |_| {}, Some(3), "and here it is"),
        (with(3, |s| s.recorded_at = Some(0)), |_| {}, Some(3), "another time of recording"),
        (with(16, |s| s.seq = 17), |_| {}, Some(17), "the ledger ends at entry 16"),
        (with(16, |_| {}), |f| f.rows.truncate(12), Some(16), "the ledger ends at entry 12"),
        (with(10, |_| {}), changed_body, Some(10), "cannot be met"),
    ];
    for (row, (shown, change, seq, words)) in table.into_iter().enumerate() {
        let against = Against { shown: &shown, ..Against::default() };
        let report = whole.judged(change, true, &against).await;
        let heads = report.checks.iter().find(|check| check.name == "heads_shown").expect("the check");
        assert_eq!(
            heads.findings.iter().map(|f| f.seq).collect::<Vec<_>>(),
            Vec::from_iter(seq.map(Some)),
            "{row}"
        );
        assert!(heads.findings.iter().all(|f| f.what.contains(words)), "{row}: {:?}", heads.findings);
        let broken = report.verdict() == Verdict::Broken;
        assert_eq!(broken, seq.is_some(), "{row}: {:#?}", report.checks);
    }
    // Nothing shown, no check of it.
    let report = whole.judged(|_| {}, true, &Against::default()).await;
    assert!(report.checks.iter().all(|check| check.name != "heads_shown"));
}
