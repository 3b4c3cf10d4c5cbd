//! The read model made anew from a journal, beside what the database does by itself with the rows that come out.

use super::mixed::Site;
use super::places::Folder;
use super::rig::{Rig, submit};
use super::stopwatch::{peak_memory_mib, per_second};
use super::workload::{CHUNK, SEED};
use super::{Rates, Report, round, thousands};
use crate::failure::Failure;
use crate::follow;
use crate::reach;
use ledger::Reader;
use readmodel::{Database, ReadModel};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use serde::Serialize;
use std::path::Path;
use std::time::{Duration, Instant};

/// Rows in one plain statement, and statements in one transaction.
const ROWS: usize = 64;
const STATEMENTS: usize = 300;

/// What [`measure`] found; rates in entries.
#[derive(Debug, Serialize)]
pub(crate) struct Rebuild {
    #[serde(flatten)]
    rates: Rates,
    seed: u64,
    entries: u64,
    /// Where the read model was made.
    place: String,
    /// Rows of the read model, of all tables; 0 = none is long enough to be measured.
    rows: u64,
    seconds: f64,
    /// Of these, making the indexes and putting the read model in place.
    finish_seconds: f64,
    rows_per_s: f64,
    raw_rows_per_s: f64,
    /// Up to the end of the rebuild: the comparison holds a whole table in memory.
    peak_memory_mib: Option<f64>,
}

/// Into a SQLite file in the folder, or into the schema `wageledger_bench` of a PostgreSQL database.
pub(super) async fn measure(
    folder: &Folder,
    entries: u64,
    postgres: Option<&str>,
) -> Result<Rebuild, Failure> {
    let database = match postgres {
        None => Database::File(folder.join("readmodel.sqlite")),
        Some(url) => Database::postgres(url, "wageledger_bench")?,
    };
    reach::database(&database)?;
    of_sites(folder.path(), entries, &database).await
}

/// A ledger of building sites is made in `folder`, then its read model in `database`, which is removed at the end.
pub(super) async fn of_sites(folder: &Path, entries: u64, database: &Database) -> Result<Rebuild, Failure> {
    let rig = Rig::create(folder).await?;
    let mut site = Site::new(entries)?;
    loop {
        let chunk = site.next_chunk(CHUNK as usize)?;
        if chunk.is_empty() {
            break;
        }
        submit(&rig.ledger, chunk).await?;
    }
    let reader = rig.ledger.reader().clone();
    let measured = of_journal(&reader, database, &folder.join("raw.sqlite")).await;
    rig.ledger.close().await;
    database.remove().await?;
    measured
}

/// Makes a read model of a whole journal in `database`, in the place of what is there, and measures beside it
/// what the database does by itself with the same rows: of a file plain inserts into `beside`, of PostgreSQL
/// binary COPY into bare tables ([`readmodel::raw_copy`]).
async fn of_journal(reader: &Reader, database: &Database, beside: &Path) -> Result<Rebuild, Failure> {
    let start = Instant::now();
    let model = ReadModel::begin_rebuild(database, reader.journal().origin()).await?;
    let cursor = follow::project(reader.entries(), &model, None, &|_| {}).await?;
    let written = start.elapsed();
    model.finish_rebuild(database).await?;
    let ours = start.elapsed();
    let peak_memory_mib = peak_memory_mib();
    let (rows, raw_rows_per_s) = match (readmodel::raw_copy(database).await?, database) {
        (Some(raw), _) => (raw.rows + raw.left_out, per_second(raw.rows, raw.took)),
        (None, Database::File(path)) => {
            let (rows, took) = tokio::task::block_in_place(|| copied(path, beside))?;
            (rows, per_second(rows, took))
        }
        (None, Database::Postgres(_)) => (0, 0.0),
    };
    let raw_per_s = if rows == 0 { 0.0 } else { raw_rows_per_s * cursor.seq as f64 / rows as f64 };
    Ok(Rebuild {
        rates: Rates::new("rebuild", per_second(cursor.seq, ours), raw_per_s),
        seed: SEED,
        entries: cursor.seq,
        place: database.to_string(),
        rows,
        seconds: round(ours.as_secs_f64(), 3),
        finish_seconds: round((ours - written).as_secs_f64(), 3),
        rows_per_s: per_second(rows, ours).round(),
        raw_rows_per_s: raw_rows_per_s.round(),
        peak_memory_mib,
    })
}

/// Inserts every row of every table into a new database with the same tables and settings, with nothing
/// around it; the number of rows, and the time that inserting took.
fn copied(from: &Path, to: &Path) -> Result<(u64, Duration), Failure> {
    let (from, to) = (Connection::open(from)?, Connection::open(to)?);
    to.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    to.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536")?;
    let mut schema =
        from.prepare("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type DESC")?;
    let mut tables = Vec::new();
    let mut rows = schema.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, name, sql): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        to.execute_batch(&sql)?;
        if kind == "table" {
            tables.push(name);
        }
    }
    let (mut count, mut elapsed) = (0, Duration::ZERO);
    for table in tables {
        let mut all = from.prepare(&format!("SELECT * FROM \"{table}\""))?;
        let columns = all.column_count();
        let mut rows = all.query([])?;
        loop {
            let mut chunk: Vec<Vec<Value>> = Vec::new();
            while chunk.len() < ROWS * STATEMENTS
                && let Some(row) = rows.next()?
            {
                chunk.push((0..columns).map(|at| row.get(at)).collect::<Result<_, _>>()?);
            }
            if chunk.is_empty() {
                break;
            }
            count += chunk.len() as u64;
            let start = Instant::now();
            insert(&to, &table, columns, &chunk)?;
            elapsed += start.elapsed();
        }
    }
    Ok((count, elapsed))
}

fn insert(to: &Connection, table: &str, columns: usize, rows: &[Vec<Value>]) -> rusqlite::Result<()> {
    let tx = to.unchecked_transaction()?;
    for part in rows.chunks(ROWS) {
        let row = format!("({})", vec!["?"; columns].join(","));
        let sql = format!("INSERT INTO \"{table}\" VALUES {}", vec![row; part.len()].join(","));
        tx.prepare_cached(&sql)?.execute(params_from_iter(part.iter().flatten()))?;
    }
    tx.commit()
}

impl Report for Rebuild {
    fn lines(&self) -> Vec<String> {
        if self.rows == 0 {
            let rate = thousands(self.rates.rate_per_s);
            return vec![format!(
                "rebuild: {rate} entries/s; too few rows to measure the database by itself"
            )];
        }
        let mut lines = vec![
            self.rates.line("entries"),
            format!(
                "{} rows from {} entries in {:.2} s ({:.2} s of it for indexes), seed {}: {} rows/s; the database by \
                 itself {} rows/s; in {}",
                thousands(self.rows as f64),
                thousands(self.entries as f64),
                self.seconds,
                self.finish_seconds,
                self.seed,
                thousands(self.rows_per_s),
                thousands(self.raw_rows_per_s),
                self.place
            ),
        ];
        lines.extend(self.peak_memory_mib.map(|mib| format!("peak memory up to its end: {mib} MiB")));
        lines
    }
}
