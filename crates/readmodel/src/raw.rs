//! What the server does by itself with the rows of a read model: the limit beside which a rebuild is measured.

use crate::engine;
use crate::tables;
use crate::{Database, ReadModelError};
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, PgConnection};
use std::time::{Duration, Instant};

/// What is sent at once, in bytes.
const CHUNK: usize = 1 << 20;
/// A shorter table, in bytes, is left out: sent at once, its COPY may wait some 40 ms for an acknowledgement, longer than
/// it works (the driver leaves Nagle's algorithm on).
const SHORT: usize = CHUNK;

/// Rows copied into bare tables, and the time that took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RawCopy {
    /// Rows copied, of tables of a megabyte and more.
    pub rows: u64,
    /// Rows of shorter tables.
    pub left_out: u64,
    /// Bytes of the rows copied, in the binary format.
    pub bytes: u64,
    /// From the first byte sent to the commit.
    pub took: Duration,
}

/// Copies the rows of a read model in PostgreSQL (COPY, binary) into new tables that have neither keys nor
/// indexes, one table after the other in one transaction, and removes them; tables of less than a megabyte are left out. The
/// bytes lie ready before the clock starts; a table's bytes are held in memory. Of a file it says nothing, nor where all
/// tables are shorter.
pub async fn raw_copy(database: &Database) -> Result<Option<RawCopy>, ReadModelError> {
    let Database::Postgres(schema) = database else { return Ok(None) };
    let Database::Postgres(bare) = database.beside("raw") else { return Ok(None) };
    database.beside("raw").remove().await?;
    let (mut from, mut to) = (engine::alone(schema).await?, engine::alone(&bare).await?);
    let copied = async {
        let mut raw = RawCopy::default();
        run(&mut to, format!("SET synchronous_commit = off; {}", engine::PACK_QUICKLY)).await?;
        run(&mut to, format!("BEGIN; CREATE SCHEMA {}", bare.name)).await?;
        for table in tables::ALL {
            let (name, into) =
                (format!("{}.{}", schema.name, table.name), format!("{}.{}", bare.name, table.name));
            let bytes = copied_out(&mut from, &name).await?;
            if bytes.len() < SHORT {
                raw.left_out += count(&mut from, &name).await?;
                continue;
            }
            run(&mut to, format!("CREATE TABLE {into} (LIKE {name})")).await?;
            let start = Instant::now();
            let mut copy = to.copy_in_raw(&format!("COPY {into} FROM STDIN (FORMAT BINARY)")).await?;
            for chunk in bytes.chunks(CHUNK) {
                copy.send(chunk).await?;
            }
            raw.rows += copy.finish().await?;
            raw.took += start.elapsed();
            raw.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        }
        let start = Instant::now();
        run(&mut to, "COMMIT".to_owned()).await?;
        raw.took += start.elapsed();
        Ok(raw)
    };
    let copied = copied.await.map_err(ReadModelError::storage("copying rows"))?;
    database.beside("raw").remove().await?;
    Ok((copied.rows > 0).then_some(copied))
}

async fn run(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}

async fn count(connection: &mut PgConnection, table: &str) -> Result<u64, sqlx::Error> {
    let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
    let rows: i64 = sqlx::query_scalar(sql).fetch_one(connection).await?;
    Ok(rows.unsigned_abs())
}

async fn copied_out(connection: &mut PgConnection, table: &str) -> Result<Vec<u8>, sqlx::Error> {
    let sql = format!("COPY {table} TO STDOUT (FORMAT BINARY)");
    let mut parts = connection.copy_out_raw(&sql).await?;
    let mut bytes = Vec::new();
    while let Some(part) = parts.try_next().await? {
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}
