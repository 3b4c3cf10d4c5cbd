//! Heads and receipts that people hold, against the ledger.

use super::Check;
use super::walk::Seen;
use chain::{Hash, Head};
use std::collections::HashMap;

/// A head or receipt that somebody holds: the ledger must have this entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Where it comes from, as in `the head 12` or `receipt 3 of receipts.json`.
    pub name: String,
    /// Sequence of the entry, from 1.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
    /// When it was recorded, µs since the epoch, where the paper says so.
    pub recorded_at: Option<i64>,
}

/// The check over all that was shown.
pub(super) struct Heads<'a> {
    check: Check,
    shown: usize,
    /// Those whose entry was not met yet.
    waiting: HashMap<u64, Vec<&'a Shown>>,
}

impl<'a> Heads<'a> {
    pub(super) fn of(shown: &'a [Shown]) -> Heads<'a> {
        let mut waiting: HashMap<u64, Vec<&Shown>> = HashMap::new();
        for one in shown {
            waiting.entry(one.seq).or_default().push(one);
        }
        Heads { check: Check::integrity("heads_shown"), shown: shown.len(), waiting }
    }

    /// An entry of the ledger that holds.
    pub(super) fn take(&mut self, seen: &Seen) {
        for shown in self.waiting.remove(&seen.header.seq).unwrap_or_default() {
            let (name, seq) = (&shown.name, seen.header.seq);
            if shown.hash != seen.hash {
                let what = format!(
                    "{name} says that its hash is {}, and here it is {}: the ledger was replaced or changed since, or \
                     what is shown is of another ledger",
                    shown.hash, seen.hash
                );
                self.check.find(seq, what);
            } else if shown.recorded_at.is_some_and(|at| at != seen.header.recorded_at) {
                self.check.find(seq, format!("{name} says another time of recording: it was changed"));
            }
        }
    }

    /// The check, once all entries up to `head` were met; `unread` says why nothing more could be read.
    pub(super) fn finish(mut self, head: &Head, unread: Option<&str>) -> Option<Check> {
        if self.shown == 0 {
            return None;
        }
        let mut rest: Vec<&Shown> = self.waiting.into_values().flatten().collect();
        rest.sort_by_key(|shown| shown.seq);
        for Shown { name, seq, .. } in rest {
            match unread {
                Some(unread) if *seq > head.seq => self.check.miss(unread),
                _ if *seq > head.seq => {
                    let what = format!(
                        "{name} is of entry {seq}, and the ledger ends at entry {}: its tail was cut, or what is shown is \
                         of another ledger",
                        head.seq
                    );
                    self.check.find(*seq, what);
                }
                _ => self.check.find(*seq, format!("does not hold, so {name} cannot be met")),
            }
        }
        self.check.note = Some(format!("{} shown", self.shown));
        Some(self.check)
    }
}
