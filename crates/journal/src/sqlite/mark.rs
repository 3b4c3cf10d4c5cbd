//! The mark: whether the file alone holds everything, or is being written to.
//!
//! What was appended lies in the write-ahead log for a while, and whoever copies the file without the log, or both
//! one after the other while they change, has less than there was, or pages of different times. So the file says by
//! itself which file is being written to, in SQLite's `application_id`:
//!
//! - 0: everything that was appended is in this file;
//! - the identity of the file: it is open for writing, or its writer was killed. The log belongs to it;
//! - the identity of another file: this one is a copy that was made while the other was written to. Only what is
//!   checked from the first entry on, against the head file, is believed of it.
//!
//! The mark is in the file before anybody is told of an entry that is not.

use super::headfile::fnv;
use rusqlite::Connection;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Between two tries to bring the mark into the file past a reader that holds on to an older state.
const PAUSE: Duration = Duration::from_millis(5);
/// So often it is tried the first time. No reader of this program holds on for so long.
pub(super) const TRIES: usize = 1_000;

/// A number for the file at `path` that no copy of it has: made of inode and time of birth, which survive renaming and a
/// restart of the machine. Where the file system knows no time of birth, the device takes its place. Never 0.
pub(super) fn identity(path: &Path) -> io::Result<i32> {
    let file = std::fs::metadata(path)?;
    let born = file.created().ok().and_then(|born| born.duration_since(SystemTime::UNIX_EPOCH).ok());
    let place = born.map_or(u128::from(file.dev()), |born| born.as_nanos());
    let hash = fnv(&[&file.ino().to_be_bytes()[..], &place.to_be_bytes()[..]].concat());
    Ok(i32::try_from(hash >> 33).unwrap_or(i32::MAX).max(1))
}

pub(super) fn get(conn: &Connection) -> rusqlite::Result<i32> {
    conn.query_row("PRAGMA application_id", [], |row| row.get(0))
}

pub(super) fn set(conn: &Connection, mark: i32) -> rusqlite::Result<()> {
    conn.pragma_update(None, "application_id", mark)
}

/// Bytes in the write-ahead log of the file at `path`.
pub(super) fn log_len(path: &Path) -> u64 {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(PathBuf::from(log)).map_or(0, |log| log.len())
}

/// Moves the write-ahead log into the file, as far as readers allow; whether all of it is there now.
pub(super) fn move_log(conn: &Connection) -> rusqlite::Result<bool> {
    checkpoint(conn, "PRAGMA wal_checkpoint(PASSIVE)")
}

/// As [`move_log`], and leaves an empty log. Waits for readers as long as the connection's busy time-out says.
pub(super) fn empty_log(conn: &Connection) -> rusqlite::Result<bool> {
    checkpoint(conn, "PRAGMA wal_checkpoint(TRUNCATE)")
}

fn checkpoint(conn: &Connection, sql: &str) -> rusqlite::Result<bool> {
    let (busy, frames, moved): (i64, i64, i64) =
        conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(busy == 0 && frames == moved)
}

/// Brings what was committed, the mark among it, into the file, in so many tries; whether it is there.
pub(super) fn bring(conn: &Connection, tries: usize) -> bool {
    for left in (0..tries).rev() {
        match move_log(conn) {
            Ok(true) => return true,
            Ok(false) if left == 0 => {}
            Ok(false) => std::thread::sleep(PAUSE),
            Err(error) => {
                tracing::warn!(%error, "the write-ahead log cannot be moved into the journal now");
                return false;
            }
        }
    }
    if tries > 1 {
        tracing::warn!("a reader keeps the write-ahead log from being moved into the journal");
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_another_file_and_a_renamed_one_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let [one, copy, renamed] = ["one", "copy", "renamed"].map(|name| folder.path().join(name));
        std::fs::write(&one, "text").unwrap();
        let id = identity(&one).unwrap();
        assert!(id > 0);
        std::fs::copy(&one, &copy).unwrap();
        assert_ne!(identity(&copy).unwrap(), id);
        std::fs::rename(&one, &renamed).unwrap();
        assert_eq!(identity(&renamed).unwrap(), id);
        std::fs::write(&renamed, "other text").unwrap();
        assert_eq!(identity(&renamed).unwrap(), id);
    }
}
