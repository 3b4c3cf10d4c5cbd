//! Facts about the ledger itself.

use super::fact;
use crate::{Party, Private, ProjectCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The first entry: whose ledger this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LedgerCreated {
    /// Random; the subject of all facts about the ledger itself.
    pub ledger: Uuid,
    /// Globally unique name, as in `wageledger.example.org/hangzhou`.
    pub origin: String,
    /// Hash suite: 1 = SHA-256.
    pub suite: u8,
    /// First public keys of the ledger, when it has some.
    pub keys: Vec<LedgerKey>,
}
fact!(LedgerCreated {});

/// A public key of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LedgerKey {
    /// What it signs, as in `checkpoint`.
    pub purpose: String,
    /// As in `ed25519`.
    pub algorithm: String,
    /// Base64.
    pub public_key: String,
}

/// A file was taken in: the last entry of its import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileImported {
    /// SHA-256 of its bytes, hexadecimal.
    pub digest: String,
    /// Kind of file, as in `wage-sheet`.
    pub kind: String,
    /// The project that its name says; the same bytes under another project's name are another hand-in.
    pub project: Option<ProjectCode>,
    /// Its name; it may hold a crew leader's.
    pub name: Private,
    /// Its length in bytes.
    pub bytes: u64,
    /// What became of its rows.
    pub rows: RowCounts,
}
fact!(FileImported { "name" => name });

/// Rows of a file by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowCounts {
    /// New.
    pub recorded: u32,
    /// Known before with the same contents.
    pub already_recorded: u32,
    /// Wrong, and left out on the caller's wish.
    pub refused: u32,
}

/// Somebody was shown sealed personal data. Up to 100 workers: one such entry on each worker's own stream;
/// beyond that one on the ledger's, with a Merkle root over the workers' ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataRevealed {
    /// Who looked.
    pub to: Party,
    /// Why, in his own words.
    pub purpose: Private,
    /// What was asked, as in `arrears`.
    pub question: String,
    /// How many workers' data were shown in all.
    pub workers: u32,
    /// RFC 6962 root over the 16-byte ids of the workers, ascending; 64 hexadecimal digits.
    pub root: String,
}
fact!(DataRevealed { "to" => to, "purpose" => purpose });

/// The clock that stamped the last entry was wrong, and the ledger goes on by the one that stamps this entry, which may lie
/// before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockOverridden {
    /// The entry whose time of recording is not believed: the last one.
    pub entry: u64,
    /// How somebody knows which of the clocks is right.
    pub reason: Private,
}
fact!(ClockOverridden { "reason" => reason });
