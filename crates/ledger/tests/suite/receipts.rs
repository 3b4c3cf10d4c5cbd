//! Receipts are true, and time goes on whatever the clock says.

use crate::log::check_invariants;
use crate::rig::{ORIGIN, Rig, memory, one, receipt, register, send, small_batches, subject};
use journal::{Journal, SqliteJournal};
use ledger::verify::{Against, Verdict, verify};
use ledger::{Ledger, Outcome, Submission, SubmitError};
use std::sync::Arc;

/// The entry that a receipt names has its hash, over a journal in memory and one in a file.
#[tokio::test(flavor = "multi_thread")]
async fn receipts_are_true() {
    let rig = Rig::new().await;
    rig.bind(0..20).await;
    let file = SqliteJournal::create(rig.folder.path().join("journal.sqlite"), ORIGIN).expect("a journal");
    let journals: [Arc<dyn Journal>; 2] = [memory(), Arc::new(file)];
    for journal in journals {
        let ledger = Ledger::create(
            Arc::clone(&journal),
            rig.vault.clone(),
            rig.clock.clone(),
            small_batches(),
            "tester",
        )
        .await
        .expect("a ledger");
        let submissions: Vec<_> = (0..20)
            .flat_map(|n| {
                [register(n, 100 + n), send(n, 200 + n, "EnterSite"), send(n, 300 + n, "RecordWork")]
            })
            .collect();
        let outcomes = ledger.submit(submissions).await.expect("outcomes");
        let log = check_invariants(&journal, &rig.vault).await;
        assert_eq!(log.entries.len(), 61);
        for (n, outcome) in (2..).zip(&outcomes) {
            let Outcome::Recorded(receipt) = outcome else { panic!("{outcome:?}") };
            assert_eq!(receipt.seq, n, "outcomes come in the order of the commands");
            log.check_receipt(receipt);
            let entry = ledger.reader().entry(receipt.seq).expect("the entry");
            assert_eq!((entry.hash, entry.header.recorded_at), (receipt.hash, receipt.recorded_at));
        }
        let tail = ledger.tail(subject(3)).await.expect("an answer").expect("a stream");
        let stream = ledger.reader().stream(tail.seq).expect("the stream");
        assert_eq!(tail.entries, 3);
        assert_eq!(stream.iter().map(|e| e.header.subject_seq).collect::<Vec<_>>(), [1, 2, 3]);
        ledger.close().await;
    }
}

/// A clock that jumps back and forth: what is recorded later has a later time, and a clock that is right
/// again is believed.
#[tokio::test(flavor = "multi_thread")]
async fn time_goes_on() {
    let rig = Rig::new().await;
    let start = 1_772_000_000_000_000;
    let ledger = rig.create(&memory(), small_batches()).await;
    assert!(matches!(one(&ledger, register(0, 1)).await, Ok(Outcome::Recorded(_))));
    let table = [
        // (clock, recorded_at), µs after the start; nothing is recorded by a clock that is minutes off
        (0, Some(2)),
        (10, Some(10)),
        (10, Some(11)),
        (-60_000_000, Some(12)),
        (-3_600_000_000, None),
        (i64::MIN, None),
        (i64::MAX, None),
        (1_000_000, Some(1_000_000)),
        (500_000, Some(1_000_001)),
        (1_000_002, Some(1_000_002)),
    ];
    for (n, (clock, recorded_at)) in (10..).zip(table) {
        rig.clock.set(clock.saturating_add(start));
        let answer = one(&ledger, send(0, n, "ChangeWorker phone=13900000000")).await;
        match (answer, recorded_at) {
            (Ok(outcome), Some(at)) => {
                assert_eq!(receipt(&outcome).recorded_at - start, at, "clock at {clock}")
            }
            (Err(SubmitError::Clock { .. }), None) => {
                assert!(ledger.clock_off().is_some(), "clock at {clock}")
            }
            (answer, _) => panic!("clock at {clock}: {answer:?}"),
        }
    }
}

/// A clock that stood years ahead for one import closes nothing: somebody says so, and the ledger goes on; `verify` names
/// what the wrong clock stamped.
#[tokio::test(flavor = "multi_thread")]
async fn a_last_entry_of_the_future_closes_nothing() {
    let rig = Rig::new().await;
    rig.bind([0]).await;
    let (start, year) = (1_772_000_000_000_000, 365 * 86_400_000_000i64);
    let journal = memory();
    let ledger = rig.create(&journal, small_batches()).await;
    assert!(matches!(one(&ledger, register(0, 1)).await, Ok(Outcome::Recorded(_))));
    let phone = |id: u128| send(0, id, "ChangeWorker phone=13900000000");
    rig.clock.set(start + 20 * year);
    let ahead = receipt(&one(&ledger, phone(10)).await.expect("no entry is younger"));
    rig.clock.set(start + 1_000);
    let refused = async |submission| match one(&ledger, submission).await {
        Err(SubmitError::Clock { reason }) => assert!(reason.contains("2046-02-20"), "{reason}"),
        other => panic!("{other:?}"),
    };
    refused(phone(11)).await;
    let overrides = |id: u128, entry: u64| Submission {
        subject: ledger.id(),
        ..send(0, id, &format!("OverrideClock entry={entry}"))
    };
    // Only what is said of the last entry overrules it.
    refused(overrides(12, ahead.seq - 1)).await;
    refused(overrides(12, ahead.seq + 1)).await;
    let overruled = receipt(&one(&ledger, overrides(12, ahead.seq)).await.expect("an outcome"));
    assert_eq!((overruled.seq, overruled.recorded_at), (ahead.seq + 1, start + 1_000));
    assert_eq!(ledger.clock_off(), None);
    let after = receipt(&one(&ledger, phone(11)).await.expect("the ledger goes on"));
    assert_eq!((after.seq, after.recorded_at), (ahead.seq + 2, start + 1_001));
    let journal: Arc<dyn journal::Journal> = journal;
    let against = Against { now_us: start + 2_000, ..Against::default() };
    let report = verify(&journal, Ok(&rig.vault), &against, &|_| {}).await;
    assert_eq!(report.verdict(), Verdict::Content, "{:?}", report.checks);
    let times = report.checks.iter().find(|check| check.name == "recorded_times").expect("the check");
    assert_eq!(times.findings.iter().map(|f| f.seq).collect::<Vec<_>>(), [Some(ahead.seq)]);
}
