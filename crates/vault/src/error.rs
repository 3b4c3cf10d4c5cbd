//! What can go wrong, by what the caller does about it.

use uuid::Uuid;
use wages::BlindIndex;

/// Why the vault did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Correct the path, or create a vault there.
    #[error("no vault in {0}")]
    Missing(String),
    /// Something is there already: it may be the only copy of a ledger's keys.
    #[error("a vault or something else is in {0} already")]
    Exists(String),
    /// The address of a database is malformed. (It is not repeated: it may hold a password.)
    #[error("the address of the vault's database is {0}")]
    Address(String),
    /// The folder or file could not be written.
    #[error("creating the vault in {place}")]
    Create {
        /// Where.
        place: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A later version of the program wrote it: run that one.
    #[error("the vault has format {0}, and this program reads format 1")]
    UnknownFormat(i64),
    /// Open with the epoch key that belongs to the vault's present epoch.
    #[error(
        "the epoch key does not open the vault, which is at epoch {epoch}: it is another vault's, or one from before an erasure"
    )]
    WrongEpochKey {
        /// The vault's present epoch, from 1; each erasure adds one.
        epoch: u64,
    },
    /// Another process has erased a subject: open the vault anew with the new epoch key.
    #[error("the vault has moved on to another epoch key since it was opened at epoch {held}")]
    EpochChanged {
        /// The epoch at which this handle was opened.
        held: u64,
    },
    /// Opened by [`crate::Vault::open_read_only`].
    #[error("the vault is open for reading only")]
    ReadOnly,
    /// Nothing was bound: leave these out and ask again.
    #[error("{} of the ID numbers belong to other workers", .0.len())]
    IdNumbersTaken(Vec<Taken>),
    /// Nothing to erase: there is no key for this subject, perhaps because it was erased before.
    #[error("there is no key for subject {0}")]
    UnknownSubject(Uuid),
    /// An erasure needs a fresh epoch key; this is the present one, which opens every backup.
    #[error("the new epoch key is the present one")]
    SameEpochKey,
    /// A copy was to be made into a vault that belongs to another ledger: choose an empty place.
    #[error("the vault in {0} has another ledger key")]
    OtherLedger(String),
    /// The vault that a copy was made into holds what the original does not: what was erased since the copy was
    /// begun is to be erased there too.
    #[error("the copy holds a key for subject {0}, which the original does not")]
    MoreThanCopied(Uuid),
    /// A stored value is not what the vault wrote: restore the vault from its backup.
    #[error("the vault is damaged: {0}")]
    Damaged(Damage),
    /// The database failed; after a full or locked disk the same call may succeed.
    #[error("reading or writing the vault's database")]
    Storage(#[from] sqlx::Error),
}

impl VaultError {
    /// Whether it says that stored values are not what the vault wrote; every other error says only that they could
    /// not be asked for.
    pub fn is_damage(&self) -> bool {
        match self {
            VaultError::Damaged(_) => true,
            // SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html); a server's codes have five places.
            VaultError::Storage(sqlx::Error::Database(error)) => {
                let code =
                    error.code().filter(|code| code.len() < 5).and_then(|code| code.parse::<u32>().ok());
                matches!(code.map(|code| code & 0xff), Some(11 | 26))
            }
            _ => false,
        }
    }
}

/// An ID number that is another worker's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    /// Fingerprint of the ID number.
    pub index: BlindIndex,
    /// The worker it belongs to.
    pub bound_to: Uuid,
    /// The worker it was claimed for.
    pub wanted: Uuid,
}

/// Which stored value is not what the vault wrote.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Damage {
    /// The database's description of its own tables.
    #[error("its tables are not described as the vault describes them")]
    Schema,
    /// The vault's single row of state.
    #[error("its state does not fit its epoch key")]
    State,
    /// A subject's wrapped key.
    #[error("the key of subject {0} does not unwrap")]
    SubjectKey(Uuid),
    /// A binding of an ID number to a worker.
    #[error("the binding of ID number {0} does not verify")]
    IdNumber(BlindIndex),
    /// Rows of a table that are not in the order of its key: the pages of its file do not belong together.
    #[error("the rows of {table} are not in order")]
    Order {
        /// Name of the table.
        table: &'static str,
    },
    /// A value with another type or length than the vault writes.
    #[error("a row of {table} is malformed")]
    Malformed {
        /// Name of the table.
        table: &'static str,
    },
}
