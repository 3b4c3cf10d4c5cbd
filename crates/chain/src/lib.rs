//! What is proven, and nothing else: the 136-byte header, the hash chain over headers, the rule by which
//! a stored record counts, and the Merkle root over a list of leaves.
//!
//! An auditor can read this crate alone and know what a verified ledger means. It knows no wages, no
//! storage, no clock and no keys. Everything here is **frozen**: version 1 of the entry format is
//! read by every later version of the program.
//!
//! - [`Header`]: an entry's place: sequence, time, link, body digest, subject.
//! - [`accept`]: *the log decides*. Readers and writers apply this one pure function to stored records
//!   in store order; what it refuses is void for everybody.
//! - [`seal`]: the other side of [`accept`]: the header of the entry that follows a head.
//! - [`Tail::after`]: *the stray rule*, frozen beside [`accept`]: which entries make a subject's stream.
//! - [`merkle`]: the RFC 6962 tree hash, used for seals over lists (wage sheets, bank batches).
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::float_arithmetic,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::wildcard_enum_match_arm
    )
)]

mod accept;
mod header;
pub mod merkle;
mod seal;
mod stream;

pub use accept::{Accepted, MAX_ENTRY_LEN, RECORDED_BEFORE_US, RECORDED_FROM_US, Record, Refusal, accept};
pub use header::{HEADER_LEN, Header, HeaderError, Kind, SALT_LEN};
pub use seal::{Draft, Sealed, seal};
pub use stream::Tail;

use sha2::{Digest, Sha256};
use std::fmt;

/// A SHA-256 value: of an entry, a body or a tree node. Prints as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Hash {
    type Err = hex::FromHexError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut out = [0; 32];
        hex::decode_to_slice(text, &mut out)?;
        Ok(Hash(out))
    }
}

/// SHA-256 over the parts, one after the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    Hash(hasher.finalize().into())
}

/// The hash of an entry: `SHA-256(0x00 ‖ header)`. One value is the chain link and the RFC 6962 leaf hash,
/// so that a tree over headers needs no second hashing.
pub fn entry_hash(header: &[u8; HEADER_LEN]) -> Hash {
    sha256(&[&[0x00], header])
}

/// What a header says of its body: `SHA-256(0x02 ‖ salt ‖ body)`. The salt keeps a withheld body from being
/// guessed out of the header.
pub fn body_digest(salt: &[u8; SALT_LEN], body: &[u8]) -> Hash {
    sha256(&[&[0x02], salt, body])
}

/// What an entry says of a sealed field: `SHA-256(0x03 ‖ salt ‖ value)`. Whoever is shown salt and value can
/// check that exactly this value was sealed.
pub fn commitment(salt: &[u8; 32], value: &[u8]) -> Hash {
    sha256(&[&[0x03], salt, value])
}

/// The last accepted entry: where the chain stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// Sequence of the last accepted entry; 0 before the first.
    pub seq: u64,
    /// Its hash; before the first entry a value made of the ledger's origin.
    pub hash: Hash,
    /// When it was recorded, in µs since 1970-01-01 UTC; 0 before the first.
    pub recorded_at: i64,
}

impl Head {
    /// The head before entry 1: `SHA-256("wageledger/v1" ‖ 0x00 ‖ origin)`. Two ledgers with other names can
    /// share no entry.
    pub fn genesis(origin: &str) -> Head {
        Head { seq: 0, hash: sha256(&[b"wageledger/v1", &[0x00], origin.as_bytes()]), recorded_at: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_prints_and_parses() {
        let head = Head::genesis("wageledger.example.org/test");
        assert_eq!(head.hash.to_string().parse::<Hash>().ok(), Some(head.hash));
        assert!("12".parse::<Hash>().is_err());
        assert_ne!(head.hash, Head::genesis("wageledger.example.org/other").hash);
    }

    /// Frozen. The values were computed with another program (Python's hashlib) from the text of the format.
    #[test]
    fn known_answers() {
        let salt16 = std::array::from_fn(|at| at as u8);
        let salt32 = std::array::from_fn(|at| at as u8);
        let header = crate::header::tests::sample().encode();
        for (hash, known) in [
            (
                Head::genesis("wageledger.example.org/test").hash,
                "939afb793c7e5ea30dd6587a0174ec5673b904e2921f44fc35d869db7bc6bf00",
            ),
            (entry_hash(&header), "66e82b786668a5624fde97f200fb1012ceffbce096291757d0f1ee8f5cff8be7"),
            (
                body_digest(&salt16, br#"{"type":"x","v":1}"#),
                "79e32c92e913bedcd02d3a5f2f4ceb1d7358d358f66d70e9ec7899fbecc0bc6e",
            ),
            (
                commitment(&salt32, "张三".as_bytes()),
                "19387c4652d3a18d1db45d84f640d7e106117653521c4ee1ca6c9e81ddd33bf2",
            ),
        ] {
            assert_eq!(hash.to_string(), known);
        }
    }

    /// Domain separation: the same bytes as entry, body and field give three hashes.
    #[test]
    fn domains_are_apart() {
        let bytes = [7u8; HEADER_LEN];
        let salt16 = [1u8; SALT_LEN];
        let all = [entry_hash(&bytes), body_digest(&salt16, &bytes), commitment(&[1; 32], &bytes)];
        assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
    }
}
