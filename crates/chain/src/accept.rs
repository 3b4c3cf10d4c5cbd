//! The rule by which a stored record counts.

use crate::{HEADER_LEN, Hash, Head, Header, HeaderError, SALT_LEN, body_digest, entry_hash};

/// Header, salt and body together may be this long, in bytes (64 KiB).
pub const MAX_ENTRY_LEN: usize = 64 * 1024;

/// No entry was recorded before this moment: 2015-01-01T00:00:00Z, in µs since 1970-01-01 UTC.
pub const RECORDED_FROM_US: i64 = 1_420_070_400_000_000;
/// No entry is recorded at or after this moment: 2100-01-01T00:00:00Z, in µs since 1970-01-01 UTC.
pub const RECORDED_BEFORE_US: i64 = 4_102_444_800_000_000;

/// Whether a time of recording lies within the window in which entries count.
///
/// The window is all that the format says of time. The order of times is no part of it: a rule of order would let one
/// entry at the end of the window close the ledger for ever. Whoever reads lists jumps; whoever writes looks after his
/// clock.
pub(crate) fn in_window(recorded_at: i64) -> bool {
    (RECORDED_FROM_US..RECORDED_BEFORE_US).contains(&recorded_at)
}

/// A record as a store holds it: three byte strings, believed in nothing.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// 136 bytes if it is to count.
    pub header: &'a [u8],
    /// 16 bytes if it is to count.
    pub salt: &'a [u8],
    /// The sealed fact.
    pub body: &'a [u8],
}

/// A record that counts: its header, and the head that it makes.
#[derive(Clone, Copy, Debug)]
pub struct Accepted {
    /// The record's header, decoded.
    pub header: Header,
    /// The head after this record.
    pub head: Head,
}

/// Why a record is void after a given head.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// No header of version 1.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The salt is not 16 bytes.
    #[error("the salt is not 16 bytes long")]
    SaltLength,
    /// Longer than [`MAX_ENTRY_LEN`].
    #[error("header, salt and body are longer than 64 KiB")]
    TooLong,
    /// The sequence is not the head's plus one.
    #[error("the sequence is {found}, not {expected}")]
    Sequence {
        /// What follows the head.
        expected: u64,
        /// What the record says.
        found: u64,
    },
    /// The link is not the head's hash.
    #[error("the link to the entry before is {found}, not {expected}")]
    Link {
        /// The head's hash.
        expected: Hash,
        /// What the record says.
        found: Hash,
    },
    /// The time of recording lies outside the window.
    #[error("recorded_at {found} does not lie within 2015-01-01 and 2100-01-01 UTC")]
    Time {
        /// The record's time, µs since 1970-01-01 UTC.
        found: i64,
    },
    /// Salt and body are not those that the header names.
    #[error("salt and body do not fit the header's body_digest")]
    Body,
}

