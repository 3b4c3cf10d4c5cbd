//! Making the entry that follows a head.

use crate::accept::in_window;
use crate::{
    Accepted, HEADER_LEN, Head, Header, Kind, MAX_ENTRY_LEN, Refusal, SALT_LEN, body_digest, entry_hash,
};

/// What the writer says of the next entry; its place in the chain follows from the head.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Draft {
    /// What the entry is about.
    pub kind: Kind,
    /// When the ledger says it learned this, µs since 1970-01-01 UTC; within [`RECORDED_FROM_US`](crate::RECORDED_FROM_US) and
    /// [`RECORDED_BEFORE_US`](crate::RECORDED_BEFORE_US).
    pub recorded_at: i64,
    /// UUID of the subject.
    pub subject: [u8; 16],
    /// Place among the subject's entries, from 1.
    pub subject_seq: u64,
    /// `seq` of the subject's entry before this one; 0 = none.
    pub subject_prev: u64,
    /// UUID of the command that caused the entry.
    pub command_id: [u8; 16],
}

/// A header made by [`seal`].
#[derive(Clone, Copy, Debug)]
pub struct Sealed {
    /// The bytes that are hashed and stored.
    pub bytes: [u8; HEADER_LEN],
    /// What [`accept`](crate::accept) says of it after the same head.
    pub accepted: Accepted,
}

/// The header of the entry that follows `head`. [`accept`](crate::accept) over the same head, salt and body
/// gives the same answer, a refusal too, so that who made an entry here need not hash it a second time.
pub fn seal(head: &Head, draft: &Draft, salt: &[u8; SALT_LEN], body: &[u8]) -> Result<Sealed, Refusal> {
    if HEADER_LEN.saturating_add(SALT_LEN).saturating_add(body.len()) > MAX_ENTRY_LEN {
        return Err(Refusal::TooLong);
    }
    let Some(seq) = head.seq.checked_add(1) else {
        return Err(Refusal::Sequence { expected: u64::MAX, found: 0 });
    };
    if !in_window(draft.recorded_at) {
        return Err(Refusal::Time { found: draft.recorded_at });
    }
    let header = Header {
        kind: draft.kind,
        seq,
        recorded_at: draft.recorded_at,
        prev: head.hash,
        body_digest: body_digest(salt, body),
        subject: draft.subject,
        subject_seq: draft.subject_seq,
        subject_prev: draft.subject_prev,
        command_id: draft.command_id,
    };
    let bytes = header.encode();
    let head = Head { seq, hash: entry_hash(&bytes), recorded_at: header.recorded_at };
    Ok(Sealed { bytes, accepted: Accepted { header, head } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RECORDED_BEFORE_US, RECORDED_FROM_US, Record, accept};

    fn draft(recorded_at: i64) -> Draft {
        let (subject, command_id) = ([3; 16], [4; 16]);
        Draft { kind: Kind::Subject, recorded_at, subject, subject_seq: 2, subject_prev: 1, command_id }
    }

    #[test]
    fn what_is_sealed_is_accepted_and_makes_the_same_head() {
        let mut head = Head::genesis("o");
        for len in [0, 1, 63, 64, 700, MAX_ENTRY_LEN - HEADER_LEN - SALT_LEN] {
            let (salt, body) = ([9; SALT_LEN], vec![7; len]);
            // Order is no part of the rule: each is recorded before the one that it follows.
            let sealed =
                seal(&head, &draft(RECORDED_BEFORE_US - 1 - len as i64), &salt, &body).expect("sealed");
            let record = Record { header: &sealed.bytes, salt: &salt, body: &body };
            let accepted = accept(&head, &record).expect("accepted");
            assert_eq!(accepted.header, sealed.accepted.header);
            assert_eq!(accepted.head, sealed.accepted.head);
            head = accepted.head;
        }
    }

    #[test]
    fn what_would_be_refused_is_not_sealed() {
        let head = Head::genesis("o");
        let now = RECORDED_FROM_US;
        let salt = [9; SALT_LEN];
        let no = |head: &Head, recorded_at, body: &[u8]| seal(head, &draft(recorded_at), &salt, body).err();
        assert_eq!(no(&head, now - 1, b""), Some(Refusal::Time { found: now - 1 }));
        let end = RECORDED_BEFORE_US;
        assert_eq!(no(&head, end, b""), Some(Refusal::Time { found: end }));
        let long = vec![0; MAX_ENTRY_LEN - HEADER_LEN - SALT_LEN + 1];
        assert_eq!(no(&head, now, &long), Some(Refusal::TooLong));
        assert!(matches!(no(&Head { seq: u64::MAX, ..head }, now, b""), Some(Refusal::Sequence { .. })));
    }
}
