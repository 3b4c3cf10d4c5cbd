//! Limits: of the queue, of a request, of an entry; and what closing means.

use crate::log::check_invariants;
use crate::rig::{Rig, memory, one, receipt, register, send, small_batches, subject, word};
use ledger::{Options, Submission, SubmitError};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_a_size() {
    let rig = Rig::new().await;
    let journal = memory();
    let ledger = rig.create(&journal, Options { request_max: 2, ..Options::default() }).await;
    let three: Vec<Submission> = (0..3).map(|n| register(n, n)).collect();
    let refused = ledger.submit(three.clone()).await;
    assert!(matches!(refused, Err(SubmitError::TooLarge { max: 2, found: 3 })), "{refused:?}");
    let refused = ledger.preview(three).await;
    assert!(matches!(refused, Err(SubmitError::TooLarge { max: 2, found: 3 })), "{refused:?}");
    assert_eq!(ledger.submit(Vec::new()).await.expect("nothing asked"), []);
    assert_eq!(ledger.submit(vec![register(0, 0), register(1, 1)]).await.expect("outcomes").len(), 2);
    assert_eq!(ledger.reader().journal().head().seq, 3, "nothing of what was refused is recorded");
}

/// Who finds the queue full is told so at once, and nothing of his request is recorded; the others get their
/// outcomes.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_busy() {
    let rig = Rig::new().await;
    rig.bind(0..50).await;
    let journal = memory();
    let ledger = rig.create(&journal, Options { queue: 2, ..small_batches() }).await;
    rig.clock.hold(true);
    let clients: Vec<_> = (0..50)
        .map(|n| {
            let ledger = ledger.clone();
            tokio::spawn(async move { one(&ledger, register(n, n)).await })
        })
        .collect();
    // Those who wait: two in the queue, and whoever was taken out of it.
    while clients.iter().filter(|client| !client.is_finished()).count() > 5 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    rig.clock.hold(false);
    let mut recorded = 0;
    for client in clients {
        match client.await.expect("a client") {
            Ok(outcome) => {
                receipt(&outcome);
                recorded += 1;
            }
            Err(SubmitError::Busy) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert!((2..=5).contains(&recorded), "{recorded}");
    let journal: Arc<dyn journal::Journal> = journal;
    assert_eq!(check_invariants(&journal, &rig.vault).await.entries.len(), 1 + recorded);
}

/// What was asked before the closing is answered; what is asked after it is not.
#[tokio::test(flavor = "multi_thread")]
async fn closing_drains() {
    let rig = Rig::new().await;
    rig.bind(0..20).await;
    let journal = memory();
    let ledger = rig.create(&journal, small_batches()).await;
    rig.clock.hold(true);
    let clients: Vec<_> = (0..20)
        .map(|n| {
            let ledger = ledger.clone();
            tokio::spawn(
                async move { ledger.submit(vec![register(n, n), send(n, 100 + n, "EnterSite")]).await },
            )
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let closing = tokio::spawn(ledger.clone().close());
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!closing.is_finished(), "closing waits for what is in flight");
    rig.clock.hold(false);
    closing.await.expect("closed");
    assert!(matches!(one(&ledger, register(99, 99)).await, Err(SubmitError::Closed)));
    assert!(matches!(ledger.tail(subject(0)).await, Err(SubmitError::Closed)));
    let log = check_invariants(&(journal as Arc<dyn journal::Journal>), &rig.vault).await;
    assert_eq!(log.entries.len(), 41);
    for client in clients {
        for outcome in client.await.expect("a client").expect("an outcome") {
            log.check_receipt(&receipt(&outcome));
        }
    }
    ledger.close().await; // again, and nothing happens
}

/// What would be more than 64 KiB as recorded is refused, and the next command takes its place.
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_has_a_size() {
    let rig = Rig::new().await;
    rig.bind([0]).await;
    let journal = memory();
    let ledger = rig.create(&journal, small_batches()).await;
    one(&ledger, register(0, 0)).await.expect("registered");
    let outcome = one(&ledger, too_long()).await.expect("an outcome");
    assert_eq!(word(&outcome), "malformed");
    assert_eq!(word(&one(&ledger, send(0, 2, "RecordWork")).await.expect("an outcome")), "new 3");
    check_invariants(&(journal as Arc<dyn journal::Journal>), &rig.vault).await;
}

/// Attendance whose device has a name of 70,000 characters.
fn too_long() -> Submission {
    let mut submission = send(0, 1, "RecordWork");
    if let wages::Command::RecordWork(work) = &mut submission.command {
        work.days[0].device = "g".repeat(70_000).into();
    }
    submission
}

/// What a preview says is what submitting would come to, also of an entry that is too long.
#[tokio::test(flavor = "multi_thread")]
async fn a_preview_knows_the_size_of_an_entry() {
    let rig = Rig::new().await;
    let ledger = rig.create(&memory(), small_batches()).await;
    one(&ledger, register(0, 0)).await.expect("registered");
    let preview = ledger.preview(vec![too_long()]).await.expect("a preview");
    assert!(matches!(preview[..], [ledger::Preview::Rejected(_)]), "{preview:?}");
}

/// There is one ledger in a ledger.
#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_is_created_once() {
    let rig = Rig::new().await;
    rig.bind([0]).await;
    let journal = memory();
    let ledger = rig.create(&journal, small_batches()).await;
    let own = Submission { subject: ledger.id(), ..send(0, 1, "CreateLedger") };
    assert_eq!(word(&one(&ledger, own).await.expect("an outcome")), "already_registered");
    let other = one(&ledger, send(5, 2, "CreateLedger")).await.expect("an outcome");
    assert!(matches!(other, ledger::Outcome::Rejected(_)), "{other:?}");
    check_invariants(&(journal as Arc<dyn journal::Journal>), &rig.vault).await;
}

/// Facts of the ledger stand on its own stream, with kind 0; so do those of which it is one of the subjects.
#[tokio::test(flavor = "multi_thread")]
async fn the_ledgers_own_stream() {
    let rig = Rig::new().await;
    rig.bind([0]).await;
    let journal = memory();
    let ledger = rig.create(&journal, small_batches()).await;
    let own = |id, text| Submission { subject: ledger.id(), ..send(0, id, text) };
    let request = vec![
        own(1, "ImportFile"),
        own(2, "RevealData"),
        own(3, "RegisterWorker"),
        register(0, 4),
        send(0, 5, "RevealData"),
        send(0, 6, "ImportFile"),
    ];
    let outcomes = ledger.submit(request).await.expect("outcomes");
    let words: Vec<String> = outcomes.iter().map(word).collect();
    assert_eq!(words, ["new 2", "new 3", "wrong_subject", "new 4", "new 5", "wrong_subject"]);
    let log = check_invariants(&(journal as Arc<dyn journal::Journal>), &rig.vault).await;
    let kinds: Vec<bool> = log.entries.iter().map(|e| e.header.kind == chain::Kind::Ledger).collect();
    assert_eq!(kinds, [true, true, true, false, false]);
    assert_eq!(log.entries[0].command_id(), ledger.id());
    assert_eq!(Uuid::from_bytes(log.entries[0].header.subject), ledger.id());
}
