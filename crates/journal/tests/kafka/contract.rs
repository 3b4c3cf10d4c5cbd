//! The contract that every back-end is held to.

use super::rig::Rig;
use journal::testing::contract;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_kafka() {
    contract(Rig::new).await;
}

/// The same over SASL_SSL. What differs is below librdkafka, so this is the only test that runs so.
#[cfg(feature = "kafka-tls")]
#[expect(clippy::disallowed_methods, reason = "tests are told by `tests/run.sh` where its servers are")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tls() {
    let place =
        |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} must be set: tests/run.sh does"));
    let (bootstrap, authority) = (place("WAGELEDGER_TEST_KAFKA_TLS"), place("WAGELEDGER_TEST_KAFKA_CA"));
    contract(|| {
        let mut rig = Rig::without_topic();
        rig.settings.bootstrap.clone_from(&bootstrap);
        for (key, value) in [
            ("security.protocol", "SASL_SSL"),
            ("ssl.ca.location", authority.as_str()),
            ("sasl.mechanism", "PLAIN"),
            ("sasl.username", "node"),
            ("sasl.password", "secret"),
        ] {
            rig.settings.options.insert(key.into(), value.into());
        }
        journal::KafkaJournal::create_topic(&rig.settings).expect("a new topic");
        rig
    })
    .await;
}
