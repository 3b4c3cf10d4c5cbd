//! What a journal holds, told by nobody but `accept`: the naive reading that everything is compared with.

use chain::{Head, Header, Tail, accept};
use journal::{Journal, ReadLimit};
use ledger::verify::Against;
use ledger::{Receipt, verify};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;
use vault::Vault;
use wages::{Event, Private, State};

/// The accepted entries in order.
pub(crate) struct Log {
    /// Those of a stream.
    pub(crate) entries: Vec<Accepted>,
    /// Those of none, by their sequence.
    pub(crate) strays: HashSet<u64>,
    /// The receipt of every entry; that of `seq` is at `seq − 1`.
    pub(crate) receipts: Vec<Receipt>,
    /// Stored records that do not count.
    pub(crate) voids: usize,
}

pub(crate) struct Accepted {
    pub(crate) header: Header,
    pub(crate) receipt: Receipt,
    /// Personal data opened.
    pub(crate) event: Event,
}

impl Accepted {
    pub(crate) fn subject(&self) -> Uuid {
        Uuid::from_bytes(self.header.subject)
    }

    pub(crate) fn command_id(&self) -> Uuid {
        Uuid::from_bytes(self.header.command_id)
    }
}

impl Log {
    pub(crate) async fn read(journal: &dyn Journal, vault: &Vault) -> Log {
        let (mut from, mut head) = (0, Head::genesis(journal.origin()));
        let mut log = Log { entries: Vec::new(), strays: HashSet::new(), receipts: Vec::new(), voids: 0 };
        let mut tails: HashMap<[u8; 16], Tail> = HashMap::new();
        loop {
            let records = journal.read(from, ReadLimit::BULK).expect("read");
            for (_, record) in records.iter() {
                let Ok(accepted) = accept(&head, &record) else {
                    log.voids += 1;
                    continue;
                };
                head = accepted.head;
                let receipt = Receipt { seq: head.seq, hash: head.hash, recorded_at: head.recorded_at };
                log.receipts.push(receipt);
                let header = accepted.header;
                let Some(tail) = Tail::after(tails.get(&header.subject).copied(), &header) else {
                    log.strays.insert(header.seq);
                    continue;
                };
                tails.insert(header.subject, tail);
                let (event, _) = Event::from_body(record.body).expect("a fact");
                log.entries.push(Accepted { header: accepted.header, receipt, event });
            }
            match records.next_position() {
                Some(next) => from = next,
                None => break,
            }
        }
        let mut subjects = HashSet::new();
        for entry in &log.entries {
            entry.event.each_private(&mut |_, _| {
                subjects.insert(entry.subject());
            });
        }
        let subjects: Vec<Uuid> = subjects.into_iter().collect();
        let keys = vault.existing_keys(&subjects).await.expect("keys");
        for entry in &mut log.entries {
            let subject = Uuid::from_bytes(entry.header.subject);
            entry.event.each_private_mut(&mut |field, private| {
                let opened = private.sealed().and_then(|sealed| keys.open(subject, field, sealed).ok());
                if let Some(value) = opened {
                    *private = Private::Plain(value);
                }
            });
        }
        log
    }

    /// How often each command is recorded about each subject.
    pub(crate) fn commands(&self) -> HashMap<(Uuid, Uuid), usize> {
        let mut counts = HashMap::new();
        for entry in &self.entries {
            *counts.entry((entry.subject(), entry.command_id())).or_default() += 1;
        }
        counts
    }

    /// A receipt is true: the entry at its place has that hash and that time.
    pub(crate) fn check_receipt(&self, receipt: &Receipt) {
        let at = usize::try_from(receipt.seq).expect("a place") - 1;
        assert_eq!(self.receipts.get(at), Some(receipt), "a receipt is true");
        assert!(!self.strays.contains(&receipt.seq), "nobody has a receipt for a stray");
    }

    /// The fold of a subject's entries up to `seq`.
    pub(crate) fn state(&self, subject: Uuid, up_to: u64) -> State {
        let mut state = State::default();
        for entry in self.entries.iter().filter(|e| e.header.seq <= up_to && e.subject() == subject) {
            state.evolve(&entry.command_id(), &entry.event);
        }
        state
    }
}

/// What must hold of every journal, whatever happened on the way: everything that `verify` checks, time goes
/// on, and no command is recorded twice.
pub(crate) async fn check_invariants(journal: &Arc<dyn Journal>, vault: &Vault) -> Log {
    let log = Log::read(&**journal, vault).await;
    let report = verify::verify(journal, Ok(vault), &Against::default(), &|_| {}).await;
    // Where others' records stand in between, positions are no sequences and `verify` says so of each.
    if log.voids == 0 {
        let named = |name: &str| report.checks.iter().find(|check| check.name == name).expect("the check");
        let others = report.checks.iter().filter(|check| !matches!(check.name, "strays" | "recorded_times"));
        others.for_each(|check| assert!(check.findings.is_empty(), "{check:?}"));
        assert_eq!(named("strays").found, log.strays.len() as u64, "every stray is listed");
        assert_eq!(report.entries, log.receipts.len() as u64);
    }
    for pair in log.receipts.windows(2) {
        let own = log.strays.is_empty();
        assert!(!own || pair[0].recorded_at < pair[1].recorded_at, "time goes on");
    }
    for (command, count) in log.commands() {
        assert_eq!(count, 1, "command {command:?} is recorded once");
    }
    log
}
