//! What is wrong with a database itself, found before a question is asked of it.
//!
//! Rows are compared with rows made anew elsewhere ([`crate::ReadModel::difference`]). What no question reads
//! by itself is looked at here: indexes, and the texts in which a file describes its own tables. All text is
//! read as bytes, through expressions: of a plain column the driver asks for the declared type, and a damaged
//! one that is no UTF-8 ends the driver's thread.

use crate::engine::{Connection, Pool};
use crate::model;
use crate::schema::{self, Statement};
use crate::tables;
use crate::value::Read;
use crate::{Database, ReadModelError};
use std::collections::BTreeSet;

/// Findings of the file check that are given; the first say enough.
const FINDINGS_MAX: usize = 20;

/// What is wrong with the read model in `database`, in words; nothing where there is none. Of a file it reads
/// everything, of a PostgreSQL schema what it says of its tables and indexes. An error says that it could not be looked at.
pub async fn damage(database: &Database) -> Result<Vec<String>, ReadModelError> {
    if let Database::File(path) = database
        && !path.is_file()
    {
        return Ok(Vec::new());
    }
    let looked = async {
        let pool = Pool::open(database, false, true).await?;
        let found = look(&mut pool.begin_plain().await?).await;
        pool.close().await;
        found
    };
    looked.await.or_else(
        |error: ReadModelError| {
            if error.is_damage() { Ok(vec![with_cause(&error)]) } else { Err(error) }
        },
    )
}

async fn look(connection: &mut Connection) -> Result<Vec<String>, ReadModelError> {
    let mut found = Vec::new();
    if connection.is_empty().await? {
        return Ok(found);
    }
    // Of another version's tables nothing is known here; opening it says that it is another version's.
    if model::is_of_this_version(connection).await {
        found.extend(tables_differ(connection).await?);
    }
    if let Connection::File(_) = connection {
        let sql = "SELECT CAST(integrity_check AS BLOB) AS said FROM pragma_integrity_check";
        let rows = connection.fetch(sql, Vec::new()).await?;
        let said = rows.iter().filter_map(|row| row.bytes_at("said").ok().flatten());
        let said = said.map(|text| String::from_utf8_lossy(&text).into_owned());
        found.extend(said.filter(|text| text != "ok").take(FINDINGS_MAX));
    }
    Ok(found)
}

/// What the database says of its tables and indexes, where that is not what this program makes.
pub(crate) async fn tables_differ(connection: &mut Connection) -> Result<Option<String>, ReadModelError> {
    match connection {
        Connection::File(_) => texts_differ(connection).await,
        Connection::Postgres(_) => catalog_differs(connection).await,
    }
}

/// The statements that a SQLite file keeps.
async fn texts_differ(connection: &mut Connection) -> Result<Option<String>, ReadModelError> {
    let sql = "SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB) \
        FROM sqlite_schema";
    let rows = connection.fetch(sql, Vec::new()).await?;
    let mut right: Vec<(Statement, String)> =
        schema::statements().map(|s| (s, connection.dialect(s.sql))).collect();
    for row in &rows {
        let [kind, name, table, sql] = [0, 1, 2, 3].map(|at| row.bytes_at(at).ok().flatten());
        let (kind, name) = (kind.unwrap_or_default(), name.unwrap_or_default());
        let table = table.unwrap_or_default();
        let known = match sql {
            // The index that SQLite makes by itself for a key has no text.
            None => kind == b"index" && is_automatic(&name, &table),
            Some(sql) => {
                let is = |(s, text): &(Statement, String)| {
                    let right_kind: &[u8] = if s.is_index { b"index" } else { b"table" };
                    (kind.as_slice(), name.as_slice()) == (right_kind, s.name.as_bytes())
                        && (table.as_slice(), sql.as_slice()) == (s.table.as_bytes(), text.as_bytes())
                };
                let at = right.iter().position(is);
                at.map(|at| right.swap_remove(at)).is_some()
            }
        };
        if !known {
            let name = String::from_utf8_lossy(&name).into_owned();
            return Ok(Some(format!("what it says of {name} is not what this program writes")));
        }
    }
    Ok(right.first().map(|(missing, _)| format!("{} is missing", missing.name)))
}

fn is_automatic(name: &[u8], table: &[u8]) -> bool {
    schema::statements()
        .filter(|s| !s.is_index && s.table.as_bytes() == table)
        .any(|s| name == format!("sqlite_autoindex_{}_1", s.table).as_bytes())
}

/// Columns and valid indexes as PostgreSQL's catalogue lists them.
async fn catalog_differs(connection: &mut Connection) -> Result<Option<String>, ReadModelError> {
    let columns = "SELECT CAST(c.relname AS TEXT) AS place, CAST(a.attname AS TEXT) AS name, \
        format_type(a.atttypid, a.atttypmod) || COALESCE(' ' || l.collname, '') AS kind \
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
        LEFT JOIN pg_collation l ON l.oid = a.attcollation \
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 \
        AND NOT a.attisdropped";
    let mut found = BTreeSet::new();
    for row in connection.fetch(columns, Vec::new()).await? {
        found.insert((row.text("place")?, row.text("name")?, row.text("kind")?));
    }
    let indexes = "SELECT CAST(t.relname AS TEXT) AS place, CAST(i.relname AS TEXT) AS name, \
        CASE WHEN x.indisprimary THEN 'key' ELSE 'index' END AS kind \
        FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid \
        WHERE t.relnamespace = current_schema()::regnamespace AND x.indisvalid";
    for row in connection.fetch(indexes, Vec::new()).await? {
        found.insert((row.text("place")?, row.text("name")?, row.text("kind")?));
    }
    let mut right: BTreeSet<(String, String, String)> = tables::ALL
        .iter()
        .flat_map(|table| table.columns.iter().map(|column| (table.name, column)))
        .map(|(table, column)| {
            let kind = if column.is_int { "bigint" } else { "text C" };
            (table.to_owned(), column.name.to_owned(), kind.to_owned())
        })
        .collect();
    for made in schema::statements() {
        if made.is_index {
            right.insert((made.table.to_owned(), made.name.to_owned(), "index".to_owned()));
        } else if made.has_key() {
            right.insert((made.name.to_owned(), format!("{}_pkey", made.name), "key".to_owned()));
        }
    }
    let said = |(table, name, kind): &(String, String, String)| format!("{table}.{name} ({kind})");
    let more = found.difference(&right).next().map(|what| format!("{} should not be there", said(what)));
    let missing = right.difference(&found).next().map(|what| format!("{} is missing", said(what)));
    Ok(missing.or(more))
}

/// An error with what is behind it.
fn with_cause(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
