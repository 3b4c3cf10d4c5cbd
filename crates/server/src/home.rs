//! A ledger in a folder: what lies where, who may write.
//!
//! | file | what | can be rebuilt |
//! |---|---|---|
//! | `ledger.sqlite` | the journal: every accepted entry | no |
//! | `ledger.head` | how far the journal had come: a shorter one is refused | from the journal |
//! | `vault.sqlite` | personal-data keys, wrapped | no |
//! | `vault.key` | the epoch key that they are wrapped under; keep a copy elsewhere | no |
//! | `readmodel.sqlite` | what questions are answered from | yes |
//! | `subjects.map` | where each subject's stream ends | yes |
//! | `writer.lock`, `readmodel.lock` | held by whoever writes | yes |
//! | `node.token` | what callers of its node must know, and this command line reads | yes |
//! | `node.json` | where the node that runs here listens | yes |

use crate::clock::SystemClock;
use crate::config;
use crate::failure::Failure;
use crate::http::{Token, without_port};
use crate::reach;
use crate::settings::Settings;
use journal::{Journal, KafkaJournal, KafkaSettings, ReadLimit, RehearsalJournal, SqliteJournal};
use ledger::{Entries, Ledger, OpenError, Options, Reader, Witness};
use readmodel::{Database, ReadModel};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder of a ledger, and what its configuration says when it has one.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    dir: PathBuf,
    settings: Option<Arc<Settings>>,
}

/// A lock that ends with its file handle, so that a killed process holds nothing.
#[derive(Debug)]
pub(crate) struct Held {
    _file: File,
}

/// A ledger open for a rehearsal.
pub(crate) struct Rehearsing {
    pub(crate) ledger: Ledger,
    _folder: Removed,
}

/// A temporary folder, removed at the end.
struct Removed(PathBuf);

