//! Topics and copies that are refused, each with what is wrong.

use super::rig::{Rig, bootstrap, read_all};
use journal::kafka::{KafkaSettings, OpenError};
use journal::testing::{ORIGIN, chained};
use journal::{AppendError, Head, Journal, KafkaJournal, ReadError, SqliteJournal};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::time::Duration;

fn admin(rig: &Rig) -> AdminClient<DefaultClientContext> {
    rdkafka::ClientConfig::new()
        .set("bootstrap.servers", &rig.settings.bootstrap)
        .create()
        .expect("an admin client")
}

fn options() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(Duration::from_secs(10)))
}

/// A topic of one partition with these settings in place of the right ones.
pub(crate) async fn topic_with(rig: &Rig, partitions: i32, changed: &[(&str, &str)]) {
    let mut settings = vec![
        ("cleanup.policy", "delete"),
        ("retention.ms", "-1"),
        ("retention.bytes", "-1"),
        ("message.timestamp.type", "LogAppendTime"),
        ("unclean.leader.election.enable", "false"),
    ];
    settings.retain(|(key, _)| changed.iter().all(|(other, _)| other != key));
    settings.extend(changed);
    let mut topic = NewTopic::new(
        &rig.settings.topic,
        partitions,
        TopicReplication::Fixed(rig.settings.replication.into()),
    );
    for (key, value) in settings {
        topic = topic.set(key, value);
    }
    let made = admin(rig).create_topics([&topic], &options()).await.expect("an answer");
    made[0].as_ref().expect("a topic");
    // A new topic is known to all brokers a moment later.
    while let Err(OpenError::NoTopic { .. }) = rig.try_open("waiting") {}
}

async fn delete(rig: &Rig) {
    let gone = admin(rig).delete_topics(&[&rig.settings.topic], &options()).await.expect("an answer");
    gone[0].as_ref().expect("deleted");
    while !matches!(rig.try_open("waiting"), Err(OpenError::NoTopic { .. })) {}
}

