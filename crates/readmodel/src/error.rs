//! What can go wrong, grouped by what the caller does about it.

use rules::RuleError;
use std::path::{Path, PathBuf};

/// Why a read model cannot be used, be brought forward or answer.
#[derive(Debug, thiserror::Error)]
pub enum ReadModelError {
    /// Made by another version of the SQL, the projector or the calendar: rebuild it from entry 1.
    #[error(
        "the read model was made by another version of this program, or its position was changed: `wageledger rebuild` makes it anew"
    )]
    Stale,
    /// The rows contradict each other or cannot be read: somebody or something changed them. Rebuild it, and
    /// compare the old one with the new one first.
    #[error(
        "the read model says in {place} what this program does not write ({what}): `wageledger verify` compares it with the journal, `rebuild` makes it anew"
    )]
    Damaged {
        /// Table and column, or rows.
        place: &'static str,
        /// What is wrong there.
        what: String,
    },
    /// There is no read model: make one from entry 1.
    #[error("there is no read model in {place}")]
    Missing {
        /// Where.
        place: String,
    },
    /// The address of a database is malformed. (It is not repeated: it may hold a password.)
    #[error("the address of the read model's database is {what}")]
    Address {
        /// What is wrong with it, and what would be right.
        what: String,
    },
    /// The database server gives no connection: start it, or correct the address.
    #[error("{place} gives no connection")]
    Unreachable {
        /// Which database.
        place: String,
        /// What came instead.
        source: sqlx::Error,
    },
    /// Another follower takes entries into this read model: let it, or end it.
    #[error("another process has been busy with the read model in {place} for {seconds} s")]
    Busy {
        /// Where.
        place: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The lock that makes this process the only follower is gone with its connection: take it anew.
    #[error("the lock on the read model in {place} was lost with its connection")]
    LockLost {
        /// Where.
        place: String,
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
    /// An entry on a subject's stream that this program cannot read. Projecting stops here; it never skips.
    #[error("entry {seq} cannot be read: {what}")]
    Unread {
        /// The entry.
        seq: u64,
        /// Why.
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
    /// What is asked needs law that is not in our data, or figures are beyond reason: see what is named.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// A file could not be removed, renamed or locked: look at the disk and at who owns it.
    #[error("{}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
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
    /// Whether the same may well succeed a moment later: the connection broke, or the server starts again.
    pub(crate) fn is_passing(&self) -> bool {
        let ReadModelError::Storage { source, .. } = self else { return false };
        match source {
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
            // Class 08: connections; 57P01 to 57P03: the server ends, has crashed, or starts; 40: it broke off
            // one of two transactions that waited for each other (PostgreSQL documentation, appendix A).
            sqlx::Error::Database(error) => error.code().is_some_and(|code| {
                code.starts_with("08")
                    || code.starts_with("40")
                    || matches!(&*code, "57P01" | "57P02" | "57P03")
            }),
            _ => false,
        }
    }

    /// Whether it says that stored rows are not what this program wrote; every other error says only that they could
    /// not be asked for.
    pub fn is_damage(&self) -> bool {
        match self {
            ReadModelError::Damaged { .. } => true,
            // SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html); a server's codes have five places.
            ReadModelError::Storage { source: sqlx::Error::Database(error), .. } => {
                let code =
                    error.code().filter(|code| code.len() < 5).and_then(|code| code.parse::<u32>().ok());
                matches!(code.map(|code| code & 0xff), Some(11 | 26))
            }
            _ => false,
        }
    }

    pub(crate) fn storage(doing: &'static str) -> impl FnOnce(sqlx::Error) -> ReadModelError {
        move |source| ReadModelError::Storage { doing, source }
    }

    pub(crate) fn file(path: &Path, source: std::io::Error) -> ReadModelError {
        ReadModelError::File { path: path.to_owned(), source }
    }

    pub(crate) fn damaged(place: &'static str, what: impl ToString) -> ReadModelError {
        ReadModelError::Damaged { place, what: what.to_string() }
    }
}