impl Drop for Removed {
    fn drop(&mut self) {
        // What cannot be removed now is wrapped keys that open nothing without the epoch key.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Home {
    /// A ledger without a configuration: all of it in one folder.
    pub(crate) fn new(dir: impl Into<PathBuf>) -> Home {
        Home { dir: dir.into(), settings: None }
    }

    /// What `--ledger` names: a folder, or a configuration file.
    pub(crate) fn at(path: &Path) -> Result<Home, Failure> {
        if !path.is_file() {
            // A folder may be made yet; a configuration that is not there is a name mistyped.
            if path.extension().is_some_and(|extension| extension == "toml") && !path.exists() {
                return Err(Failure::Usage(format!("there is no configuration {}", path.display())));
            }
            return Ok(Home::new(path));
        }
        let settings = Settings::read(path)?;
        Ok(Home { dir: settings.ledger.dir.clone(), settings: Some(Arc::new(settings)) })
    }

    pub(crate) fn settings(&self) -> Option<&Settings> {
        self.settings.as_deref()
    }

    /// Where the ledger's topic is, when it has one, and the ledger's name.
    pub(crate) fn kafka(&self) -> Option<(&KafkaSettings, &str)> {
        let settings = self.settings()?;
        settings.kafka.as_ref().map(|kafka| (kafka, settings.ledger.origin.as_str()))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    pub(crate) fn journal_path(&self) -> PathBuf {
        self.path("ledger.sqlite")
    }

    /// Where the vault lies. In PostgreSQL its schema is not the read model's, which is thrown away at times.
    pub(crate) fn vault(&self) -> Result<vault::Database, Failure> {
        Ok(match self.settings().and_then(|settings| settings.postgres.as_ref()) {
            Some(postgres) => {
                vault::Database::postgres(&postgres.url, &format!("{}_vault", postgres.schema))?
            }
            None => self.path("vault.sqlite").into(),
        })
    }

    /// Where the read model lies.
    pub(crate) fn readmodel(&self) -> Result<Database, Failure> {
        Ok(match self.settings().and_then(|settings| settings.postgres.as_ref()) {
            Some(postgres) => Database::postgres(&postgres.url, &postgres.schema)?,
            None => Database::File(self.path("readmodel.sqlite")),
        })
    }

    pub(crate) fn options(&self) -> Options {
        Options { subjects_map: Some(self.subjects_map()), ..Options::default() }
    }

    /// Where the map of subjects is saved.
    pub(crate) fn subjects_map(&self) -> PathBuf {
        self.path("subjects.map")
    }

    /// What callers of this ledger's nodes must know; none where none was made.
    pub(crate) fn node_token(&self) -> Result<Option<Token>, Failure> {
        match self.given_token()? {
            Some(token) => Ok(Some(token)),
            None => Token::in_file(&self.token_path()),
        }
    }

    /// The same; where there is none, a new one is made.
    pub(crate) fn node_token_or_new(&self) -> Result<Token, Failure> {
        match self.given_token()? {
            Some(token) => Ok(token),
            None => Token::in_file_or_new(&self.token_path()),
        }
    }

    /// The token as configuration or environment hold it.
    fn given_token(&self) -> Result<Option<Token>, Failure> {
        let node = self.settings().map(|settings| &settings.node);
        match node.and_then(|node| node.token.clone()) {
            Some(token) => token.checked("token under [node]").map(Some),
            None if node.is_some_and(|node| node.token_file.is_some()) => Ok(None),
            None => config::node_token().map(|text| Token::of(&text, "WAGELEDGER_NODE_TOKEN")).transpose(),
        }
    }

    /// Where the token lies when neither configuration nor environment hold it.
    fn token_path(&self) -> PathBuf {
        let set = self.settings().and_then(|settings| settings.node.token_file.clone());
        set.unwrap_or_else(|| self.path("node.token"))
    }

    /// Names by which callers may ask for this ledger's node, beside the address that it listens on.
    pub(crate) fn node_names(&self) -> Vec<String> {
        let Some(node) = self.settings().map(|settings| &settings.node) else { return Vec::new() };
        let reached = node.address.as_deref().and_then(|address| address.split_once("://"));
        let host = reached.and_then(|(_, rest)| without_port(rest.split('/').next().unwrap_or_default()));
        host.map(str::to_owned).into_iter().chain(node.names.iter().cloned()).collect()
    }

    /// Whether there is a ledger, and its database can be reached.
    pub(crate) fn must_exist(&self) -> Result<(), Failure> {
        reach::database(&self.readmodel()?)?;
        // Of a ledger in Kafka the topic says whether it is there.
        if self.kafka().is_some() || self.journal_path().is_file() {
            return Ok(());
        }
        let dir = self.dir.display();
        if self.path("ledger.head").is_file() {
            return Err(Failure::cannot(format!(
                "ledger.sqlite is missing in {dir}, where ledger.head says that it was: put it back, or restore a \
                 backup into another folder (`wageledger restore`)"
            )));
        }
        Err(Failure::cannot(format!(
            "there is no ledger in {dir}; `wageledger init --ledger {dir}` makes one"
        )))
    }

    /// Opens the ledger for a rehearsal: all rules apply, and nothing is kept. Needs no lock: what others record
    /// meanwhile is not seen. The vault's keys of new workers go into a copy that is removed at the end.
    pub(crate) async fn rehearse(&self) -> Result<Rehearsing, Failure> {
        self.must_exist()?;
        let below = self.journal_to_read().await?;
        let journal: Arc<dyn Journal> = Arc::new(RehearsalJournal::new(below));
        let folder =
            config::temporary_folder().join(format!("wageledger-{}", vault::entropy::uuid().simple()));
        std::fs::create_dir(&folder)?;
        let cleanup = Removed(folder.clone());
        let key = self.epoch_key()?;
        let original = self.vault_to_read().await?;
        let (vault, _) = original.copy_into(folder.join("vault.sqlite"), &key).await?;
        let options = Options::default();
        let ledger = Ledger::open(journal, vault, Arc::new(SystemClock), options, &[]).await?;
        Ok(Rehearsing { ledger, _folder: cleanup })
    }

    /// Opens the ledger for reading; any number may, beside the one that writes.
    pub(crate) async fn read(&self) -> Result<Reader, Failure> {
        self.must_exist()?;
        let journal = self.journal_to_read().await?;
        Ok(Reader::new(journal, self.vault_to_read().await?))
    }

    /// Opens the entries of the ledger for reading, as recorded: without a vault.
    pub(crate) async fn entries(&self) -> Result<Entries, Failure> {
        self.must_exist()?;
        Ok(Entries::of(self.journal_to_read().await?))
    }

    /// The journal as it is now. A copy of a topic is brought forward first, unless a node here does it all the
    /// time.
    pub(crate) async fn journal_to_read(&self) -> Result<Arc<dyn Journal>, Failure> {
        if let Some((kafka, origin)) = self.kafka()
            && let Ok(lock) = self.writer_lock()
        {
            self.adopt().await?;
            drop(tokio::task::block_in_place(|| self.open_kafka(kafka, origin))?);
            drop(lock);
        }
        Ok(Arc::new(self.file_to_read().await?))
    }

    /// The journal's file, open for reading. Where something is in the write-ahead log only and nobody is writing, it is
    /// brought into the file: a killed command left it, or the folder is a copy of one that was written to.
    async fn file_to_read(&self) -> Result<SqliteJournal, Failure> {
        let path = self.journal_path();
        let journal = SqliteJournal::open_read_only(&path).map_err(|error| of_file(&path, error))?;
        if journal.file_state().unsettled
            && let Ok(_lock) = self.writer_lock()
        {
            self.adopt().await?;
            // Dropped, it is settled. What hinders it (a full disk, a folder that is read only) hinders no question.
            let settled = tokio::task::block_in_place(|| SqliteJournal::open(&path).map(drop));
            match settled {
                Err(error) if error.is_broken() => return Err(of_file(&path, error)),
                Err(error) => tracing::warn!(%error, "{} could not be put in order", path.display()),
                Ok(()) => {}
            }
        }
        Ok(journal)
    }

    /// Looks at a folder that was copied while its ledger was written to. Its journal is looked at, entry by entry, when it
    /// is opened; the file of the vault is looked at here; and a read model is thrown away once it was asked what it has
    /// seen, for its pages may be of different moments. The caller holds the lock.
    pub(crate) async fn adopt(&self) -> Result<(), Failure> {
        let path = self.journal_path();
        if !path.is_file() {
            return Ok(());
        }
        let journal = SqliteJournal::open_read_only(&path).map_err(|error| of_file(&path, error))?;
        if !journal.file_state().copied {
            return Ok(());
        }
        let vault = self.vault()?;
        if let vault::Database::File(file) = &vault
            && let Some(what) = vault::damage(&vault).await?.first()
        {
            let file = file.display();
            let message = format!(
                "{file} does not hold together: it was copied while it was being written to, or damaged; make a copy \
                 with `wageledger backup`: {what}"
            );
            return Err(Failure::Broken(message.into()));
        }
        let readmodel = self.readmodel()?;
        if matches!(readmodel, Database::File(_)) {
            if let Ok(Some(cursor)) = ReadModel::peek_cursor(&readmodel).await {
                seen_by_read_model(&journal, cursor.seq, cursor.hash)?;
            }
            readmodel.remove().await?;
        }
        Ok(())
    }

    /// Opens the journal in a topic, with the file in the folder as its copy. Blocks until it is read to its end;
    /// dropped, it waits until all of that is in the copy.
    pub(crate) fn open_kafka(&self, kafka: &KafkaSettings, origin: &str) -> Result<KafkaJournal, Failure> {
        reach::kafka(kafka)?;
        std::fs::create_dir_all(&self.dir)?;
        let gone = !self.journal_path().exists();
        let copy = journal_file(&self.journal_path(), origin).map_err(|failure| match failure {
            Failure::Broken(error) if gone => {
                let told = format!("{error}. To read this copy of the topic anew, remove ledger.head, too");
                Failure::Broken(told.into())
            }
            other => other,
        })?;
        Ok(KafkaJournal::open(kafka, origin, copy)?)
    }

    /// Opens the journal to be verified, whatever state it is in.
    pub(crate) async fn journal_to_inspect(&self) -> Result<Arc<dyn Journal>, Failure> {
        self.must_exist()?;
        if let Some((kafka, _)) = self.kafka() {
            reach::kafka(kafka)?;
            // A topic's copy is brought forward first; what cannot be is found when the two are compared.
            if let Err(failure) = self.journal_to_read().await {
                tracing::warn!(%failure, "the topic could not be read on");
            }
        }
        let path = self.journal_path();
        Ok(Arc::new(SqliteJournal::open_to_inspect(&path).map_err(|error| of_file(&path, error))?))
    }

    /// Heads that were seen of this ledger: the read model's cursor.
    pub(crate) async fn witnesses(&self) -> Result<Vec<Witness>, Failure> {
        let cursor = ReadModel::peek_cursor(&self.readmodel()?).await?;
        let seen = cursor.filter(|cursor| cursor.seq > 0);
        Ok(seen
            .map(|cursor| Witness { name: "read model", seq: cursor.seq, hash: cursor.hash })
            .into_iter()
            .collect())
    }

    fn lock_file(&self, name: &str) -> Result<File, Failure> {
        let path = self.path(name);
        if self.settings.is_some() {
            // A node's folder is made where its configuration says; a ledger's own is made by `init`.
            std::fs::create_dir_all(&self.dir)?;
        }
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        file.map_err(|error| Failure::cannot(format!("opening {}: {error}", path.display())))
    }

    pub(crate) fn writer_lock(&self) -> Result<Held, Failure> {
        let file = self.lock_file("writer.lock")?;
        match file.try_lock() {
            Ok(()) => Ok(Held { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Failure::cannot(format!(
                "another process is writing to the ledger in {}; try again when it has ended",
                self.dir.display()
            ))),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }
}

/// An error of a journal's file, with its name.
pub(crate) fn of_file(path: &Path, error: journal::OpenError) -> Failure {
    let told = match &error {
        // They name the files themselves.
        journal::OpenError::Shorter { .. }
        | journal::OpenError::Replaced { .. }
        | journal::OpenError::Incomplete { .. }
        | journal::OpenError::Torn { .. } => Failure::from(error.clone()).to_string(),
        _ => format!("{}: {}", path.display(), Failure::from(error.clone())),
    };
    if error.is_broken() { Failure::Broken(told.into()) } else { Failure::cannot(told) }
}

/// The journal has the entry at which the read model stands.
fn seen_by_read_model(journal: &SqliteJournal, seq: u64, hash: chain::Hash) -> Result<(), Failure> {
    let (head, witness) = (journal.head().seq, "read model");
    if seq == 0 {
        return Ok(());
    }
    if seq > head {
        return Err(OpenError::Behind { head, witness, seen: seq }.into());
    }
    let records = journal.read(seq, ReadLimit::ONE)?;
    let header = records.get(0).and_then(|(_, record)| record.header.try_into().ok());
    match header.map(chain::entry_hash) {
        Some(found) if found == hash => Ok(()),
        _ => Err(OpenError::Different { seq, witness }.into()),
    }
}

/// A journal of this ledger in a file, new or begun before.
pub(crate) fn journal_file(path: &Path, origin: &str) -> Result<SqliteJournal, Failure> {
    let journal = match SqliteJournal::create(path, origin) {
        Err(journal::OpenError::Exists) => SqliteJournal::open(path),
        created => created,
    };
    let journal = journal.map_err(|error| of_file(path, error))?;
    match journal.origin() {
        held if held == origin => Ok(journal),
        held if journal.head().seq > 0 => {
            Err(Failure::cannot(format!("the ledger {held} exists already, in {}", path.display())))
        }
        held => Err(Failure::cannot(format!("{} was begun for the ledger {held}", path.display()))),
    }
}

/// Makes a topic. Whether one that is there holds a ledger already, and which, is said by its entries.
pub(crate) fn make_topic(settings: &KafkaSettings) -> Result<(), Failure> {
    reach::kafka(settings)?;
    match KafkaJournal::create_topic(settings) {
        Ok(()) | Err(journal::kafka::OpenError::Exists { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
