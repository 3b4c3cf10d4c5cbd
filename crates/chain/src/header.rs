//! The 136-byte header: what the chain hashes.

use crate::Hash;

/// Length of an encoded header in bytes.
pub const HEADER_LEN: usize = 136;
/// Length in bytes of the salt that stands beside a body.
pub const SALT_LEN: usize = 16;

const MAGIC: [u8; 4] = *b"WLE1";
/// Suite 1 (SHA-256) is the only one of this format. National algorithms sign a second root beside it, and chain nothing.
const SUITE_SHA256: u8 = 1;

/// What an entry is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The ledger itself: its creation, files taken in, data revealed.
    Ledger,
    /// Anything else: a worker, a crew, a project, an organisation.
    Subject,
}

impl Kind {
    fn code(self) -> u8 {
        match self {
            Kind::Ledger => 0,
            Kind::Subject => 1,
        }
    }
}

/// An entry's place in the ledger. The encoding is fixed and big-endian:
///
/// | offset | length | field |
/// |---|---|---|
/// | 0 | 4 | magic `WLE1` |
/// | 4 | 1 | suite (1 = SHA-256) |
/// | 5 | 1 | kind (0 = the ledger itself, 1 = all else) |
/// | 6 | 2 | reserved, 0 |
/// | 8 | 8 | seq, from 1 |
/// | 16 | 8 | recorded_at, µs since the epoch, UTC |
/// | 24 | 32 | prev: hash of the entry before |
/// | 56 | 32 | body_digest |
/// | 88 | 16 | subject |
/// | 104 | 8 | subject_seq, from 1 |
/// | 112 | 8 | subject_prev: seq of the subject's entry before, 0 = none |
/// | 120 | 16 | command_id |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// What the entry is about.
    pub kind: Kind,
    /// Place in the ledger, from 1.
    pub seq: u64,
    /// When the ledger says it learned this, µs since 1970-01-01 UTC.
    pub recorded_at: i64,
    /// Hash of the entry before.
    pub prev: Hash,
    /// [`crate::body_digest`] of salt and body.
    pub body_digest: Hash,
    /// UUID of the subject.
    pub subject: [u8; 16],
    /// Place among the subject's entries, from 1.
    pub subject_seq: u64,
    /// `seq` of the subject's entry before this one; 0 = none.
    pub subject_prev: u64,
    /// UUID of the command that caused the entry.
    pub command_id: [u8; 16],
}

/// Why bytes are no header of version 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HeaderError {
    /// Not 136 bytes.
    #[error("the header is not 136 bytes long")]
    Length,
    /// Does not begin with `WLE1`.
    #[error("the header does not begin with WLE1")]
    Magic,
    /// A hash suite other than SHA-256.
    #[error("the header's suite is not 1 (SHA-256)")]
    Suite,
    /// A kind other than 0 and 1.
    #[error("the header's kind is neither 0 nor 1")]
    Kind,
    /// The reserved bytes are not zero.
    #[error("the header's reserved bytes are not zero")]
    Reserved,
}

impl Header {
    /// The bytes that are hashed and stored.
    pub fn encode(&self) -> [u8; HEADER_LEN] {
        let mut out = [0u8; HEADER_LEN];
        out[0..4].copy_from_slice(&MAGIC);
        out[4..8].copy_from_slice(&[SUITE_SHA256, self.kind.code(), 0, 0]);
        out[8..16].copy_from_slice(&self.seq.to_be_bytes());
        out[16..24].copy_from_slice(&self.recorded_at.to_be_bytes());
        out[24..56].copy_from_slice(&self.prev.0);
        out[56..88].copy_from_slice(&self.body_digest.0);
        out[88..104].copy_from_slice(&self.subject);
        out[104..112].copy_from_slice(&self.subject_seq.to_be_bytes());
        out[112..120].copy_from_slice(&self.subject_prev.to_be_bytes());
        out[120..136].copy_from_slice(&self.command_id);
        out
    }

    /// Reads a header back. Only what [`Header::encode`] can write is accepted, so that one header has one
    /// encoding.
    pub fn decode(bytes: &[u8]) -> Result<Header, HeaderError> {
        let bytes: &[u8; HEADER_LEN] = bytes.try_into().map_err(|_| HeaderError::Length)?;
        if bytes[0..4] != MAGIC {
            return Err(HeaderError::Magic);
        }
        if bytes[4] != SUITE_SHA256 {
            return Err(HeaderError::Suite);
        }
        let kind = match bytes[5] {
            0 => Kind::Ledger,
            1 => Kind::Subject,
            _ => return Err(HeaderError::Kind),
        };
        if bytes[6..8] != [0, 0] {
            return Err(HeaderError::Reserved);
        }
        Ok(Header {
            kind,
            seq: u64::from_be_bytes(field(bytes, 8)),
            recorded_at: i64::from_be_bytes(field(bytes, 16)),
            prev: Hash(field(bytes, 24)),
            body_digest: Hash(field(bytes, 56)),
            subject: field(bytes, 88),
            subject_seq: u64::from_be_bytes(field(bytes, 104)),
            subject_prev: u64::from_be_bytes(field(bytes, 112)),
            command_id: field(bytes, 120),
        })
    }
}

/// `N` bytes from `at`; the caller's offsets are constants within the header.
fn field<const N: usize>(bytes: &[u8; HEADER_LEN], at: usize) -> [u8; N] {
    let mut out = [0u8; N];
    for (slot, byte) in out.iter_mut().zip(bytes.iter().skip(at)) {
        *slot = *byte;
    }
    out
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample() -> Header {
        Header {
            kind: Kind::Subject,
            seq: 2,
            recorded_at: 1_772_000_000_000_001,
            prev: Hash([0xAA; 32]),
            body_digest: Hash([0xBB; 32]),
            subject: [0xCC; 16],
            subject_seq: 3,
            subject_prev: 1,
            command_id: [0xDD; 16],
        }
    }

    #[test]
    fn layout_is_as_published() {
        let bytes = sample().encode();
        let text = hex::encode(bytes);
        assert_eq!(
            text,
            [
                "574c4531",
                "01",
                "01",
                "0000",
                "0000000000000002",
                "00064b9fe68ac001",
                &"aa".repeat(32),
                &"bb".repeat(32),
                &"cc".repeat(16),
                "0000000000000003",
                "0000000000000001",
                &"dd".repeat(16)
            ]
            .concat()
        );
        assert_eq!(Header::decode(&bytes), Ok(sample()));
    }

    #[test]
    fn only_what_encode_writes_is_read() {
        let good = sample().encode();
        for (at, error) in [
            (0, HeaderError::Magic),
            (4, HeaderError::Suite),
            (5, HeaderError::Kind),
            (7, HeaderError::Reserved),
        ] {
            let mut bad = good;
            bad[at] ^= 0x40;
            assert_eq!(Header::decode(&bad), Err(error));
        }
        assert_eq!(Header::decode(&good[1..]), Err(HeaderError::Length));
    }
}
