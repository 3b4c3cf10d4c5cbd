//! The vault's tables: three of them, read and written in chunks.
//!
//! The SQL is what SQLite and PostgreSQL have in common (SQLite takes the type BYTEA for a plain blob). Only
//! [`connect`], [`is_empty`] and [`shrink_log`] are SQLite's own. Everything read is verified before it is
//! handed on: a caller gets keys and bindings, or an error that says which value is damaged.

use crate::epoch::{CHECK_LEN, Epoch, Owner, WRAPPED_LEN};
use crate::error::{Damage, VaultError};
use crate::fingerprint::Fingerprints;
use crate::gcm::Key;
use crate::seal::SubjectKey;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Row};
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;
use wages::BlindIndex;

/// Rows in one statement: enough to make the cost of a statement small. Not more, because SQLite looks a
/// numbered parameter up in a list, so that a statement's cost grows with the square of their number.
pub(crate) const CHUNK: usize = 125;

/// Written into the state; another number is another layout or another cipher.
pub(crate) const FORMAT: i64 = 1;

/// How long a writer waits for another process's transaction: the longest is an erasure in a large vault.
const BUSY_TIMEOUT: Duration = Duration::from_secs(60);
/// Page cache of a connection in KiB (as SQLite wants it: negative). With the default of 2 MB a bulk insert
/// in random places writes each page many times.
const PAGE_CACHE_KIB: &str = "-131072";
/// Readers that go on while one transaction writes.
const CONNECTIONS_MAX: u32 = 4;

const VAULT_STATE: &str = "vault_state";
const SUBJECT_KEY: &str = "subject_key";
const ID_NUMBER: &str = "id_number";

/// Each table's name and what makes it. No index on `id_number.subject`: only an erasure looks there, and it reads everything anyway.
pub(crate) const SCHEMA: [(&str, &str); 3] = [
    (
        VAULT_STATE,
        "CREATE TABLE vault_state (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        format BIGINT NOT NULL,
        epoch BIGINT NOT NULL,
        key_check BYTEA NOT NULL,
        ledger_key BYTEA NOT NULL
    )",
    ),
    (
        SUBJECT_KEY,
        "CREATE TABLE subject_key (
        subject BYTEA PRIMARY KEY NOT NULL CHECK (length(subject) = 16),
        wrapped BYTEA NOT NULL CHECK (length(wrapped) = 60)
    )",
    ),
    (
        ID_NUMBER,
        "CREATE TABLE id_number (
        blind_index BYTEA PRIMARY KEY NOT NULL CHECK (length(blind_index) = 16),
        subject BYTEA NOT NULL REFERENCES subject_key (subject),
        binding BYTEA NOT NULL CHECK (length(binding) = 16)
    )",
    ),
];

/// Opens the database in a file that is there already; an empty file is an empty database.
pub(crate) async fn connect(path: &Path, read_only: bool) -> Result<SqlitePool, sqlx::Error> {
    let mut options = SqliteConnectOptions::new()
        .pragma("cache_size", PAGE_CACHE_KIB)
        .filename(path)
        .create_if_missing(false)
        .read_only(read_only)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT);
    if !read_only {
        options = options
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode the default (NORMAL) may lose the last transactions when the power fails; a key
            // must be on disk before anything is sealed with it.
            .synchronous(SqliteSynchronous::Full)
            .pragma("secure_delete", "ON");
    }
    SqlitePoolOptions::new().max_connections(CONNECTIONS_MAX).connect_with(options).await
}

/// Whether the database holds no table at all.
pub(crate) async fn is_empty(conn: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_master").fetch_one(conn).await?;
    Ok(tables == 0)
}

/// Moves everything out of the write-ahead log and empties it, as far as readers allow.
pub(crate) async fn shrink_log(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(pool).await.map(|_| ())
}

/// The single row of state.
pub(crate) struct State {
    pub(crate) format: i64,
    pub(crate) epoch: u64,
    pub(crate) key_check: [u8; CHECK_LEN],
    pub(crate) ledger_key: [u8; WRAPPED_LEN],
}

impl State {
    /// The state of an epoch: what recognises its key, and the ledger key wrapped under it.
    pub(crate) fn of(epoch: &Epoch, ledger_key: &Key) -> Result<State, VaultError> {
        let wrapped = epoch.wrap(Owner::Ledger { format: FORMAT }, ledger_key);
        Ok(State {
            format: FORMAT,
            epoch: epoch.number,
            key_check: epoch.check,
            ledger_key: wrapped.try_into().map_err(|_| VaultError::Damaged(Damage::State))?,
        })
    }
}

pub(crate) async fn create_tables(conn: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    for (_, statement) in SCHEMA {
        sqlx::query(statement).execute(&mut *conn).await?;
    }
    Ok(())
}

