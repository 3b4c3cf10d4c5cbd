//! The vault's tables: three of them, read and written in chunks.
//!
//! The SQL is what SQLite and PostgreSQL have in common (SQLite takes the type BYTEA for a plain blob).
//! Everything read is verified before it is handed on: a caller gets keys and bindings, or an error that says
//! which value is damaged.

use crate::engine::{Ask, Cell, Conn, Row};
use crate::epoch::{CHECK_LEN, Epoch, Owner, WRAPPED_LEN};
use crate::error::{Damage, VaultError};
use crate::fingerprint::Fingerprints;
use crate::gcm::Key;
use crate::seal::SubjectKey;
use uuid::Uuid;
use wages::BlindIndex;

/// Rows in one statement: enough to make the cost of a statement small. Not more, because SQLite looks a
/// numbered parameter up in a list, so that a statement's cost grows with the square of their number.
pub(crate) const CHUNK: usize = 125;

/// Written into the state; another number is another layout or another cipher.
pub(crate) const FORMAT: i64 = 1;

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

pub(crate) async fn create_tables(conn: &mut Conn<'_>) -> Result<(), sqlx::Error> {
    for (_, statement) in SCHEMA {
        conn.execute(Ask::new(statement, Vec::new()).kept(false)).await?;
    }
    Ok(())
}

pub(crate) async fn write_state(conn: &mut Conn<'_>, state: &State) -> Result<(), VaultError> {
    let sql = "INSERT INTO vault_state (id, format, epoch, key_check, ledger_key) VALUES (1, $1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET format = excluded.format, epoch = excluded.epoch,
             key_check = excluded.key_check, ledger_key = excluded.ledger_key";
    let values = vec![
        state.format.into(),
        epoch_column(state.epoch)?.into(),
        state.key_check[..].into(),
        state.ledger_key[..].into(),
    ];
    conn.execute(Ask::new(sql, values)).await?;
    Ok(())
}

pub(crate) async fn read_state(conn: &mut Conn<'_>) -> Result<State, VaultError> {
    let damaged = || VaultError::Damaged(Damage::State);
    let sql = "SELECT format, epoch, key_check, ledger_key FROM vault_state WHERE id = 1";
    let rows = conn.fetch(Ask::new(sql, Vec::new())).await?;
    let row = rows.first().ok_or_else(damaged)?;
    let format = row.int(0).ok_or_else(damaged)?;
    if format != FORMAT {
        return Err(VaultError::UnknownFormat(format));
    }
    let epoch = row.int(1).ok_or_else(damaged)?;
    Ok(State {
        format,
        epoch: epoch.try_into().map_err(|_| damaged())?,
        key_check: row.array(2).ok_or_else(damaged)?,
        ledger_key: row.array(3).ok_or_else(damaged)?,
    })
}

/// Begins to write: takes the database's write lock (on PostgreSQL that of the row of state, which every writer
/// takes), and makes sure that this is still the epoch we hold.
///
/// It must be a transaction's first statement: SQLite refuses to make a writer of a reader that is behind.
pub(crate) async fn lock_epoch(conn: &mut Conn<'_>, held: u64) -> Result<(), VaultError> {
    let sql = "UPDATE vault_state SET epoch = epoch WHERE id = 1 AND epoch = $1";
    let locked = conn.execute(Ask::new(sql, vec![epoch_column(held)?.into()])).await?;
    if locked == 1 { Ok(()) } else { Err(VaultError::EpochChanged { held }) }
}

fn epoch_column(epoch: u64) -> Result<i64, VaultError> {
    epoch.try_into().map_err(|_| VaultError::Damaged(Damage::State))
}

