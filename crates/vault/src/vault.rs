//! The vault: keys made sure of, found, and kept at hand.

use crate::damage;
use crate::database::Database;
use crate::engine::{Conn, Pool, Writing};
use crate::epoch::{self, Epoch, EpochKey, Owner};
use crate::error::{Damage, Taken, VaultError};
use crate::fingerprint::{Fingerprints, Purpose};
use crate::gcm::{self, Key};
use crate::seal::{Keys, SubjectKey};
use crate::store::{self, CHUNK, State};
use lru::LruCache;
use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::RwLock;
use uuid::Uuid;
use wages::BlindIndex;

/// Subjects whose unwrapped keys are kept in memory unless told otherwise: some 70 MB, the workers of a
/// large city.
pub const DEFAULT_CACHED_SUBJECTS: NonZeroUsize = NonZeroUsize::new(500_000).unwrap();

/// So long readers are waited for until the log is emptied.
const SETTLE_PATIENCE: Duration = Duration::from_secs(1);

/// Rows in a page when everything is looked through.
pub(crate) const PAGE: u32 = 5_000;

/// A ledger's personal-data keys. Cheap to clone; all clones share one cache and one epoch.
///
/// Several processes may have one vault open. An erasure by another process is met with
/// [`VaultError::EpochChanged`] at the next call that reads or makes keys in the database; until then keys at
/// hand, the erased one among them, stay at hand ([`Vault::forget`]).
#[derive(Clone)]
pub struct Vault(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) pool: Pool,
    pub(crate) read_only: bool,
    pub(crate) ledger_key: Key,
    pub(crate) fingerprints: Fingerprints,
    /// Held for reading by whatever reads keys, until these are in the cache; held for writing by an
    /// erasure. So no key can come back into the cache after it was erased.
    pub(crate) epoch: RwLock<Epoch>,
    cache: Mutex<LruCache<Uuid, SubjectKey>>,
}

