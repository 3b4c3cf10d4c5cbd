//! A journal in an Apache Kafka topic, with a complete local copy.
//!
//! Kafka only orders. Which records count is said by [`chain::accept`] alone, applied by everybody in offset
//! order; what somebody else writes in between, what a producer sends twice, what arrives late is void and
//! skipped. So neither transactions nor leadership are needed for safety.
//!
//! Five threads and one state between them ([`state`]):
//!
//! - the *engine* ([`engine`]) hands entries to the producer and finds the way on after trouble;
//! - librdkafka's thread brings acknowledgements, which move the head while entries of ours are in flight;
//! - the *reader* ([`reader`]) follows the topic, and moves the head while none are;
//! - the *asker* asks the brokers for the end, for whoever wants to catch up;
//! - the *copier* ([`copier`]) brings accepted entries into the SQLite file, behind the receipts;
//! - the *guard* looks at the topic's settings now and then.

mod client;
mod copier;
pub mod election;
mod engine;
mod error;
mod open;
mod raw;
mod reader;
mod record;
mod scan;
mod settings;
mod state;
mod tail;
#[cfg(test)]
mod tests;
mod topic;

pub use error::{OpenError, TopicFault};
pub use raw::raw_produce_rate;
pub use record::to_send as kafka_record;
pub use scan::{Stored, Verdict, scan};
pub use settings::KafkaSettings;
pub use state::Counts;
pub use topic::ScratchTopic;

use crate::batch::Batch;
use crate::error::Stopped;
use crate::{AppendError, BoxFuture, Head, Journal, ReadError, ReadLimit, Records, SqliteJournal};
use futures_util::FutureExt;
use state::Shared;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// So long the copy is waited for.
const SETTLE_MAX: Duration = Duration::from_secs(10);

/// The journal in a Kafka topic. Every accepted entry also goes into the local copy, an SQLite journal like
/// that of a ledger without Kafka: from there it is read, and from there a lost topic is restored. The copy may
/// lag behind receipts and never holds anything that was not accepted.
///
/// Positions are sequences: voids are not among what is read; [`scan`] shows them.
///
/// While it is not asked to append, it follows the topic by itself. Dropping it waits until what is queued was
/// acknowledged and is in the copy, for ten seconds at most.
pub struct KafkaJournal {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl KafkaJournal {
    /// Makes the topic of a new ledger: one partition, kept for ever.
    pub fn create_topic(settings: &KafkaSettings) -> Result<(), OpenError> {
        topic::create(settings)
    }

    /// Opens the ledger `origin` in a topic, with `copy` as its local copy: a new file, or one that was the
    /// copy before. Blocks until the topic is read to its end.
    ///
    /// Refused are a topic whose settings could lose entries, and one that is shorter than the copy or another
    /// than it.
    pub fn open(
        settings: &KafkaSettings,
        origin: &str,
        copy: SqliteJournal,
    ) -> Result<KafkaJournal, OpenError> {
        open::open(settings, origin, copy, &open::Options::default())
    }

    /// Looks, as at taking over from another node, whether the record that made the head is still there, and
    /// reads to an end that is asked for now. What makes it differ from [`catch_up`](Journal::catch_up) is the
    /// look: a topic that was cut and grew again is noticed.
    pub fn confirm(&self) -> BoxFuture<'static, Result<Head, ReadError>> {
        self.enqueue_catch_up(true)
    }

    fn enqueue_catch_up(&self, confirm: bool) -> BoxFuture<'static, Result<Head, ReadError>> {
        let (reply, outcome) = oneshot::channel();
        self.shared.enqueue_catch_up(reply, confirm);
        outcome.map(|sent| sent.unwrap_or_else(|_| Err(ReadError::io(Stopped::Ended)))).boxed()
    }

    /// Voids met in the topic from its beginning up to where it was read.
    pub fn counts(&self) -> Counts {
        self.shared.lock().place.counts
    }

    /// Entries that are accepted and not in the local copy yet.
    pub fn copy_lag(&self) -> u64 {
        self.head().seq.saturating_sub(self.shared.copy.head().seq)
    }

    /// What is wrong with the topic's settings since they were last looked at. While it is, every append is
    /// refused.
    pub fn topic_fault(&self) -> Option<TopicFault> {
        self.shared.lock().fault.clone()
    }
}

impl Journal for KafkaJournal {
    fn origin(&self) -> &str {
        &self.shared.origin
    }

    fn append_batch(&self, batch: Batch) -> BoxFuture<'static, Result<Head, AppendError>> {
        let (reply, outcome) = oneshot::channel();
        self.shared.enqueue_append(batch.shared(), reply);
        outcome.map(|sent| sent.unwrap_or_else(|_| Err(AppendError::unknown(Stopped::Ended)))).boxed()
    }

    /// From the copy, and from memory what is not there yet.
    fn read(&self, from: u64, limit: ReadLimit) -> Result<Records, ReadError> {
        let from = from.max(1);
        loop {
            let copied = self.shared.copy.read(from, limit)?;
            if !copied.is_empty() {
                return Ok(copied);
            }
            let state = self.shared.lock();
            if from > state.head.seq {
                return Ok(copied);
            }
            if let Some(records) = state.tail.read(from, limit) {
                return Ok(records);
            }
            // It went into the copy in between: read again. If it is not there either, the copy was damaged.
            if self.shared.copy.head().seq < from {
                return Err(ReadError::damaged(from, crate::error::Damage::Shorter));
            }
            drop(state);
            if self.shared.copy.read(from, ReadLimit::ONE)?.is_empty() {
                return Err(ReadError::damaged(from, crate::error::Damage::Shorter));
            }
        }
    }

    fn head(&self) -> Head {
        *self.shared.head.borrow()
    }

    fn follow(&self) -> watch::Receiver<Head> {
        self.shared.head.subscribe()
    }

    fn store_time_us(&self) -> Option<i64> {
        let (told, heard) = self.shared.lock().store_time?;
        Some(told.saturating_add(crate::steady_us().saturating_sub(heard)))
    }

    fn catch_up(&self) -> BoxFuture<'static, Result<Head, ReadError>> {
        self.enqueue_catch_up(false)
    }

    /// Waits, for ten seconds at most, until what is known is in the copy.
    fn settle(&self) -> BoxFuture<'static, bool> {
        let (shared, known) = (Arc::clone(&self.shared), self.head().seq);
        async move {
            let mut copied = shared.copy.follow();
            let there = copied.wait_for(|head| head.seq >= known);
            let there = tokio::time::timeout(SETTLE_MAX, there).await.is_ok_and(|there| there.is_ok());
            shared.copy.settle().await && there
        }
        .boxed()
    }
}

impl Drop for KafkaJournal {
    fn drop(&mut self) {
        self.shared.close();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the journal panicked");
            }
        }
    }
}
