//! Personal data: the keys that open it, the fingerprints that find it, and the way to forget it.
//!
//! Every subject (a worker, a crew, an organisation) has one random 256-bit key. Personal data stands in
//! entries only as [`wages::SealedField`]: a commitment and a ciphertext under that key. Destroying the key
//! erases the data everywhere that the entry was ever copied to, and every proof still verifies.
//!
//! | key | where | what for |
//! |---|---|---|
//! | epoch key | outside the vault's database, handed in as [`EpochKey`] | wraps all others; replaced at every erasure |
//! | subject key | vault, wrapped | seals the subject's fields |
//! | ledger key | vault, wrapped | command ids; blind indexes and the vault's own checks by derived sub-keys |
//!
//! What this crate trusts: the process's memory and the epoch key. The vault's database may be read by
//! anyone without harm; a value changed in it is found when it is used, and all of it is looked through when
//! the vault is opened for writing. Not found is a row that is missing altogether, or a whole database put
//! back from a backup.
//!
//! What it is not: it does not know which fields are personal, normalises nothing, asks for no roles, and
//! does not keep the epoch key. Amounts, days and subjects stay readable in entries. Who holds the ledger key
//! can still *test a guess* of an erased worker's ID number against command ids.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::as_conversions))]

mod backup;
mod copy;
mod damage;
mod database;
mod engine;
pub mod entropy;
mod epoch;
mod erase;
mod error;
mod fingerprint;
mod gcm;
mod seal;
mod store;
mod vault;

pub use backup::{Held, back_up};
pub use copy::Copied;
pub use damage::damage;
pub use database::{Database, Schema};
pub use epoch::{EpochKey, EpochKeyError};
pub use error::{Damage, Taken, VaultError};
pub use fingerprint::Purpose;
pub use seal::{Keys, OpenError, Revealed, SealError, SubjectKey};
pub use vault::{Census, DEFAULT_CACHED_SUBJECTS, Vault};
