//! The shared topic: it compares nothing and orders everything, like a partition.

use super::executor::{Sim, WIRE};
use chain::{Head, Header, Tail, accept};
use journal::Entry;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A rule that is broken on purpose, to see that the checks find it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Broken {
    /// Readers take a record of the right sequence whatever it links to.
    Accept,
    /// An acknowledgement counts as acceptance, whatever lies before the record.
    Induction,
    /// Who asks for the end is told where he stands himself.
    EndNotAsked,
    /// A sequencer is not told that a stranger's entry made its own void, and so does not ask who leads.
    StepDown,
}

/// What all nodes of a schedule have in common.
pub(super) struct Topic {
    pub(super) sim: Sim,
    pub(super) origin: String,
    /// So many steps in a thousand go wrong, until all is well again.
    per_mille: u64,
    healed: AtomicBool,
    pub(super) broken: Option<Broken>,
    stored: Mutex<Stored>,
}

struct Stored {
    /// `None` is an offset that holds no record, as a transaction's marker does.
    records: Vec<Option<Entry>>,
    head: Head,
    violations: Vec<String>,
    faults: u64,
}

/// How a batch fares on its way to the broker.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Arrives,
    Lost,
    /// So many entries of it arrive.
    Cut(usize),
    /// It arrives, and the acknowledgement does not.
    Unheard,
    /// It arrives when nobody waits for it any more.
    Late,
    /// It arrives, and again later.
    Twice,
}

impl Topic {
    pub(super) fn new(sim: &Sim, origin: &str, per_mille: u64, broken: Option<Broken>) -> Arc<Topic> {
        let stored =
            Stored { records: Vec::new(), head: Head::genesis(origin), violations: Vec::new(), faults: 0 };
        Arc::new(Topic {
            sim: sim.clone(),
            origin: origin.to_owned(),
            per_mille,
            healed: AtomicBool::new(false),
            broken,
            stored: Mutex::new(stored),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Stored> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something goes wrong now.
    pub(super) fn fails(&self) -> bool {
        let fails = !self.healed.load(Ordering::SeqCst) && self.sim.per_mille(self.per_mille);
        self.lock().faults += u64::from(fails);
        fails
    }

    pub(super) fn heal(&self) {
        self.healed.store(true, Ordering::SeqCst);
    }

    pub(super) fn fate(&self, entries: usize) -> Fate {
        if !self.fails() {
            return Fate::Arrives;
        }
        match self.sim.below(6) {
            0 => Fate::Lost,
            1 => Fate::Cut(self.sim.below(entries as u64) as usize),
            2 => Fate::Unheard,
            3 | 4 => Fate::Late,
            _ => Fate::Twice,
        }
    }

    /// Puts entries at the end; the offset of the first.
    pub(super) fn store(&self, entries: &[Entry]) -> usize {
        let marker = self.fails();
        let mut stored = self.lock();
        if marker {
            stored.records.push(None);
        }
        let first = stored.records.len();
        for entry in entries {
            if let Ok(accepted) = accept(&stored.head, &entry.record()) {
                stored.head = accepted.head;
            }
            stored.records.push(Some(entry.clone()));
        }
        first
    }

    /// Stores once more what was stored before: a retry that the broker did not recognise.
    pub(super) fn store_again(self: &Arc<Topic>, entries: Vec<Entry>) {
        let (topic, after) = (Arc::clone(self), self.sim.below(80));
        self.sim.spawn(WIRE, async move {
            topic.sim.sleep(after).await;
            topic.store(&entries);
        });
    }

    /// Every accepted entry.
    fn accepted(&self) -> Vec<(Header, Entry)> {
        let mut head = Head::genesis(&self.origin);
        let stored = self.lock();
        let of = |entry: &Entry| {
            let accepted = accept(&head, &entry.record()).ok()?;
            head = accepted.head;
            Some((accepted.header, entry.clone()))
        };
        stored.records.iter().flatten().filter_map(of).collect()
    }

    /// Whether a header would continue its subject's stream.
    pub(super) fn continues(&self, header: &Header) -> bool {
        let mut end = None;
        for (known, _) in self.accepted() {
            if known.subject == header.subject {
                end = Tail::after(end, &known).or(end);
            }
        }
        Tail::after(end, header).is_some()
    }

    pub(super) fn subject_of(&self, seq: usize) -> [u8; 16] {
        self.accepted().get(seq - 1).map_or([0; 16], |(header, _)| header.subject)
    }

    /// What some entry says.
    pub(super) fn any_body(&self) -> bytes::Bytes {
        let accepted = self.accepted();
        accepted[self.sim.below(accepted.len() as u64) as usize].1.body.clone()
    }

    pub(super) fn end(&self) -> usize {
        self.lock().records.len()
    }

    pub(super) fn get(&self, offset: usize) -> Option<Entry> {
        self.lock().records.get(offset).cloned().flatten()
    }

    /// The last entry that every reader of everything would accept.
    pub(super) fn head(&self) -> Head {
        self.lock().head
    }

    /// Something happened that must never happen.
    pub(super) fn violated(&self, what: impl Into<String>) {
        self.lock().violations.push(what.into());
    }

    pub(super) fn violation(&self) -> Option<String> {
        self.lock().violations.first().cloned()
    }

    pub(super) fn faults(&self) -> u64 {
        self.lock().faults
    }
}
