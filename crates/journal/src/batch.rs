//! Entries that chain on each other.

use crate::Entry;
use bytes::Bytes;
use chain::{Accepted, Draft, Head, Header, Refusal, SALT_LEN, accept};
use std::sync::Arc;

/// Entries each of which counts after the one before it. What is left to say is whether the first counts after
/// the journal's head, and that is all a writer looks at.
///
/// A batch is made by [sealing](Batch::seal) entries, each hashed once, or of [entries](Batch::of) from
/// elsewhere, each of which [`accept`] has looked at. There is no third way: no entry is ever stored whose body
/// was not hashed for, or compared with, its header.
#[derive(Clone, Debug)]
pub struct Batch {
    entries: Vec<Entry>,
    /// The head after the last entry.
    last: Head,
    bytes: usize,
    /// The entries do not chain: nothing of the batch counts.
    refusal: Option<Refusal>,
}

impl Batch {
    /// An empty batch, to be filled by [`seal`](Batch::seal) with entries that follow `head`.
    pub fn after(head: Head, room: usize) -> Batch {
        Batch { entries: Vec::with_capacity(room), last: head, bytes: 0, refusal: None }
    }

    /// A batch of entries that were made elsewhere. If they do not chain on each other, the batch follows
    /// nothing and every append of it fails.
    pub fn of(entries: Vec<Entry>) -> Batch {
        let bytes = entries.iter().map(Entry::stored_len).sum();
        let (last, refusal) = match chained(&entries) {
            Ok(last) => (last, None),
            Err(refusal) => (NOWHERE, Some(refusal)),
        };
        Batch { entries, last, bytes, refusal }
    }

    /// A batch of entries that [`accept`] has let through already, one after the other, to the head `last`.
    pub(crate) fn accepted(entries: Vec<Entry>, last: Head) -> Batch {
        let bytes = entries.iter().map(Entry::stored_len).sum();
        Batch { entries, last, bytes, refusal: None }
    }

    /// The batch, if its entries chain on each other; to be shared.
    pub(crate) fn shared(self) -> Result<Arc<Batch>, Refusal> {
        match self.refusal {
            Some(refusal) => Err(refusal),
            None => Ok(Arc::new(self)),
        }
    }

    /// The head after the last entry; `None` of an empty batch.
    pub(crate) fn last(&self) -> Option<Head> {
        (!self.entries.is_empty()).then_some(self.last)
    }

    /// Makes the next entry and puts it on the batch. On a refusal the batch is as it was.
    pub fn seal(&mut self, draft: &Draft, salt: [u8; SALT_LEN], body: Bytes) -> Result<Accepted, Refusal> {
        let sealed = chain::seal(&self.last, draft, &salt, &body)?;
        let entry = Entry { header: sealed.bytes, salt, body };
        self.bytes += entry.stored_len();
        self.entries.push(entry);
        self.last = sealed.accepted.head;
        Ok(sealed.accepted)
    }

    /// The head after the batch, if it counts after `head`. An empty batch counts everywhere.
    pub fn follows(&self, head: &Head) -> Result<Head, Refusal> {
        match (self.entries.first(), self.refusal) {
            (None, _) => Ok(*head),
            (Some(_), Some(refusal)) => Err(refusal),
            (Some(first), None) => accept(head, &first.record()).map(|_| self.last),
        }
    }

    /// The head after the last entry, of a batch that is being [sealed](Batch::seal).
    pub fn head(&self) -> Head {
        self.last
    }

    /// The entries, ascending.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries, to make another batch of.
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// Bytes of all entries together.
    pub fn stored_len(&self) -> usize {
        self.bytes
    }
}

/// The head of a batch that has none.
const NOWHERE: Head = Head { seq: 0, hash: chain::Hash([0; 32]), recorded_at: 0 };

/// The head after the last of the entries, each looked at after the one before it.
fn chained(entries: &[Entry]) -> Result<Head, Refusal> {
    let Some(first) = entries.first() else { return Ok(NOWHERE) };
    let claimed = Header::decode(&first.header)?;
    // The head that the first entry says it follows; whether it is the journal's is asked in `follows`.
    let mut head = Head { seq: claimed.seq.wrapping_sub(1), hash: claimed.prev, recorded_at: 0 };
    for entry in entries {
        head = accept(&head, &entry.record())?.head;
    }
    Ok(head)
}
