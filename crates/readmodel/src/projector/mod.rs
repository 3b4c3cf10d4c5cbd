//! From entries to rows: read what a batch needs, fold it, work out what follows, write.
//!
//! Rows after a batch are a pure function of all entries so far: they depend neither on how entries were cut
//! into batches nor, but for the columns that name entries, on the order of entries of different subjects.

mod derive;
mod due;
mod fold;
mod fold_worker;
mod load;
mod out;
mod plan;
mod state;

use crate::ReadModelError;
use crate::engine::Connection;
use uuid::Uuid;
use wages::{Event, Refers, Source};

/// Raised when the same entries would give other rows: every read model is then rebuilt.
pub(crate) const VERSION: u32 = 1;

/// An accepted entry, decoded by the caller.
#[derive(Clone, Debug)]
pub struct Projected {
    /// Its header.
    pub header: chain::Header,
    /// Its hash, as [`chain::entry_hash`] gives it.
    pub hash: chain::Hash,
    /// What it says; personal data sealed.
    pub event: Event,
    /// Who says so.
    pub source: Source,
}

impl Projected {
    fn subject(&self) -> Uuid {
        Uuid::from_bytes(self.header.subject)
    }

    fn seq(&self) -> Result<i64, ReadModelError> {
        i64::try_from(self.header.seq).map_err(|_| self.refused("its sequence is too large"))
    }

    /// The entry that a reference names.
    fn named(&self, refers: &Refers) -> Result<i64, ReadModelError> {
        let seq = refers.entry().and_then(|seq| i64::try_from(seq).ok());
        seq.ok_or_else(|| self.refused("it refers to no entry"))
    }

    fn refused(&self, what: &'static str) -> ReadModelError {
        ReadModelError::Entry { seq: self.header.seq, what }
    }
}

/// Writes what `entries` change, within the caller's transaction.
pub(crate) async fn project(
    entries: &[Projected],
    connection: &mut Connection,
) -> Result<(), ReadModelError> {
    let plan = plan::Plan::of(entries)?;
    let mut state = load::load(plan, connection).await?;
    let mut out = out::Out::new();
    for entry in entries {
        fold::fold(entry, &mut state, &mut out)?;
    }
    derive::derive(&state, &mut out);
    out.write(connection).await
}
