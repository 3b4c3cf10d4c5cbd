//! What is wrong with a vault's file itself, found before a value is read from it.
//!
//! Stored values are verified when they are used. What no call reads by itself is looked at here: indexes, and
//! the texts in which the file describes its own tables. All text is read as bytes, through expressions: of a
//! plain column the driver asks for the declared type, and a damaged one that is no UTF-8 ends the driver's
//! thread.

use crate::error::{Damage, VaultError};
use crate::store::{self, SCHEMA};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use std::path::Path;

/// Findings of the file check that are given; the first say enough.
const FINDINGS_MAX: usize = 20;

/// What is wrong with the vault's file at `path`, in words; nothing when there is no file. Reads all of it, and
/// needs no key.
pub async fn damage(path: impl AsRef<Path>) -> Vec<String> {
    let path = path.as_ref();
    if !path.is_file() {
        return Vec::new();
    }
    let looked = async {
        let pool = store::connect(path, true).await?;
        let found = look(&mut *pool.acquire().await?).await;
        pool.close().await;
        found
    };
    looked.await.unwrap_or_else(|error: VaultError| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        vec![format!("{error}{}", cause.unwrap_or_default())]
    })
}

async fn look(conn: &mut SqliteConnection) -> Result<Vec<String>, VaultError> {
    let mut found = Vec::new();
    match tables_as_made(conn).await {
        Ok(()) => {}
        Err(VaultError::Damaged(damage)) => found.push(damage.to_string()),
        Err(other) => return Err(other),
    }
    let sql = "SELECT CAST(integrity_check AS BLOB) FROM pragma_integrity_check";
    let rows = sqlx::query(sql).fetch_all(conn).await?;
    let said = rows.iter().filter_map(|row| row.try_get::<Vec<u8>, _>(0).ok());
    let said = said.map(|text| String::from_utf8_lossy(&text).into_owned());
    found.extend(said.filter(|text| text != "ok").take(FINDINGS_MAX));
    Ok(found)
}

/// Refuses a vault whose tables are not described as this program describes them; one of a later format is
/// named as such.
pub(crate) async fn tables_as_made(conn: &mut SqliteConnection) -> Result<(), VaultError> {
    let schema = VaultError::Damaged(Damage::Schema);
    let format = "SELECT CAST(format AS BIGINT) FROM vault_state";
    let Ok(format) = sqlx::query_scalar::<_, i64>(format).fetch_one(&mut *conn).await else {
        return Err(schema);
    };
    if format != store::FORMAT {
        return Err(VaultError::UnknownFormat(format));
    }
    let sql = "SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB) \
        FROM sqlite_schema";
    let mut right: Vec<_> = SCHEMA.iter().map(|(name, sql)| (name.as_bytes(), sql.as_bytes())).collect();
    for row in sqlx::query(sql).fetch_all(conn).await? {
        let [kind, name, table, sql] =
            [0, 1, 2, 3].map(|at| row.try_get::<Option<Vec<u8>>, _>(at).ok().flatten());
        let (name, table) = (name.unwrap_or_default(), table.unwrap_or_default());
        let known = match (kind.as_deref(), sql) {
            // The index that SQLite makes by itself for a key has no text.
            (Some(b"index"), None) => SCHEMA.iter().any(|(of, _)| {
                *of.as_bytes() == *table && *format!("sqlite_autoindex_{of}_1").as_bytes() == *name
            }),
            (Some(b"table"), Some(sql)) => {
                let at = right.iter().position(|right| *right == (&name[..], &sql[..]));
                name == table && at.map(|at| right.swap_remove(at)).is_some()
            }
            _ => false,
        };
        if !known {
            return Err(schema);
        }
    }
    if right.is_empty() { Ok(()) } else { Err(schema) }
}
