//! The seam between the vault's questions and the database engine: SQLite or PostgreSQL. The SQL is the same for
//! both; only here is one told from the other. Values are whole numbers and bytes, nothing else.

use crate::database::{Database, Schema};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool,
    SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Postgres, Row as _, Sqlite};
use std::path::Path;
use std::time::Duration;

/// How long a writer waits for another process's transaction: the longest is an erasure in a large vault.
const BUSY_TIMEOUT: Duration = Duration::from_secs(60);
/// So often, and with such pauses, what was committed is tried to be brought into the file.
const BRING_TRIES: usize = 100;
const BRING_PAUSE: Duration = Duration::from_millis(5);
/// How long a connection to a server is waited for, one that starts again included.
const PATIENCE: Duration = Duration::from_secs(15);
/// Page cache of a connection in KiB (as SQLite wants it: negative). With the default of 2 MB a bulk insert
/// in random places writes each page many times.
const PAGE_CACHE_KIB: &str = "-131072";
/// Readers that go on while one transaction writes.
const CONNECTIONS_MAX: u32 = 4;

#[derive(Clone)]
pub(crate) enum Pool {
    File(SqlitePool),
    Postgres(PgPool),
}

/// A connection for reading, one statement at a time.
pub(crate) enum Reading {
    File(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// A transaction; rolled back when it is dropped.
pub(crate) enum Writing {
    File(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// Either of them, lent to a question.
pub(crate) enum Conn<'a> {
    File(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

pub(crate) enum Row {
    File(SqliteRow),
    Postgres(PgRow),
}

/// A value on its way in.
pub(crate) enum Cell {
    Int(i64),
    Bytes(Vec<u8>),
}

impl From<i64> for Cell {
    fn from(number: i64) -> Cell {
        Cell::Int(number)
    }
}

impl From<&[u8]> for Cell {
    fn from(bytes: &[u8]) -> Cell {
        Cell::Bytes(bytes.to_vec())
    }
}

impl Pool {
    /// Opens what is there already; an empty file or schema is an empty database.
    pub(crate) async fn open(database: &Database, read_only: bool) -> Result<Pool, sqlx::Error> {
        match database {
            Database::File(path) => open_file(path, read_only).await.map(Pool::File),
            Database::Postgres(schema) => open_schema(schema, read_only).await.map(Pool::Postgres),
        }
    }

    pub(crate) async fn reading(&self) -> Result<Reading, sqlx::Error> {
        Ok(match self {
            Pool::File(pool) => Reading::File(pool.acquire().await?),
            Pool::Postgres(pool) => Reading::Postgres(pool.acquire().await?),
        })
    }

    pub(crate) async fn begin(&self) -> Result<Writing, sqlx::Error> {
        Ok(match self {
            Pool::File(pool) => Writing::File(pool.begin().await?),
            Pool::Postgres(pool) => Writing::Postgres(pool.begin().await?),
        })
    }

    pub(crate) async fn close(&self) {
        match self {
            Pool::File(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    /// Makes the schema where there is none.
    pub(crate) async fn make(&self, database: &Database) -> Result<(), sqlx::Error> {
        let (Pool::Postgres(pool), Database::Postgres(schema)) = (self, database) else { return Ok(()) };
        let sql = format!("CREATE SCHEMA IF NOT EXISTS {}", schema.name);
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.map(drop)
    }

    /// Empties SQLite's write-ahead log into the file, as far as readers allow within so long; whether all of it is there.
    pub(crate) async fn empty_log(&self, patience: Duration) -> Result<bool, sqlx::Error> {
        let Pool::File(pool) = self else { return Ok(true) };
        let mut conn = pool.acquire().await?;
        set_busy_timeout(&mut conn, patience).await?;
        let done = checkpoint(&mut conn, "PRAGMA wal_checkpoint(TRUNCATE)").await;
        set_busy_timeout(&mut conn, BUSY_TIMEOUT).await?;
        done
    }

    /// Brings what was committed into the file, so that a copy of the file alone has it. Readers that hold on to an older
    /// state are waited for, but not long: what cannot be brought now is brought by the next commit, or at the end.
    pub(crate) async fn bring_log(&self) -> Result<(), sqlx::Error> {
        let Pool::File(pool) = self else { return Ok(()) };
        let mut conn = pool.acquire().await?;
        for _ in 0..BRING_TRIES {
            if checkpoint(&mut conn, "PRAGMA wal_checkpoint(PASSIVE)").await? {
                return Ok(());
            }
            tokio::time::sleep(BRING_PAUSE).await;
        }
        Ok(())
    }
}

/// Whether everything that was in the log is in the file now.
async fn checkpoint(conn: &mut SqliteConnection, sql: &'static str) -> Result<bool, sqlx::Error> {
    let row = sqlx::query(sql).fetch_one(conn).await?;
    let (busy, frames, moved): (i64, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    Ok(busy == 0 && frames == moved)
}

async fn set_busy_timeout(conn: &mut SqliteConnection, timeout: Duration) -> Result<(), sqlx::Error> {
    let sql = format!("PRAGMA busy_timeout = {}", timeout.as_millis());
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await.map(drop)
}

async fn open_file(path: &Path, read_only: bool) -> Result<SqlitePool, sqlx::Error> {
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

async fn open_schema(schema: &Schema, read_only: bool) -> Result<PgPool, sqlx::Error> {
    let options = PgConnectOptions::clone(&schema.options).application_name("wageledger").options([
        ("search_path", schema.name.as_str()),
        // A key must be on disk before anything is sealed with it, whatever the server's default is.
        ("synchronous_commit", "on"),
        ("default_transaction_read_only", if read_only { "on" } else { "off" }),
        ("client_min_messages", "warning"),
    ]);
    PgPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(PATIENCE)
        .connect_with(options)
        .await
}

impl Reading {
    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match self {
            Reading::File(conn) => Conn::File(conn),
            Reading::Postgres(conn) => Conn::Postgres(conn),
        }
    }
}

impl Writing {
    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match self {
            Writing::File(tx) => Conn::File(tx),
            Writing::Postgres(tx) => Conn::Postgres(tx),
        }
    }

    /// Makes a transaction see one state from its first question to its last.
    pub(crate) async fn one_state(&mut self) -> Result<(), sqlx::Error> {
        match self {
            // SQLite's transactions do.
            Writing::File(_) => Ok(()),
            Writing::Postgres(tx) => {
                let sql = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ";
                sqlx::raw_sql(sql).execute(&mut **tx).await.map(drop)
            }
        }
    }

    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Writing::File(tx) => tx.commit().await,
            Writing::Postgres(tx) => tx.commit().await,
        }
    }
}

/// A statement and its values. `keep`: it comes often enough to be kept prepared.
pub(crate) struct Ask {
    sql: String,
    values: Vec<Cell>,
    keep: bool,
}

impl Ask {
    pub(crate) fn new(sql: impl Into<String>, values: Vec<Cell>) -> Ask {
        Ask { sql: sql.into(), values, keep: true }
    }

    pub(crate) fn kept(self, keep: bool) -> Ask {
        Ask { keep, ..self }
    }

    fn sqlite(self) -> Query<'static, Sqlite, SqliteArguments> {
        let query = sqlx::query(AssertSqlSafe(self.sql)).persistent(self.keep);
        self.values.into_iter().fold(query, |query, value| match value {
            Cell::Int(number) => query.bind(number),
            Cell::Bytes(bytes) => query.bind(bytes),
        })
    }

    fn postgres(self) -> Query<'static, Postgres, PgArguments> {
        let query = sqlx::query(AssertSqlSafe(self.sql)).persistent(self.keep);
        self.values.into_iter().fold(query, |query, value| match value {
            Cell::Int(number) => query.bind(number),
            Cell::Bytes(bytes) => query.bind(bytes),
        })
    }
}

impl Conn<'_> {
    pub(crate) fn is_file(&self) -> bool {
        matches!(self, Conn::File(_))
    }

    /// Whether the database holds no table at all.
    pub(crate) async fn is_empty(&mut self) -> Result<bool, sqlx::Error> {
        let sql = match self {
            Conn::File(_) => "SELECT COUNT(*) FROM sqlite_schema",
            Conn::Postgres(_) => {
                "SELECT COUNT(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"
            }
        };
        let rows = self.fetch(Ask::new(sql, Vec::new())).await?;
        Ok(rows.first().and_then(|row| row.int(0)) == Some(0))
    }

    /// Runs a statement; how many rows it wrote.
    pub(crate) async fn execute(&mut self, ask: Ask) -> Result<u64, sqlx::Error> {
        match self {
            Conn::File(conn) => ask.sqlite().execute(&mut **conn).await.map(|done| done.rows_affected()),
            Conn::Postgres(conn) => {
                ask.postgres().execute(&mut **conn).await.map(|done| done.rows_affected())
            }
        }
    }

    pub(crate) async fn fetch(&mut self, ask: Ask) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Conn::File(conn) => {
                let rows = ask.sqlite().fetch_all(&mut **conn).await?;
                Ok(rows.into_iter().map(Row::File).collect())
            }
            Conn::Postgres(conn) => {
                let rows = ask.postgres().fetch_all(&mut **conn).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }
}

impl Row {
    /// A column with a whole number in it.
    pub(crate) fn int(&self, column: usize) -> Option<i64> {
        match self {
            Row::File(row) => row.try_get(column).ok().flatten(),
            Row::Postgres(row) => row.try_get(column).ok().flatten(),
        }
    }

    /// A column of bytes.
    pub(crate) fn bytes(&self, column: usize) -> Option<&[u8]> {
        match self {
            Row::File(row) => row.try_get(column).ok().flatten(),
            Row::Postgres(row) => row.try_get(column).ok().flatten(),
        }
    }

    /// A column of exactly `N` bytes.
    pub(crate) fn array<const N: usize>(&self, column: usize) -> Option<[u8; N]> {
        self.bytes(column)?.try_into().ok()
    }
}
