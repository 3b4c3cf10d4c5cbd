//! The file: its tables, its settings, the statements that write and read it.

use super::mark;
use super::tables::{self, TABLES};
use crate::error::Damage;
use crate::{Entry, OpenError, ReadError};
use chain::{Hash, Head, Header, Record, Refusal, accept, entry_hash};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, TransactionBehavior};
use std::path::Path;
use std::time::Duration;

const FORMAT: &str = "1";

/// Bytes of a page. Measured with entries of 850 bytes against this size: pages of 4 KiB are written at 0.85
/// of the rate and read at 0.5 (more calls a byte), of 8 KiB at 0.8 and 0.65, of 32 KiB at 0.9 and 0.75; and
/// every single append writes at least one page.
pub(super) const PAGE_SIZE: u32 = 16 * 1024;
/// Pages in the write-ahead log after which a commit also moves them into the database: 64 MiB. Less costs
/// more fsyncs a byte; more costs disk and makes one commit in many wait longer. It is done by the writer
/// and not beside it, since a log that is written all the time never comes to its end and grows.
const CHECKPOINT_PAGES: u32 = 4096;
/// Memory for pages of one connection, in KiB as SQLite wants it.
const CACHE_KIB: i32 = -8 * 1024;
/// For how long a second writer's transaction is waited for.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// Opens a connection that writes. `synchronous=FULL` makes a commit wait until the write-ahead log is on the
/// disk: an acknowledged entry survives power loss.
pub(super) fn connect_writer(path: &Path, create: bool) -> rusqlite::Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, create);
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(BUSY)?;
    if create {
        conn.pragma_update(None, "page_size", PAGE_SIZE)?;
    }
    conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| match row.get_ref(0)? {
        ValueRef::Text(b"wal") => Ok(()),
        // A file system without shared memory: there a reader would see half a commit.
        _ => Err(rusqlite::Error::InvalidQuery),
    })?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    conn.pragma_update(None, "cache_size", CACHE_KIB)?;
    // A batch is bounded, and a page that is written out early is written twice.
    conn.pragma_update(None, "cache_spill", false)?;
    conn.set_prepared_statement_cache_capacity(16);
    Ok(conn)
}

/// Opens a connection that only reads. It maps nothing into memory: a file cut short under a mapping ends the
/// process instead of the call, and copying is quick enough.
pub(super) fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(BUSY)?;
    conn.pragma_update(None, "cache_size", CACHE_KIB)?;
    Ok(conn)
}

/// Makes the tables. A crash in here leaves a file without tables, which `open` refuses as no journal and
/// `create` takes again.
pub(super) fn create(path: &Path, origin: &str) -> Result<(), OpenError> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() > 0) {
        // Looked at through a reader: somebody else's file must stay as it is.
        let tables = connect_reader(path).and_then(|conn| count(&conn));
        match tables.map_err(|e| (e.sqlite_error_code(), e)) {
            Ok(0) => {}
            Ok(_) | Err((Some(ErrorCode::NotADatabase), _)) => return Err(OpenError::Exists),
            Err((_, e)) => return Err(read_error(0, e).into()),
        }
    }
    let mut conn = connect_writer(path, true).map_err(|e| read_error(0, e))?;
    let made = (|| {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if count(&tx)? > 0 {
            return Ok(false);
        }
        tx.execute_batch(TABLES)?;
        let mut put = tx.prepare("INSERT INTO meta VALUES (?, ?)")?;
        for (key, value) in [("format", FORMAT), ("origin", origin)] {
            put.execute((key, value))?;
        }
        drop(put);
        tx.commit()?;
        Ok(true)
    })();
    if !made.map_err(|e| read_error(0, e))? {
        return Err(OpenError::Exists);
    }
    // The folder's entry for the file must be durable too, or power loss takes the whole journal.
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let synced = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|e| ReadError::io(e).into())
}

fn count(conn: &Connection) -> rusqlite::Result<u32> {
    conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
}

/// Looks whether the file holds the tables of this program and nothing beside them.
pub(super) fn only_ours(conn: &Connection, near: u64) -> Result<(), ReadError> {
    match tables::strange(conn).map_err(|e| read_error(near, e))? {
        None => Ok(()),
        Some(strange) => Err(ReadError::damaged(near, Damage::Tables(strange))),
    }
}

