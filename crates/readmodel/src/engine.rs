//! All that is particular to the database engine: SQLite.
//!
//! The SQL in `projections/` is portable; a second engine needs another one of these and a faster bulk path
//! in [`crate::rows`], nothing else.

use crate::ReadModelError;
use crate::value::Value;
use futures_util::stream::BoxStream;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Row as _, Sqlite, SqlitePool};
use std::path::Path;
use std::time::Duration;

pub(crate) type Pool = SqlitePool;
pub(crate) type Connection = sqlx::SqliteConnection;
pub(crate) type Transaction = sqlx::Transaction<'static, Sqlite>;
pub(crate) type Row = sqlx::sqlite::SqliteRow;

/// Rows of one multi-row statement: powers of two up to this, so that few distinct statements are prepared and
/// kept. 256 rows of the widest table stay below SQLite's 32,766 binds and PostgreSQL's 65,535.
pub(crate) const ROWS_AT_ONCE: usize = 256;

/// Opens a file, or makes it. Durability is relaxed: what a crash takes away comes back from the journal, and
/// rows and cursor go together.
pub(crate) async fn open(path: &Path, create: bool, read_only: bool) -> Result<Pool, ReadModelError> {
    let mut options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(create)
        .read_only(read_only)
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(512)
        .pragma("cache_size", "-65536")
        .pragma("temp_store", "MEMORY");
    if !read_only {
        options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal);
    }
    // Four: one that writes, the others answer questions on their own snapshots.
    SqlitePoolOptions::new()
        .max_connections(4)
        .connect_with(options)
        .await
        .map_err(ReadModelError::storage("opening the read model"))
}

/// Begins a transaction that will write: waits for the other writer now, not at the first write.
pub(crate) async fn begin_write(pool: &Pool) -> Result<Transaction, ReadModelError> {
    pool.begin_with("BEGIN IMMEDIATE").await.map_err(ReadModelError::storage("beginning to write"))
}

/// Begins a transaction that sees one state of the database, whatever others write meanwhile.
pub(crate) async fn begin_read(pool: &Pool) -> Result<Transaction, ReadModelError> {
    pool.begin().await.map_err(ReadModelError::storage("beginning to read"))
}

/// Whether the database holds any table at all.
pub(crate) async fn is_empty(connection: &mut Connection) -> Result<bool, ReadModelError> {
    let sql = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'";
    let row = fetch(connection, sql, Vec::new()).await?;
    Ok(row.first().is_some_and(|row| row.try_get::<i64, _>(0).is_ok_and(|count| count == 0)))
}

/// Runs a script of several statements.
pub(crate) async fn run_script(connection: &mut Connection, sql: &'static str) -> Result<(), ReadModelError> {
    sqlx::raw_sql(sql).execute(connection).await.map_err(ReadModelError::storage("making the tables"))?;
    Ok(())
}

/// Places for so many rows of so many values. SQLite looks a named place (`$1`) up from the start for every
/// value: among thousands that was half the time; nameless ones cost nothing. (PostgreSQL wants `$1`.)
pub(crate) fn tuples(rows: usize, width: usize) -> String {
    let row = format!("({})", vec!["?"; width].join(","));
    vec![row; rows].join(",")
}

fn bound(
    sql: String,
    values: Vec<Value>,
) -> sqlx::query::Query<'static, Sqlite, <Sqlite as sqlx::Database>::Arguments> {
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for value in values {
        query = match value {
            Value::Null => query.bind(None::<String>),
            Value::Int(number) => query.bind(number),
            Value::Text(text) => query.bind(text),
        };
    }
    query
}

/// Runs one statement. The SQL is made of constants of this crate only; what comes from outside is bound.
pub(crate) async fn execute(
    connection: &mut Connection,
    sql: impl Into<String>,
    values: Vec<Value>,
) -> Result<(), ReadModelError> {
    let query = bound(sql.into(), values);
    query.execute(connection).await.map_err(ReadModelError::storage("writing rows"))?;
    Ok(())
}

/// All rows of a question; as [`execute`] for the SQL.
pub(crate) async fn fetch(
    connection: &mut Connection,
    sql: impl Into<String>,
    values: Vec<Value>,
) -> Result<Vec<Row>, ReadModelError> {
    let query = bound(sql.into(), values);
    query.fetch_all(connection).await.map_err(ReadModelError::storage("asking the read model"))
}

/// The rows of a question one by one, for tables that do not fit into memory.
pub(crate) fn stream(connection: &mut Connection, sql: String) -> BoxStream<'_, Result<Row, sqlx::Error>> {
    bound(sql, Vec::new()).fetch(connection)
}
