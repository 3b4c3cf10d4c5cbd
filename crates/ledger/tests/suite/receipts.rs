//! Receipts are true, and time goes on whatever the clock says.

use crate::log::check_invariants;
use crate::rig::{ORIGIN, Rig, memory, one, receipt, register, send, small_batches, subject};
use journal::{Journal, SqliteJournal};
use ledger::{Ledger, Outcome, SubmitError};
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
