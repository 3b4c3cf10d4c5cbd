//! What is PostgreSQL's own.

use super::copy::{self, CopyRows, Field};
use crate::database::Schema;
use crate::rows::{conflict, insert_into, names};
use crate::tables::{Again, Table};
use crate::value::Value;
use crate::{Database, ReadModelError};
use sha2::{Digest, Sha256};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Postgres, Transaction};
use std::time::Duration;

/// Keys of one question.
pub(super) const KEYS_AT_ONCE: usize = 10_000;
/// From so many rows on COPY is quicker than one statement with arrays. (The driver leaves Nagle's algorithm
/// on: over TCP a short COPY waits up to 44 ms for an acknowledgement.)
const COPY_FROM: usize = 1_000;
/// How long a connection is waited for, a server that starts again included.
const PATIENCE: Duration = Duration::from_secs(15);
/// Connections of one read model: one that writes, the others answer questions.
const CONNECTIONS_MAX: u32 = 8;

pub(super) const TABLES: &str =
    "SELECT COUNT(*) AS tables FROM pg_catalog.pg_tables WHERE schemaname = current_schema()";

/// The lock comes before the first look, and whoever puts another read model into this one's place waits for
/// it or is waited for: so the tables that are asked are all of one read model.
pub(super) const BEGIN_READ: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE position IN ACCESS SHARE MODE";

/// Long texts (a month of a site, parts of audit trails) are packed by the quicker of the server's two ways, where it has
/// been built with it.
pub(crate) const PACK_QUICKLY: &str = "SELECT set_config(name, 'lz4', false) FROM pg_catalog.pg_settings \
    WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)";

/// Opens a schema, or makes it. Commits need not be on disk: what a crash takes away comes back from the
/// journal, and rows and cursor go together.
pub(super) async fn open(schema: &Schema, create: bool, read_only: bool) -> Result<PgPool, ReadModelError> {
    let read_only = if read_only { "on" } else { "off" };
    let options = PgConnectOptions::clone(&schema.options).application_name("wageledger").options([
        ("search_path", schema.name.as_str()),
        ("synchronous_commit", "off"),
        ("default_transaction_read_only", read_only),
        ("jit", "off"),
        ("client_min_messages", "warning"),
    ]);
    // Statements say nothing to whoever runs the program; what is slow shows in its metrics.
    let options = options.disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(PATIENCE)
        .after_connect(|connection, _| {
            Box::pin(async move { sqlx::raw_sql(PACK_QUICKLY).execute(connection).await.map(drop) })
        })
        .connect_with(options)
        .await
        .map_err(|source| unreachable_or(schema, source))?;
    if create {
        let mut tx = pool.begin().await.map_err(ReadModelError::storage("making the schema"))?;
        // IF NOT EXISTS alone fails when two come at once.
        let made = async {
            lock(&mut tx, advisory_key(&schema.name, "make")).await?;
            let sql = format!("CREATE SCHEMA IF NOT EXISTS {}", schema.name);
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx).await?;
            tx.commit().await
        };
        made.await.map_err(ReadModelError::storage("making the schema"))?;
    }
    Ok(pool)
}

fn unreachable_or(schema: &Schema, source: sqlx::Error) -> ReadModelError {
    match &source {
        sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => {
            ReadModelError::Unreachable { place: Database::Postgres(schema.clone()).to_string(), source }
        }
        _ => ReadModelError::Storage { doing: "opening the read model", source },
    }
}

async fn lock(connection: &mut PgConnection, key: i64) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(key).execute(connection).await.map(drop)
}

/// A connection of its own, outside the pool.
pub(crate) async fn alone(schema: &Schema) -> Result<PgConnection, ReadModelError> {
    let options = PgConnectOptions::clone(&schema.options).application_name("wageledger");
    PgConnection::connect_with(&options).await.map_err(|source| unreachable_or(schema, source))
}

/// A lock's number, the same for everybody who means the same schema and use.
pub(crate) fn advisory_key(schema: &str, what: &str) -> i64 {
    let digest: [u8; 32] = Sha256::digest(format!("wageledger/readmodel/{schema}/{what}")).into();
    let (first, _) = digest.split_first_chunk().unwrap_or((&[0; 8], &[]));
    i64::from_be_bytes(*first)
}

