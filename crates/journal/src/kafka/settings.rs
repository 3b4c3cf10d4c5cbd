//! How a Kafka client of ours is set up.

use super::error::OpenError;
use rdkafka::ClientConfig;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// Where a ledger's topic is, as it stands in a node's configuration.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KafkaSettings {
    /// Brokers to ask first, as in `kafka-1:9092,kafka-2:9092`.
    pub bootstrap: String,
    /// The ledger's topic; it holds this ledger and nothing else.
    pub topic: String,
    /// Settings of librdkafka, handed through as they are: `security.protocol`, `sasl.*`, `ssl.*` and the
    /// like. Those on which the ledger's safety rests are not taken: see [`FIXED`].
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// How many brokers keep the topic when it is created; afterwards the topic itself says it.
    #[serde(default = "replication")]
    pub replication: u16,
}

/// Without the options' values: there are passwords among them.
impl fmt::Debug for KafkaSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaSettings")
            .field("bootstrap", &self.bootstrap)
            .field("topic", &self.topic)
            .field("options", &self.options.keys().collect::<Vec<_>>())
            .field("replication", &self.replication)
            .finish()
    }
}

fn replication() -> u16 {
    3
}

/// What nobody may set: with other values an acknowledgement would not mean what the journal takes it for.
const FIXED: [&str; 17] = [
    "bootstrap.servers",
    "metadata.broker.list",
    "acks",
    "request.required.acks",
    "enable.idempotence",
    "enable.gapless.guarantee",
    "transactional.id",
    "max.in.flight",
    "max.in.flight.requests.per.connection",
    "retries",
    "message.send.max.retries",
    "isolation.level",
    "auto.offset.reset",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "allow.auto.create.topics",
    "group.id",
];

/// Bytes that librdkafka puts into one batch for the broker. One entry has at most 64 KiB.
pub(super) const BATCH_BYTES: u32 = 1_000_000;
/// What the topic must take: a batch, and what stands around it.
pub(super) const MESSAGE_BYTES_MIN: u64 = 1_048_588;

impl KafkaSettings {
    /// Settings for a topic at brokers that need no more than their addresses.
    pub fn new(bootstrap: impl Into<String>, topic: impl Into<String>) -> KafkaSettings {
        KafkaSettings {
            bootstrap: bootstrap.into(),
            topic: topic.into(),
            options: BTreeMap::new(),
            replication: replication(),
        }
    }

    /// Refuses options on which the ledger's safety rests.
    pub(super) fn check(&self) -> Result<(), OpenError> {
        match self.options.keys().find(|key| FIXED.contains(&key.as_str())) {
            Some(key) => Err(OpenError::Option { key: key.clone() }),
            None => Ok(()),
        }
    }

    /// What every client has in common.
    pub(super) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        for (key, value) in &self.options {
            config.set(key, value);
        }
        config
            .set("bootstrap.servers", &self.bootstrap)
            .set("allow.auto.create.topics", "false")
            .set("socket.nagle.disable", "true")
            // A broker that comes back is found within a second, not ten.
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "1000")
            .set("topic.metadata.refresh.interval.ms", "30000");
        config
    }

    /// The producer: idempotent, so that order holds whatever the broker repeats; all in-sync replicas
    /// acknowledge. No lingering: what is handed over in a burst is sent together anyway, and a single entry
    /// must not wait.
    pub(super) fn producer(&self) -> ClientConfig {
        let mut config = self.client();
        self.default(&mut config, "linger.ms", "0");
        // Facts are text that repeats itself: a third of the bytes for the brokers to write and to copy, and
        // less work in all, on both sides.
        self.default(&mut config, "compression.type", "lz4");
        // Brokers that elect a new leader are waited for; what takes longer is better read than waited for.
        self.default(&mut config, "message.timeout.ms", "15000");
        self.default(&mut config, "retry.backoff.max.ms", "500");
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("batch.size", BATCH_BYTES.to_string())
            .set("message.max.bytes", BATCH_BYTES.to_string())
            .set("batch.num.messages", "10000")
            .set("queue.buffering.max.messages", "100000")
            .set("queue.buffering.max.kbytes", "65536");
        config
    }

    /// A consumer that reads what it is told to and belongs to no group: librdkafka wants a name all the same.
    pub(super) fn consumer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("group.id", format!("{}.nobody", self.topic))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("isolation.level", "read_uncommitted")
            .set("enable.partition.eof", "true")
            .set("check.crcs", "true")
            .set("max.poll.interval.ms", "86400000")
            .set("fetch.wait.max.ms", "500")
            .set("fetch.error.backoff.ms", "100")
            .set("fetch.queue.backoff.ms", "20")
            .set("queued.min.messages", "20000")
            .set("queued.max.messages.kbytes", "16384")
            .set("fetch.message.max.bytes", "4194304");
        config
    }

    fn default(&self, config: &mut ClientConfig, key: &str, value: &str) {
        if !self.options.contains_key(key) {
            config.set(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_safety_rests_on_cannot_be_set() {
        let mut settings = KafkaSettings::new("localhost:9092", "t");
        settings.options.insert("security.protocol".into(), "PLAINTEXT".into());
        assert!(settings.check().is_ok());
        settings.options.insert("acks".into(), "1".into());
        assert!(matches!(settings.check(), Err(OpenError::Option { key }) if key == "acks"));
    }

    #[test]
    fn passwords_are_not_printed() {
        let mut settings = KafkaSettings::new("localhost:9092", "t");
        settings.options.insert("sasl.password".into(), "hunter2".into());
        let printed = format!("{settings:?}");
        assert!(printed.contains("sasl.password") && !printed.contains("hunter2"), "{printed}");
    }

    #[test]
    fn options_reach_the_client_and_ours_come_last() {
        let mut settings = KafkaSettings::new("localhost:9092", "t");
        settings.options.insert("linger.ms".into(), "3".into());
        settings.options.insert("acks".into(), "1".into());
        let config = settings.producer();
        assert_eq!((config.get("linger.ms"), config.get("acks")), (Some("3"), Some("all")));
    }
}
