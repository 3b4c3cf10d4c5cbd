//! A read model: opening it, where it stands, taking entries in.

use crate::damage;
use crate::engine::{self, Connection, Pool, Row};
use crate::projector::{self, Projected};
use crate::rows::Rows;
use crate::schema::SCHEMA;
use crate::tables;
use crate::value::{Read, Value};
use crate::{ReadModelError, value};
use chain::{Hash, Head};
use sha2::{Digest, Sha256};
use std::path::Path;

/// The last entry that a read model has taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Its sequence; 0 = none yet.
    pub seq: u64,
    /// Its hash; of none, the ledger's genesis hash.
    pub hash: Hash,
}

/// A read model in a SQLite file. Clones share its connections. One process at a time takes entries in; any
/// number may ask.
#[derive(Clone, Debug)]
pub struct ReadModel {
    pool: Pool,
}

impl ReadModel {
    /// Opens the read model of the ledger `origin`, or makes an empty one where there is no file.
    /// [`ReadModelError::Stale`] when another version of the program made it.
    pub async fn open(path: &Path, origin: &str) -> Result<ReadModel, ReadModelError> {
        let model = ReadModel { pool: engine::open(path, true, false).await? };
        let mut tx = engine::begin_write(&model.pool).await?;
        if engine::is_empty(&mut tx).await? {
            engine::run_script(&mut tx, SCHEMA).await?;
            write_position(&mut tx, origin, 0, Head::genesis(origin).hash).await?;
        }
        let found = Position::read(&mut tx).await?.origin;
        sound(&mut tx).await?;
        tx.commit().await.map_err(ReadModelError::storage("making the tables"))?;
        if found != origin {
            return Err(ReadModelError::OtherLedger { expected: origin.to_owned(), found });
        }
        Ok(model)
    }

    /// Opens an existing read model to ask questions only.
    pub async fn open_read_only(path: &Path) -> Result<ReadModel, ReadModelError> {
        let model = ReadModel { pool: engine::open(path, false, true).await? };
        let mut tx = model.read().await?;
        Position::read(&mut tx).await?;
        sound(&mut tx).await?;
        drop(tx);
        Ok(model)
    }

    /// Closes all connections, so that the file can be moved. Clones are closed too.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// The name of the ledger whose rows these are.
    pub async fn origin(&self) -> Result<String, ReadModelError> {
        Ok(Position::read(&mut *self.read().await?).await?.origin)
    }

    /// How far the journal has been read.
    pub async fn cursor(&self) -> Result<Cursor, ReadModelError> {
        Ok(Position::read(&mut *self.read().await?).await?.cursor)
    }

    /// Takes in the entries after the cursor, in one transaction with the cursor: after a crash either all
    /// of them are in or none. Batches of some thousands are the fastest. Rows do not depend on how entries
    /// are cut into batches.
    pub async fn apply(&self, entries: &[Projected]) -> Result<Cursor, ReadModelError> {
        let mut tx = engine::begin_write(&self.pool).await?;
        let position = Position::read(&mut tx).await?;
        let mut cursor = position.cursor;
        for entry in entries {
            cursor = cursor.next(entry)?;
        }
        projector::project(entries, &mut tx).await?;
        let seq =
            i64::try_from(cursor.seq).map_err(|_| ReadModelError::damaged("position.seq", cursor.seq))?;
        write_position(&mut tx, &position.origin, seq, cursor.hash).await?;
        tx.commit().await.map_err(ReadModelError::storage("taking entries in"))?;
        Ok(cursor)
    }

    pub(crate) async fn read(&self) -> Result<engine::Transaction, ReadModelError> {
        engine::begin_read(&self.pool).await
    }

    /// All rows of a question.
    pub(crate) async fn ask<T>(
        &self,
        sql: &'static str,
        values: Vec<Value>,
        row: impl Fn(&Row) -> Result<T, ReadModelError>,
    ) -> Result<Vec<T>, ReadModelError> {
        let rows = engine::fetch(&mut *self.read().await?, sql, values).await?;
        rows.iter().map(row).collect()
    }
}

impl Cursor {
    fn next(self, entry: &Projected) -> Result<Cursor, ReadModelError> {
        let header = &entry.header;
        let out_of_step = |what| Err(ReadModelError::OutOfStep { seq: header.seq, what });
        if header.seq != self.seq + 1 {
            return out_of_step(format!("the cursor stands at {}", self.seq));
        }
        if header.prev != self.hash {
            return out_of_step(format!("it links to {}, the cursor's entry is {}", header.prev, self.hash));
        }
        Ok(Cursor { seq: header.seq, hash: entry.hash })
    }
}

pub(crate) struct Position {
    pub(crate) origin: String,
    pub(crate) cursor: Cursor,
}

impl Position {
    /// Reads the one row; whatever has no such row, or another fingerprint, another program made.
    ///
    /// Through expressions, not plain columns: it is read before anything is known of the tables' soundness.
    pub(crate) async fn read(connection: &mut Connection) -> Result<Position, ReadModelError> {
        let sql = "SELECT CAST(origin AS TEXT) AS origin, CAST(fingerprint AS TEXT) AS fingerprint, \
            CAST(seq AS BIGINT) AS seq, CAST(hash AS TEXT) AS hash FROM position";
        let rows = match engine::fetch(connection, sql, Vec::new()).await {
            Ok(rows) => rows,
            Err(ReadModelError::Storage { source: sqlx::Error::Database(_), .. }) => {
                return Err(ReadModelError::Stale);
            }
            Err(other) => return Err(other),
        };
        let [row] = rows.as_slice() else { return Err(ReadModelError::Stale) };
        if value::Read::text(row, "fingerprint")? != fingerprint() {
            return Err(ReadModelError::Stale);
        }
        let cursor = Cursor { seq: row.number("seq")?, hash: row.parsed("hash")? };
        Ok(Position { origin: row.text("origin")?, cursor })
    }
}

/// Refuses a database whose tables are not described as this program describes them.
async fn sound(connection: &mut Connection) -> Result<(), ReadModelError> {
    match damage::tables_differ(connection).await? {
        None => Ok(()),
        Some(what) => Err(ReadModelError::damaged("sqlite_schema", what)),
    }
}

/// Whether the database has a position with this program's fingerprint.
pub(crate) async fn is_of_this_version(connection: &mut Connection) -> bool {
    Position::read(connection).await.is_ok()
}

async fn write_position(
    connection: &mut Connection,
    origin: &str,
    seq: i64,
    hash: Hash,
) -> Result<(), ReadModelError> {
    let mut rows = Rows::of(&tables::POSITION);
    rows.push([1i64.into(), origin.into(), fingerprint().into(), seq.into(), hash.to_string().into()]);
    rows.write(connection).await
}

/// Everything that rows depend on besides the entries: the tables, the projector, the calendar.
fn fingerprint() -> String {
    let mut hasher = Sha256::new();
    hasher.update(SCHEMA);
    hasher.update(projector::VERSION.to_be_bytes());
    hasher.update(rules::Calendar::CHINA_TEXT);
    hex::encode(hasher.finalize())
}