/// Whether `record` counts after `head`; frozen. The sequence is looked at first, so that a repeat of an old
/// record is refused for its place.
///
/// Two records cannot both count after one head unless SHA-256 breaks or one writer made both: then the one
/// that stands first in the store counts, for everybody.
pub fn accept(head: &Head, record: &Record<'_>) -> Result<Accepted, Refusal> {
    let header_bytes: &[u8; HEADER_LEN] = record.header.try_into().map_err(|_| HeaderError::Length)?;
    let salt: &[u8; SALT_LEN] = record.salt.try_into().map_err(|_| Refusal::SaltLength)?;
    let header = Header::decode(header_bytes)?;
    if HEADER_LEN.saturating_add(SALT_LEN).saturating_add(record.body.len()) > MAX_ENTRY_LEN {
        return Err(Refusal::TooLong);
    }
    if head.seq.checked_add(1) != Some(header.seq) {
        return Err(Refusal::Sequence { expected: head.seq.saturating_add(1), found: header.seq });
    }
    if header.prev != head.hash {
        return Err(Refusal::Link { expected: head.hash, found: header.prev });
    }
    if !in_window(header.recorded_at) {
        return Err(Refusal::Time { found: header.recorded_at });
    }
    if body_digest(salt, record.body) != header.body_digest {
        return Err(Refusal::Body);
    }
    let head = Head { seq: header.seq, hash: entry_hash(header_bytes), recorded_at: header.recorded_at };
    Ok(Accepted { header, head })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::tests::sample;

    fn first(head: &Head, body: &[u8]) -> ([u8; HEADER_LEN], [u8; SALT_LEN]) {
        let salt = [5; SALT_LEN];
        let header = Header { seq: 1, prev: head.hash, body_digest: body_digest(&salt, body), ..sample() };
        (header.encode(), salt)
    }

    #[test]
    fn a_true_record_counts_and_moves_the_head() {
        let head = Head::genesis("o");
        let (header, salt) = first(&head, b"{}");
        let next = accept(&head, &Record { header: &header, salt: &salt, body: b"{}" }).map(|a| a.head);
        assert_eq!(next, Ok(Head { seq: 1, hash: entry_hash(&header), recorded_at: sample().recorded_at }));
    }

    /// Every single flipped bit of header, salt or body makes the record void or another entry.
    #[test]
    fn every_flipped_bit_shows() {
        let head = Head::genesis("o");
        let body = b"{\"type\":\"x\"}";
        let (header, salt) = first(&head, body);
        let good = accept(&head, &Record { header: &header, salt: &salt, body }).map(|a| a.head);
        let whole: Vec<u8> = [&header[..], &salt, body].concat();
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let record = Record {
                header: &bytes[..HEADER_LEN],
                salt: &bytes[HEADER_LEN..HEADER_LEN + SALT_LEN],
                body: &bytes[HEADER_LEN + SALT_LEN..],
            };
            assert_ne!(accept(&head, &record).map(|a| a.head), good, "bit {bit}");
        }
    }

    #[test]
    fn refusals_say_what_is_wrong() {
        let head = Head::genesis("o");
        let (header, salt) = first(&head, b"{}");
        let record = Record { header: &header, salt: &salt, body: b"{}" };
        let at = |head: Head| accept(&head, &record).err();
        assert!(matches!(at(Head { seq: 5, ..head }), Some(Refusal::Sequence { expected: 6, found: 1 })));
        assert!(matches!(at(Head { hash: Hash([0; 32]), ..head }), Some(Refusal::Link { .. })));
        assert!(at(Head { seq: u64::MAX, ..head }).is_some());
        let long = vec![b' '; MAX_ENTRY_LEN];
        let (header, salt) = first(&head, &long);
        let record = Record { header: &header, salt: &salt, body: &long };
        assert_eq!(accept(&head, &record).err(), Some(Refusal::TooLong));
        let record = Record { header: &header, salt: &salt[1..], body: b"{}" };
        assert_eq!(accept(&head, &record).err(), Some(Refusal::SaltLength));
    }

    /// The window is closed below and open above; within it times may go back.
    #[test]
    fn times_count_within_the_window_in_any_order() {
        let salt = [5; SALT_LEN];
        let body = b"{}";
        for (recorded_at, counts) in [
            (i64::MIN, false),
            (0, false),
            (RECORDED_FROM_US - 1, false),
            (RECORDED_FROM_US, true),
            (sample().recorded_at, true),
            (RECORDED_BEFORE_US - 1, true),
            (RECORDED_BEFORE_US, false),
            (i64::MAX, false),
        ] {
            for of_head in [0, RECORDED_FROM_US, sample().recorded_at, RECORDED_BEFORE_US - 1] {
                let head = Head { recorded_at: of_head, ..Head::genesis("o") };
                let digest = body_digest(&salt, body);
                let header =
                    Header { seq: 1, prev: head.hash, recorded_at, body_digest: digest, ..sample() }.encode();
                let found = accept(&head, &Record { header: &header, salt: &salt, body }).map(|_| ());
                let expected = if counts { Ok(()) } else { Err(Refusal::Time { found: recorded_at }) };
                assert_eq!(found, expected, "{recorded_at} after {of_head}");
            }
        }
    }
}
