//! A batch whose entries chain on each other.

use crate::Entry;
use chain::{Head, Header, Refusal, accept};

/// A batch of which [`accept`] has said, entry by entry, that each counts after the one before it. What is
/// left to say is whether the first counts after the journal's head, and that is all the writer looks at.
///
/// So the hashing is done where the batch is handed over, beside a writer that waits for its disk, and still
/// no entry is stored whose body was not compared with its header.
#[derive(Debug)]
pub(crate) struct Batch {
    entries: Vec<Entry>,
    /// The head after the last entry; `None` of an empty batch.
    last: Option<Head>,
    bytes: usize,
}

impl Batch {
    /// Checks the batch in itself.
    pub(crate) fn check(entries: Vec<Entry>) -> Result<Batch, Refusal> {
        let Some(first) = entries.first() else { return Ok(Batch { entries, last: None, bytes: 0 }) };
        let claimed = Header::decode(&first.header)?;
        // The head that the first entry says it follows; whether it is the journal's is asked in `follows`.
        let mut head = Head {
            seq: claimed.seq.wrapping_sub(1),
            hash: claimed.prev,
            recorded_at: claimed.recorded_at.saturating_sub(1),
        };
        let mut bytes = 0;
        for entry in &entries {
            head = accept(&head, &entry.record())?.head;
            bytes += entry.stored_len();
        }
        Ok(Batch { entries, last: Some(head), bytes })
    }

    /// A batch of entries that [`accept`] has let through already, one after the other, to the head `last`.
    pub(crate) fn accepted(entries: Vec<Entry>, last: Head) -> Batch {
        let bytes = entries.iter().map(Entry::stored_len).sum();
        let last = (!entries.is_empty()).then_some(last);
        Batch { entries, last, bytes }
    }

    /// The head after the last entry; `None` of an empty batch.
    pub(crate) fn last(&self) -> Option<Head> {
        self.last
    }

    /// The head after the batch, if it counts after `head`.
    pub(crate) fn follows(&self, head: &Head) -> Result<Head, Refusal> {
        match (self.entries.first(), self.last) {
            (Some(first), Some(last)) => accept(head, &first.record()).map(|_| last),
            _ => Ok(*head),
        }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn stored_len(&self) -> usize {
        self.bytes
    }
}
