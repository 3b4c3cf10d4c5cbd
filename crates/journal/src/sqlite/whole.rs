//! What is looked at before a journal is believed: its mark, and the head file beside it.

use super::headfile::{self, Seen};
use super::{file, mark, read};
use crate::error::Damage;
use crate::{OpenError, ReadError, ReadLimit};
use chain::{Hash, Head, accept};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;

/// So many entries at the end are looked at when a writer goes on where another was killed.
const TAIL: u64 = 4_096;

/// What was found of a journal's file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) head: Head,
    /// It was copied while it was written to. Every entry of it was looked at.
    pub(super) copied: bool,
    /// Something may be in the write-ahead log that is not in the file.
    pub(super) unsettled: bool,
    /// There is a head file that can be read.
    pub(super) noted: bool,
}

/// Looks at the journal at `path`, which `conn` reads, and at its head file; also beside a writer.
pub(super) fn look(path: &Path, conn: &Connection, origin: &str, to_write: bool) -> Result<Found, OpenError> {
    // The head first: a writer moves the journal on meanwhile, and it must not seem to be behind.
    let seen = headfile::read(&headfile::beside(path));
    let sql = |error| OpenError::from(file::read_error(0, error));
    let own = mark::identity(path).map_err(ReadError::io)?;
    let (mark, log) = (mark::get(conn).map_err(sql)?, mark::log_len(path));
    let unsettled = mark != 0 || log > 0;
    let copied = mark != own && unsettled;
    if !unsettled {
        all_pages(path, conn)?;
    }
    let missing = match &seen {
        Seen::Missing => Some("without its head file".to_owned()),
        Seen::Unreadable(what) => Some(format!("and its head file cannot be read ({what})")),
        Seen::Entry(..) => None,
    };
    if let Some(missing) = missing.filter(|_| copied && mark != 0) {
        return Err(OpenError::Incomplete { journal: shown(path), head_file: head_file(path), missing });
    }
    let head = match copied {
        true => walk(conn, Head::genesis(origin)).map_err(|error| torn(path, error))?,
        false => file::last(conn, origin, 0)?,
    };
    if to_write && mark == own && head.seq > 0 {
        tail(conn, &head, origin).map_err(|error| torn(path, error))?;
    }
    let noted = matches!(seen, Seen::Entry(..));
    match seen {
        Seen::Entry(seq, hash) => holds(path, conn, (seq, hash), &head)?,
        Seen::Unreadable(what) => {
            tracing::warn!("{} cannot be read and is made anew: {what}", head_file(path));
        }
        Seen::Missing => {}
    }
    Ok(Found { head, copied, unsettled, noted })
}

/// A file that nobody writes to is as long as it says: SQLite reads what was cut off its last page as zeros, and would
/// write on behind them.
fn all_pages(path: &Path, conn: &Connection) -> Result<(), OpenError> {
    let sql = |error| OpenError::from(file::read_error(0, error));
    let number = |name: &str| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(sql);
    let says = number("page_count")?.saturating_mul(number("page_size")?);
    let length = std::fs::metadata(path).map_err(ReadError::io)?.len();
    // A writer that has begun in between has marked the file.
    if length >= says.cast_unsigned() || mark::get(conn).map_err(sql)? != 0 {
        return Ok(());
    }
    Err(torn(path, ReadError::damaged(0, Damage::Cut { says: says.cast_unsigned(), length })))
}

/// A head file where there is no journal says that one was there.
pub(super) fn nothing_was_there(path: &Path, origin: &str) -> Result<(), OpenError> {
    match headfile::read(&headfile::beside(path)) {
        Seen::Entry(seq, hash) if seq > 0 => Err(OpenError::Shorter {
            journal: shown(path),
            head_file: head_file(path),
            seen: (seq, hash),
            found: Box::new(Head::genesis(origin)),
        }),
        _ => Ok(()),
    }
}

/// The journal has the entry that the head file names.
fn holds(path: &Path, conn: &Connection, seen: (u64, Hash), head: &Head) -> Result<(), OpenError> {
    let (seq, hash) = seen;
    if seq == 0 {
        return Ok(());
    }
    if seq > head.seq {
        let (journal, head_file) = (shown(path), head_file(path));
        return Err(OpenError::Shorter { journal, head_file, seen, found: Box::new(*head) });
    }
    let found = if seq == head.seq { Some(head.hash) } else { file::hash_of(conn, seq)? };
    match found {
        Some(found) if found == hash => Ok(()),
        found => Err(OpenError::Replaced { journal: shown(path), head_file: head_file(path), seen, found }),
    }
}

/// Every entry after `head`, each accepted after the one before it; the last of them.
fn walk(conn: &Connection, mut head: Head) -> Result<Head, ReadError> {
    loop {
        let records = read::read(conn, head.seq.saturating_add(1), ReadLimit::BULK)?;
        if records.is_empty() {
            // What stands below the first position is no entry.
            return Ok(head);
        }
        for (position, record) in records.iter() {
            let next = accept(&head, &record)
                .map_err(|refusal| ReadError::damaged(head.seq.saturating_add(1), Damage::Chain(refusal)))?;
            if position != next.head.seq {
                return Err(ReadError::damaged(position, Damage::Place { position, seq: next.head.seq }));
            }
            head = next.head;
        }
    }
}

/// The entries at the end chain on each other.
fn tail(conn: &Connection, last: &Head, origin: &str) -> Result<(), ReadError> {
    let before = last.seq.saturating_sub(TAIL);
    let from = match before {
        0 => Head::genesis(origin),
        seq => file::head_at(conn, seq)?,
    };
    walk(conn, from).map(drop)
}

fn torn(path: &Path, error: ReadError) -> OpenError {
    match error {
        ReadError::Damaged { near, source } => OpenError::Torn { journal: shown(path), near, source },
        io @ ReadError::Io { .. } => io.into(),
    }
}

fn shown(path: &Path) -> Arc<str> {
    path.display().to_string().into()
}

fn head_file(path: &Path) -> Arc<str> {
    shown(&headfile::beside(path))
}
