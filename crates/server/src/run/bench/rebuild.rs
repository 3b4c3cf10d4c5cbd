//! The read model made anew from a journal, beside plain inserts of the rows that come out.

use super::mixed::Site;
use super::places::Folder;
use super::rig::{ORIGIN, Rig, submit};
use super::stopwatch::per_second;
use super::workload::{CHUNK, SEED};
use super::{Rates, Report, round, thousands};
use crate::failure::Failure;
use crate::follow;
use readmodel::ReadModel;
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
pub(super) struct Rebuild {
    #[serde(flatten)]
    rates: Rates,
    seed: u64,
    entries: u64,
    /// Rows of the read model, of all tables.
    rows: u64,
    seconds: f64,
    rows_per_s: f64,
    raw_rows_per_s: f64,
}

pub(super) async fn measure(folder: &Folder, entries: u64) -> Result<Rebuild, Failure> {
    let rig = Rig::create(folder.path()).await?;
    let mut site = Site::new(entries)?;
    loop {
        let chunk = site.next_chunk(CHUNK as usize)?;
        if chunk.is_empty() {
            break;
        }
        submit(&rig.ledger, chunk).await?;
    }
    let reader = rig.ledger.reader().clone();
    let path = folder.join("readmodel.sqlite");
    let model = ReadModel::open(&path, ORIGIN).await?;
    let start = Instant::now();
    let cursor = follow::project(&reader, &model, None, &|_| {}).await?;
    let ours = start.elapsed();
    model.close().await;
    rig.ledger.close().await;
    let (rows, raw) = tokio::task::block_in_place(|| copied(&path, &folder.join("raw.sqlite")))?;
    Ok(Rebuild {
        rates: Rates::new("rebuild", per_second(cursor.seq, ours), per_second(cursor.seq, raw)),
        seed: SEED,
        entries: cursor.seq,
        rows,
        seconds: round(ours.as_secs_f64(), 3),
        rows_per_s: per_second(rows, ours).round(),
        raw_rows_per_s: per_second(rows, raw).round(),
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
        vec![
            self.rates.line("entries"),
            format!(
                "{} rows from {} entries in {:.2} s, seed {}: {} rows/s; plain inserts of them {} rows/s",
                thousands(self.rows as f64),
                thousands(self.entries as f64),
                self.seconds,
                self.seed,
                thousands(self.rows_per_s),
                thousands(self.raw_rows_per_s)
            ),
        ]
    }
}
