//! The tables of the file, and nothing beside them.
//!
//! A trigger runs inside the program's own statements, and a view takes a table's place without a word: with either, an
//! append is reported done and nothing, or something else, is stored. So the file's description of itself is held against
//! the one below, when it is opened and whenever somebody else has written to it.

use rusqlite::Connection;

/// `entry` holds the truth. `meta` holds `format` and `origin`. Every value of both is judged by somebody who
/// verifies; the counter of [`fence`](super::file::fence), which says nothing, is therefore no value of a table.
pub(super) const TABLES: &str = "
    CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE entry(seq INTEGER PRIMARY KEY, header BLOB NOT NULL, salt BLOB NOT NULL, body BLOB NOT NULL)
        STRICT;";

/// One row: how far a topic was read. It is there in copies of topics only, so that a ledger without a topic has no trace
/// of one.
pub(super) const TOPIC: &str = "
    CREATE TABLE IF NOT EXISTS topic(one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL,
        seq INTEGER NOT NULL, hash BLOB NOT NULL, at INTEGER NOT NULL, repeats INTEGER NOT NULL,
        strangers INTEGER NOT NULL) STRICT;";

/// Why the file's description of itself is not ours.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Strange(String);

/// What there is in the file besides, or otherwise than, [`TABLES`] and [`TOPIC`].
pub(super) fn strange(conn: &Connection) -> rusqlite::Result<Option<Strange>> {
    let mut statement = conn.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name")?;
    let found = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?))
    })?;
    let mut known: Vec<String> = [TABLES, TOPIC]
        .iter()
        .flat_map(|script| script.split(';'))
        .map(plain)
        .filter(|sql| !sql.is_empty())
        .collect();
    for row in found {
        let (kind, name, sql) = row?;
        let sql = plain(&sql.unwrap_or_default());
        match known.iter().position(|known| *known == sql) {
            Some(at) => drop(known.swap_remove(at)),
            None if kind == "table" => {
                return Ok(Some(Strange(format!(
                    "the table {name} is described otherwise than this program does"
                ))));
            }
            None => {
                return Ok(Some(Strange(format!(
                    "there is a {kind} {name}, which this program does not make"
                ))));
            }
        }
    }
    let missing = known.iter().find(|sql| !sql.starts_with("CREATE TABLE topic("));
    Ok(missing.map(|sql| {
        let name = sql.trim_start_matches("CREATE TABLE ").split('(').next().unwrap_or_default();
        Strange(format!("the table {name} is missing"))
    }))
}

/// A statement as SQLite keeps it, whatever its spaces.
fn plain(sql: &str) -> String {
    let words: Vec<&str> = sql.split_whitespace().collect();
    words.join(" ").replace("CREATE TABLE IF NOT EXISTS ", "CREATE TABLE ")
}