/// Creates the topic anew once the broker has finished deleting it.
fn create_again(rig: &Rig) {
    while let Err(error) = KafkaJournal::create_topic(&rig.settings) {
        assert!(matches!(error, OpenError::Exists { .. } | OpenError::Read(_)), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_lose_entries_are_refused() {
    // Partitions, a setting and its value, and what is said.
    let table = [
        (2, ("retention.ms", "-1"), "partitions = 2; it must be 1"),
        (1, ("cleanup.policy", "compact"), "cleanup.policy = compact; it must be delete"),
        (1, ("cleanup.policy", "compact,delete"), "cleanup.policy = compact,delete; it must be delete"),
        (1, ("retention.ms", "604800000"), "retention.ms = 604800000; it must be -1"),
        (1, ("retention.bytes", "1000000"), "retention.bytes = 1000000; it must be -1"),
        (
            1,
            ("message.timestamp.type", "CreateTime"),
            "message.timestamp.type = CreateTime; it must be LogAppendTime",
        ),
        (1, ("compression.type", "zstd"), "compression.type = zstd; it must be producer"),
        (
            1,
            ("unclean.leader.election.enable", "true"),
            "unclean.leader.election.enable = true; it must be false",
        ),
        (1, ("max.message.bytes", "65536"), "max.message.bytes = 65536; it must be at least"),
    ];
    for (partitions, changed, says) in table {
        let rig = Rig::without_topic();
        topic_with(&rig, partitions, &[changed]).await;
        match rig.try_open("copy") {
            Err(OpenError::Topic(fault)) => {
                let text = fault.to_string();
                assert!(text.contains(says) && text.contains(&rig.settings.topic), "{says}: {text}");
            }
            other => panic!("{says}: {:?}", other.map(|journal| journal.head())),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_lost_its_beginning_is_refused() {
    let rig = Rig::new();
    let mut head = Head::genesis(ORIGIN);
    rig.node("a").append(chained(&mut head, 5, 100)).await.expect("append");
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(&rig.settings.topic, 0, Offset::Offset(3)).expect("an offset");
    admin(&rig).delete_records(&list, &options()).await.expect("deleted");
    let refused = rig.try_open("a").err().expect("refused").to_string();
    assert!(refused.contains("first offset = 3; it must be 0"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_and_options_are_checked() {
    let rig = Rig::without_topic();
    assert!(matches!(rig.try_open("a"), Err(OpenError::NoTopic { .. })));
    KafkaJournal::create_topic(&rig.settings).expect("created");
    assert!(matches!(KafkaJournal::create_topic(&rig.settings), Err(OpenError::Exists { .. })));
    let other = KafkaJournal::open(&rig.settings, "another/ledger", rig.copy("a"));
    assert!(matches!(other, Err(OpenError::Origin { .. })));
    let mut settings = KafkaSettings::new(bootstrap(), &rig.settings.topic);
    settings.options.insert("enable.idempotence".into(), "false".into());
    let open = KafkaJournal::open(&settings, ORIGIN, rig.copy("a"));
    assert!(matches!(open, Err(OpenError::Option { key }) if key == "enable.idempotence"));
}

/// Nobody appends to a shorter past: the copy knows more than the topic.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_longer_than_the_topic_is_refused() {
    let rig = Rig::new();
    let mut head = Head::genesis(ORIGIN);
    let entries = chained(&mut head, 7, 100);
    rig.node("a").append(entries.clone()).await.expect("append");
    delete(&rig).await;
    create_again(&rig);
    rig.write(&entries[..4]);
    match rig.try_open("a") {
        Err(error @ OpenError::Shorter { end: 4, copy: 7, .. }) => {
            assert!(error.to_string().contains("wageledger copy"), "{error}");
        }
        other => panic!("{:?}", other.map(|journal| journal.head())),
    }
    // The true entries, and only they, make it well again; the stored place is wrong by then.
    rig.write(&chained(&mut Head::genesis("another"), 2, 100));
    rig.write(&entries[4..]);
    let journal = rig.node("a");
    assert_eq!((journal.head(), journal.counts().strangers), (head, 2));
    journal.append(chained(&mut head, 1, 100)).await.expect("append");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_with_another_history_is_refused() {
    let rig = Rig::new();
    let mut head = Head::genesis(ORIGIN);
    let first = chained(&mut head, 3, 100);
    let mut other = head;
    let journal = rig.node("a");
    journal.append(first.clone()).await.expect("append");
    journal.append(chained(&mut head, 4, 100)).await.expect("append");
    drop(journal);
    delete(&rig).await;
    create_again(&rig);
    rig.write(&first);
    rig.write(&chained(&mut other, 9, 101));
    match rig.try_open("a") {
        Err(OpenError::Different { seq, .. }) => assert_eq!(seq, 4, "the first that differs"),
        other => panic!("{:?}", other.map(|journal| journal.head())),
    }
}

/// A stored place that is no longer true is no more than a longer way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_hint_is_not_believed() {
    let rig = Rig::new();
    let mut head = Head::genesis(ORIGIN);
    let entries = chained(&mut head, 6, 100);
    rig.node("a").append(entries.clone()).await.expect("append");
    delete(&rig).await;
    create_again(&rig);
    // The same entries, two records further on than the copy remembers them; at its place stands another.
    rig.write(&chained(&mut Head::genesis("another"), 2, 100));
    rig.write(&entries);
    let journal = rig.node("a");
    assert_eq!((journal.head(), journal.counts().strangers), (head, 2));
    journal.append(chained(&mut head, 1, 100)).await.expect("append");
    drop(journal);
    assert_eq!(rig.node("a").head(), head, "the hint is right again");
}

/// A copy that was filled by other means has no hint, and needs none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_without_a_hint_is_compared() {
    let rig = Rig::new();
    let mut head = Head::genesis(ORIGIN);
    let entries = chained(&mut head, 50, 100);
    rig.node("a").append(entries.clone()).await.expect("append");
    let copy = SqliteJournal::create(rig.copy_path("restored"), ORIGIN).expect("a copy");
    copy.append(entries[..30].to_vec()).await.expect("append");
    drop(copy);
    let journal = rig.node("restored");
    assert_eq!(journal.head(), head);
    assert!(read_all(&journal) == entries, "from the copy and from memory");
}

/// While it is open: a topic that is cut and replaced is noticed before anything is appended to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_replaced_under_an_open_journal_takes_no_more() {
    let rig = Rig::new();
    let journal = rig.node("a");
    let mut head = journal.head();
    journal.append(chained(&mut head, 5, 100)).await.expect("append");
    delete(&rig).await;
    create_again(&rig);
    rig.write(&chained(&mut Head::genesis(ORIGIN), 9, 101));
    let read = journal.confirm().await;
    assert!(matches!(read, Err(ReadError::Damaged { near: 5, .. })), "{read:?}");
    let outcome = journal.append(chained(&mut head.clone(), 1, 100)).await;
    assert!(matches!(outcome, Err(AppendError::NotAppended { .. })), "{outcome:?}");
    assert!(matches!(journal.catch_up().await, Err(ReadError::Damaged { .. })), "it stays so");
    drop(journal);
    assert!(matches!(rig.try_open("a"), Err(OpenError::Different { seq: 1, .. })));
}
