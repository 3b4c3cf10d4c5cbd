//! What can go wrong, grouped by what the caller does about it.

use crate::sqlite::Strange;
use chain::{Hash, Head, Refusal};
use std::error::Error;
use std::sync::Arc;

/// The fault below, shared by all the batches that it took down.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Why a batch is not known to be appended. After any of these: [`crate::Journal::catch_up`], look, decide
/// anew.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// Nothing of it counts, now or later, nor of the batches queued behind it: it was never handed to the
    /// storage, or chains on a batch that is void. The same command may be decided again.
    #[error("nothing of the batch was appended")]
    NotAppended {
        /// What went wrong.
        source: Cause,
    },
    /// It may be stored wholly, in part (its first entries), or not at all, and may yet appear until
    /// [`crate::Journal::catch_up`] has succeeded. Nobody may be told anything before that.
    #[error("it is not known whether the batch was appended")]
    Unknown {
        /// What went wrong.
        source: Cause,
    },
    /// It does not chain on the journal's head: somebody else appended, or the caller is behind, or the
    /// batch is malformed. Nothing of it counts, now or later.
    #[error("the batch is void after the journal's head")]
    Void(#[source] Refusal),
}

/// Why stored records could not be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReadError {
    /// What is stored is not what was stored, or less, and reading again will not help: restore the missing entries from
    /// a copy.
    #[error("the journal does not hold near position {near}")]
    Damaged {
        /// Where it was noticed; what is wrong is at or after it.
        near: u64,
        /// What the store says.
        source: Cause,
    },
    /// The storage cannot be reached or used now; later it may.
    #[error("the journal cannot be read now")]
    Io {
        /// What the store says.
        source: Cause,
    },
}

/// Why a journal could not be created or opened.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OpenError {
    /// Asked to create where something is already.
    #[error("there is already something in the file")]
    Exists,
    /// The file is no journal: another kind of file, or one whose creation did not come to its end.
    #[error("the file holds no journal")]
    NoJournal,
    /// Written by a later version of the program.
    #[error("the journal has format {found}, and this program reads format {known}")]
    Format {
        /// What the file says.
        found: String,
        /// What is known here.
        known: &'static str,
    },
    /// The journal ends before the entry that its head file names. Nothing of it is to be believed as the present state.
    #[error(
        "{head_file} says that the journal had come to entry {} {}, but {journal} ends at entry {} {}: it was cut, is an \
         older copy, or was copied without what its write-ahead log held; put all files of the ledger back as they were \
         together, or restore a backup (`wageledger restore`)", seen.0, seen.1, found.seq, found.hash
    )]
    Shorter {
        /// The journal's file.
        journal: Arc<str>,
        /// The file that names more.
        head_file: Arc<str>,
        /// Sequence and hash that it names.
        seen: (u64, Hash),
        /// Where the journal ends.
        found: Box<Head>,
    },
    /// The journal has another entry where its head file names one.
    #[error(
        "{head_file} says that entry {} is {}, but in {journal} it is {}: the journal was replaced or changed; put all files \
         of the ledger back as they were together, or restore a backup (`wageledger restore`)",
        seen.0, seen.1, found.map_or_else(|| "missing".to_owned(), |hash| hash.to_string())
    )]
    Replaced {
        /// The journal's file.
        journal: Arc<str>,
        /// The file that names another entry.
        head_file: Arc<str>,
        /// Sequence and hash that it names.
        seen: (u64, Hash),
        /// The hash of the entry that is there.
        found: Option<Hash>,
    },
    /// A copy that was made while the journal was written to, and nothing says how much belongs to it.
    #[error(
        "{journal} was copied while it was being written to, {missing}, so that nobody can say what it lacks: copy \
         {head_file} too, with the file that ends in -wal, or make a copy with `wageledger backup`"
    )]
    Incomplete {
        /// The journal's file.
        journal: Arc<str>,
        /// The file that would say it.
        head_file: Arc<str>,
        /// What is wrong with that file.
        missing: String,
    },
    /// The entries of a copy that was made while the journal was written to do not follow each other.
    #[error(
        "{journal} does not hold together near entry {near}: it was copied while it was being written to, or damaged; \
         make a copy with `wageledger backup`, or restore one"
    )]
    Torn {
        /// The journal's file.
        journal: Arc<str>,
        /// Where it was noticed.
        near: u64,
        /// What is wrong there.
        source: Cause,
    },
    /// The file, or its last entry, cannot be read as what it should be.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl OpenError {
    /// Whether it says that the record does not hold, and not only that it cannot be opened now.
    pub fn is_broken(&self) -> bool {
        match self {
            OpenError::Shorter { .. }
            | OpenError::Replaced { .. }
            | OpenError::Incomplete { .. }
            | OpenError::Torn { .. }
            | OpenError::Read(ReadError::Damaged { .. }) => true,
            OpenError::Exists
            | OpenError::NoJournal
            | OpenError::Format { .. }
            | OpenError::Read(ReadError::Io { .. }) => false,
        }
    }
}

impl AppendError {
    pub(crate) fn not_appended(source: impl Error + Send + Sync + 'static) -> AppendError {
        AppendError::NotAppended { source: Arc::new(source) }
    }

    pub(crate) fn unknown(source: impl Error + Send + Sync + 'static) -> AppendError {
        AppendError::Unknown { source: Arc::new(source) }
    }
}

impl ReadError {
    pub(crate) fn damaged(near: u64, source: impl Error + Send + Sync + 'static) -> ReadError {
        ReadError::Damaged { near, source: Arc::new(source) }
    }

    pub(crate) fn io(source: impl Error + Send + Sync + 'static) -> ReadError {
        ReadError::Io { source: Arc::new(source) }
    }
}

/// Reasons that lie in the journal's own state and not in the storage.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Stopped {
    #[error("an append before it failed, and the journal has not caught up since")]
    Behind,
    #[error("too much is waiting to be appended")]
    Full,
    #[error("nothing could be appended for a while: the brokers or the local copy do not go on")]
    Stuck,
    #[error("the journal is open for reading only")]
    ReadOnly,
    #[error("the journal's writer has ended")]
    Ended,
}

/// What a stored record can show besides what [`chain::accept`] looks at.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Damage {
    #[error("the entry at the end does not check")]
    Last(#[source] Refusal),
    #[error("the entry does not follow the one before it")]
    Chain(#[source] Refusal),
    #[error("the entry stands at position {position} and says sequence {seq}")]
    Place { position: u64, seq: u64 },
    #[error(
        "looked for at or after position {wanted}, the entry at {found} was found: its pages are not in order"
    )]
    Order { wanted: u64, found: u64 },
    #[error("the file says that it has {says} bytes, and it has {length}: its end was cut off")]
    Cut { says: u64, length: u64 },
    #[error("an entry known to be durable is gone or has changed")]
    Shorter,
    #[error("the file is not as this program makes it, and what is written to it may not be what is stored")]
    Tables(#[source] Strange),
}
