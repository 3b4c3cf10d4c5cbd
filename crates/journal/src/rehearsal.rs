//! A journal that forgets: what is appended lies in memory, on top of one that is only read.

use crate::{AppendError, Batch, BoxFuture, Entry, Journal, ReadError, ReadLimit, Records};
use chain::Head;
use futures_util::FutureExt;
use futures_util::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// For asking what *would* be recorded: entries go through all the rules and are gone with this handle. What
/// others append to the journal below after this was made is not seen.
pub struct RehearsalJournal {
    below: Arc<dyn Journal>,
    /// Where the journal below ends for us.
    end: Head,
    above: Mutex<Vec<Entry>>,
    head: watch::Sender<Head>,
}

impl RehearsalJournal {
    /// On top of `below` as it stands now.
    pub fn new(below: Arc<dyn Journal>) -> RehearsalJournal {
        let end = below.head();
        RehearsalJournal { below, end, above: Mutex::new(Vec::new()), head: watch::Sender::new(end) }
    }

    /// A panic elsewhere leaves the list whole: entries are only pushed.
    fn above(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.above.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, batch: Batch) -> Result<Head, AppendError> {
        let mut above = self.above();
        let head = batch.follows(&self.head.borrow()).map_err(AppendError::Void)?;
        above.extend(batch.into_entries());
        self.head.send_replace(head);
        Ok(head)
    }
}

impl Journal for RehearsalJournal {
    fn origin(&self) -> &str {
        self.below.origin()
    }

    fn append_batch(&self, batch: Batch) -> BoxFuture<'static, Result<Head, AppendError>> {
        ready(self.push(batch)).boxed()
    }

    fn read(&self, from: u64, limit: ReadLimit) -> Result<Records, ReadError> {
        let from = from.max(1);
        let mut out = Records::with_capacity(limit.entries.min(4096), 0);
        if from <= self.end.seq {
            for (position, record) in self.below.read(from, limit)?.iter() {
                if position <= self.end.seq {
                    out.push(position, &record);
                }
            }
            return Ok(out);
        }
        let skip = usize::try_from(from - self.end.seq - 1).unwrap_or(usize::MAX);
        for (position, entry) in (from..).zip(self.above().iter().skip(skip)).take(limit.entries) {
            if !out.is_empty() && out.stored_len() + entry.stored_len() > limit.bytes {
                break;
            }
            out.push(position, &entry.record());
        }
        Ok(out)
    }

    fn head(&self) -> Head {
        *self.head.borrow()
    }

    fn follow(&self) -> watch::Receiver<Head> {
        self.head.subscribe()
    }

    fn catch_up(&self) -> BoxFuture<'static, Result<Head, ReadError>> {
        ready(Ok(self.head())).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryJournal;
    use crate::testing::{ORIGIN, chained};

    #[tokio::test]
    async fn reads_through_and_keeps_nothing() {
        let below = Arc::new(MemoryJournal::new(ORIGIN));
        let mut head = Head::genesis(ORIGIN);
        below.append(chained(&mut head, 3, 100)).await.unwrap();
        let rehearsal = RehearsalJournal::new(below.clone());
        rehearsal.append(chained(&mut head, 2, 100)).await.unwrap();
        assert_eq!((rehearsal.head(), below.head().seq), (head, 3));
        let mut seqs = Vec::new();
        let mut from = 0;
        while let Ok(records) = rehearsal.read(from, ReadLimit { entries: 2, bytes: 1 << 20 }) {
            seqs.extend(records.iter().map(|(position, _)| position));
            let Some(next) = records.next_position() else { break };
            from = next;
        }
        assert_eq!(seqs, [1, 2, 3, 4, 5]);
        let stranger = chained(&mut Head::genesis(ORIGIN), 1, 100);
        assert!(matches!(rehearsal.append(stranger).await, Err(AppendError::Void(_))));
    }
}
