//! A command is recorded once, for the life of the ledger.

use crate::log::check_invariants;
use crate::rig::{
    Rig, epoch_key, forgetful, memory, one, receipt, register, send, small_batches, subject, word,
};
use ledger::{Ledger, Outcome, SubmitError};
use std::collections::HashMap;
use std::sync::Arc;

/// The commands of one story, each with a word for what it comes to when it is sent first and again.
const STORY: [(u128, u128, &str, &str, &str); 9] = [
    (1, 11, "RegisterWorker", "new 2", "known 2"),
    (1, 12, "EnterSite", "new 3", "known 3"),
    (1, 13, "AccrueWages remark=夜班", "new 4", "known 4"),
    (1, 14, "CorrectWages corrects=@13", "new 5", "known 5"),
    (1, 15, "CorrectWages corrects=4 correction=2", "new 6", "known 6"),
    (1, 16, "RecordPayment", "new 7", "known 7"),
    (1, 17, "RecordPayment", "already_recorded", "already_recorded"),
    (1, 11, "RegisterWorker name=别人", "command_id_reused", "command_id_reused"),
    (2, 11, "RegisterWorker", "new 8", "known 8"), // another subject's ids are its own
];

async fn tell(ledger: &Ledger, when: &str, again: bool) {
    for (about, id, text, first, later) in STORY {
        let outcome = one(ledger, send(about, id, text)).await.expect("an outcome");
        assert_eq!(word(&outcome), if again { later } else { first }, "{when}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_gives_the_original_receipt() {
    let rig = Rig::new().await;
    let journal = memory();
    let ledger = rig.create(&journal, forgetful(small_batches())).await;
    tell(&ledger, "first", false).await;
    tell(&ledger, "again", true).await;
    // The memory of subject 1 was pushed out by subject 2 and is folded from entries now.
    tell(&ledger, "evicted", true).await;
    ledger.close().await;
    tell(&rig.open(&Arc::new(journal.another()), small_batches()).await, "after a restart", true).await;
    assert_eq!(journal.another().read_all(), 8);
}

/// Sent twice in one request, or with another content in the same request.
#[tokio::test(flavor = "multi_thread")]
async fn twins_in_one_request() {
    let rig = Rig::new().await;
    let ledger = rig.create(&memory(), small_batches()).await;
    let request = vec![
        send(1, 11, "RegisterWorker"),
        send(1, 11, "RegisterWorker"),
        send(1, 12, "AccrueWages"),
        send(1, 13, "ConfirmWages line=@12"),
        send(1, 12, "AccrueWages"),
        send(1, 12, "AccrueWages correction=1"),
        send(1, 13, "ConfirmWages line=3"),
        send(1, 13, "ConfirmWages line=2"),
    ];
    let outcomes = ledger.submit(request).await.expect("outcomes");
    let words: Vec<String> = outcomes.iter().map(word).collect();
    let expected = ["new 2", "known 2", "new 3", "new 4", "known 3", "command_id_reused", "known 4"];
    assert_eq!(words[..7], expected);
    assert_eq!(words[7], "command_id_reused");
    assert_eq!(receipt(&outcomes[0]), receipt(&outcomes[1]));
}

/// Two commands whose ids end alike are told apart by reading.
#[tokio::test(flavor = "multi_thread")]
async fn ids_with_one_fingerprint_are_two() {
    let rig = Rig::new().await;
    let ledger = rig.create(&memory(), small_batches()).await;
    let (one_id, other_id) = (7, 7 + (1 << 100));
    let words = async |submission| word(&one(&ledger, submission).await.expect("an outcome"));
    assert_eq!(words(send(1, one_id, "RegisterWorker")).await, "new 2");
    assert_eq!(words(send(1, other_id, "EnterSite")).await, "new 3");
    assert_eq!(words(send(1, other_id, "EnterSite")).await, "known 3");
    assert_eq!(words(send(1, one_id, "RegisterWorker")).await, "known 2");
}

/// After erasure nobody can compare personal data any more: the same id counts as the same fact.
#[tokio::test(flavor = "multi_thread")]
async fn after_erasure_the_same_id_is_already_recorded() {
    let rig = Rig::new().await;
    let journal = memory();
    let ledger = rig.create(&journal, forgetful(small_batches())).await;
    tell(&ledger, "first", false).await;
    rig.vault.erase(subject(1), &epoch_key(2)).await.expect("erased");
    let words = async |ledger: &Ledger, submission| word(&one(ledger, submission).await.expect("an outcome"));
    assert_eq!(words(&ledger, send(1, 11, "RegisterWorker")).await, "known 2");
    assert_eq!(words(&ledger, send(1, 11, "RegisterWorker name=别人")).await, "known 2");
    // What held no personal data can still be compared.
    assert_eq!(words(&ledger, send(1, 12, "EnterSite")).await, "known 3");
    assert_eq!(words(&ledger, send(1, 12, "EnterSite trade=木工")).await, "command_id_reused");
    // Facts after the erasure have a key of their own, and change nothing for those before.
    assert_eq!(words(&ledger, send(1, 18, "ChangeWorker phone=13900000000")).await, "new 9");
    assert_eq!(words(&ledger, send(1, 18, "ChangeWorker phone=13900000001")).await, "command_id_reused");
    assert_eq!(words(&ledger, send(1, 11, "RegisterWorker name=别人")).await, "known 2");
    ledger.close().await;
    let ledger = rig.open(&journal, small_batches()).await;
    assert_eq!(words(&ledger, send(1, 11, "RegisterWorker")).await, "known 2");
}

/// 64 clients with overlapping ids, each until it has all its outcomes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_clients_at_once() {
    let rig = Rig::new().await;
    rig.bind(0..4).await;
    let journal = memory();
    let ledger = rig.create(&journal, forgetful(small_batches())).await;
    for n in 0..4 {
        one(&ledger, register(n, n)).await.expect("registered");
    }
    let clients: Vec<_> = (0..64u128)
        .map(|client| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                let mut got = Vec::new();
                for step in 0..12u128 {
                    // 24 commands a subject, wanted by everybody sooner or later, in different orders.
                    let n = (client * 7 + step * 5) % 96;
                    let text = format!("RecordWork days=2026-03-{:02}:1.0", n / 4 + 1);
                    let submission = send(n % 4, 1_000 + n, &text);
                    let outcome = loop {
                        match one(&ledger, submission.clone()).await {
                            Ok(outcome) => break outcome,
                            Err(SubmitError::Busy) => tokio::task::yield_now().await,
                            Err(error) => panic!("{error}"),
                        }
                    };
                    got.push((1_000 + n, outcome));
                }
                got
            })
        })
        .collect();
    let mut first: HashMap<u128, usize> = HashMap::new();
    let mut receipts = HashMap::new();
    for client in clients {
        for (id, outcome) in client.await.expect("a client") {
            *first.entry(id).or_default() += usize::from(matches!(outcome, Outcome::Recorded(_)));
            assert_eq!(*receipts.entry(id).or_insert(receipt(&outcome)), receipt(&outcome), "one receipt");
        }
    }
    assert!(first.values().all(|count| *count == 1), "recorded once, known ever after: {first:?}");
    let journal: Arc<dyn journal::Journal> = journal;
    let log = check_invariants(&journal, &rig.vault).await;
    assert_eq!(log.entries.len(), 1 + 4 + first.len());
    receipts.values().for_each(|receipt| log.check_receipt(receipt));
}

trait ReadAll {
    fn read_all(&self) -> usize;
}

impl<J: journal::Journal> ReadAll for J {
    fn read_all(&self) -> usize {
        self.read(0, journal::ReadLimit::BULK).expect("read").len()
    }
}
