//! A topic of its own for every test, at the real brokers that `tests/run.sh` starts.

use journal::kafka::{KafkaSettings, OpenError, Stored, Verdict, scan};
use journal::testing::{ORIGIN, Store, kafka_record};
use journal::{Entry, Journal, KafkaJournal, ReadLimit, SqliteJournal};
use rdkafka::ClientConfig;
use rdkafka::message::ToBytes;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;
use tempfile::TempDir;

/// Where the brokers are.
#[expect(clippy::disallowed_methods, reason = "tests are told by `tests/run.sh` where its servers are")]
pub(crate) fn bootstrap() -> String {
    std::env::var("WAGELEDGER_TEST_KAFKA")
        .expect("WAGELEDGER_TEST_KAFKA must hold the address of a Kafka broker: run this by tests/run.sh")
}

/// A new topic and a folder for copies of it.
pub(crate) struct Rig {
    pub(crate) settings: KafkaSettings,
    folder: TempDir,
    copies: Mutex<Vec<(PathBuf, Weak<dyn Journal>)>>,
}

impl Rig {
    pub(crate) fn new() -> Rig {
        let rig = Rig::without_topic();
        KafkaJournal::create_topic(&rig.settings).expect("a new topic");
        rig
    }

    pub(crate) fn without_topic() -> Rig {
        let folder = tempfile::Builder::new().prefix("journal-").tempdir().expect("a folder");
        // The folder's name is random: so is the topic's.
        let name = folder.path().file_name().expect("a name").to_string_lossy().into_owned();
        let mut settings = KafkaSettings::new(bootstrap(), name);
        settings.replication = 1;
        Rig { settings, folder, copies: Mutex::default() }
    }

    pub(crate) fn copy_path(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.sqlite"))
    }

    pub(crate) fn copy(&self, name: &str) -> SqliteJournal {
        let path = self.copy_path(name);
        let copy =
            if path.exists() { SqliteJournal::open(path) } else { SqliteJournal::create(path, ORIGIN) };
        copy.expect("a copy")
    }

    pub(crate) fn try_open(&self, name: &str) -> Result<KafkaJournal, OpenError> {
        KafkaJournal::open(&self.settings, ORIGIN, self.copy(name))
    }

    /// The journal of the node `name`, whose copy stays with it.
    pub(crate) fn node(&self, name: &str) -> KafkaJournal {
        self.try_open(name).expect("open")
    }

    /// Writes entries past every journal, as another program could.
    pub(crate) fn write(&self, entries: &[Entry]) {
        let intruder = Intruder::new(&self.settings);
        for entry in entries {
            intruder.send(kafka_record(&self.settings.topic, entry));
        }
        intruder.flush();
    }

    /// Everything in the topic, in order.
    pub(crate) fn verdicts(&self, copy: &SqliteJournal) -> Vec<Verdict> {
        let mut all = Vec::new();
        let visit = |stored: Stored<'_>| {
            all.push(stored.verdict);
            ControlFlow::Continue(())
        };
        scan(&self.settings, copy, visit).expect("scan");
        all
    }
}

/// Everything that a journal shows, read to its end.
pub(crate) fn read_all(journal: &dyn Journal) -> Vec<Entry> {
    let (mut from, mut all) = (0, Vec::new());
    loop {
        let records = journal.read(from, ReadLimit::BULK).expect("read");
        all.extend(records.iter().map(|(_, record)| Entry {
            header: record.header.try_into().expect("a header"),
            salt: record.salt.try_into().expect("a salt"),
            body: record.body.to_vec().into(),
        }));
        let Some(next) = records.next_position() else { return all };
        from = next;
    }
}

/// Each journal has its own copy; one that was closed leaves its copy to the next.
impl Store for Rig {
    fn open(&self) -> Arc<dyn Journal> {
        let mut copies = self.copies.lock().expect("no panic");
        let idle = copies.iter().position(|(_, user)| user.strong_count() == 0);
        let at = idle.unwrap_or_else(|| {
            let path = self.copy_path(&format!("copy-{}", copies.len()));
            let nobody: Weak<dyn Journal> = Weak::<KafkaJournal>::new();
            copies.push((path, nobody));
            copies.len() - 1
        });
        let name = format!("copy-{at}");
        let journal: Arc<dyn Journal> = Arc::new(self.node(&name));
        copies[at].1 = Arc::downgrade(&journal);
        journal
    }
}

/// A producer that knows nothing of ledgers.
pub(crate) struct Intruder(BaseProducer);

impl Intruder {
    pub(crate) fn new(settings: &KafkaSettings) -> Intruder {
        let mut config = ClientConfig::new();
        for (key, value) in &settings.options {
            config.set(key, value);
        }
        config.set("bootstrap.servers", &settings.bootstrap).set("linger.ms", "0");
        Intruder(config.create().expect("a producer"))
    }

    pub(crate) fn send<K: ToBytes + ?Sized, P: ToBytes + ?Sized>(&self, record: BaseRecord<'_, K, P>) {
        self.0.send(record).map_err(|(error, _)| error).expect("sent");
    }

    pub(crate) fn flush(&self) {
        self.0.flush(Duration::from_secs(30)).expect("delivered");
    }

    /// Bytes that were never an entry.
    pub(crate) fn send_noise(&self, topic: &str) {
        self.send(BaseRecord::<[u8], str>::to(topic).partition(0).payload("noise"));
        self.flush();
    }
}