/// The origin that the file was created with, if it is a journal of our format.
pub(super) fn origin(conn: &Connection) -> Result<String, OpenError> {
    let tables: u32 = conn
        .query_row("SELECT count(*) FROM sqlite_schema WHERE name IN ('meta', 'entry')", [], |row| row.get(0))
        .map_err(|e| match e.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => OpenError::NoJournal,
            _ => read_error(0, e).into(),
        })?;
    if tables != 2 {
        return Err(OpenError::NoJournal);
    }
    only_ours(conn, 0)?;
    let meta = |key| {
        let value: rusqlite::Result<Option<String>> =
            conn.query_row("SELECT value FROM meta WHERE key = ?", [key], |row| row.get(0)).optional();
        value.map_err(|e| OpenError::from(read_error(0, e)))?.ok_or(OpenError::NoJournal)
    };
    let found = meta("format")?;
    if found != FORMAT {
        return Err(OpenError::Format { found, known: FORMAT });
    }
    meta("origin")
}

/// Writes durably, in order that everything before it in the write-ahead log is durable as well, and that
/// nothing can follow there any more that a failed commit left behind.
///
/// Why that is needed: a commit whose fsync failed may have left a whole transaction in the log which this
/// connection holds for undone, but which a restart would find and replay. The next transaction overwrites
/// it from its first frame on. And what a killed process wrote just before its fsync is read at the next open
/// without being on the disk yet.
///
/// The same write puts the [mark](super::mark) of the file `own`: from here on it is written to.
///
/// A crash in here leaves either state, and nobody was told of one.
pub(super) fn fence(conn: &mut Connection, own: i32) -> rusqlite::Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let counter: i32 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    tx.pragma_update(None, "user_version", counter.wrapping_add(1))?;
    mark::set(&tx, own)?;
    tx.commit()
}

/// A number that changes when another connection has changed the file.
pub(super) fn data_version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

/// The head that the last stored entry makes, after the entry was checked by itself: header, salt, body and
/// place. `near` is the last sequence known so far, for the error.
pub(super) fn last(conn: &Connection, origin: &str, near: u64) -> Result<Head, ReadError> {
    let mut statement = conn
        .prepare_cached("SELECT seq, header, salt, body FROM entry ORDER BY seq DESC LIMIT 1")
        .map_err(|e| read_error(near, e))?;
    let mut rows = statement.query([]).map_err(|e| read_error(near, e))?;
    let Some(row) = rows.next().map_err(|e| read_error(near, e))? else {
        return Ok(Head::genesis(origin));
    };
    let (position, record) = columns(row).map_err(|e| read_error(near, e))?;
    let head = alone(&record).map_err(|refusal| ReadError::damaged(position, Damage::Last(refusal)))?;
    if head.seq != position {
        return Err(ReadError::damaged(position, Damage::Place { position, seq: head.seq }));
    }
    Ok(head)
}

/// Whether the entry that made `known` is still what it was; before the first entry there is nothing to ask.
pub(super) fn holds(conn: &Connection, known: &Head) -> Result<(), ReadError> {
    if known.seq == 0 {
        return Ok(());
    }
    let found = conn
        .prepare_cached("SELECT seq, header, salt, body FROM entry WHERE seq = ?")
        .and_then(|mut statement| {
            statement.query_row([known.seq.cast_signed()], |row| Ok(alone(&columns(row)?.1).ok())).optional()
        })
        .map_err(|e| read_error(known.seq, e))?;
    if found.flatten() == Some(*known) { Ok(()) } else { Err(ReadError::damaged(known.seq, Damage::Shorter)) }
}

/// The head that the entry `seq` makes, looked at by itself.
pub(super) fn head_at(conn: &Connection, seq: u64) -> Result<Head, ReadError> {
    let gone = || ReadError::damaged(seq, Damage::Shorter);
    let found = conn
        .prepare_cached("SELECT seq, header, salt, body FROM entry WHERE seq = ?")
        .and_then(|mut statement| {
            statement.query_row([seq.cast_signed()], |row| Ok(alone(&columns(row)?.1))).optional()
        })
        .map_err(|e| read_error(seq, e))?;
    found.ok_or_else(gone)?.map_err(|refusal| ReadError::damaged(seq, Damage::Chain(refusal)))
}

/// The hash of the header that stands at `seq`, whatever is in it; `None` where there is none.
pub(super) fn hash_of(conn: &Connection, seq: u64) -> Result<Option<Hash>, ReadError> {
    let header: Option<Vec<u8>> = conn
        .prepare_cached("SELECT header FROM entry WHERE seq = ?")
        .and_then(|mut statement| statement.query_row([seq.cast_signed()], |row| row.get(0)).optional())
        .map_err(|e| read_error(seq, e))?;
    Ok(header.and_then(|header| header.as_slice().try_into().ok().map(entry_hash)))
}

