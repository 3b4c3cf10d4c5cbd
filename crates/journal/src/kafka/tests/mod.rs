//! What can be shown at librdkafka's mock of a cluster: errors of the brokers, one by one. It fences no
//! producers and is no proof of what a broker does; `tests/kafka` asks a real one.

use super::open::{self, Options};
use super::{KafkaJournal, KafkaSettings, OpenError, TopicFault};
use crate::testing::{ORIGIN, Store, chained, contract, heads_after};
use crate::{AppendError, Head, Journal, ReadLimit, SqliteJournal};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// The mock knows no settings of topics.
const UNCHECKED: Options = Options { check: |_| Ok(()), check_every: Duration::from_secs(3600) };

type Cluster = MockCluster<'static, DefaultProducerContext>;

struct Mock {
    cluster: Rc<Cluster>,
    settings: KafkaSettings,
    folder: TempDir,
    copies: AtomicU32,
}

impl Mock {
    fn new(cluster: &Rc<Cluster>) -> Mock {
        let folder = tempfile::tempdir().unwrap();
        let topic = folder.path().file_name().unwrap().to_string_lossy().replace('.', "t");
        let mut settings = KafkaSettings::new(cluster.bootstrap_servers(), topic);
        settings.options.insert("message.timeout.ms".into(), "5000".into());
        cluster.create_topic(&settings.topic, 1, 1).unwrap();
        Mock { cluster: Rc::clone(cluster), settings, folder, copies: AtomicU32::new(0) }
    }

    fn alone() -> Mock {
        Mock::new(&cluster())
    }

    fn copy_path(&self) -> PathBuf {
        let copy = self.copies.fetch_add(1, Ordering::Relaxed);
        self.folder.path().join(format!("{copy}.sqlite"))
    }

    fn node(&self, options: &Options) -> KafkaJournal {
        let copy = SqliteJournal::create(self.copy_path(), ORIGIN).unwrap();
        open::open(&self.settings, ORIGIN, copy, options).unwrap()
    }

    /// The next requests of a kind are answered so.
    fn errors(&self, request: RDKafkaApiKey, errors: &[RDKafkaRespErr]) {
        self.cluster.request_errors(request, errors);
    }
}

fn cluster() -> Rc<Cluster> {
    Rc::new(MockCluster::new(1).unwrap())
}

impl Store for Mock {
    fn open(&self) -> Arc<dyn Journal> {
        Arc::new(self.node(&UNCHECKED))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_contract_holds_at_the_mock() {
    let cluster = cluster();
    contract(|| Mock::new(&cluster)).await;
}

/// Each error of a produce request: whether librdkafka gets over it, and that the journal always does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_of_produce_requests() {
    use RDKafkaRespErr as E;
    let table: [(&[E], bool); 6] = [
        (&[E::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION], true),
        (&[E::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, E::RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE], true),
        (&[E::RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT], true),
        (&[E::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED], false),
        (&[E::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE], false),
        (&[E::RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH], false),
    ];
    for (errors, gets_over) in table {
        let mock = Mock::alone();
        let journal = mock.node(&UNCHECKED);
        let mut head = journal.head();
        journal.append(chained(&mut head, 3, 100)).await.unwrap();
        mock.errors(RDKafkaApiKey::Produce, errors);
        let mut ahead = head;
        let entries = chained(&mut ahead, 2, 100);
        let possible = heads_after(head, &entries);
        let outcome = journal.append(entries).await;
        if gets_over {
            let now = match outcome {
                Ok(now) => now,
                // A repeat is acknowledged without an offset when the first try was stored after all; and a busy
                // machine may take longer than a message may wait. Then the journal says that it does not know, and
                // finds out by reading.
                Err(AppendError::Unknown { .. }) => {
                    let found = journal.catch_up().await.unwrap();
                    assert!(found == head || possible.contains(&found), "{errors:?}: {found:?}");
                    found
                }
                Err(error) => panic!("{errors:?}: {error}"),
            };
            assert_eq!(journal.head(), now, "{errors:?}");
            head = now;
        } else {
            assert!(matches!(outcome, Err(AppendError::Unknown { .. })), "{errors:?}: {outcome:?}");
            let behind = journal.append(chained(&mut ahead, 1, 100)).await;
            assert!(matches!(behind, Err(AppendError::NotAppended { .. })), "{errors:?}: {behind:?}");
            assert_eq!(journal.catch_up().await.unwrap(), head, "{errors:?}: nothing of it was stored");
        }
        assert_eq!(journal.append(chained(&mut head, 2, 100)).await.unwrap(), head, "{errors:?}: it goes on");
        assert_eq!(mock.node(&UNCHECKED).head(), head, "{errors:?}");
    }
}

/// A broker that is away for a moment, while a journal appends and another follows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_is_away() {
    let mock = Mock::alone();
    let (journal, follower) = (mock.node(&UNCHECKED), mock.node(&UNCHECKED));
    let mut head = journal.head();
    journal.append(chained(&mut head, 3, 100)).await.unwrap();
    mock.cluster.broker_down(1).unwrap();
    let waiting = journal.append(chained(&mut head, 2, 100));
    mock.cluster.broker_up(1).unwrap();
    assert_eq!(waiting.await.unwrap(), head);
    follower.follow().wait_for(|seen| *seen == head).await.unwrap();
}