/// The schema's statements as PostgreSQL takes them: text sorts by its bytes, whatever the database's locale; and a
/// key is never the table itself.
pub(super) fn dialect(sql: &str) -> String {
    sql.replace(" TEXT", " TEXT COLLATE \"C\"").replace(" WITHOUT ROWID", "")
}

pub(super) fn bound(sql: String, values: Vec<Value>) -> Query<'static, Postgres, PgArguments> {
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for value in values {
        query = match value {
            Value::Int(number) => query.bind(number),
            text => query.bind(text.into_text()),
        };
    }
    query
}

/// Keys as a table of text.
pub(super) fn key_table(width: usize) -> String {
    let names: Vec<_> = (1..=width).map(|n| format!("k{n}")).collect();
    let arrays: Vec<_> = (1..=width).map(|n| format!("${n}::text[]")).collect();
    format!("WITH k({}) AS (SELECT * FROM UNNEST({}))", names.join(", "), arrays.join(", "))
}

pub(super) async fn fetch_by_keys(
    tx: &mut Transaction<'static, Postgres>,
    sql: String,
    width: usize,
    values: &[Value],
) -> Result<Vec<super::Row>, ReadModelError> {
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for at in 0..width {
        let of_column = values.iter().skip(at).step_by(width);
        query = query.bind(of_column.map(|value| value.clone().into_text()).collect::<Vec<_>>());
    }
    let rows = query.fetch_all(&mut **tx).await;
    let rows = rows.map_err(ReadModelError::storage("asking the read model"))?;
    Ok(rows.into_iter().map(super::Row::Postgres).collect())
}

type PgQuery = Query<'static, Postgres, PgArguments>;

/// Writes rows: a few as arrays in one statement, many by COPY. Where some of the keys may be there already,
/// COPY goes through a temporary table.
pub(super) async fn write(
    tx: &mut Transaction<'static, Postgres>,
    table: &'static Table,
    rows: &CopyRows,
    new: bool,
) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let all = names(table, table.columns.len());
    if rows.len() < COPY_FROM {
        let types = table.columns.iter().enumerate();
        let arrays: Vec<_> = types
            .map(|(at, column)| format!("${}::{}[]", at + 1, if column.is_int { "bigint" } else { "text" }))
            .collect();
        let conflict = if new { String::new() } else { conflict(table) };
        let sql = format!("{} SELECT * FROM UNNEST({}){conflict}", insert_into(table), arrays.join(", "));
        return as_arrays(sql, rows)?.execute(&mut **tx).await.map(drop);
    }
    if new || matches!(table.again, Again::Never) {
        return copy::rows(tx, table.name, &all, rows).await;
    }
    let passing = format!("passing_{}", table.name);
    let make =
        format!("CREATE TEMPORARY TABLE IF NOT EXISTS {passing} (LIKE {}) ON COMMIT DELETE ROWS", table.name);
    sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut **tx).await?;
    copy::rows(tx, &passing, &all, rows).await?;
    let sql = format!("{} SELECT {all} FROM {passing}{}", insert_into(table), conflict(table));
    sqlx::query(AssertSqlSafe(sql)).execute(&mut **tx).await.map(drop)
}

pub(super) async fn delete(
    tx: &mut Transaction<'static, Postgres>,
    table: &'static Table,
    keys: &CopyRows,
) -> Result<(), sqlx::Error> {
    if keys.is_empty() {
        return Ok(());
    }
    let width = keys.width();
    let table_of_keys = key_table(width);
    let (name, names) = (table.name, names(table, width));
    let sql = format!("{table_of_keys} DELETE FROM {name} WHERE ({names}) IN (SELECT * FROM k)");
    as_arrays(sql, keys)?.execute(&mut **tx).await.map(drop)
}

/// Rows as one array a column.
fn as_arrays(sql: String, rows: &CopyRows) -> Result<PgQuery, sqlx::Error> {
    let fields: Vec<Field<'_>> = rows.fields()?.collect::<Result<_, _>>()?;
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (at, column) in rows.columns().iter().enumerate() {
        let of_column = fields.iter().skip(at).step_by(rows.width());
        query = if column.is_int {
            query.bind(of_column.map(Field::int).collect::<Vec<_>>())
        } else {
            query.bind(of_column.map(|field| field.text().map(str::to_owned)).collect::<Vec<_>>())
        };
    }
    Ok(query)
}
