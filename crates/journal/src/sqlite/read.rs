//! Connections that read.

use super::file;
use crate::error::Damage;
use crate::{ReadError, ReadLimit, Records};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// So many connections are kept for the next reader.
const IDLE: usize = 8;

/// Idle connections: as many readers as like read at once, each through one of its own.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Readers {
        Readers { path, idle: Mutex::default() }
    }

    /// Lends a connection; one that has seen an error is not used again.
    pub(super) fn with<T>(
        &self,
        use_it: impl FnOnce(&Connection) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = match idle {
            Some(conn) => conn,
            None => file::connect_reader(&self.path).map_err(|e| file::read_error(0, e))?,
        };
        let out = use_it(&conn)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(conn);
        }
        Ok(out)
    }

    pub(super) fn read(&self, from: u64, limit: ReadLimit) -> Result<Records, ReadError> {
        self.with(|conn| read(conn, from, limit))
    }
}

/// Bytes to set aside for a read, so that the buffer is not moved as it grows: a guess of 1 KiB an entry.
fn room(limit: ReadLimit) -> usize {
    limit.entries.saturating_mul(1024).min(limit.bytes).clamp(1024, 8 << 20)
}

/// Copies rows into one buffer, and looks at nothing but their order: the pages of a torn file may lead back to rows that
/// were read before, and whoever reads on from the last one would never come to an end.
pub(super) fn read(conn: &Connection, from: u64, limit: ReadLimit) -> Result<Records, ReadError> {
    let Ok(first) = i64::try_from(from) else { return Ok(Records::default()) };
    let (mut near, mut next, mut disorder) = (from, from, None);
    let mut scan = || {
        let mut statement =
            conn.prepare_cached("SELECT seq, header, salt, body FROM entry WHERE seq >= ? ORDER BY seq")?;
        let mut rows = statement.query([first])?;
        let mut records = Records::default();
        while let Some(row) = rows.next()? {
            let (position, record) = file::columns(row)?;
            if position < next {
                disorder = Some(position);
                break;
            }
            (near, next) = (position, position.saturating_add(1));
            if records.is_empty() {
                records = Records::with_capacity(limit.entries.min(8192), room(limit));
            }
            if !limit.admits(&records, record.header.len() + record.salt.len() + record.body.len()) {
                break;
            }
            records.push(position, &record);
            if records.len() >= limit.entries {
                break;
            }
        }
        Ok(records)
    };
    let records = scan().map_err(|e| file::read_error(near, e))?;
    match disorder {
        // What is before it is in order; whoever reads on meets it.
        Some(found) if records.is_empty() => {
            Err(ReadError::damaged(from, Damage::Order { wanted: from, found }))
        }
        _ => Ok(records),
    }
}
