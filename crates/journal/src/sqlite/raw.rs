//! What SQLite does by itself with the same bytes and settings: the limit that measurements compare with.

use super::file;
use crate::{Entry, OpenError};
use std::path::Path;
use std::time::{Duration, Instant};

/// A measured rate.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RawRate {
    /// Entries written or read.
    pub entries: u64,
    /// Bytes of header, salt and body together.
    pub bytes: u64,
    /// How long it took, the opening of the file not counted.
    pub elapsed: Duration,
}

impl RawRate {
    /// Entries a second.
    pub fn per_second(&self) -> f64 {
        self.entries as f64 / self.elapsed.as_secs_f64()
    }
}

/// Inserts the batches into a new journal file at `path` with the journal's own tables, settings and
/// statements, on this thread, with one commit (one fsync) a batch. No queue, no hashing, no check; the time
/// that `batches` takes to make one is not counted. What it leaves is a journal only if the entries chain.
pub fn raw_insert_rate(
    path: &Path,
    origin: &str,
    batches: impl Iterator<Item = Vec<Entry>>,
) -> Result<RawRate, OpenError> {
    file::create(path, origin)?;
    let conn = file::connect_writer(path, false).map_err(|e| file::read_error(0, e))?;
    let mut rate = RawRate { entries: 0, bytes: 0, elapsed: Duration::ZERO };
    for batch in batches {
        let start = Instant::now();
        let run = || {
            conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            file::insert(&conn, rate.entries + 1, &batch)?;
            conn.prepare_cached("COMMIT")?.execute([])
        };
        run().map_err(|e| file::read_error(rate.entries, e))?;
        rate.elapsed += start.elapsed();
        rate.entries += batch.len() as u64;
        rate.bytes += batch.iter().map(|entry| entry.stored_len() as u64).sum::<u64>();
    }
    Ok(rate)
}

/// Steps through all entries of the journal file at `path` with one statement, looking at every column and
/// keeping nothing.
pub fn raw_scan_rate(path: &Path) -> Result<RawRate, OpenError> {
    let conn = file::connect_reader(path).map_err(|e| file::read_error(0, e))?;
    let (mut entries, mut bytes) = (0, 0);
    let mut run = || {
        let start = Instant::now();
        let mut statement = conn.prepare("SELECT seq, header, salt, body FROM entry ORDER BY seq")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (_, record) = file::columns(row)?;
            entries += 1;
            bytes += (record.header.len() + record.salt.len() + record.body.len()) as u64;
        }
        Ok(start.elapsed())
    };
    let elapsed = run().map_err(|e| file::read_error(entries, e))?;
    Ok(RawRate { entries, bytes, elapsed })
}
