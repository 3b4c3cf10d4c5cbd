//! What librdkafka does by itself with the same bytes and settings: the limit that measurements compare with.

use super::error::OpenError;
use super::record::to_send;
use super::settings::KafkaSettings;
use crate::{Entry, RawRate, ReadError};
use rdkafka::ClientContext;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{ProducerContext, ThreadedProducer};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

#[derive(Default)]
struct Count {
    reported: Mutex<(u64, Option<KafkaError>)>,
    moved: Condvar,
}

struct Counter(Arc<Count>);

impl ClientContext for Counter {}

impl ProducerContext for Counter {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let mut reported = self.0.reported.lock().unwrap_or_else(PoisonError::into_inner);
        reported.0 += 1;
        if let Err((error, _)) = result {
            reported.1 = Some(error.clone());
        }
        self.0.moved.notify_one();
    }
}

/// Sends the entries with the journal's own producer settings to the topic of `settings`, which should be new,
/// and waits until all are acknowledged. No queue, no hashing, no check, no copy. The time that `entries` takes
/// to make one is counted; what the first send waits for the brokers is not, for the first batch is sent ahead.
pub fn raw_produce_rate(
    settings: &KafkaSettings,
    mut entries: impl Iterator<Item = Entry>,
) -> Result<RawRate, OpenError> {
    settings.check()?;
    let count = Arc::new(Count::default());
    let producer = ThreadedProducer::from_config_and_context(&settings.producer(), Counter(count.clone()))
        .map_err(ReadError::io)?;
    let mut rate = RawRate { entries: 0, bytes: 0, elapsed: Duration::ZERO };
    let send = |entry: &Entry, rate: &mut RawRate| -> Result<(), OpenError> {
        let mut record = to_send(&settings.topic, entry);
        while let Err((error, back)) = producer.send(record) {
            if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                return Err(ReadError::io(error).into());
            }
            std::thread::sleep(Duration::from_millis(1));
            record = back;
        }
        rate.entries += 1;
        rate.bytes += entry.stored_len() as u64;
        Ok(())
    };
    if let Some(first) = entries.next() {
        send(&first, &mut rate)?;
        await_reports(&count, 1)?;
    }
    let start = Instant::now();
    for entry in entries {
        send(&entry, &mut rate)?;
    }
    await_reports(&count, rate.entries)?;
    rate.elapsed = start.elapsed();
    Ok(rate)
}

fn await_reports(count: &Count, until: u64) -> Result<(), OpenError> {
    let mut reported = count.reported.lock().unwrap_or_else(PoisonError::into_inner);
    while reported.0 < until {
        reported = count.moved.wait(reported).unwrap_or_else(PoisonError::into_inner);
    }
    match reported.1.take() {
        Some(error) => Err(ReadError::io(error).into()),
        None => Ok(()),
    }
}