pub(crate) async fn write_state(conn: &mut SqliteConnection, state: &State) -> Result<(), VaultError> {
    sqlx::query(
        "INSERT INTO vault_state (id, format, epoch, key_check, ledger_key) VALUES (1, $1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET format = excluded.format, epoch = excluded.epoch,
             key_check = excluded.key_check, ledger_key = excluded.ledger_key",
    )
    .bind(state.format)
    .bind(epoch_column(state.epoch)?)
    .bind(&state.key_check[..])
    .bind(&state.ledger_key[..])
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn read_state(conn: &mut SqliteConnection) -> Result<State, VaultError> {
    let row = sqlx::query("SELECT format, epoch, key_check, ledger_key FROM vault_state WHERE id = 1")
        .fetch_optional(conn)
        .await?
        .ok_or(VaultError::Damaged(Damage::State))?;
    let damaged = |_| VaultError::Damaged(Damage::State);
    let format = row.try_get(0).map_err(damaged)?;
    if format != FORMAT {
        return Err(VaultError::UnknownFormat(format));
    }
    let epoch = row.try_get::<i64, _>(1).map_err(damaged)?;
    Ok(State {
        format,
        epoch: epoch.try_into().map_err(|_| VaultError::Damaged(Damage::State))?,
        key_check: bytes(&row, 2).ok_or(VaultError::Damaged(Damage::State))?,
        ledger_key: bytes(&row, 3).ok_or(VaultError::Damaged(Damage::State))?,
    })
}

/// Begins to write: takes the database's write lock, and makes sure that this is still the epoch we hold.
///
/// It must be a transaction's first statement: SQLite refuses to make a writer of a reader that is behind.
pub(crate) async fn lock_epoch(conn: &mut SqliteConnection, held: u64) -> Result<(), VaultError> {
    let locked = sqlx::query("UPDATE vault_state SET epoch = epoch WHERE id = 1 AND epoch = $1")
        .bind(epoch_column(held)?)
        .execute(conn)
        .await?;
    if locked.rows_affected() == 1 { Ok(()) } else { Err(VaultError::EpochChanged { held }) }
}

fn epoch_column(epoch: u64) -> Result<i64, VaultError> {
    epoch.try_into().map_err(|_| VaultError::Damaged(Damage::State))
}

/// The keys of those of `subjects` that have one.
pub(crate) async fn read_keys(
    conn: &mut SqliteConnection,
    epoch: &Epoch,
    subjects: &[Uuid],
) -> Result<Vec<SubjectKey>, VaultError> {
    let mut found = Vec::with_capacity(subjects.len());
    for chunk in subjects.chunks(CHUNK) {
        let sql = format!(
            "SELECT subject, wrapped FROM subject_key WHERE subject IN ({})",
            placeholders(1, chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(is_common(chunk.len()));
        for subject in chunk {
            query = query.bind(&subject.as_bytes()[..]);
        }
        for row in query.fetch_all(&mut *conn).await? {
            found.push(key_of(&row, epoch)?);
        }
    }
    Ok(found)
}

/// Up to `limit` keys in the order of their subjects, from the first after `after`.
pub(crate) async fn read_key_page(
    conn: &mut SqliteConnection,
    epoch: &Epoch,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<SubjectKey>, VaultError> {
    // The first page has no lower bound: a value of another type may sort before every blob.
    let query = match &after {
        None => sqlx::query("SELECT subject, wrapped FROM subject_key ORDER BY subject LIMIT $1"),
        Some(after) => sqlx::query(
            "SELECT subject, wrapped FROM subject_key WHERE subject > $1 ORDER BY subject LIMIT $2",
        )
        .bind(&after.as_bytes()[..]),
    };
    let rows = query.bind(i64::from(limit)).fetch_all(conn).await?;
    rows.iter().map(|row| key_of(row, epoch)).collect()
}

fn key_of(row: &SqliteRow, epoch: &Epoch) -> Result<SubjectKey, VaultError> {
    let malformed = VaultError::Damaged(Damage::Malformed { table: SUBJECT_KEY });
    let (Some(subject), Some(wrapped)) = (bytes::<16>(row, 0), bytes::<WRAPPED_LEN>(row, 1)) else {
        return Err(malformed);
    };
    let subject = Uuid::from_bytes(subject);
    let key = epoch
        .unwrap(Owner::Subject(subject), &wrapped)
        .ok_or(VaultError::Damaged(Damage::SubjectKey(subject)))?;
    Ok(SubjectKey::new(subject, key))
}

/// Stores keys for up to [`CHUNK`] subjects; returns how many of these had none.
pub(crate) async fn insert_keys(
    conn: &mut SqliteConnection,
    epoch: &Epoch,
    keys: &[SubjectKey],
) -> Result<usize, VaultError> {
    write_keys(conn, epoch, keys, "DO NOTHING").await
}

/// Wraps the keys of up to [`CHUNK`] subjects anew.
pub(crate) async fn replace_keys(
    conn: &mut SqliteConnection,
    epoch: &Epoch,
    keys: &[SubjectKey],
) -> Result<usize, VaultError> {
    write_keys(conn, epoch, keys, "DO UPDATE SET wrapped = excluded.wrapped").await
}

async fn write_keys(
    conn: &mut SqliteConnection,
    epoch: &Epoch,
    keys: &[SubjectKey],
    on_conflict: &str,
) -> Result<usize, VaultError> {
    if keys.is_empty() {
        return Ok(0);
    }
    let sql = format!(
        "INSERT INTO subject_key (subject, wrapped) VALUES {} ON CONFLICT (subject) {on_conflict}",
        rows_of(2, keys.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(is_common(keys.len()));
    for key in keys {
        let wrapped = epoch.wrap(Owner::Subject(key.subject()), key.key());
        query = query.bind(key.subject().into_bytes().to_vec()).bind(wrapped);
    }
    let done = query.execute(conn).await?;
    usize::try_from(done.rows_affected())
        .map_err(|_| VaultError::Damaged(Damage::Malformed { table: SUBJECT_KEY }))
}

/// Deletes a subject's key and what is bound to it; returns whether there was a key.
pub(crate) async fn delete_subject(conn: &mut SqliteConnection, subject: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query("DELETE FROM id_number WHERE subject = $1")
        .bind(&subject.as_bytes()[..])
        .execute(&mut *conn)
        .await?;
    let deleted = sqlx::query("DELETE FROM subject_key WHERE subject = $1")
        .bind(&subject.as_bytes()[..])
        .execute(conn)
        .await?;
    Ok(deleted.rows_affected() > 0)
}

/// The bindings of those of `indexes` that have one.
pub(crate) async fn read_bindings(
    conn: &mut SqliteConnection,
    fingerprints: &Fingerprints,
    indexes: &[BlindIndex],
) -> Result<Vec<(BlindIndex, Uuid)>, VaultError> {
    let mut found = Vec::with_capacity(indexes.len());
    for chunk in indexes.chunks(CHUNK) {
        let sql = format!(
            "SELECT blind_index, subject, binding FROM id_number WHERE blind_index IN ({})",
            placeholders(1, chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(is_common(chunk.len()));
        for index in chunk {
            query = query.bind(&index.0[..]);
        }
        for row in query.fetch_all(&mut *conn).await? {
            found.push(binding_of(&row, fingerprints)?);
        }
    }
    Ok(found)
}

/// Up to `limit` bindings in the order of their indexes, from the first after `after`.
pub(crate) async fn read_binding_page(
    conn: &mut SqliteConnection,
    fingerprints: &Fingerprints,
    after: Option<BlindIndex>,
    limit: u32,
) -> Result<Vec<(BlindIndex, Uuid)>, VaultError> {
    let query = match &after {
        None => {
            sqlx::query("SELECT blind_index, subject, binding FROM id_number ORDER BY blind_index LIMIT $1")
        }
        Some(after) => sqlx::query(
            "SELECT blind_index, subject, binding FROM id_number WHERE blind_index > $1
             ORDER BY blind_index LIMIT $2",
        )
        .bind(&after.0[..]),
    };
    let rows = query.bind(i64::from(limit)).fetch_all(conn).await?;
    rows.iter().map(|row| binding_of(row, fingerprints)).collect()
}

fn binding_of(row: &SqliteRow, fingerprints: &Fingerprints) -> Result<(BlindIndex, Uuid), VaultError> {
    let malformed = VaultError::Damaged(Damage::Malformed { table: ID_NUMBER });
    let (Some(index), Some(subject), Some(binding)) =
        (bytes::<16>(row, 0), bytes::<16>(row, 1), bytes::<16>(row, 2))
    else {
        return Err(malformed);
    };
    let (index, subject) = (BlindIndex(index), Uuid::from_bytes(subject));
    if fingerprints.binding(index, subject) != binding {
        return Err(VaultError::Damaged(Damage::IdNumber(index)));
    }
    Ok((index, subject))
}

/// Binds ID numbers that are free; the subjects have keys.
pub(crate) async fn insert_bindings(
    conn: &mut SqliteConnection,
    fingerprints: &Fingerprints,
    bindings: &[(BlindIndex, Uuid)],
) -> Result<(), sqlx::Error> {
    for chunk in bindings.chunks(CHUNK) {
        let sql = format!(
            "INSERT INTO id_number (blind_index, subject, binding) VALUES {}",
            rows_of(3, chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(is_common(chunk.len()));
        for (index, subject) in chunk {
            let binding = fingerprints.binding(*index, *subject);
            query = query.bind(&index.0[..]).bind(&subject.as_bytes()[..]).bind(binding.to_vec());
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// A column of exactly `N` bytes.
fn bytes<const N: usize>(row: &SqliteRow, column: usize) -> Option<[u8; N]> {
    row.try_get::<&[u8], _>(column).ok()?.try_into().ok()
}

/// Whether a statement of so many rows is worth keeping prepared: the sizes between come once and would
/// push the others out.
fn is_common(rows: usize) -> bool {
    rows == 1 || rows == CHUNK
}

/// `$first, …` for `count` parameters.
fn placeholders(first: usize, count: usize) -> String {
    let names: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    names.join(", ")
}

/// `($1, $2), ($3, $4), …`
fn rows_of(columns: usize, rows: usize) -> String {
    let rows: Vec<String> =
        (0..rows).map(|row| format!("({})", placeholders(row * columns + 1, columns))).collect();
    rows.join(", ")
}
