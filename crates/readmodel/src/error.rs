//! What can go wrong, grouped by what the caller does about it.

use rules::NoCalendar;

/// Why a read model cannot be used, be brought forward or answer.
#[derive(Debug, thiserror::Error)]
pub enum ReadModelError {
    /// Made by another version of the SQL, the projector or the calendar: rebuild it from entry 1.
    #[error("the read model was made by another version of this program: rebuild it")]
    Stale,
    /// The rows contradict each other or cannot be read: somebody or something changed them. Rebuild it, and
    /// compare the old one with the new one first.
    #[error("the read model is damaged in {place}: {what}")]
    Damaged {
        /// Table and column, or rows.
        place: &'static str,
        /// What is wrong there.
        what: String,
    },
    /// The database belongs to another ledger: the caller named the wrong file.
    #[error("the read model belongs to the ledger {found}, not to {expected}")]
    OtherLedger {
        /// The ledger that was asked for.
        expected: String,
        /// The ledger whose rows these are.
        found: String,
    },
    /// The entries do not follow the cursor: read on from the cursor, and when the cursor's entry is not in
    /// the journal, one of the two has lost something.
    #[error("entry {seq} does not follow the read model's cursor: {what}")]
    OutOfStep {
        /// The first entry that does not follow.
        seq: u64,
        /// How it does not.
        what: String,
    },
    /// An entry says what no entry of this ledger's language may say. Projecting stops here; it never skips.
    #[error("entry {seq} cannot be projected: {what}")]
    Entry {
        /// The entry.
        seq: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The question depends on due dates in a year without a calendar: add the calendar.
    #[error(transparent)]
    NoCalendar(#[from] NoCalendar),
    /// The database failed: try again, or look at the disk.
    #[error("{doing}")]
    Storage {
        /// What was being done.
        doing: &'static str,
        /// What the database says.
        #[source]
        source: sqlx::Error,
    },
}

impl ReadModelError {
    pub(crate) fn storage(doing: &'static str) -> impl FnOnce(sqlx::Error) -> ReadModelError {
        move |source| ReadModelError::Storage { doing, source }
    }

    pub(crate) fn damaged(place: &'static str, what: impl ToString) -> ReadModelError {
        ReadModelError::Damaged { place, what: what.to_string() }
    }
}
