//! What must hold at the end of every schedule.

use super::cluster::Cluster;
use super::topic::Topic;
use super::{Refused, SUBJECTS};
use crate::log::{Log, check_invariants};
use crate::rig::subject;
use crate::story::{KINDS, submission};
use chain::{Head, accept};
use journal::{Journal, MemoryJournal};
use ledger::{Ledger, Preview, Receipt, Submission};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;
use vault::Vault;
use wages::{Referenced, Refers, Rejection, decide};

/// What the topic holds for everybody, by `accept` alone; every void beside it is explained.
pub(super) async fn truth(topic: &Topic, vault: &Vault, thorough: bool) -> (Log, u64) {
    let store = MemoryJournal::new(&topic.origin);
    let mut head = Head::genesis(&topic.origin);
    let mut hashes = vec![head.hash];
    let mut voids = Vec::new();
    for entry in (0..topic.end()).filter_map(|offset| topic.get(offset)) {
        match accept(&head, &entry.record()) {
            Ok(accepted) => {
                head = accepted.head;
                hashes.push(head.hash);
                store.inject(&entry.record());
            }
            Err(_) => voids.push(entry),
        }
    }
    for void in &voids {
        let header = chain::Header::decode(&void.header).expect("only nodes write");
        let repeat = hashes.get(header.seq as usize) == Some(&chain::entry_hash(&void.header));
        let taken = (header.seq as usize) < hashes.len();
        let torn = hashes.get(header.seq as usize - 1) != Some(&header.prev);
        assert!(repeat || taken || torn, "a void that nothing explains: {header:?}");
    }
    let store: Arc<dyn Journal> = Arc::new(store);
    let log = if thorough { check_invariants(&store, vault).await } else { Log::read(&*store, vault).await };
    assert_eq!(log.voids, 0);
    (log, voids.len() as u64)
}

/// Every receipt ever given is true; every command is recorded once, or not at all if nobody has a receipt
/// for it; and nothing else is.
pub(super) fn check_commands(
    log: &Log,
    receipts: &HashMap<(Uuid, Uuid), Receipt>,
    asked: impl Iterator<Item = (Uuid, Uuid)>,
) {
    receipts.values().for_each(|receipt| log.check_receipt(receipt));
    let counts = log.commands();
    for command in asked {
        assert!(counts.get(&command).is_none_or(|count| *count == 1), "{command:?} is recorded once");
        assert_eq!(counts.contains_key(&command), receipts.contains_key(&command), "{command:?}");
    }
    assert_eq!(log.entries.len(), 1 + receipts.len(), "nothing that nobody asked for");
}

/// Every refusal follows from what was accepted at some moment between question and answer.
pub(super) fn check_refusals(log: &Log, refused: &[Refused]) {
    for Refused { asked, rejection, from, to } in refused {
        if let Rejection::CommandIdReused { entry } = rejection {
            let place = log.entries.iter().find(|e| e.header.seq == *entry).expect("an entry of a stream");
            assert_eq!((place.subject(), place.command_id()), (asked.subject, asked.command_id));
            continue;
        }
        let explained = (*from..=*to).any(|seq| naive(log, asked, seq).as_ref() == Err(rejection));
        assert!(explained, "{rejection:?} between entries {from} and {to} of {asked:?}");
    }
}

/// Every node's read model is the naive fold.
pub(super) fn check_models(log: &Log, cluster: &Cluster) {
    let end = *log.receipts.last().expect("entry 1");
    for node in 0..cluster.len() {
        let model = cluster.model(node);
        assert_eq!((model.cursor.seq, model.cursor.hash), (end.seq, end.hash), "node {node} follows");
        for (about, state) in &model.states {
            assert_eq!(*state, log.state(*about, u64::MAX), "node {node}: the fold of {about}");
        }
    }
}

/// The sequencer remembers of each subject what a naive fold of its entries says.
pub(super) async fn check_states(log: &Log, ledger: &Ledger) {
    for about in 0..SUBJECTS {
        let own = || log.entries.iter().filter(|entry| entry.subject() == subject(about));
        let tail = ledger.tail(subject(about)).await.expect("an answer");
        let last = own().next_back().map(|entry| (entry.header.seq, own().count() as u64));
        assert_eq!(tail.map(|tail| (tail.seq, tail.entries)), last, "worker {about}");
        let probes: Vec<Submission> = (0..KINDS)
            .map(|kind| submission(about, 1_000_000, kind, 1 + kind % 9, 3 * about + u128::from(kind)))
            .collect();
        for probe in probes {
            let preview = ledger.preview(vec![probe.clone()]).await.expect("a preview").remove(0);
            let expected = match naive(log, &probe, u64::MAX) {
                Ok(()) => Preview::Recorded,
                Err(rejection) => Preview::Rejected(rejection),
            };
            assert_eq!(preview, expected, "worker {about}: {:?}", probe.command);
        }
    }
}

/// What the rule says to a command over the entries up to `seq`.
fn naive(log: &Log, asked: &Submission, seq: u64) -> Result<(), Rejection> {
    let mut before = log.entries.iter().filter(|e| e.header.seq <= seq && e.subject() == asked.subject);
    let referenced = asked.command.refers().and_then(|refers| {
        before.find(|entry| match refers {
            Refers::Entry(entry_seq) => entry.header.seq == *entry_seq,
            Refers::Command(command) => entry.command_id() == *command,
        })
    });
    let referenced = referenced.map(|e| Referenced { seq: e.header.seq, event: e.event.clone() });
    decide(&log.state(asked.subject, seq), asked.command.clone(), referenced.as_ref()).map(|_| ())
}
