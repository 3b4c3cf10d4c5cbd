//! A ledger open for writing: decided here, or by the node that leads.

use crate::clock::SystemClock;
use crate::config;
use crate::failure::Failure;
use crate::home::{Held, Home, journal_file, make_topic, of_file};
use crate::node::elected::{Elected, Role};
use crate::node::forward::{Host, Leader};
use crate::reach;
use journal::{Journal, KafkaJournal, SqliteJournal};
use ledger::{Appointed, Leadership, Leads, Ledger, Options, Witness};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use vault::Vault;

/// Where a running node says how it is reached.
const NODE_FILE: &str = "node.json";
/// So long a command waits until it is known who leads; a leader that was killed is missed after six seconds.
const LEADER_WAIT: Duration = Duration::from_secs(15);

/// A ledger open for writing.
pub(crate) struct Writing {
    pub(crate) ledger: Ledger,
    pub(crate) leadership: Arc<dyn Leadership>,
    /// The journal, when it is in a topic.
    pub(crate) kafka: Option<Arc<KafkaJournal>>,
    _lock: Option<Held>,
    node_file: PathBuf,
}

/// The note of where a node listens; removed when it stops.
#[derive(Debug)]
pub(crate) struct Announced(PathBuf);

impl Drop for Announced {
    fn drop(&mut self) {
        // A note that stays behind is not believed: the lock says whether a node runs.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What `node.json` says.
#[derive(Debug, Serialize, Deserialize)]
struct NodeNote {
    /// As in `127.0.0.1:8470`.
    address: SocketAddr,
}

impl Writing {
    /// Lets other processes on this machine find the node.
    pub(crate) fn announce(&self, address: SocketAddr) -> Result<Announced, Failure> {
        let note = NodeNote { address: reachable(address) };
        std::fs::write(&self.node_file, serde_json::to_vec(&note)?)?;
        Ok(Announced(self.node_file.clone()))
    }
}

/// Who listens everywhere is reached on loopback.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(ip, address.port())
}

impl Home {
    /// Creates a ledger. A creation that was interrupted is completed by the next.
    pub(crate) async fn create(&self, origin: &str) -> Result<Writing, Failure> {
        let actor = config::actor()?;
        reach::database(&self.readmodel()?)?;
        std::fs::create_dir_all(self.dir())?;
        let lock = self.writer_lock()?;
        let (journal, kafka): (Arc<dyn Journal>, _) = match self.kafka() {
            Some((settings, _)) => {
                let journal = tokio::task::block_in_place(|| {
                    make_topic(settings)?;
                    self.open_kafka(settings, origin)
                });
                let journal = Arc::new(journal?);
                (Arc::clone(&journal) as Arc<dyn Journal>, Some(journal))
            }
            None => (Arc::new(journal_file(&self.journal_path(), origin)?), None),
        };
        if journal.head().seq > 0 {
            return Err(Failure::cannot(format!("the ledger {} exists already", journal.origin())));
        }
        self.node_token_or_new()?;
        let key = self.epoch_key_or_new()?;
        let vault = match Vault::create(self.vault()?, &key).await {
            Err(vault::VaultError::Exists(_)) => Vault::open(self.vault()?, &key).await?,
            created => created?,
        };
        let options = self.options();
        let leadership = Arc::clone(&options.leadership);
        let clock = Arc::new(SystemClock);
        let ledger = Ledger::create(journal, vault, clock, options, actor.as_str()).await?;
        Ok(Writing { ledger, leadership, kafka, _lock: Some(lock), node_file: self.path(NODE_FILE) })
    }

    /// Opens the ledger for writing: through the node that leads, or else in this process alone.
    pub(crate) async fn write(&self) -> Result<Writing, Failure> {
        self.must_exist()?;
        match self.writer_lock() {
            Ok(lock) => self.open(lock, Role::Command).await,
            Err(failure) => match self.running_node() {
                Some(note) => self.guest(note).await,
                None => Err(failure),
            },
        }
    }

    /// Opens the ledger as a node that others reach at `address`: one a folder.
    pub(crate) async fn serve(&self, address: String) -> Result<Writing, Failure> {
        self.must_exist()?;
        let lock = self.writer_lock()?;
        self.open(lock, Role::Node { address }).await
    }

    fn running_node(&self) -> Option<NodeNote> {
        serde_json::from_slice(&std::fs::read(self.path(NODE_FILE)).ok()?).ok()
    }

    /// Opens the ledger beside the node that runs here: it decides, and everything is read here.
    async fn guest(&self, node: NodeNote) -> Result<Writing, Failure> {
        let path = self.journal_path();
        let journal = SqliteJournal::open_read_only(&path).map_err(|error| of_file(&path, error))?;
        let journal: Arc<dyn Journal> = Arc::new(journal);
        let base = format!("http://{}", node.address);
        let leader = Leader::at(&base, self.node_token()?, journal.origin())?.or_further();
        let host = Host { leader, journal: Arc::clone(&journal) };
        let leadership: Arc<dyn Leadership> = Arc::new(Appointed::new(Leads::Elsewhere(Arc::new(host))));
        self.writing(journal, leadership, &[]).await
    }

    /// The ledger over a journal, decided where `leadership` says.
    async fn writing(
        &self,
        journal: Arc<dyn Journal>,
        leadership: Arc<dyn Leadership>,
        witnesses: &[Witness],
    ) -> Result<Writing, Failure> {
        let vault = Vault::open(self.vault()?, &self.epoch_key()?).await?;
        let options = Options { leadership: Arc::clone(&leadership), ..self.options() };
        let ledger = Ledger::open(journal, vault, Arc::new(SystemClock), options, witnesses).await?;
        Ok(Writing { ledger, leadership, kafka: None, _lock: None, node_file: self.path(NODE_FILE) })
    }

    async fn open(&self, lock: Held, role: Role) -> Result<Writing, Failure> {
        // Whoever left it there is gone: the lock is ours.
        let _ = std::fs::remove_file(self.path(NODE_FILE));
        self.adopt().await?;
        let (journal, kafka, leadership): (Arc<dyn Journal>, _, Arc<dyn Leadership>) = match self.kafka() {
            Some((kafka, origin)) => {
                let journal = Arc::new(tokio::task::block_in_place(|| self.open_kafka(kafka, origin))?);
                let elected = Elected::join(kafka, &journal, role, self.node_token()?)?;
                (Arc::clone(&journal) as Arc<dyn Journal>, Some(journal), Arc::new(elected))
            }
            None => {
                let path = self.journal_path();
                let journal = SqliteJournal::open(&path).map_err(|error| of_file(&path, error))?;
                (Arc::new(journal), None, self.options().leadership)
            }
        };
        let writing = self.writing(journal, leadership, &self.witnesses().await?).await?;
        let writing = Writing { kafka, _lock: Some(lock), ..writing };
        writing.await_leader().await?;
        Ok(writing)
    }
}

impl Writing {
    /// Waits until it is known who leads.
    async fn await_leader(&self) -> Result<(), Failure> {
        let mut leads = self.leadership.follow();
        let known = leads.wait_for(|leads| !matches!(leads, Leads::Nobody));
        match tokio::time::timeout(LEADER_WAIT, known).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => {
                let seconds = LEADER_WAIT.as_secs();
                Err(Failure::cannot(format!("no leader of this ledger was found within {seconds} s")))
            }
        }
    }
}