/// Settings that went wrong while the journal was open: nothing is appended until they are right again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_goes_wrong_takes_no_more() {
    static WRONG: AtomicBool = AtomicBool::new(false);
    fn check(settings: &KafkaSettings) -> Result<(), OpenError> {
        let fault = TopicFault {
            topic: settings.topic.clone(),
            setting: "retention.ms",
            found: "1".into(),
            required: "-1".into(),
        };
        if WRONG.load(Ordering::SeqCst) { Err(fault.into()) } else { Ok(()) }
    }
    let mock = Mock::alone();
    let journal = mock.node(&Options { check, check_every: Duration::from_millis(5) });
    let mut head = journal.head();
    journal.append(chained(&mut head, 3, 100)).await.unwrap();
    WRONG.store(true, Ordering::SeqCst);
    while journal.topic_fault().is_none() {
        tokio::task::yield_now().await;
    }
    let refused = journal.append(chained(&mut head.clone(), 1, 100)).await.unwrap_err();
    let AppendError::NotAppended { source } = &refused else { panic!("{refused:?}") };
    assert!(source.to_string().contains("retention.ms = 1; it must be -1"), "{source}");
    assert_eq!(journal.catch_up().await.unwrap(), head, "it can still be read");
    assert!(journal.append(chained(&mut head.clone(), 1, 100)).await.is_err());
    WRONG.store(false, Ordering::SeqCst);
    while journal.topic_fault().is_some() {
        tokio::task::yield_now().await;
    }
    journal.catch_up().await.unwrap();
    journal.append(chained(&mut head, 1, 100)).await.unwrap();
}

/// A copy on a full disk holds up no receipt, and everything can be read meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_cannot_be_written_lags_behind() {
    let mock = Mock::alone();
    let path = mock.copy_path();
    drop(SqliteJournal::create(&path, ORIGIN).unwrap());
    // Full after a few pages; the first catch-up makes room, as somebody would.
    let copy = SqliteJournal::open_small(&path, 5).unwrap();
    let journal = open::open(&mock.settings, ORIGIN, copy, &UNCHECKED).unwrap();
    let mut head = journal.head();
    for _ in 0..10 {
        journal.append(chained(&mut head, 10, 1000)).await.unwrap();
        let last = journal.read(head.seq, ReadLimit::ONE).unwrap();
        assert_eq!(last.get(0).map(|(position, _)| position), Some(head.seq));
    }
    while journal.copy_lag() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(journal);
    let mut at = Head::genesis(ORIGIN);
    let copied = SqliteJournal::open(&path).unwrap().read(0, ReadLimit::BULK).unwrap();
    for (_, record) in copied.iter() {
        at = chain::accept(&at, &record).unwrap().head;
    }
    assert_eq!(at, head);
}
