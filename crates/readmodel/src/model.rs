//! A read model: opening it, where it stands, taking entries in.

use crate::arrears::sql;
use crate::engine::{Connection, Pool, Row};
use crate::intake::{self, Indexes, Intake};
use crate::projector::{self, Limits, Link, Projected, Unread};
use crate::rows::Rows;
use crate::schema::{self, SCHEMA};
use crate::value::{Read, Value};
use crate::{Database, ReadModelError, damage, tables};
use chain::{Hash, Head};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;
use tokio::sync::Mutex;

/// PostgreSQL's code for a write where only reading is allowed (PostgreSQL documentation, appendix A).
const READ_ONLY: &str = "25006";

/// The last entry that a read model has taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Its sequence; 0 = none yet.
    pub seq: u64,
    /// Its hash; of none, the ledger's genesis hash.
    pub hash: Hash,
}

/// A read model in a SQLite file or a PostgreSQL schema. Clones share its connections. One process at a time
/// takes entries in ([`crate::FollowerLock`]); any number may ask.
#[derive(Clone)]
pub struct ReadModel {
    pub(crate) pool: Pool,
    intake: Arc<Mutex<Intake>>,
}

impl fmt::Debug for ReadModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadModel").field("pool", &self.pool).finish_non_exhaustive()
    }
}

impl ReadModel {
    /// Opens the read model of the ledger `origin`, or makes an empty one where there is none.
    /// [`ReadModelError::Stale`] when another version of the program made it.
    pub async fn open(database: &Database, origin: &str) -> Result<ReadModel, ReadModelError> {
        ReadModel::open_with(database, origin, true).await
    }

    /// As [`ReadModel::open`]; a new one is made with its indexes or, where the bulk comes first, without.
    pub(crate) async fn open_with(
        database: &Database,
        origin: &str,
        indexes: bool,
    ) -> Result<ReadModel, ReadModelError> {
        let pool = Pool::open(database, true, false).await?;
        let mut tx = pool.begin_write().await?;
        if tx.is_empty().await? {
            tx.run(&schema::script(|statement| indexes || !statement.may_wait())).await?;
            if !indexes {
                tx.begin_bulk(intake::without_keys()).await?;
            }
            write_position(&mut tx, origin, 0, Head::genesis(origin).hash).await?;
        }
        let found = Position::read(&mut tx).await?.origin;
        if indexes {
            sound(&mut tx).await?;
        }
        tx.commit("making the tables").await?;
        if found != origin {
            return Err(ReadModelError::OtherLedger { expected: origin.to_owned(), found });
        }
        let indexes = if indexes { Indexes::All } else { Indexes::SomeKeys };
        Ok(ReadModel { pool: pool.clone(), intake: Arc::new(Mutex::new(Intake::new(pool, indexes))) })
    }

    /// Opens an existing read model to ask questions only.
    pub async fn open_read_only(database: &Database) -> Result<ReadModel, ReadModelError> {
        let missing = || ReadModelError::Missing { place: database.to_string() };
        if let Database::File(path) = database
            && !path.is_file()
        {
            return Err(missing());
        }
        let pool = Pool::open(database, false, true).await?;
        let mut tx = pool.begin_plain().await?;
        if tx.is_empty().await? {
            return Err(missing());
        }
        Position::read(&mut tx).await?;
        sound(&mut tx).await?;
        drop(tx);
        Ok(ReadModel { pool: pool.clone(), intake: Arc::new(Mutex::new(Intake::new(pool, Indexes::All))) })
    }

    /// Closes all connections, so that a file can be moved. Clones are closed too.
    pub async fn close(&self) {
        // What is being written is written first; whether it was, the cursor says.
        let _ = self.intake.lock().await.settle().await;
        self.pool.close().await;
    }

    /// The name of the ledger whose rows these are.
    pub async fn origin(&self) -> Result<String, ReadModelError> {
        Ok(Position::read(&mut self.read().await?).await?.origin)
    }

    /// How far the journal has been read.
    pub async fn cursor(&self) -> Result<Cursor, ReadModelError> {
        Ok(Position::read(&mut self.read().await?).await?.cursor)
    }

    /// Takes in the entries after the cursor, in one transaction with the cursor: after a crash either all
    /// of them are in or none. Batches of some thousands are the fastest. Rows do not depend on how entries
    /// are cut into batches.
    pub async fn apply(&self, entries: &[Projected]) -> Result<Cursor, ReadModelError> {
        let mut intake = self.intake.lock().await;
        intake.hand_over(entries, &[]).await?;
        self.settled(&mut intake).await
    }

    /// As [`ReadModel::apply`], but returns when the rows are made: they are written while the caller gets the
    /// next batch, one batch at a time, each in its own transaction. An error of the writing comes with the next
    /// call; [`ReadModel::settle`] waits for the last.
    /// Of `unread` entries, which belong among the others, only those may be that are of no stream.
    pub async fn hand_over(&self, entries: &[Projected], unread: &[Unread]) -> Result<(), ReadModelError> {
        self.intake.lock().await.hand_over(entries, unread).await
    }

