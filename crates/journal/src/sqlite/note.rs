//! What a file that is a copy of another store remembers of it. A hint and no truth: whoever uses it looks
//! whether it still holds.

use super::file;
use super::tables::TOPIC;
use crate::ReadError;
use chain::Hash;
use rusqlite::{Connection, ErrorCode, OptionalExtension};
use std::sync::Arc;

/// Where the entry `seq` is in the topic that the file is a copy of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Note {
    pub(crate) topic: Arc<str>,
    pub(crate) seq: u64,
    pub(crate) hash: Hash,
    pub(crate) offset: i64,
    /// Voids up to there that equal an accepted entry.
    pub(crate) repeats: u64,
    /// All other voids up to there.
    pub(crate) strangers: u64,
}

/// Writes the note inside the caller's transaction.
pub(super) fn put(conn: &Connection, note: &Note) -> rusqlite::Result<()> {
    const PUT: &str = "INSERT OR REPLACE INTO topic VALUES (1, ?, ?, ?, ?, ?, ?)";
    let mut statement = match conn.prepare_cached(PUT) {
        Ok(statement) => statement,
        Err(_) => {
            conn.execute_batch(TOPIC)?;
            conn.prepare_cached(PUT)?
        }
    };
    statement.execute((
        &*note.topic,
        note.seq.cast_signed(),
        &note.hash.0,
        note.offset,
        note.repeats.cast_signed(),
        note.strangers.cast_signed(),
    ))?;
    Ok(())
}

/// The note, if there is one that can be read: a damaged one is as good as none.
pub(super) fn get(conn: &Connection) -> Result<Option<Note>, ReadError> {
    const GET: &str = "SELECT name, seq, hash, at, repeats, strangers FROM topic";
    let read = || {
        let there: bool =
            conn.query_row("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'topic')", [], |row| {
                row.get(0)
            })?;
        if !there {
            return Ok(None);
        }
        let row = |row: &rusqlite::Row<'_>| {
            Ok(Note {
                topic: row.get::<_, String>(0)?.into(),
                seq: row.get::<_, i64>(1)?.cast_unsigned(),
                hash: Hash(row.get(2)?),
                offset: row.get(3)?,
                repeats: row.get::<_, i64>(4)?.cast_unsigned(),
                strangers: row.get::<_, i64>(5)?.cast_unsigned(),
            })
        };
        conn.query_row(GET, [], row).optional()
    };
    match read() {
        Err(error) if matches!(error.sqlite_error_code(), None | Some(ErrorCode::Unknown)) => {
            tracing::warn!(%error, "the note of the topic cannot be read");
            Ok(None)
        }
        read => read.map_err(|error| file::read_error(0, error)),
    }
}