/// The keys of those of `subjects` that have one.
pub(crate) async fn read_keys(
    conn: &mut Conn<'_>,
    epoch: &Epoch,
    subjects: &[Uuid],
) -> Result<Vec<SubjectKey>, VaultError> {
    let mut found = Vec::with_capacity(subjects.len());
    for chunk in subjects.chunks(CHUNK) {
        let sql = format!(
            "SELECT subject, wrapped FROM subject_key WHERE subject IN ({})",
            placeholders(1, chunk.len())
        );
        let values = chunk.iter().map(|subject| subject.as_bytes()[..].into()).collect();
        for row in conn.fetch(Ask::new(sql, values).kept(is_common(chunk.len()))).await? {
            found.push(key_of(&row, epoch)?);
        }
    }
    Ok(found)
}

/// Up to `limit` keys in the order of their subjects, from the first after `after`.
pub(crate) async fn read_key_page(
    conn: &mut Conn<'_>,
    epoch: &Epoch,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<SubjectKey>, VaultError> {
    // The first page has no lower bound: a value of another type may sort before every blob.
    let limit = i64::from(limit).into();
    let ask = match &after {
        None => Ask::new("SELECT subject, wrapped FROM subject_key ORDER BY subject LIMIT $1", vec![limit]),
        Some(after) => Ask::new(
            "SELECT subject, wrapped FROM subject_key WHERE subject > $1 ORDER BY subject LIMIT $2",
            vec![after.as_bytes()[..].into(), limit],
        ),
    };
    let rows = conn.fetch(ask).await?;
    let keys: Vec<SubjectKey> = rows.iter().map(|row| key_of(row, epoch)).collect::<Result<_, _>>()?;
    ascending(SUBJECT_KEY, after, keys.iter().map(SubjectKey::subject))?;
    Ok(keys)
}

/// Whether a page goes on behind the one before it. The pages of a torn file may lead back to rows that were read
/// before, and whoever reads on from the last one would never come to an end.
pub(crate) fn ascending<T: Ord>(
    table: &'static str,
    after: Option<T>,
    page: impl Iterator<Item = T>,
) -> Result<(), VaultError> {
    let mut last = after;
    for next in page {
        if last.is_some_and(|last| last >= next) {
            return Err(VaultError::Damaged(Damage::Order { table }));
        }
        last = Some(next);
    }
    Ok(())
}

fn key_of(row: &Row, epoch: &Epoch) -> Result<SubjectKey, VaultError> {
    let malformed = VaultError::Damaged(Damage::Malformed { table: SUBJECT_KEY });
    let (Some(subject), Some(wrapped)) = (row.array::<16>(0), row.array::<WRAPPED_LEN>(1)) else {
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
    conn: &mut Conn<'_>,
    epoch: &Epoch,
    keys: &[SubjectKey],
) -> Result<usize, VaultError> {
    write_keys(conn, epoch, keys, "DO NOTHING").await
}

/// Wraps the keys of up to [`CHUNK`] subjects anew.
pub(crate) async fn replace_keys(
    conn: &mut Conn<'_>,
    epoch: &Epoch,
    keys: &[SubjectKey],
) -> Result<usize, VaultError> {
    write_keys(conn, epoch, keys, "DO UPDATE SET wrapped = excluded.wrapped").await
}

async fn write_keys(
    conn: &mut Conn<'_>,
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
    let values = keys.iter().flat_map(|key| {
        let wrapped = epoch.wrap(Owner::Subject(key.subject()), key.key());
        [key.subject().as_bytes()[..].into(), Cell::Bytes(wrapped)]
    });
    let ask = Ask::new(sql, values.collect()).kept(is_common(keys.len()));
    usize::try_from(conn.execute(ask).await?)
        .map_err(|_| VaultError::Damaged(Damage::Malformed { table: SUBJECT_KEY }))
}

/// Deletes a subject's key and what is bound to it; returns whether there was a key.
pub(crate) async fn delete_subject(conn: &mut Conn<'_>, subject: Uuid) -> Result<bool, sqlx::Error> {
    let subject = || vec![subject.as_bytes()[..].into()];
    conn.execute(Ask::new("DELETE FROM id_number WHERE subject = $1", subject())).await?;
    Ok(conn.execute(Ask::new("DELETE FROM subject_key WHERE subject = $1", subject())).await? > 0)
}

/// The bindings of those of `indexes` that have one.
pub(crate) async fn read_bindings(
    conn: &mut Conn<'_>,
    fingerprints: &Fingerprints,
    indexes: &[BlindIndex],
) -> Result<Vec<(BlindIndex, Uuid)>, VaultError> {
    let mut found = Vec::with_capacity(indexes.len());
    for chunk in indexes.chunks(CHUNK) {
        let sql = format!(
            "SELECT blind_index, subject, binding FROM id_number WHERE blind_index IN ({})",
            placeholders(1, chunk.len())
        );
        let values = chunk.iter().map(|index| index.0[..].into()).collect();
        for row in conn.fetch(Ask::new(sql, values).kept(is_common(chunk.len()))).await? {
            found.push(binding_of(&row, fingerprints)?);
        }
    }
    Ok(found)
}

/// Up to `limit` bindings in the order of their indexes, from the first after `after`.
pub(crate) async fn read_binding_page(
    conn: &mut Conn<'_>,
    fingerprints: &Fingerprints,
    after: Option<BlindIndex>,
    limit: u32,
) -> Result<Vec<(BlindIndex, Uuid)>, VaultError> {
    let limit = i64::from(limit).into();
    let ask = match &after {
        None => Ask::new(
            "SELECT blind_index, subject, binding FROM id_number ORDER BY blind_index LIMIT $1",
            vec![limit],
        ),
        Some(after) => Ask::new(
            "SELECT blind_index, subject, binding FROM id_number WHERE blind_index > $1
             ORDER BY blind_index LIMIT $2",
            vec![after.0[..].into(), limit],
        ),
    };
    let rows = conn.fetch(ask).await?;
    let bindings: Vec<_> = rows.iter().map(|row| binding_of(row, fingerprints)).collect::<Result<_, _>>()?;
    ascending(ID_NUMBER, after, bindings.iter().map(|(index, _)| *index))?;
    Ok(bindings)
}

fn binding_of(row: &Row, fingerprints: &Fingerprints) -> Result<(BlindIndex, Uuid), VaultError> {
    let malformed = VaultError::Damaged(Damage::Malformed { table: ID_NUMBER });
    let (Some(index), Some(subject), Some(binding)) =
        (row.array::<16>(0), row.array::<16>(1), row.array::<16>(2))
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
    conn: &mut Conn<'_>,
    fingerprints: &Fingerprints,
    bindings: &[(BlindIndex, Uuid)],
) -> Result<(), sqlx::Error> {
    for chunk in bindings.chunks(CHUNK) {
        let sql = format!(
            "INSERT INTO id_number (blind_index, subject, binding) VALUES {} ON CONFLICT DO NOTHING",
            rows_of(3, chunk.len())
        );
        let values = chunk.iter().flat_map(|(index, subject)| {
            let binding = fingerprints.binding(*index, *subject);
            [index.0[..].into(), subject.as_bytes()[..].into(), binding[..].into()]
        });
        conn.execute(Ask::new(sql, values.collect()).kept(is_common(chunk.len()))).await?;
    }
    Ok(())
}

/// Whether a statement of so many rows is worth keeping prepared: the sizes between come once and would
/// push the others out.
pub(crate) fn is_common(rows: usize) -> bool {
    rows == 1 || rows == CHUNK
}

/// `$first, …` for `count` parameters.
fn placeholders(first: usize, count: usize) -> String {
    let names: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    names.join(", ")
}

/// `($1, $2), ($3, $4), …`
pub(crate) fn rows_of(columns: usize, rows: usize) -> String {
    let rows: Vec<String> =
        (0..rows).map(|row| format!("({})", placeholders(row * columns + 1, columns))).collect();
    rows.join(", ")
}