/// The head that a record makes if it follows what it says it follows.
fn alone(record: &Record<'_>) -> Result<Head, Refusal> {
    let header = Header::decode(record.header)?;
    let before = Head { seq: header.seq.wrapping_sub(1), hash: header.prev, recorded_at: 0 };
    accept(&before, record).map(|accepted| accepted.head)
}

/// A row of `seq, header, salt, body`.
#[inline]
pub(super) fn columns<'a>(row: &'a Row<'_>) -> rusqlite::Result<(u64, Record<'a>)> {
    let position = match row.get_ref(0)? {
        ValueRef::Integer(seq) => seq.cast_unsigned(),
        _ => 0,
    };
    let record = Record { header: blob(row, 1)?, salt: blob(row, 2)?, body: blob(row, 3)? };
    Ok((position, record))
}

/// The column's bytes. Where a damaged file makes it of another type, none: so it is void by its content, and the
/// damage is found.
#[inline]
fn blob<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<&'a [u8]> {
    Ok(match row.get_ref(column)? {
        ValueRef::Blob(bytes) => bytes,
        ValueRef::Text(_) | ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => &[],
    })
}

/// Rows of one INSERT. More of them save nothing.
const ROWS: usize = 64;

/// Inserts entries from `seq` on, inside the caller's transaction. What changed is held against what was given: so many
/// rows and no other, and the last of them as it was given.
pub(super) fn insert(conn: &Connection, seq: u64, entries: &[Entry]) -> rusqlite::Result<()> {
    let before = conn.total_changes();
    insert_all(conn, seq, entries)?;
    let changed = usize::try_from(conn.total_changes().wrapping_sub(before)).unwrap_or(usize::MAX);
    let Some(last) = entries.last() else { return Ok(()) };
    let at = seq.cast_signed().wrapping_add_unsigned(entries.len() as u64 - 1);
    let is_there = conn
        .prepare_cached("SELECT header, salt, body FROM entry WHERE seq = ?")?
        .query_row([at], |row| {
            Ok(blob(row, 0)? == last.header && blob(row, 1)? == last.salt && blob(row, 2)? == last.body)
        })
        .optional()?;
    match is_there {
        Some(true) if changed == entries.len() => Ok(()),
        // What was stored is not what was given: nothing of the transaction may stay.
        Some(_) | None => Err(rusqlite::Error::StatementChangedRows(changed)),
    }
}

fn insert_all(conn: &Connection, seq: u64, entries: &[Entry]) -> rusqlite::Result<()> {
    let mut seq = seq.cast_signed();
    let mut rest = entries;
    while !rest.is_empty() {
        let rows = if rest.len() >= ROWS {
            ROWS
        } else if rest.len() >= 8 {
            8
        } else {
            1
        };
        let (now, later) = rest.split_at(rows);
        let mut statement = conn.prepare_cached(insert_sql(rows))?;
        let mut parameter = 1;
        for entry in now {
            statement.raw_bind_parameter(parameter, seq)?;
            statement.raw_bind_parameter(parameter + 1, &entry.header[..])?;
            statement.raw_bind_parameter(parameter + 2, &entry.salt[..])?;
            statement.raw_bind_parameter(parameter + 3, &entry.body[..])?;
            parameter += 4;
            seq += 1;
        }
        statement.raw_execute()?;
        rest = later;
    }
    Ok(())
}

fn insert_sql(rows: usize) -> &'static str {
    use std::sync::LazyLock;
    fn text(rows: usize) -> String {
        format!("INSERT INTO entry VALUES {}", vec!["(?,?,?,?)"; rows].join(","))
    }
    static MANY: LazyLock<String> = LazyLock::new(|| text(ROWS));
    static EIGHT: LazyLock<String> = LazyLock::new(|| text(8));
    static ONE: LazyLock<String> = LazyLock::new(|| text(1));
    match rows {
        1 => &ONE,
        8 => &EIGHT,
        _ => &MANY,
    }
}

/// What SQLite says of a read near `near`, by what can be done about it.
pub(super) fn read_error(near: u64, error: rusqlite::Error) -> ReadError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => ReadError::damaged(near, error),
        _ => ReadError::io(error),
    }
}
