//! What is wrong with a database file itself, found before a question is asked of it.
//!
//! Rows are compared with rows made anew elsewhere ([`crate::ReadModel::difference`]). What no question reads
//! by itself is looked at here: indexes, and the texts in which the file describes its own tables. All text is
//! read as bytes, through expressions: of a plain column the driver asks for the declared type, and a damaged
//! one that is no UTF-8 ends the driver's thread.

use crate::ReadModelError;
use crate::engine::{self, Connection};
use crate::model;
use crate::schema::{self, Statement};
use sqlx::Row as _;
use std::path::Path;

/// Findings of the file check that are given; the first say enough.
const FINDINGS_MAX: usize = 20;

/// What is wrong with the read model's file at `path`, in words; nothing when there is no file. Reads all of it.
pub async fn damage(path: &Path) -> Vec<String> {
    if !path.is_file() {
        return Vec::new();
    }
    let looked = async {
        let pool = engine::open(path, false, true).await?;
        let found = look(&mut *engine::begin_read(&pool).await?).await;
        pool.close().await;
        found
    };
    looked.await.unwrap_or_else(|error: ReadModelError| vec![with_cause(&error)])
}

async fn look(connection: &mut Connection) -> Result<Vec<String>, ReadModelError> {
    let mut found = Vec::new();
    // Of another version's tables nothing is known here; opening it says that it is another version's.
    if model::is_of_this_version(connection).await {
        found.extend(tables_differ(connection).await?);
    }
    let sql = "SELECT CAST(integrity_check AS BLOB) AS said FROM pragma_integrity_check";
    let rows = engine::fetch(connection, sql, Vec::new()).await?;
    let said = rows.iter().filter_map(|row| row.try_get::<Vec<u8>, _>(0).ok());
    let said = said.map(|text| String::from_utf8_lossy(&text).into_owned());
    found.extend(said.filter(|text| text != "ok").take(FINDINGS_MAX));
    Ok(found)
}

/// What the file says of its tables and indexes, where that is not what this program makes.
pub(crate) async fn tables_differ(connection: &mut Connection) -> Result<Option<String>, ReadModelError> {
    let sql = "SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB) \
        FROM sqlite_schema";
    let rows = engine::fetch(connection, sql, Vec::new()).await?;
    let mut right: Vec<Statement> = schema::statements().collect();
    for row in &rows {
        let [kind, name, table, sql] =
            [0, 1, 2, 3].map(|at| row.try_get::<Option<Vec<u8>>, _>(at).ok().flatten());
        let (kind, name, table) =
            (kind.unwrap_or_default(), name.unwrap_or_default(), table.unwrap_or_default());
        let known = match sql {
            // The index that SQLite makes by itself for a key has no text.
            None => kind == b"index" && is_automatic(&name, &table),
            Some(sql) => {
                let is = |s: &Statement| {
                    let right_kind: &[u8] = if s.is_index { b"index" } else { b"table" };
                    (kind.as_slice(), name.as_slice()) == (right_kind, s.name.as_bytes())
                        && (table.as_slice(), sql.as_slice()) == (s.table.as_bytes(), s.sql.as_bytes())
                };
                let at = right.iter().position(is);
                at.map(|at| right.swap_remove(at)).is_some()
            }
        };
        if !known {
            let name = String::from_utf8_lossy(&name).into_owned();
            return Ok(Some(format!("its description of {name} is not what this program writes")));
        }
    }
    Ok(right.first().map(|missing| format!("its description of {} is missing", missing.name)))
}

fn is_automatic(name: &[u8], table: &[u8]) -> bool {
    schema::statements()
        .filter(|s| !s.is_index && s.table.as_bytes() == table)
        .any(|s| name == format!("sqlite_autoindex_{}_1", s.table).as_bytes())
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
