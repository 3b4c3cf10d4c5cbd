//! The ledger: commands in, receipts out; and everything read back from the same entries.
//!
//! - [`Ledger`] is the handle to the *sequencer*, the one task that assigns `seq` and `recorded_at`. A
//!   command goes through `decide` → seal → append → accepted → receipt, and the append is the only durable
//!   write there is.
//! - [`Entries`] reads entries back as recorded, [`Reader`] opened as far as the vault's keys reach.
//! - [`verify`] reads everything and lists what does not hold.
//!
//! Recovery is the normal path: after any failed append the sequencer reads on from the last accepted entry
//! with the same `accept` and `evolve`, and decides again what is not there.
//!
//! This crate knows no files, no SQL, no HTTP and no clock of its own: time comes in through [`Clock`].

mod deciding;
mod handle;
mod job;
mod leadership;
mod reader;
mod sequencer;
mod states;
mod subjects;
mod timekeeper;
pub mod verify;

pub use deciding::Preview;
pub use handle::{Ledger, OpenError, Options, SubmitError};
pub use leadership::{Appointed, Forward, Leadership, Leads};
pub use reader::{Entries, ReadFailed, Reader, Recorded, Slice};
pub use timekeeper::ClockOff;

pub use chain::Tail;

use chain::Hash;
use uuid::Uuid;
use wages::{Command, Rejection, Source};

/// Where time comes from.
pub trait Clock: Send + Sync + 'static {
    /// The time of day, in microseconds since 1970-01-01 UTC. May jump, which the sequencer finds out.
    fn now_us(&self) -> i64;

    /// Microseconds since any moment, which go on evenly while the ledger is open, also while the machine sleeps, and
    /// whatever becomes of the time of day. A clock that nobody else can set is its own measure.
    fn steady_us(&self) -> i64 {
        self.now_us()
    }
}

/// One command on its way.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Whose stream the fact would stand on.
    pub subject: Uuid,
    /// The caller's id for it; sent again, it is recorded once.
    pub command_id: Uuid,
    /// What is asked.
    pub command: Command,
    /// Who says so.
    pub source: Source,
}

/// What an accepted entry can be found and checked by. Given only when every reader will accept the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Place in the ledger.
    pub seq: u64,
    /// Hash of the entry.
    pub hash: Hash,
    /// When the ledger learned it, µs since the epoch.
    pub recorded_at: i64,
}

/// The answer to one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is recorded now.
    Recorded(Receipt),
    /// It was recorded before; this is the original receipt.
    AlreadyRecorded(Receipt),
    /// The domain says no.
    Rejected(Rejection),
}

/// A head that somebody saw: the journal must not be behind it or different.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Who saw it, as in `read model`.
    pub name: &'static str,
    /// Sequence of the entry.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
}
