//! What is SQLite's own.

use super::copy::{CopyRows, Field};
use crate::ReadModelError;
use crate::rows::{conflict, insert_into, names};
use crate::tables::Table;
use crate::value::Value;
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Sqlite, Transaction};
use std::path::Path;
use std::time::Duration;

/// Rows of one multi-row statement: powers of two up to this, so that few distinct statements are prepared and
/// kept. 256 rows of the widest table stay below SQLite's 32,766 binds.
const ROWS_AT_ONCE: usize = 256;

/// Connections of one read model.
const CONNECTIONS_MAX: u32 = 8;

pub(super) const TABLES: &str = "SELECT COUNT(*) AS tables FROM sqlite_schema WHERE type = 'table'";

/// Opens a file, or makes it. Durability is relaxed: what a crash takes away comes back from the journal, and
/// rows and cursor go together.
pub(super) async fn open(path: &Path, create: bool, read_only: bool) -> Result<SqlitePool, ReadModelError> {
    let mut options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(create)
        .read_only(read_only)
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(512)
        .pragma("cache_size", "-65536")
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging();
    if !read_only {
        options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal);
    }
    // One that writes, the others answer questions on their own snapshots: so many that those which wait for the disk
    // leave some over.
    SqlitePoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .connect_with(options)
        .await
        .map_err(ReadModelError::storage("opening the read model"))
}

/// The schema's statements as SQLite takes them best: a whole number called INTEGER is the row's own place, and
/// no second tree is kept to find it.
pub(super) fn dialect(sql: &str) -> String {
    sql.replace(" BIGINT PRIMARY KEY", " INTEGER PRIMARY KEY")
}

pub(super) fn bound(sql: String, values: Vec<Value>) -> Query<'static, Sqlite, SqliteArguments> {
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for value in values {
        query = match value {
            Value::Int(number) => query.bind(number),
            text => query.bind(text.into_text()),
        };
    }
    query
}

/// Keys as a table; CROSS JOIN keeps SQLite from turning the join round.
pub(super) fn key_table(width: usize, rows: usize) -> String {
    let names: Vec<_> = (1..=width).map(|n| format!("k{n}")).collect();
    format!("WITH k({}) AS (VALUES {})", names.join(", "), tuples(rows, width))
}

pub(super) async fn write(
    tx: &mut Transaction<'static, Sqlite>,
    table: &'static Table,
    rows: &CopyRows,
) -> Result<(), sqlx::Error> {
    let (head, tail, width) = (insert_into(table), conflict(table), table.columns.len());
    in_chunks(tx, rows, |rows| format!("{head} VALUES {}{tail}", tuples(rows, width))).await
}

pub(super) async fn delete(
    tx: &mut Transaction<'static, Sqlite>,
    table: &'static Table,
    keys: &CopyRows,
) -> Result<(), sqlx::Error> {
    let width = keys.width();
    let head = format!("DELETE FROM {} WHERE ({}) IN (VALUES ", table.name, names(table, width));
    in_chunks(tx, keys, |rows| format!("{head}{})", tuples(rows, width))).await
}

async fn in_chunks(
    tx: &mut Transaction<'static, Sqlite>,
    rows: &CopyRows,
    sql: impl Fn(usize) -> String,
) -> Result<(), sqlx::Error> {
    let (mut fields, mut left) = (rows.fields()?, rows.len());
    while left > 0 {
        let now = chunk(left);
        let mut query = sqlx::query(AssertSqlSafe(sql(now)));
        for field in fields.by_ref().take(now * rows.width()) {
            query = match field? {
                Field::Null => query.bind(None::<String>),
                Field::Int(number) => query.bind(number),
                Field::Text(text) => query.bind(text.to_owned()),
            };
        }
        query.execute(&mut **tx).await?;
        left -= now;
    }
    Ok(())
}

/// How many of so many rows go into one statement.
pub(super) fn chunk(rows: usize) -> usize {
    match rows {
        0 => 0,
        rows if rows >= ROWS_AT_ONCE => ROWS_AT_ONCE,
        rows => 1 << rows.ilog2(),
    }
}

/// Places for so many rows of so many values. SQLite looks a named place (`$1`) up from the start for every
/// value: among thousands that was half the time; nameless ones cost nothing.
pub(super) fn tuples(rows: usize, width: usize) -> String {
    let row = format!("({})", vec!["?"; width].join(","));
    vec![row; rows].join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements() {
        assert_eq!(tuples(2, 2), "(?,?),(?,?)");
        assert_eq!([0, 1, 2, 3, 5, 255, 256, 9000].map(chunk), [0, 1, 2, 2, 4, 128, 256, 256]);
    }
}