/// What a vault holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Census {
    /// Subjects with a key.
    pub subjects: u64,
    /// ID numbers bound to a worker.
    pub id_numbers: u64,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// Creates a vault where there is none, at epoch 1 with a random ledger key, and opens it. It is durable before
    /// this returns. A new file can be read by its owner only; in PostgreSQL the schema is made.
    ///
    /// After a crash in the middle an empty database may be there: creating it again completes it.
    pub async fn create(database: impl Into<Database>, key: &EpochKey) -> Result<Vault, VaultError> {
        Vault::create_with(&database.into(), key, gcm::random_key()).await
    }

    /// As [`Vault::create`], with a ledger key that is known.
    pub(crate) async fn create_with(
        database: &Database,
        key: &EpochKey,
        ledger_key: Key,
    ) -> Result<Vault, VaultError> {
        let failed = |source| VaultError::Create { place: database.to_string(), source };
        if let Database::File(path) = database {
            match epoch::create_private_file(path) {
                Ok(_) => {}
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(failed(e)),
            }
        }
        let pool = Pool::open(database, false).await?;
        pool.make(database).await?;
        let mut tx = pool.begin().await?;
        let conn = &mut tx.conn();
        if !conn.is_empty().await? {
            return Err(VaultError::Exists(database.to_string()));
        }
        store::create_tables(conn).await?;
        store::write_state(conn, &State::of(&Epoch::new(key, 1), &ledger_key)?).await?;
        tx.commit().await?;
        if let Database::File(path) = database {
            epoch::sync_folder_of(path).map_err(failed)?;
        }
        Vault::start(pool, key, false).await
    }

    /// Opens a vault and looks through all of it, so that a changed row is found before a second key is made
    /// in its place. Takes some three seconds for 500,000 subjects, whose keys are then in the cache.
    pub async fn open(database: impl Into<Database>, key: &EpochKey) -> Result<Vault, VaultError> {
        let vault = Vault::start(Vault::existing(&database.into(), false).await?, key, false).await?;
        vault.census().await?;
        Ok(vault)
    }

    /// Opens a vault for finding and opening only: whatever would write answers [`VaultError::ReadOnly`].
    /// It does not look through everything ([`Vault::census`] does); each value is verified when it is used.
    pub async fn open_read_only(database: impl Into<Database>, key: &EpochKey) -> Result<Vault, VaultError> {
        Vault::start(Vault::existing(&database.into(), true).await?, key, true).await
    }

    async fn existing(database: &Database, read_only: bool) -> Result<Pool, VaultError> {
        let missing = || VaultError::Missing(database.to_string());
        if let Database::File(path) = database
            && !path.is_file()
        {
            return Err(missing());
        }
        let pool = Pool::open(database, read_only).await?;
        let empty = pool.reading().await?.conn().is_empty().await?;
        if empty { Err(missing()) } else { Ok(pool) }
    }

    async fn start(pool: Pool, key: &EpochKey, read_only: bool) -> Result<Vault, VaultError> {
        let state = {
            let mut reading = pool.reading().await?;
            damage::tables_as_made(&mut reading.conn()).await?;
            store::read_state(&mut reading.conn()).await?
        };
        let epoch = Epoch::new(key, state.epoch);
        let ledger_key = epoch.unwrap(Owner::Ledger { format: state.format }, &state.ledger_key);
        // Neither fits: another key. Only one of them: the key is right and a stored value is not.
        let ledger_key = match (ledger_key, epoch.check == state.key_check) {
            (Some(ledger_key), true) => ledger_key,
            (None, false) => return Err(VaultError::WrongEpochKey { epoch: state.epoch }),
            _ => return Err(VaultError::Damaged(Damage::State)),
        };
        Ok(Vault(Arc::new(Inner {
            pool,
            read_only,
            fingerprints: Fingerprints::new(&ledger_key),
            ledger_key,
            epoch: RwLock::new(epoch),
            cache: Mutex::new(LruCache::new(DEFAULT_CACHED_SUBJECTS)),
        })))
    }

    /// Sets for how many subjects the unwrapped key is kept in memory, at about 140 bytes each.
    pub fn set_cached_subjects(&self, subjects: NonZeroUsize) {
        self.0.cache().resize(subjects);
    }

    /// Closes the database. Other clones of this vault then fail, except for keys at hand.
    pub async fn close(&self) {
        self.0.pool.close().await;
    }

    /// The id of a command that brings none of its own: first 16 bytes of HMAC-SHA-256 under the ledger key
    /// over kind and natural key, joined by 0x1F. The fields are normalised by the caller; a 0x1F or 0x1B
    /// inside one is preceded by 0x1B, so that no two lists of fields run into one.
    pub fn command_id(&self, kind: &str, fields: &[&str]) -> [u8; 16] {
        self.0.fingerprints.command_id(kind, fields)
    }

    /// A keyed fingerprint of a normalised ID or account number: equal values have equal fingerprints, and
    /// without the ledger key nobody can test a guess. Never equals a command id (a key of its own by HKDF,
    /// RFC 5869).
    pub fn blind_index(&self, purpose: Purpose, value: &str) -> BlindIndex {
        self.0.fingerprints.blind_index(purpose, value)
    }

    /// Authenticates a file that can be made again but is believed, by its name and its SHA-256: the first 16 bytes of
    /// HMAC-SHA-256 under a key of its own.
    pub fn side_file(&self, name: &str, digest: &[u8; 32]) -> [u8; 16] {
        self.0.fingerprints.side_file(name, digest)
    }

    /// The subject's key if it is in memory; never asks the database.
    pub fn cached(&self, subject: Uuid) -> Option<SubjectKey> {
        self.0.cache().get(&subject).cloned()
    }

    /// Drops a subject's key from memory: for a process that learns from the ledger that another has erased
    /// it. (After [`Vault::erase`] it has been dropped already.)
    pub fn forget(&self, subject: Uuid) {
        self.0.cache().pop(&subject);
    }

    /// The vault's epoch, from 1: each erasure adds one. Where another process has erased somebody since this vault was
    /// opened: [`VaultError::EpochChanged`], and no key is at hand any more, for any of them may be the erased one's.
    pub async fn epoch(&self) -> Result<u64, VaultError> {
        let epoch = self.0.epoch.read().await;
        let state = store::read_state(&mut self.0.pool.reading().await?.conn()).await?;
        if state.epoch == epoch.number {
            return Ok(epoch.number);
        }
        self.0.cache().clear();
        Err(VaultError::EpochChanged { held: epoch.number })
    }

    /// Makes sure that every subject has a key, and returns them. New keys are durable before this returns;
    /// either all of them are or none. Touches no database when all are in memory.
    pub async fn keys_for(&self, subjects: &[Uuid]) -> Result<Keys, VaultError> {
        let (mut keys, missing) = self.0.at_hand(subjects);
        if missing.is_empty() {
            return Ok(keys.into());
        }
        let epoch = self.0.epoch.read().await;
        let found = self.read_keys(&epoch, &missing).await?;
        let absent = without(&missing, &found);
        collect(&mut keys, found);
        if !absent.is_empty() {
            self.writable()?;
            let mut tx = self.0.pool.begin().await?;
            store::lock_epoch(&mut tx.conn(), epoch.number).await?;
            let made = make_keys(&mut tx.conn(), &epoch, &absent).await?;
            self.commit(tx).await?;
            collect(&mut keys, made);
        }
        self.0.keep(&keys, &missing);
        Ok(keys.into())
    }

    /// The keys of those of `subjects` that have one: what was erased, or never had any, is absent.
    pub async fn existing_keys(&self, subjects: &[Uuid]) -> Result<Keys, VaultError> {
        let (mut keys, missing) = self.0.at_hand(subjects);
        if !missing.is_empty() {
            let epoch = self.0.epoch.read().await;
            collect(&mut keys, self.read_keys(&epoch, &missing).await?);
            self.0.keep(&keys, &missing);
        }
        Ok(keys.into())
    }

    /// Binds ID numbers to workers, and makes sure that these have keys; returns the keys. All of it is
    /// durable before this returns, or nothing is done. One ID number is one worker; a worker may have
    /// several (passport, identity card). Binding the same again changes nothing.
    ///
    /// [`VaultError::IdNumbersTaken`] lists *every* pair that claims an ID number of another worker, one
    /// named earlier in `bindings` included.
    pub async fn bind_id_numbers(&self, bindings: &[(BlindIndex, Uuid)]) -> Result<Keys, VaultError> {
        let subjects: Vec<Uuid> = bindings.iter().map(|(_, subject)| *subject).collect();
        // Most files name workers who are known: no write then.
        let new = {
            let mut reading = self.0.pool.reading().await?;
            unbound(&mut reading.conn(), &self.0.fingerprints, bindings).await?
        };
        if new.is_empty() {
            return self.keys_for(&subjects).await;
        }
        self.writable()?;
        let epoch = self.0.epoch.read().await;
        let mut tx = self.0.pool.begin().await?;
        let conn = &mut tx.conn();
        store::lock_epoch(conn, epoch.number).await?;
        // Again, now that nobody else can bind: another process may have been here since.
        let new = unbound(conn, &self.0.fingerprints, bindings).await?;
        let mut subjects = subjects;
        subjects.sort_unstable();
        subjects.dedup();
        let mut keys = HashMap::with_capacity(subjects.len());
        let found = store::read_keys(conn, &epoch, &subjects).await?;
        let absent = without(&subjects, &found);
        collect(&mut keys, found);
        collect(&mut keys, make_keys(conn, &epoch, &absent).await?);
        store::insert_bindings(conn, &self.0.fingerprints, &new).await?;
        self.commit(tx).await?;
        self.0.keep(&keys, &subjects);
        Ok(keys.into())
    }

    /// The worker to whom an ID number is bound.
    pub async fn find_worker(&self, index: BlindIndex) -> Result<Option<Uuid>, VaultError> {
        Ok(self.find_workers(&[index]).await?.remove(&index))
    }

    /// The workers to whom ID numbers are bound; those bound to nobody are absent.
    pub async fn find_workers(
        &self,
        indexes: &[BlindIndex],
    ) -> Result<HashMap<BlindIndex, Uuid>, VaultError> {
        let mut reading = self.0.pool.reading().await?;
        let conn = &mut reading.conn();
        let found = store::read_bindings(conn, &self.0.fingerprints, indexes).await?;
        Ok(found.into_iter().collect())
    }

    /// Up to `limit` subjects with keys, in ascending order from the first after `after`; each key is
    /// unwrapped and so verified. An empty page is the end.
    pub async fn subjects_after(&self, after: Option<Uuid>, limit: u32) -> Result<Vec<Uuid>, VaultError> {
        let keys = self.key_page(after, limit).await?;
        Ok(keys.iter().map(SubjectKey::subject).collect())
    }

    /// Up to `limit` bindings of ID numbers, in ascending order of the index from the first after `after`;
    /// each is verified. An empty page is the end.
    pub async fn bindings_after(
        &self,
        after: Option<BlindIndex>,
        limit: u32,
    ) -> Result<Vec<(BlindIndex, Uuid)>, VaultError> {
        let mut reading = self.0.pool.reading().await?;
        let conn = &mut reading.conn();
        store::read_binding_page(conn, &self.0.fingerprints, after, limit).await
    }

    /// Looks through everything and counts it; keys go into the cache as far as there is room.
    pub async fn census(&self) -> Result<Census, VaultError> {
        let mut census = Census::default();
        let mut after = None;
        loop {
            let page = self.key_page(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.subject());
            census.subjects += u64::try_from(page.len()).unwrap_or(u64::MAX);
        }
        let mut after = None;
        loop {
            let page = self.bindings_after(after, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            census.id_numbers += u64::try_from(page.len()).unwrap_or(u64::MAX);
        }
        Ok(census)
    }

    pub(crate) async fn key_page(
        &self,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<SubjectKey>, VaultError> {
        let epoch = self.0.epoch.read().await;
        let mut reading = self.0.pool.reading().await?;
        let conn = &mut reading.conn();
        let page = store::read_key_page(conn, &epoch, after, limit).await;
        let page = self.unless_epoch_changed(conn, &epoch, page).await?;
        self.0.keep_while_room(&page);
        Ok(page)
    }

    async fn read_keys(&self, epoch: &Epoch, subjects: &[Uuid]) -> Result<Vec<SubjectKey>, VaultError> {
        let mut reading = self.0.pool.reading().await?;
        let conn = &mut reading.conn();
        let found = store::read_keys(conn, epoch, subjects).await;
        self.unless_epoch_changed(conn, epoch, found).await
    }

    /// A key that does not unwrap is damaged, unless another process has wrapped it anew.
    async fn unless_epoch_changed<T>(
        &self,
        conn: &mut Conn<'_>,
        epoch: &Epoch,
        result: Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        if let Err(VaultError::Damaged(_)) = result
            && store::read_state(conn).await?.epoch != epoch.number
        {
            return Err(VaultError::EpochChanged { held: epoch.number });
        }
        result
    }

    /// Makes keys durable, and brings them into the file: an entry that is sealed with a key must never be where a copy
    /// of the vault's file lacks the key.
    async fn commit(&self, tx: Writing) -> Result<(), VaultError> {
        tx.commit().await?;
        // The keys are durable: what hinders this (a full disk) hinders the next commit too, which says so.
        let _ = self.0.pool.bring_log().await;
        Ok(())
    }

    /// Empties SQLite's write-ahead log into the vault's file, as far as readers allow; whether that was done.
    pub async fn settle(&self) -> bool {
        !self.0.read_only && self.0.pool.empty_log(SETTLE_PATIENCE).await.unwrap_or(false)
    }

    pub(crate) fn writable(&self) -> Result<(), VaultError> {
        if self.0.read_only { Err(VaultError::ReadOnly) } else { Ok(()) }
    }
}

impl Inner {
    /// The cache holds no invariant that a panic elsewhere could break.
    fn cache(&self) -> MutexGuard<'_, LruCache<Uuid, SubjectKey>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is in memory of `subjects`, and the others in ascending order, each once.
    fn at_hand(&self, subjects: &[Uuid]) -> (HashMap<Uuid, SubjectKey>, Vec<Uuid>) {
        let mut keys = HashMap::with_capacity(subjects.len());
        let mut missing = Vec::new();
        for chunk in subjects.chunks(CHUNK) {
            // The lock is taken anew for each chunk, so that a large file does not hold up the rest.
            let mut cache = self.cache();
            for subject in chunk {
                match cache.get(subject) {
                    Some(key) => drop(keys.insert(*subject, key.clone())),
                    None => missing.push(*subject),
                }
            }
        }
        missing.sort_unstable();
        missing.dedup();
        (keys, missing)
    }

    /// Puts the keys of `subjects` into the cache.
    fn keep(&self, keys: &HashMap<Uuid, SubjectKey>, subjects: &[Uuid]) {
        for chunk in subjects.chunks(CHUNK) {
            let mut cache = self.cache();
            for key in chunk.iter().filter_map(|subject| keys.get(subject)) {
                cache.put(key.subject(), key.clone());
            }
        }
    }

    /// Puts keys into the cache without pushing out others.
    fn keep_while_room(&self, keys: &[SubjectKey]) {
        let mut cache = self.cache();
        let room = cache.cap().get() - cache.len();
        for key in keys.iter().take(room) {
            cache.put(key.subject(), key.clone());
        }
    }
}

fn collect(keys: &mut HashMap<Uuid, SubjectKey>, more: Vec<SubjectKey>) {
    keys.extend(more.into_iter().map(|key| (key.subject(), key)));
}

/// Those of `subjects` whose key is not among `keys`.
fn without(subjects: &[Uuid], keys: &[SubjectKey]) -> Vec<Uuid> {
    let found: std::collections::HashSet<Uuid> = keys.iter().map(SubjectKey::subject).collect();
    subjects.iter().copied().filter(|subject| !found.contains(subject)).collect()
}

/// Keys for `subjects` (ascending, each once): random ones, or those that are stored already. The caller
/// holds the write lock.
async fn make_keys(
    conn: &mut Conn<'_>,
    epoch: &Epoch,
    subjects: &[Uuid],
) -> Result<Vec<SubjectKey>, VaultError> {
    let mut keys = Vec::with_capacity(subjects.len());
    for chunk in subjects.chunks(CHUNK) {
        let fresh: Vec<SubjectKey> = chunk.iter().map(|subject| SubjectKey::random(*subject)).collect();
        if store::insert_keys(conn, epoch, &fresh).await? == fresh.len() {
            keys.extend(fresh);
        } else {
            // Somebody was first with some of them: what is stored counts.
            keys.extend(store::read_keys(conn, epoch, chunk).await?);
        }
    }
    Ok(keys)
}

/// Those of `bindings` that are not stored yet, each index once; an error when any is another's.
async fn unbound(
    conn: &mut Conn<'_>,
    fingerprints: &Fingerprints,
    bindings: &[(BlindIndex, Uuid)],
) -> Result<Vec<(BlindIndex, Uuid)>, VaultError> {
    let indexes: Vec<BlindIndex> = bindings.iter().map(|(index, _)| *index).collect();
    let mut bound: HashMap<BlindIndex, Uuid> =
        store::read_bindings(conn, fingerprints, &indexes).await?.into_iter().collect();
    let mut new = Vec::new();
    let mut taken = Vec::new();
    for (index, wanted) in bindings.iter().copied() {
        match bound.get(&index).copied() {
            None => {
                bound.insert(index, wanted);
                new.push((index, wanted));
            }
            Some(bound_to) if bound_to != wanted => taken.push(Taken { index, bound_to, wanted }),
            Some(_) => {}
        }
    }
    // In the order of the table: neighbours share a page.
    new.sort_unstable();
    if taken.is_empty() { Ok(new) } else { Err(VaultError::IdNumbersTaken(taken)) }
}
