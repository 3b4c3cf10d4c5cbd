//! The clients of librdkafka: what they log, what they report, the one that asks for ends.

use super::error::{Trouble, Unread};
use super::record::PARTITION;
use super::settings::KafkaSettings;
use super::state::Shared;
use rdkafka::ClientContext;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{DeliveryResult, Message, Timestamp};
use rdkafka::producer::{Producer as _, ProducerContext, PurgeConfig, ThreadedProducer};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// For how long the brokers may take to say where the topic ends.
const ANSWER: Duration = Duration::from_secs(5);
/// Between two attempts.
const AGAIN: Duration = Duration::from_millis(100);

/// What librdkafka says, as events of ours.
pub(super) fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            tracing::error!(facility, "{message}");
        }
        RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning => tracing::warn!(facility, "{message}"),
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
            tracing::debug!(facility, "{message}");
        }
    }
}

/// A client that reports nothing but its troubles.
pub(super) struct Plain;

impl ClientContext for Plain {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "kafka client");
    }
}

impl ConsumerContext for Plain {}

pub(super) type Consume = BaseConsumer<Plain>;

/// Takes a producer's reports to the journal.
pub(super) struct Reports {
    /// A producer that is being put away keeps no journal open.
    shared: Weak<Shared>,
    generation: u64,
}

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "kafka producer");
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let Some(shared) = self.shared.upgrade() else { return };
        let (outcome, stored_at) = match result {
            Ok(message) => (Ok(message.offset()), store_time_us(message.timestamp())),
            Err((error, _)) => (Err(Trouble::Delivery(error.clone())), None),
        };
        shared.report(self.generation, outcome, stored_at);
    }
}

/// When the broker took a record, by its own clock, in microseconds since 1970-01-01 UTC.
fn store_time_us(timestamp: Timestamp) -> Option<i64> {
    match timestamp {
        Timestamp::LogAppendTime(ms) => ms.checked_mul(1_000),
        // The producer's own clock, which is what is to be looked after.
        Timestamp::CreateTime(_) | Timestamp::NotAvailable => None,
    }
}

/// One producer, from its making to the first trouble.
pub(super) struct Producer(Option<ThreadedProducer<Reports>>);

impl Producer {
    /// A producer for the journal as it stands now. It gets its id from the brokers by itself, so that the
    /// first entry need not wait for that.
    pub(super) fn new(settings: &KafkaSettings, shared: &Arc<Shared>) -> KafkaResult<Producer> {
        let generation = shared.lock().generation;
        let reports = Reports { shared: Arc::downgrade(shared), generation };
        let producer = ThreadedProducer::from_config_and_context(&settings.producer(), reports)?;
        Ok(Producer(Some(producer)))
    }

    pub(super) fn get(&self) -> Option<&ThreadedProducer<Reports>> {
        self.0.as_ref()
    }
}

impl Drop for Producer {
    /// Forgets what is queued and what is on its way. A request that has left may still reach the broker:
    /// what it brings is void, or is found by reading. The rest of the work, which waits for threads, is done
    /// elsewhere.
    fn drop(&mut self) {
        let Some(producer) = self.0.take() else { return };
        producer.purge(PurgeConfig::default().queue().inflight());
        let thread = std::thread::Builder::new().name("kafka-put-away".into());
        // Without a thread it is dropped here, which takes a moment longer.
        if let Err(error) = thread.spawn(move || drop(producer)) {
            tracing::debug!(%error, "no thread to put a producer away");
        }
    }
}

/// Asks the brokers where the topic ends, over a connection of its own: on one that fetches, the question
/// would wait until there is something to fetch.
pub(super) struct Ends {
    client: Consume,
    topic: String,
}

impl Ends {
    pub(super) fn new(settings: &KafkaSettings) -> KafkaResult<Ends> {
        let client = Consume::from_config_and_context(&settings.consumer(), Plain)?;
        Ok(Ends { client, topic: settings.topic.clone() })
    }

    /// The offset after the last record that the brokers have acknowledged or will acknowledge. While they
    /// change places one of them may know nothing for a moment: it is asked again.
    pub(super) fn ask(&self) -> Result<i64, Unread> {
        let since = Instant::now();
        loop {
            let ends = self.client.fetch_watermarks(
                &self.topic,
                PARTITION,
                ANSWER.saturating_sub(since.elapsed()).max(AGAIN),
            );
            // Events of this client are looked at here and nowhere else; they would pile up.
            while self.client.poll(Duration::ZERO).is_some() {}
            match ends {
                Ok((_, end)) => return Ok(end),
                Err(error) if since.elapsed() + AGAIN >= ANSWER => return Err(Unread::End(error)),
                Err(_) => std::thread::sleep(AGAIN),
            }
        }
    }
}
