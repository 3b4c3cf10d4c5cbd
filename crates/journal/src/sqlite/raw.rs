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

/// Inserts the entries into a new journal file at `path` with the journal's own tables, settings and
/// statements, on this thread, committing (one fsync) after every `commit_every` entries. No queue, no
/// hashing, no check: what it leaves is a journal only if the entries chain.
pub fn raw_insert_rate(
    path: &Path,
    origin: &str,
    entries: &[Entry],
    commit_every: usize,
) -> Result<RawRate, OpenError> {
    file::create(path, origin)?;
    let conn = file::connect_writer(path, false).map_err(|e| file::read_error(0, e))?;
    let run = || {
        let mut seq = 1;
        let start = Instant::now();
        for chunk in entries.chunks(commit_every.max(1)) {
            conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            file::insert(&conn, seq, chunk)?;
            conn.prepare_cached("COMMIT")?.execute([])?;
            seq += chunk.len() as u64;
        }
        Ok(start.elapsed())
    };
    let elapsed = run().map_err(|e| file::read_error(0, e))?;
    let bytes = entries.iter().map(|entry| entry.stored_len() as u64).sum();
    Ok(RawRate { entries: entries.len() as u64, bytes, elapsed })
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
