//! An entry as a Kafka record: partition 0, key = subject, value = body, header and salt as record headers.

use crate::Entry;
use bytes::Bytes;
use chain::{HEADER_LEN, Record, SALT_LEN};
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::BaseRecord;
use std::ops::Range;

pub(super) const PARTITION: i32 = 0;
const HEADER: &str = "wl-header";
const SALT: &str = "wl-salt";
/// Where the subject stands in an entry's header.
const SUBJECT: Range<usize> = 88..104;

/// An entry as the record that is sent. librdkafka copies what it borrows.
pub fn to_send<'a>(topic: &'a str, entry: &'a Entry) -> BaseRecord<'a, [u8], [u8]> {
    let headers = OwnedHeaders::new_with_capacity(2)
        .insert(Header { key: HEADER, value: Some(&entry.header) })
        .insert(Header { key: SALT, value: Some(&entry.salt) });
    BaseRecord::to(topic)
        .partition(PARTITION)
        .key(&entry.header[SUBJECT])
        .payload(&entry.body[..])
        .headers(headers)
}

/// A record as it was fetched.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) offset: i64,
    /// `None`: not exactly one header and one salt of their lengths, or no body; no head will ever accept it.
    pub(super) entry: Option<Entry>,
}

impl Fetched {
    pub(super) fn of(message: &BorrowedMessage<'_>) -> Fetched {
        let entry = parts(message).and_then(|record| {
            Some(Entry {
                header: <[u8; HEADER_LEN]>::try_from(record.header).ok()?,
                salt: <[u8; SALT_LEN]>::try_from(record.salt).ok()?,
                body: Bytes::copy_from_slice(record.body),
            })
        });
        Fetched { offset: message.offset(), entry }
    }
}

/// Header, salt and body, whatever their lengths, if each is there exactly once.
pub(super) fn parts<'a>(message: &'a BorrowedMessage<'_>) -> Option<Record<'a>> {
    let headers = message.headers()?;
    let one = |name| {
        let mut found = headers.iter().filter(|header| header.key == name);
        match (found.next(), found.next()) {
            (Some(only), None) => only.value,
            _ => None,
        }
    };
    Some(Record { header: one(HEADER)?, salt: one(SALT)?, body: message.payload()? })
}
