//! For tests, here and in the crates above: entries to append, a journal that fails on purpose, and the
//! contract that every back-end is held to. What is in here panics when a test fails.

mod contract;
mod faulty;

pub use crate::kafka::kafka_record;
pub use contract::{ORIGIN, Store, contract};
pub use faulty::{AppendFault, FaultyJournal, Injected};

use crate::Entry;
use bytes::Bytes;
use chain::{HEADER_LEN, Head, Header, Kind, SALT_LEN, accept, body_digest, entry_hash};

/// `count` entries that chain on `head`, which moves behind them. Bodies are of `body_len` bytes and differ
/// from entry to entry; equal arguments give equal entries.
pub fn chained(head: &mut Head, count: usize, body_len: usize) -> Vec<Entry> {
    (0..count)
        .map(|_| {
            let seq = head.seq + 1;
            let mut body = format!("{{\"type\":\"test\",\"v\":1,\"n\":{seq}}}").into_bytes();
            body.resize(body_len, b' ');
            chained_body(head, body)
        })
        .collect()
}

/// One entry with this body that chains on `head`, which moves to it.
pub fn chained_body(head: &mut Head, body: impl Into<Bytes>) -> Entry {
    let body = body.into();
    let seq = head.seq + 1;
    let mut salt = [0; SALT_LEN];
    salt[..8].copy_from_slice(&seq.to_le_bytes());
    let header = Header {
        kind: Kind::Subject,
        seq,
        recorded_at: head.recorded_at.max(chain::RECORDED_FROM_US) + 1,
        prev: head.hash,
        body_digest: body_digest(&salt, &body),
        subject: [1; 16],
        subject_seq: seq,
        subject_prev: seq - 1,
        command_id: u128::from(seq).to_be_bytes(),
    };
    let bytes: [u8; HEADER_LEN] = header.encode();
    *head = Head { seq, hash: entry_hash(&bytes), recorded_at: header.recorded_at };
    Entry { header: bytes, salt, body }
}

/// The heads after each of `entries`, which chain on `before`.
pub fn heads_after(mut before: Head, entries: &[Entry]) -> Vec<Head> {
    let next = |entry: &Entry| {
        before = accept(&before, &entry.record()).expect("one chain").head;
        before
    };
    entries.iter().map(next).collect()
}
