//! The whole topic, voids and all, for whoever verifies.

use super::client::{Consume, Ends, Plain};
use super::error::{OpenError, Unread, is_no_topic};
use super::record::{PARTITION, parts};
use super::settings::KafkaSettings;
use crate::{Journal, ReadError, ReadLimit, SqliteJournal};
use chain::{Head, Header, Record, accept};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// For how long the brokers may bring nothing.
const STILL: Duration = Duration::from_secs(30);

/// What a stored record is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It counts.
    Accepted,
    /// A void that equals an accepted entry.
    Repeat,
    /// Any other void.
    Stranger,
}

/// A record of the topic.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// Its offset.
    pub offset: i64,
    /// Header, salt and body; empty where the record does not have exactly one of each.
    pub record: Record<'a>,
    /// What it is.
    pub verdict: Verdict,
}

/// Shows every record of the topic from offset 0 to an end that is asked for now, judged by
/// [`chain::accept`] from the beginning of the ledger `copy` is of; the last accepted entry. `copy` is asked
/// for nothing but whether a void equals the entry of its sequence. Ends early when `visit` breaks.
pub fn scan(
    settings: &KafkaSettings,
    copy: &SqliteJournal,
    mut visit: impl FnMut(Stored<'_>) -> ControlFlow<()>,
) -> Result<Head, ReadError> {
    let mut head = Head::genesis(copy.origin());
    let unread = |error: Unread, near: u64| error.into_read(near);
    let ends = Ends::new(settings).map_err(ReadError::io)?;
    let end = ends.ask().map_err(|error| match error {
        // Asked for five seconds: it is not that the brokers change places.
        Unread::End(error) if is_no_topic(&error) => {
            ReadError::damaged(0, OpenError::NoTopic { topic: settings.topic.clone() })
        }
        error => unread(error, 0),
    })?;
    let consumer = Consume::from_config_and_context(&settings.consumer(), Plain).map_err(ReadError::io)?;
    let mut list = TopicPartitionList::with_capacity(1);
    let from_start = list.add_partition_offset(&settings.topic, PARTITION, Offset::Offset(0));
    from_start.and_then(|()| consumer.assign(&list)).map_err(ReadError::io)?;
    let (mut next, mut since) = (0, Instant::now());
    while next < end {
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) if message.offset() >= end => break,
            Some(Ok(message)) => {
                (next, since) = (message.offset() + 1, Instant::now());
                if visit(judge(&message, &mut head, copy)).is_break() {
                    break;
                }
            }
            // Behind the last record there may be a transaction's marker, which is never fetched.
            Some(Err(KafkaError::PartitionEOF(_))) => break,
            Some(Err(error)) => tracing::debug!(%error, "reading the topic"),
            None => {}
        }
        if since.elapsed() >= STILL {
            return Err(unread(Unread::Slow { next, end, seconds: STILL.as_secs() }, head.seq));
        }
    }
    Ok(head)
}

fn judge<'a>(message: &'a BorrowedMessage<'_>, head: &mut Head, copy: &SqliteJournal) -> Stored<'a> {
    let offset = message.offset();
    let Some(record) = parts(message) else {
        let record = Record { header: &[], salt: &[], body: message.payload().unwrap_or_default() };
        return Stored { offset, record, verdict: Verdict::Stranger };
    };
    let verdict = match accept(head, &record) {
        Ok(accepted) => {
            *head = accepted.head;
            Verdict::Accepted
        }
        Err(_) if is_repeat(&record, head, copy) => Verdict::Repeat,
        Err(_) => Verdict::Stranger,
    };
    Stored { offset, record, verdict }
}

fn is_repeat(record: &Record<'_>, head: &Head, copy: &SqliteJournal) -> bool {
    let Ok(header) = Header::decode(record.header) else { return false };
    let Ok(known) = copy.read(header.seq, ReadLimit::ONE) else { return false };
    header.seq <= head.seq
        && known.get(0).is_some_and(|(_, known)| {
            known.header == record.header && known.salt == record.salt && known.body == record.body
        })
}
