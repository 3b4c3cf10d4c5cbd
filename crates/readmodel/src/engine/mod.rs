//! The seam between what is asked and the database engine that answers: SQLite or PostgreSQL.
//!
//! The SQL in `projections/` is the same for both. Only here and in the modules below is one told from the
//! other: how a database is opened, what a transaction is, how a value is bound and read, how many rows are
//! written at once.

mod copy;
mod postgres;
mod sqlite;

use crate::rows;
use crate::tables::{self, Table};
use crate::value::Value;
use crate::{Database, ReadModelError};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use sqlx::postgres::{PgPool, PgRow};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, ColumnIndex, Postgres, Row as _, Sqlite};

pub(crate) use copy::CopyRows;
pub(crate) use postgres::{PACK_QUICKLY, advisory_key, alone};

/// Memory of the server in which indexes are sorted, of all that are made at the same time, in MiB.
const INDEX_MIB: usize = 384;

/// Connections of one read model.
#[derive(Clone, Debug)]
pub(crate) enum Pool {
    File(SqlitePool),
    Postgres(PgPool),
}

/// A connection in a transaction, which ends when it is dropped: rolled back, unless it was committed.
pub(crate) enum Connection {
    File(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// A row of an answer.
#[derive(Debug)]
pub(crate) enum Row {
    File(SqliteRow),
    Postgres(PgRow),
}

impl Pool {
    /// Opens a database; what is not there is made with `create`.
    pub(crate) async fn open(
        database: &Database,
        create: bool,
        read_only: bool,
    ) -> Result<Pool, ReadModelError> {
        match database {
            Database::File(path) => sqlite::open(path, create, read_only).await.map(Pool::File),
            Database::Postgres(schema) => postgres::open(schema, create, read_only).await.map(Pool::Postgres),
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Pool::File(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    /// Whether several transactions can write at the same time.
    pub(crate) fn has_many_writers(&self) -> bool {
        matches!(self, Pool::Postgres(_))
    }

    /// Begins a transaction that will write. On SQLite it waits for the other writer now, not at the first
    /// write; on PostgreSQL writers meet at the row of `position`.
    pub(crate) async fn begin_write(&self) -> Result<Connection, ReadModelError> {
        let failed = ReadModelError::storage("beginning to write");
        match self {
            Pool::File(pool) => {
                pool.begin_with("BEGIN IMMEDIATE").await.map(Connection::File).map_err(failed)
            }
            Pool::Postgres(pool) => pool.begin().await.map(Connection::Postgres).map_err(failed),
        }
    }

    /// Begins a transaction in a database of which nothing is known yet.
    pub(crate) async fn begin_plain(&self) -> Result<Connection, ReadModelError> {
        let failed = ReadModelError::storage("beginning to read");
        match self {
            Pool::File(pool) => pool.begin().await.map(Connection::File).map_err(failed),
            Pool::Postgres(pool) => pool.begin().await.map(Connection::Postgres).map_err(failed),
        }
    }

    /// Begins a transaction that sees one state of the database, whatever others write meanwhile.
    pub(crate) async fn begin_read(&self) -> Result<Connection, ReadModelError> {
        let failed = ReadModelError::storage("beginning to read");
        match self {
            Pool::File(pool) => pool.begin().await.map(Connection::File).map_err(failed),
            Pool::Postgres(pool) => {
                pool.begin_with(postgres::BEGIN_READ).await.map(Connection::Postgres).map_err(failed)
            }
        }
    }

    /// As [`Pool::begin_read`], where a connection lies idle: waited for, it might never come, because others who hold one
    /// wait as well.
    pub(crate) async fn try_begin_read(&self) -> Result<Option<Connection>, ReadModelError> {
        let begun = match self {
            Pool::File(pool) => pool.try_begin().await.map(|tx| tx.map(Connection::File)),
            Pool::Postgres(pool) => {
                pool.try_begin_with(postgres::BEGIN_READ).await.map(|tx| tx.map(Connection::Postgres))
            }
        };
        begun.map_err(ReadModelError::storage("beginning to read"))
    }
}

impl Connection {
    pub(crate) async fn commit(self, doing: &'static str) -> Result<(), ReadModelError> {
        let done = match self {
            Connection::File(tx) => tx.commit().await,
            Connection::Postgres(tx) => tx.commit().await,
        };
        done.map_err(ReadModelError::storage(doing))
    }

    /// What follows a SELECT whose row nobody else may change until the end of the transaction. (SQLite has
    /// one writer anyway.)
    pub(crate) fn for_update(&self) -> &'static str {
        match self {
            Connection::File(_) => "",
            Connection::Postgres(_) => " FOR UPDATE",
        }
    }

    /// Before a bulk: PostgreSQL's own housekeeping would go through tables that grow, and be in the way of what ends the bulk.
    /// The keys of some tables are left out until [`Connection::make_keys`]: made at once they cost less than kept up to date.
    /// (SQLite's are the tables themselves.)
    pub(crate) async fn begin_bulk(
        &mut self,
        without_keys: impl Iterator<Item = &'static Table>,
    ) -> Result<(), ReadModelError> {
        self.on_all_tables("SET (autovacuum_enabled = off)").await?;
        self.on_tables(without_keys, |table| format!("DROP CONSTRAINT {}_pkey", table.name)).await
    }

    /// Makes a key that [`Connection::begin_bulk`] left out. Fails where two rows have the same.
    pub(crate) async fn make_key(&mut self, of: &'static Table) -> Result<(), ReadModelError> {
        let add = |table: &Table| format!("ADD PRIMARY KEY ({})", rows::names(table, table.key));
        self.on_tables(std::iter::once(of), add).await
    }

    /// After [`Connection::begin_bulk`] and the bulk.
    pub(crate) async fn end_bulk(&mut self) -> Result<(), ReadModelError> {
        self.on_all_tables("RESET (autovacuum_enabled)").await
    }

    async fn on_all_tables(&mut self, what: &str) -> Result<(), ReadModelError> {
        self.on_tables(tables::ALL.iter().copied(), |_| what.to_owned()).await
    }

    async fn on_tables(
        &mut self,
        some: impl Iterator<Item = &'static Table>,
        what: impl Fn(&Table) -> String,
    ) -> Result<(), ReadModelError> {
        let Connection::Postgres(_) = self else { return Ok(()) };
        let each: Vec<_> = some.map(|table| format!("ALTER TABLE {} {}", table.name, what(table))).collect();
        if each.is_empty() {
            return Ok(());
        }
        self.run(&each.join("; ")).await
    }

    /// Lets PostgreSQL sort in memory while indexes are made, by so many at the same time: each by one process, since those that
    /// share one out write their parts into files and read them back, and take the processor from the others.
    pub(crate) async fn prepare_for_indexes(&mut self, makers: usize) -> Result<(), ReadModelError> {
        let Connection::Postgres(_) = self else { return Ok(()) };
        let each = INDEX_MIB / makers.max(1);
        let settings = format!(
            "SET LOCAL maintenance_work_mem = '{each}MB'; SET LOCAL max_parallel_maintenance_workers = 0"
        );
        self.run(&settings).await
    }

    /// Lets PostgreSQL count what is there, so that it plans questions well from the start. (SQLite plans by the
    /// indexes alone, and always alike.)
    pub(crate) async fn count_rows(&mut self, of: &'static Table) -> Result<(), ReadModelError> {
        let Connection::Postgres(_) = self else { return Ok(()) };
        // A tenth of the usual sample: it tells large tables from small ones, and keys from columns of few values.
        self.run(&format!("SET LOCAL default_statistics_target = 10; ANALYZE {}", of.name)).await
    }

    /// A statement of the schema in the engine's own words.
    pub(crate) fn dialect(&self, sql: &str) -> String {
        match self {
            Connection::File(_) => sqlite::dialect(sql),
            Connection::Postgres(_) => postgres::dialect(sql),
        }
    }

    /// Whether the database holds no table at all.
    pub(crate) async fn is_empty(&mut self) -> Result<bool, ReadModelError> {
        let sql = match self {
            Connection::File(_) => sqlite::TABLES,
            Connection::Postgres(_) => postgres::TABLES,
        };
        let rows = self.fetch(sql, Vec::new()).await?;
        Ok(rows.first().and_then(|row| row.number_at("tables").ok().flatten()) == Some(0))
    }

    /// Runs a statement that makes, locks or renames something; no value of a row is in it.
    pub(crate) async fn run(&mut self, sql: &str) -> Result<(), ReadModelError> {
        let done = match self {
            Connection::File(tx) => {
                sqlx::raw_sql(AssertSqlSafe(sqlite::dialect(sql))).execute(&mut **tx).await.map(drop)
            }
            Connection::Postgres(tx) => {
                sqlx::raw_sql(AssertSqlSafe(postgres::dialect(sql))).execute(&mut **tx).await.map(drop)
            }
        };
        done.map_err(ReadModelError::storage("making the tables"))
    }

    /// All rows of a question. The SQL is made of constants of this crate only; what comes from outside is
    /// bound.
    pub(crate) async fn fetch(
        &mut self,
        sql: impl Into<String>,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, ReadModelError> {
        let failed = ReadModelError::storage("asking the read model");
        match self {
            Connection::File(tx) => {
                let rows = sqlite::bound(sql.into(), values).fetch_all(&mut **tx).await;
                Ok(rows.map_err(failed)?.into_iter().map(Row::File).collect())
            }
            Connection::Postgres(tx) => {
                let rows = postgres::bound(sql.into(), values).fetch_all(&mut **tx).await;
                Ok(rows.map_err(failed)?.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// The rows of a question one by one, for tables that do not fit into memory.
    pub(crate) fn stream(
        &mut self,
        sql: String,
        values: Vec<Value>,
    ) -> BoxStream<'_, Result<Row, sqlx::Error>> {
        match self {
            Connection::File(tx) => {
                sqlite::bound(sql, values).fetch(&mut **tx).map(|row| row.map(Row::File)).boxed()
            }
            Connection::Postgres(tx) => {
                let rows = postgres::bound(sql, values).fetch(&mut **tx);
                rows.map(|row| row.map(Row::Postgres)).boxed()
            }
        }
    }

    /// All rows that `select` gives with the keys as a table `k(k1, …)`, in as few questions as can be.
    pub(crate) async fn fetch_by_keys<const N: usize>(
        &mut self,
        select: &str,
        keys: impl Iterator<Item = [Value; N]>,
    ) -> Result<Vec<Row>, ReadModelError> {
        let mut keys = keys.flatten().collect::<Vec<_>>().into_iter();
        let mut rows = Vec::new();
        while keys.len() > 0 {
            let count = keys.len() / N;
            match self {
                Connection::File(_) => {
                    let count = sqlite::chunk(count);
                    let sql = format!("{} {select}", sqlite::key_table(N, count));
                    rows.extend(self.fetch(sql, keys.by_ref().take(count * N).collect()).await?);
                }
                Connection::Postgres(tx) => {
                    let count = count.min(postgres::KEYS_AT_ONCE);
                    let sql = format!("{} {select}", postgres::key_table(N));
                    let keys: Vec<Value> = keys.by_ref().take(count * N).collect();
                    rows.extend(postgres::fetch_by_keys(tx, sql, N, &keys).await?);
                }
            }
        }
        Ok(rows)
    }

    /// Writes rows of a table. `new`: it has no row with any of their keys.
    pub(crate) async fn write(
        &mut self,
        table: &'static Table,
        rows: &CopyRows,
        new: bool,
    ) -> Result<(), ReadModelError> {
        let done = match self {
            Connection::File(tx) => sqlite::write(tx, table, rows).await,
            Connection::Postgres(tx) => postgres::write(tx, table, rows, new).await,
        };
        done.map_err(ReadModelError::storage("writing rows"))
    }

    /// Deletes the rows of `table` that begin with one of these.
    pub(crate) async fn delete(
        &mut self,
        table: &'static Table,
        keys: &CopyRows,
    ) -> Result<(), ReadModelError> {
        let done = match self {
            Connection::File(tx) => sqlite::delete(tx, table, keys).await,
            Connection::Postgres(tx) => postgres::delete(tx, table, keys).await,
        };
        done.map_err(ReadModelError::storage("deleting rows"))
    }
}

/// A column by its name or its place.
pub(crate) trait Column: ColumnIndex<SqliteRow> + ColumnIndex<PgRow> + Copy {}
impl<T: ColumnIndex<SqliteRow> + ColumnIndex<PgRow> + Copy> Column for T {}

impl Row {
    pub(crate) fn number_at(&self, column: impl Column) -> Result<Option<i64>, sqlx::Error> {
        match self {
            Row::File(row) => row.try_get(column),
            // A constant in SQL is a shorter integer there.
            Row::Postgres(row) => row
                .try_get(column)
                .or_else(|e| row.try_get::<Option<i32>, _>(column).map(|n| n.map(i64::from)).map_err(|_| e)),
        }
    }

    pub(crate) fn text_at(&self, column: impl Column) -> Result<Option<String>, sqlx::Error> {
        match self {
            Row::File(row) => row.try_get(column),
            Row::Postgres(row) => row.try_get(column),
        }
    }

    pub(crate) fn bytes_at(&self, column: impl Column) -> Result<Option<Vec<u8>>, sqlx::Error> {
        match self {
            Row::File(row) => row.try_get(column),
            Row::Postgres(row) => row.try_get(column),
        }
    }
}
