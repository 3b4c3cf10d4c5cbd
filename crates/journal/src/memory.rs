//! A journal in memory, for tests and simulation.

use crate::batch::Batch;
use crate::error::Stopped;
use crate::{AppendError, Journal, ReadError, ReadLimit, Records};
use bytes::Bytes;
use chain::{Head, Record, accept};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// A journal that forgets everything when the last handle is dropped. It keeps no thread and no clock: an
/// append has happened when the call returns, so simulations repeat exactly.
///
/// Like a Kafka topic, the store compares nothing: several handles ([`MemoryJournal::another`]) stand for
/// several nodes, each with its own knowledge of the head, and what a node appends without knowing of
/// another's entry is stored and void. Positions count from 1, so that without voids they are sequences.
pub struct MemoryJournal {
    origin: Arc<str>,
    store: Arc<Mutex<Vec<Stored>>>,
    node: Mutex<Node>,
    head: watch::Sender<Head>,
}

struct Stored {
    header: Vec<u8>,
    salt: Vec<u8>,
    body: Bytes,
}

impl Stored {
    fn record(&self) -> Record<'_> {
        Record { header: &self.header, salt: &self.salt, body: &self.body }
    }
}

/// What one handle knows.
struct Node {
    head: Head,
    /// So many stored records went into `head`.
    examined: usize,
    failed: bool,
}

impl MemoryJournal {
    /// An empty journal.
    pub fn new(origin: &str) -> MemoryJournal {
        MemoryJournal::on(origin.into(), Arc::default())
    }

    /// Another handle on the same store, as another node would have: it knows what is stored by now, and
    /// learns of more when it appends or catches up.
    pub fn another(&self) -> MemoryJournal {
        MemoryJournal::on(self.origin.clone(), self.store.clone())
    }

    fn on(origin: Arc<str>, store: Arc<Mutex<Vec<Stored>>>) -> MemoryJournal {
        let head = Head::genesis(&origin);
        let node = Node { head, examined: 0, failed: false };
        let journal = MemoryJournal { origin, store, node: Mutex::new(node), head: watch::Sender::new(head) };
        journal.examine(&mut lock(&journal.node), &lock(&journal.store));
        journal
    }

    /// Stores any bytes at the end, as a stranger with access to the store could.
    pub fn inject(&self, record: &Record<'_>) {
        let stored = Stored {
            header: record.header.to_vec(),
            salt: record.salt.to_vec(),
            body: Bytes::copy_from_slice(record.body),
        };
        lock(&self.store).push(stored);
    }

    /// Goes through what is stored and not looked at yet.
    fn examine(&self, node: &mut Node, store: &[Stored]) {
        for stored in &store[node.examined..] {
            if let Ok(accepted) = accept(&node.head, &stored.record()) {
                node.head = accepted.head;
            }
        }
        node.examined = store.len();
        self.head.send_if_modified(|head| std::mem::replace(head, node.head) != node.head);
    }

    fn append_now(&self, batch: Batch) -> Result<Head, AppendError> {
        let mut node = lock(&self.node);
        if node.failed {
            return Err(AppendError::not_appended(Stopped::Behind));
        }
        // Until the end is reached, an early return leaves the journal failed.
        node.failed = true;
        let after = batch.follows(&node.head).map_err(AppendError::Void)?;
        let mut store = lock(&self.store);
        let strangers = store.len();
        store.extend(batch.entries().iter().map(|entry| Stored {
            header: entry.header.to_vec(),
            salt: entry.salt.to_vec(),
            body: entry.body.clone(),
        }));
        // What others stored before decides whether ours counts.
        self.examine(&mut node, &store[..strangers]);
        let counts = batch.follows(&node.head);
        self.examine(&mut node, &store);
        counts.map_err(AppendError::Void)?;
        node.failed = false;
        Ok(after)
    }
}

impl Journal for MemoryJournal {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn append_batch(&self, batch: Batch) -> BoxFuture<'static, Result<Head, AppendError>> {
        ready(self.append_now(batch)).boxed()
    }

    fn read(&self, from: u64, limit: ReadLimit) -> Result<Records, ReadError> {
        let store = lock(&self.store);
        let skip = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
        let mut records = Records::default();
        for (i, stored) in store.iter().enumerate().skip(skip) {
            let record = stored.record();
            if !limit.admits(&records, record.header.len() + record.salt.len() + record.body.len()) {
                break;
            }
            records.push(i as u64 + 1, &record);
        }
        Ok(records)
    }

    fn head(&self) -> Head {
        *self.head.borrow()
    }

    fn follow(&self) -> watch::Receiver<Head> {
        self.head.subscribe()
    }

    fn catch_up(&self) -> BoxFuture<'static, Result<Head, ReadError>> {
        let mut node = lock(&self.node);
        self.examine(&mut node, &lock(&self.store));
        node.failed = false;
        ready(Ok(node.head)).boxed()
    }
}

/// A panic of another thread leaves lists that are still whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