    /// The entries that are of no stream, at most `limit` of them, in ledger order.
    pub async fn strays(&self, limit: u32) -> Result<Vec<u64>, ReadModelError> {
        self.ask(sql!("strays"), vec![limit.into()], |row| row.number("seq")).await
    }

    /// Waits until everything handed over is in; the cursor then.
    pub async fn settle(&self) -> Result<Cursor, ReadModelError> {
        self.settled(&mut *self.intake.lock().await).await
    }

    async fn settled(&self, intake: &mut Intake) -> Result<Cursor, ReadModelError> {
        intake.settle().await?;
        match intake.cursor() {
            Some(cursor) => Ok(cursor),
            None => self.cursor().await,
        }
    }

    /// How much is remembered from batch to batch while entries are taken in: so many workers' months, and so many
    /// workers on projects. What is not remembered is read again where it is wanted; rows do not depend on it. By
    /// default the workers of a city and a quarter of their year, half a gigabyte.
    pub async fn remember(&self, months: usize, pairs: usize) {
        self.intake.lock().await.remember(Limits { months, pairs });
    }

    /// Makes the indexes that a read model made for the bulk does not have yet.
    pub(crate) async fn make_indexes(&self) -> Result<(), ReadModelError> {
        let mut intake = self.intake.lock().await;
        intake.settle().await?;
        intake.make_indexes(Indexes::All).await
    }

    pub(crate) async fn read(&self) -> Result<Connection, ReadModelError> {
        self.pool.begin_read().await
    }

    /// One more connection that sees what one whose cursor is `head` sees; `None` where none lies idle, or entries were
    /// taken in since. With two a long answer takes half as long.
    pub(crate) async fn read_beside(&self, head: Cursor) -> Result<Option<Connection>, ReadModelError> {
        let Some(mut connection) = self.pool.try_begin_read().await? else { return Ok(None) };
        let sees_the_same = Position::read(&mut connection).await?.cursor == head;
        Ok(sees_the_same.then_some(connection))
    }

    /// All rows of a question.
    pub(crate) async fn ask<T>(
        &self,
        sql: &'static str,
        values: Vec<Value>,
        row: impl Fn(&Row) -> Result<T, ReadModelError>,
    ) -> Result<Vec<T>, ReadModelError> {
        let rows = self.read().await?.fetch(sql, values).await?;
        rows.iter().map(row).collect()
    }
}

impl Cursor {
    pub(crate) fn next(self, entry: Link<'_>) -> Result<Cursor, ReadModelError> {
        let header = entry.header;
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
    pub(crate) async fn read(connection: &mut Connection) -> Result<Position, ReadModelError> {
        Position::read_with(connection, "").await
    }

    /// As [`Position::read`], and keeps others from changing it until the end of the transaction.
    pub(crate) async fn hold(connection: &mut Connection) -> Result<Position, ReadModelError> {
        let lock = connection.for_update();
        Position::read_with(connection, lock).await
    }

    /// Through expressions, not plain columns: it is read before anything is known of the tables' soundness.
    async fn read_with(connection: &mut Connection, lock: &str) -> Result<Position, ReadModelError> {
        let sql = format!(
            "SELECT CAST(origin AS TEXT) AS origin, CAST(fingerprint AS TEXT) AS fingerprint, \
            CAST(seq AS BIGINT) AS seq, CAST(hash AS TEXT) AS hash FROM position{lock}"
        );
        let rows = match connection.fetch(sql, Vec::new()).await {
            Ok(rows) => rows,
            Err(error) if error.is_passing() => return Err(error),
            Err(ReadModelError::Storage { source: sqlx::Error::Database(error), .. })
                if error.code().as_deref() != Some(READ_ONLY) =>
            {
                return Err(ReadModelError::Stale);
            }
            Err(other) => return Err(other),
        };
        let [row] = rows.as_slice() else { return Err(ReadModelError::Stale) };
        if row.text("fingerprint")? != fingerprint() {
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
        Some(what) => Err(ReadModelError::damaged("the description of the tables", what)),
    }
}

/// Whether the database has a position with this program's fingerprint.
pub(crate) async fn is_of_this_version(connection: &mut Connection) -> bool {
    Position::read(connection).await.is_ok()
}

pub(crate) async fn write_position(
    connection: &mut Connection,
    origin: &str,
    seq: u64,
    hash: Hash,
) -> Result<(), ReadModelError> {
    let seq = i64::try_from(seq).map_err(|_| ReadModelError::damaged("position.seq", seq))?;
    let mut rows = Rows::of(&tables::POSITION);
    rows.push([1i64.into(), origin.into(), fingerprint().into(), seq.into(), hash.to_string().into()]);
    rows.write(connection).await
}

/// Everything that rows depend on besides the entries: the tables, the projector, the types of facts, the calendar, the law.
fn fingerprint() -> String {
    let mut hasher = Sha256::new();
    hasher.update(SCHEMA);
    hasher.update(projector::VERSION.to_be_bytes());
    for kind in wages::Event::TYPES {
        hasher.update(kind.number.to_be_bytes());
        hasher.update(kind.name);
    }
    hasher.update(rules::Calendar::CHINA_TEXT);
    for text in rules::Pack::CHINA_TEXTS {
        hasher.update(text);
    }
    hex::encode(hasher.finalize())
}
