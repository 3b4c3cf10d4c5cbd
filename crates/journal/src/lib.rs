//! Durable ordered entries: append, read, follow.
//!
//! The [`Journal`] trait is the narrow waist between the ledger and what it is stored in; its contract is
//! written there, and [`testing::contract`] holds every back-end to it. The journal is the only truth: every
//! fact is here once, everything else is derived. It knows no wages and no keys, and it decides nothing:
//! whether a stored record counts is said by [`chain::accept`] alone.
//!
//! - [`MemoryJournal`] for tests and simulation; several handles on one store behave like several nodes.
//! - [`SqliteJournal`] for one file on one machine.
//! - [`KafkaJournal`] for many nodes: one partition of a Kafka topic, and a local copy at each node.
//! - [`testing`]: the contract suite, a journal that fails on purpose, entries to append.
//! - [`raw_insert_rate`] and [`raw_scan_rate`]: what the same SQLite can do with nothing around it.

mod batch;
mod error;
mod gate;
pub mod kafka;
mod memory;
mod records;
mod rehearsal;
mod sqlite;
pub mod testing;

pub use batch::Batch;
pub use chain::Head;
pub use error::{AppendError, Cause, OpenError, ReadError};
pub use futures_util::future::BoxFuture;
pub use kafka::{KafkaJournal, KafkaSettings};
pub use memory::MemoryJournal;
pub use records::{ReadLimit, Records};
pub use rehearsal::RehearsalJournal;
pub use sqlite::{FileState, RawRate, SqliteJournal, raw_insert_rate, raw_scan_rate};

use bytes::Bytes;
use chain::{HEADER_LEN, Record, SALT_LEN};
use tokio::sync::watch;

/// A sealed fact with its place, in the bytes that were hashed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The encoded [`chain::Header`].
    pub header: [u8; HEADER_LEN],
    /// The random bytes that stand beside the body.
    pub salt: [u8; SALT_LEN],
    /// The sealed fact.
    pub body: Bytes,
}

impl Entry {
    /// The entry as [`chain::accept`] looks at it.
    pub fn record(&self) -> Record<'_> {
        Record { header: &self.header, salt: &self.salt, body: &self.body }
    }

    /// Bytes of header, salt and body together.
    pub fn stored_len(&self) -> usize {
        HEADER_LEN + SALT_LEN + self.body.len()
    }
}

/// Microseconds since the machine was started, its sleep included: they go on evenly whatever becomes of the time of day.
pub fn steady_us() -> i64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    time.tv_sec.saturating_mul(1_000_000).saturating_add(time.tv_nsec / 1_000)
}

/// One ledger's entries, durable and in order.
///
/// Any number of tasks and threads may read; one task (the sequencer) appends. Two journals open on the same
/// store cannot hurt it: what does not chain is refused or void, for everybody alike.
///
/// **Failed appends.** After an append fails, for whatever reason, every append queued behind it, or made
/// later, fails with [`AppendError::NotAppended`] until [`catch_up`](Journal::catch_up) has succeeded: such
/// batches chain on the one that failed. Of those that were on their way to a store behind a network with one
/// that is [`Unknown`](AppendError::Unknown), as much is unknown. The way on is always the same: stop, catch up,
/// look what is there, decide the rest anew.
pub trait Journal: Send + Sync + 'static {
    /// The ledger's globally unique name, of which the chain's beginning is made.
    fn origin(&self) -> &str;

    /// As [`append_batch`](Journal::append_batch) with entries made elsewhere, which are looked at first (about
    /// 0.7 µs for one of 850 bytes).
    fn append(&self, entries: Vec<Entry>) -> BoxFuture<'static, Result<Head, AppendError>> {
        self.append_batch(Batch::of(entries))
    }

    /// Appends `batch`, whose entries chain on the head that the appends before it leave.
    ///
    /// Eager: the batch takes its place in a bounded queue when this is called, not when the future is first
    /// polled, so that a caller may have several in flight and they land in call order. The call never waits
    /// for storage; a full queue fails the append as any other fault does. Dropping the future does not take
    /// the batch back.
    ///
    /// Resolves with the head after the batch once every entry is durable *and* accepted. An empty batch
    /// stores nothing and resolves, in its turn, with the head.
    fn append_batch(&self, batch: Batch) -> BoxFuture<'static, Result<Head, AppendError>>;

    /// Stored records from position `from` on, in store order, void ones among them: a verifier must see
    /// those too, and tells them apart by [`chain::accept`]. Blocks for as long as the storage takes.
    ///
    /// Positions grow, may have gaps, and begin at or after 0; those of [`SqliteJournal`] and [`KafkaJournal`]
    /// are the entries' sequences. Never more than the limit, but at least one record if there is one at or
    /// after `from`; an empty result means that nothing is known to be stored there yet. Everything up to
    /// [`head`](Journal::head) is there at once; what lies above it may be among it.
    fn read(&self, from: u64, limit: ReadLimit) -> Result<Records, ReadError>;

    /// The last accepted entry that is known here to be durable. Never goes back.
    fn head(&self) -> Head;

    /// [`head`](Journal::head) as it moves.
    fn follow(&self) -> watch::Receiver<Head>;

    /// Brings what is known here up to an end that is asked for now, and makes the journal ready to append
    /// again after a failed append. Takes its place behind the appends called before it.
    ///
    /// Everything accepted up to the returned head is durable and final. Whatever of earlier appends is not at
    /// or below it is dropped; with a store behind a network it may yet arrive late, and then it counts only
    /// if nothing else was appended before: as if another node had appended it at that moment. On an error nothing is promised and no append is taken: call again.
    fn catch_up(&self) -> BoxFuture<'static, Result<Head, ReadError>>;

    /// What the store's own clock says now, in microseconds since 1970-01-01 UTC, as far as it told when it took the last
    /// entry from here; `None` where the store has no clock of its own, or did not tell yet.
    fn store_time_us(&self) -> Option<i64> {
        None
    }

    /// Brings everything into the files that are the journal by themselves, so that copies of those are whole; whether
    /// it was done. Takes its place behind the appends called before it. Where it cannot be done now (somebody reads an
    /// older state, the disk is full), nothing is lost, and it is done later. Journals without files have nothing to do.
    fn settle(&self) -> BoxFuture<'static, bool> {
        Box::pin(std::future::ready(true))
    }
}
