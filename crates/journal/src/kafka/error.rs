//! What can go wrong with a topic, grouped by what the operator does about it.

use crate::{Cause, ReadError};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::sync::Arc;

/// Why a ledger's topic could not be created or opened.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OpenError {
    /// The configuration sets what must not be set: take it out.
    #[error("the Kafka option {key} cannot be set: the ledger's safety rests on its value")]
    Option {
        /// The option's name.
        key: String,
    },
    /// Asked to create a topic that is there.
    #[error("the topic {topic} exists already")]
    Exists {
        /// Its name.
        topic: String,
    },
    /// There is no such topic: the name is wrong, or the ledger was not created here, or the topic is lost
    /// and has to be restored.
    #[error(
        "there is no topic {topic}: create the ledger, or restore it from a complete copy with `wageledger copy`"
    )]
    NoTopic {
        /// Its name.
        topic: String,
    },
    /// The topic could lose entries, or is not made for one chain: set it right.
    #[error(transparent)]
    Topic(#[from] TopicFault),
    /// The local copy is another ledger's: the configuration mixes two.
    #[error("the local copy is of the ledger {found}, not of {expected}")]
    Origin {
        /// Whose copy it is.
        found: String,
        /// Whose it must be.
        expected: String,
    },
    /// The topic ends before the local copy does: it was cut, or an older state was put back.
    #[error(
        "the topic {topic} ends at entry {end}, but the local copy has entry {copy}: the topic was cut or replaced; nothing is appended to a shorter past; restore the missing entries from the copy with `wageledger copy`"
    )]
    Shorter {
        /// The topic's name.
        topic: String,
        /// The last entry accepted there.
        end: u64,
        /// The last entry of the copy.
        copy: u64,
    },
    /// The topic holds another history than the local copy.
    #[error(
        "entry {seq} of the topic {topic} is not the one in the local copy: one of the two was changed; find out which with `wageledger verify`, and restore with `wageledger copy`"
    )]
    Different {
        /// The topic's name.
        topic: String,
        /// The first entry that differs.
        seq: u64,
    },
    /// The brokers, or the copy's file, cannot be read now.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A setting of a topic with which entries could be lost, or could not be one chain.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the topic {topic} has {setting} = {found}; it must be {required}")]
pub struct TopicFault {
    /// The topic's name.
    pub topic: String,
    /// Which setting.
    pub setting: &'static str,
    /// What it is.
    pub found: String,
    /// What it must be.
    pub required: String,
}

/// Why the journal stopped appending.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("offset {found} was acknowledged where {expected} was due: somebody else writes to the topic")]
    Gap { expected: i64, found: i64 },
    #[error("the broker did not say where the entry is")]
    NoOffset,
    #[error("the entry was not delivered")]
    Delivery(#[source] KafkaError),
    #[error("the entry could not be handed to the producer")]
    Send(#[source] KafkaError),
    #[error("there is no producer")]
    NoProducer,
    #[error("the topic could not be read to its end")]
    Behind(#[source] Cause),
    #[error("the journal was closed before the broker answered")]
    Closed,
}

/// Why the topic could not be read to its end.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Unread {
    #[error("asking the brokers where the topic ends")]
    End(#[source] KafkaError),
    #[error("the topic was read to offset {next}, and not to its end {end}, in {seconds} s")]
    Slow { next: i64, end: i64, seconds: u64 },
    #[error("the topic ends at offset {end}, but it was read to {next}: it was cut or replaced")]
    Cut { next: i64, end: i64 },
    #[error("the record at offset {offset} is no longer entry {seq}: the topic was cut or replaced")]
    Moved { offset: i64, seq: u64 },
    #[error("entry {seq} of the topic is not the one in the local copy")]
    Different { seq: u64 },
}

impl Unread {
    /// What the caller of a read does about it.
    pub(super) fn into_read(self, near: u64) -> ReadError {
        match self {
            Unread::Cut { .. } | Unread::Moved { .. } | Unread::Different { .. } => {
                ReadError::damaged(near, self)
            }
            Unread::End(_) | Unread::Slow { .. } => ReadError::io(self),
        }
    }
}

pub(super) fn cause(error: impl std::error::Error + Send + Sync + 'static) -> Cause {
    Arc::new(error)
}

/// Whether the brokers say that there is no such topic.
pub(super) fn is_no_topic(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic)
    )
}
