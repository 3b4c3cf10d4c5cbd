//! The topic itself: how it is made, and what its settings must be.

use super::error::{OpenError, TopicFault, is_no_topic};
use super::record::PARTITION;
use super::settings::{KafkaSettings, MESSAGE_BYTES_MIN};
use crate::ReadError;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

/// For how long a broker's answer is waited for.
pub(super) const ANSWER: Duration = Duration::from_secs(10);

/// Makes the topic. A crash in here leaves no topic, or an empty one, which the next run is told of as
/// [`OpenError::Exists`] and which may be deleted.
pub(super) fn create(settings: &KafkaSettings) -> Result<(), OpenError> {
    settings.check()?;
    let admin = admin(settings)?;
    let replicas = i32::from(settings.replication);
    let in_sync = if settings.replication > 1 { "2" } else { "1" };
    let bytes = (2 * MESSAGE_BYTES_MIN).to_string();
    let topic = NewTopic::new(&settings.topic, 1, TopicReplication::Fixed(replicas))
        .set("cleanup.policy", "delete")
        .set("retention.ms", "-1")
        .set("retention.bytes", "-1")
        .set("min.insync.replicas", in_sync)
        .set("unclean.leader.election.enable", "false")
        .set("compression.type", "producer")
        .set("message.timestamp.type", "LogAppendTime")
        .set("max.message.bytes", &bytes);
    let options = AdminOptions::new().operation_timeout(Some(ANSWER)).request_timeout(Some(ANSWER));
    let mut made = wait(admin.create_topics([&topic], &options)).map_err(ReadError::io)?;
    match made.pop() {
        Some(Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => {
            Err(OpenError::Exists { topic: settings.topic.clone() })
        }
        Some(Err((_, code))) => Err(ReadError::io(KafkaError::AdminOp(code)).into()),
        Some(Ok(_)) | None => wait_for(&admin, settings),
    }
}

/// A topic that measurements are made with, with a ledger's settings: made with a name that nothing else has, and
/// removed with this value. It removes nothing but what it made.
pub struct ScratchTopic(KafkaSettings);

impl ScratchTopic {
    /// Makes it at the brokers of `settings`, beside the topic named there; `unique` makes its name.
    pub fn create(settings: &KafkaSettings, unique: &str) -> Result<ScratchTopic, OpenError> {
        let topic = format!("{}.bench.{unique}", settings.topic);
        let settings = KafkaSettings { topic, ..settings.clone() };
        create(&settings)?;
        Ok(ScratchTopic(settings))
    }

    /// The settings that name it.
    pub fn settings(&self) -> &KafkaSettings {
        &self.0
    }
}

impl Drop for ScratchTopic {
    fn drop(&mut self) {
        let options = AdminOptions::new().operation_timeout(Some(ANSWER)).request_timeout(Some(ANSWER));
        let removed = admin(&self.0).and_then(|admin| {
            wait(admin.delete_topics(&[&self.0.topic], &options)).map_err(|e| ReadError::io(e).into())
        });
        if let Err(error) = removed {
            tracing::warn!(topic = self.0.topic, %error, "the topic of a measurement could not be removed");
        }
    }
}

/// A new topic is there once its partition has a leader.
fn wait_for(admin: &AdminClient<DefaultClientContext>, settings: &KafkaSettings) -> Result<(), OpenError> {
    for _ in 0..100 {
        match partitions(admin, settings) {
            Ok(leaders) if leaders.iter().all(|partition| partition.leader >= 0) => return Ok(()),
            Ok(_) | Err(OpenError::NoTopic { .. }) => std::thread::sleep(Duration::from_millis(50)),
            Err(error) => return Err(error),
        }
    }
    Err(ReadError::io(KafkaError::AdminOp(RDKafkaErrorCode::LeaderNotAvailable)).into())
}

struct Partition {
    leader: i32,
    replicas: usize,
}

fn partitions(
    admin: &AdminClient<DefaultClientContext>,
    settings: &KafkaSettings,
) -> Result<Vec<Partition>, OpenError> {
    let no_topic = || OpenError::NoTopic { topic: settings.topic.clone() };
    let metadata = admin.inner().fetch_metadata(Some(&settings.topic), ANSWER).map_err(|error| {
        if is_no_topic(&error) { no_topic() } else { OpenError::from(ReadError::io(error)) }
    })?;
    let topic = metadata.topics().iter().find(|topic| topic.name() == settings.topic).ok_or_else(no_topic)?;
    if let Some(error) = topic.error() {
        let error = KafkaError::MetadataFetch(error.into());
        return Err(if is_no_topic(&error) { no_topic() } else { ReadError::io(error).into() });
    }
    let of = |partition: &rdkafka::metadata::MetadataPartition| Partition {
        leader: partition.leader(),
        replicas: partition.replicas().len(),
    };
    let partitions: Vec<_> = topic.partitions().iter().map(of).collect();
    if partitions.is_empty() { Err(no_topic()) } else { Ok(partitions) }
}

/// Looks whether the topic is made for one chain and loses nothing.
pub(super) fn check(settings: &KafkaSettings) -> Result<(), OpenError> {
    let admin = admin(settings)?;
    let partitions = partitions(&admin, settings)?;
    let fault = |setting, found: String, required: &str| {
        let topic = settings.topic.clone();
        OpenError::from(TopicFault { topic, setting, found, required: required.to_owned() })
    };
    if partitions.len() != 1 {
        return Err(fault("partitions", partitions.len().to_string(), "1: a ledger is one chain"));
    }
    let replicated = partitions.iter().any(|partition| partition.replicas > 1);
    let options = AdminOptions::new().request_timeout(Some(ANSWER));
    let mut described = wait(admin.describe_configs(&[ResourceSpecifier::Topic(&settings.topic)], &options))
        .map_err(ReadError::io)?;
    let config = match described.pop() {
        Some(Ok(config)) => config,
        Some(Err(code)) => return Err(ReadError::io(KafkaError::AdminOp(code)).into()),
        None => return Err(OpenError::NoTopic { topic: settings.topic.clone() }),
    };
    for rule in &RULES {
        let found = config.get(rule.setting).and_then(|entry| entry.value.clone()).unwrap_or_default();
        if !(rule.holds)(&found, replicated) {
            return Err(fault(rule.setting, found, rule.required));
        }
    }
    let (begin, _) = admin
        .inner()
        .fetch_watermarks(&settings.topic, PARTITION, ANSWER)
        .map_err(|error| OpenError::from(ReadError::io(error)))?;
    if begin != 0 {
        return Err(fault("first offset", begin.to_string(), "0: entries at the beginning were deleted"));
    }
    Ok(())
}

struct Rule {
    setting: &'static str,
    /// Of the value, and whether the topic is kept by more than one broker.
    holds: fn(&str, bool) -> bool,
    required: &'static str,
}

const RULES: [Rule; 8] = [
    Rule {
        setting: "cleanup.policy",
        holds: |value, _| value == "delete",
        required: "delete, without compaction, which drops entries",
    },
    Rule {
        setting: "retention.ms",
        holds: |value, _| value == "-1",
        required: "-1: entries are kept for ever",
    },
    Rule {
        setting: "retention.bytes",
        holds: |value, _| value == "-1",
        required: "-1: entries are kept for ever",
    },
    Rule {
        setting: "min.insync.replicas",
        holds: |value, replicated| {
            value.parse::<u32>().is_ok_and(|least| least >= if replicated { 2 } else { 1 })
        },
        required: "at least 2 for a replicated topic: an acknowledged entry must outlive a broker",
    },
    Rule {
        setting: "unclean.leader.election.enable",
        holds: |value, _| value == "false",
        required: "false: an out-of-date broker must not become the leader",
    },
    Rule {
        setting: "max.message.bytes",
        holds: |value, _| value.parse::<u64>().is_ok_and(|most| most >= MESSAGE_BYTES_MIN),
        required: "at least 1048588: batches are that large",
    },
    Rule {
        setting: "message.timestamp.type",
        holds: |value, _| value == "LogAppendTime",
        required: "LogAppendTime: a node's clock is held against the brokers'",
    },
    Rule {
        setting: "compression.type",
        holds: |value, _| !matches!(value, "gzip" | "zstd"),
        required: "producer, or one of uncompressed, lz4, snappy: others cannot be read here",
    },
];

fn admin(settings: &KafkaSettings) -> Result<AdminClient<DefaultClientContext>, OpenError> {
    settings.client().create().map_err(|error| ReadError::io(error).into())
}

/// Waits on this thread for an answer that another thread brings. It asks nothing of the caller's runtime,
/// so that a journal may be opened from anywhere.
pub(super) fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
