//! A ledger in a folder: what lies where, who may write.
//!
//! | file | what | can be rebuilt |
//! |---|---|---|
//! | `ledger.sqlite` | the journal: every accepted entry | no |
//! | `vault.sqlite` | personal-data keys, wrapped | no |
//! | `vault.key` | the epoch key that they are wrapped under; keep a copy elsewhere | no |
//! | `readmodel.sqlite` | what questions are answered from | yes |
//! | `subjects.map` | where each subject's stream ends | yes |
//! | `writer.lock`, `readmodel.lock` | held by whoever writes | yes |

use crate::clock::SystemClock;
use crate::config;
use crate::failure::Failure;
use journal::{Journal, RehearsalJournal, SqliteJournal};
use ledger::{Ledger, Options, Reader, Witness};

use readmodel::{Database, FollowerLock, ReadModel};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use vault::{EpochKey, Vault};

/// The folder of a ledger.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    dir: PathBuf,
}

/// A lock that ends with its file handle, so that a killed process holds nothing.
#[derive(Debug)]
pub(crate) struct Held {
    _file: File,
}

/// A ledger open for writing, with its lock.
pub(crate) struct Writing {
    pub(crate) ledger: Ledger,
    _lock: Held,
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
    pub(crate) fn new(dir: impl Into<PathBuf>) -> Home {
        Home { dir: dir.into() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn journal_path(&self) -> PathBuf {
        self.path("ledger.sqlite")
    }

    pub(crate) fn vault_path(&self) -> PathBuf {
        self.path("vault.sqlite")
    }

    /// Where the read model lies.
    pub(crate) fn readmodel(&self) -> Database {
        Database::File(self.path("readmodel.sqlite"))
    }

    fn options(&self) -> Options {
        Options { subjects_map: Some(self.path("subjects.map")), ..Options::default() }
    }

    fn epoch_key(&self) -> Result<EpochKey, Failure> {
        match config::vault_key() {
            Some(hex) => Ok(EpochKey::from_hex(&hex)?),
            None => Ok(EpochKey::from_file(self.path("vault.key"))?),
        }
    }

    fn must_exist(&self) -> Result<(), Failure> {
        if self.journal_path().is_file() {
            return Ok(());
        }
        let dir = self.dir.display();
        Err(Failure::cannot(format!(
            "there is no ledger in {dir}; `wageledger init --ledger {dir}` makes one"
        )))
    }

    /// Creates a ledger in the folder. A creation that was interrupted is completed by the next.
    pub(crate) async fn create(&self, origin: &str) -> Result<Writing, Failure> {
        std::fs::create_dir_all(&self.dir)?;
        let lock = self.writer_lock()?;
        if let Ok(journal) = SqliteJournal::open(self.journal_path())
            && journal.head().seq > 0
        {
            return Err(Failure::cannot(format!("there is a ledger in {} already", self.dir.display())));
        }
        if config::vault_key().is_none() && !self.path("vault.key").exists() {
            EpochKey::create_file(self.path("vault.key"))?;
        }
        let key = self.epoch_key()?;
        let vault = match Vault::create(self.vault_path(), &key).await {
            Ok(vault) => vault,
            Err(vault::VaultError::Exists(_)) => Vault::open(self.vault_path(), &key).await?,
            Err(error) => return Err(error.into()),
        };
        let journal = match SqliteJournal::create(self.journal_path(), origin) {
            Ok(journal) => journal,
            Err(journal::OpenError::Exists) => {
                let journal = SqliteJournal::open(self.journal_path())?;
                if journal.origin() != origin {
                    return Err(Failure::cannot(format!(
                        "{} was begun for the origin {}",
                        self.dir.display(),
                        journal.origin()
                    )));
                }
                journal
            }
            Err(error) => return Err(error.into()),
        };
        let (journal, clock) = (Arc::new(journal), Arc::new(SystemClock));
        let ledger = Ledger::create(journal, vault, clock, self.options(), &config::actor()).await?;
        Ok(Writing { ledger, _lock: lock })
    }

    /// Opens the ledger for writing: one process at a time.
    pub(crate) async fn write(&self) -> Result<Writing, Failure> {
        self.must_exist()?;
        let lock = self.writer_lock()?;
        let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(self.journal_path())?);
        let witnesses = self.witnesses().await?;
        let vault = Vault::open(self.vault_path(), &self.epoch_key()?).await?;
        let clock = Arc::new(SystemClock);
        let ledger = Ledger::open(journal, vault, clock, self.options(), &witnesses).await?;
        Ok(Writing { ledger, _lock: lock })
    }

    /// Opens the ledger for a rehearsal: all rules apply, and nothing is kept. Needs no lock: what others record
    /// meanwhile is not seen. The vault's keys of new workers go into a copy that is removed at the end.
    pub(crate) async fn rehearse(&self) -> Result<Rehearsing, Failure> {
        self.must_exist()?;
        let below: Arc<dyn Journal> = Arc::new(SqliteJournal::open_read_only(self.journal_path())?);
        let journal: Arc<dyn Journal> = Arc::new(RehearsalJournal::new(below));
        let folder =
            config::temporary_folder().join(format!("wageledger-{}", vault::entropy::uuid().simple()));
        std::fs::create_dir(&folder)?;
        let cleanup = Removed(folder.clone());
        let copy = folder.join("vault.sqlite");
        let source = rusqlite::Connection::open_with_flags(
            self.vault_path(),
            rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
        )?;
        source.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
        let vault = Vault::open(&copy, &self.epoch_key()?).await?;
        let options = Options::default();
        let ledger = Ledger::open(journal, vault, Arc::new(SystemClock), options, &[]).await?;
        Ok(Rehearsing { ledger, _folder: cleanup })
    }

    /// Opens the ledger for reading; any number may, beside the one that writes.
    pub(crate) async fn read(&self) -> Result<Reader, Failure> {
        self.must_exist()?;
        let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open_read_only(self.journal_path())?);
        let vault = Vault::open_read_only(self.vault_path(), &self.epoch_key()?).await?;
        Ok(Reader::new(journal, vault))
    }

    /// Opens the ledger to be verified, whatever state it is in; the vault may be damaged by itself.
    pub(crate) async fn inspect(
        &self,
    ) -> Result<(Arc<dyn Journal>, Result<Vault, vault::VaultError>), Failure> {
        self.must_exist()?;
        let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open_to_inspect(self.journal_path())?);
        Ok((journal, Vault::open_read_only(self.vault_path(), &self.epoch_key()?).await))
    }

    /// Heads that were seen of this ledger: the read model's cursor.
    pub(crate) async fn witnesses(&self) -> Result<Vec<Witness>, Failure> {
        let cursor = ReadModel::peek_cursor(&self.readmodel()).await?;
        let seen = cursor.filter(|cursor| cursor.seq > 0);
        Ok(seen
            .map(|cursor| Witness { name: "read model", seq: cursor.seq, hash: cursor.hash })
            .into_iter()
            .collect())
    }

    fn lock_file(&self, name: &str) -> Result<File, Failure> {
        Ok(File::options().create(true).truncate(false).write(true).open(self.path(name))?)
    }

    fn writer_lock(&self) -> Result<Held, Failure> {
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

    /// Waits for whoever brings the read model forward; it is quick, so that half a minute is long.
    pub(crate) async fn readmodel_lock(&self) -> Result<FollowerLock, Failure> {
        Ok(FollowerLock::wait(&self.readmodel(), Duration::from_secs(30)).await?)
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }
}
