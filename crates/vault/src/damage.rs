//! What is wrong with a vault's file itself, found before a value is read from it.
//!
//! Stored values are verified when they are used. What no call reads by itself is looked at here: indexes, and
//! the texts in which the file describes its own tables. All text is read as bytes, through expressions: of a
//! plain column the driver asks for the declared type, and a damaged one that is no UTF-8 ends the driver's
//! thread.

use crate::database::Database;
use crate::engine::{Ask, Conn, Pool};
use crate::error::{Damage, VaultError};
use crate::store::{self, SCHEMA};

/// Findings of the file check that are given; the first say enough.
const FINDINGS_MAX: usize = 20;

/// What is wrong with the vault in `database` itself, in words; nothing when there is no file. Reads all of a
/// file, of a PostgreSQL schema what it says of its tables; needs no key. An error says that it could not be looked at.
pub async fn damage(database: impl Into<Database>) -> Result<Vec<String>, VaultError> {
    let database = database.into();
    if let Database::File(path) = &database
        && !path.is_file()
    {
        return Ok(Vec::new());
    }
    let looked = async {
        let pool = Pool::open(&database, true).await?;
        let found = look(&mut pool.reading().await?.conn()).await;
        pool.close().await;
        found
    };
    looked.await.or_else(|error: VaultError| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        let said = vec![format!("{error}{}", cause.unwrap_or_default())];
        if error.is_damage() { Ok(said) } else { Err(error) }
    })
}

async fn look(conn: &mut Conn<'_>) -> Result<Vec<String>, VaultError> {
    let mut found = Vec::new();
    match tables_as_made(conn).await {
        Ok(()) => {}
        Err(VaultError::Damaged(damage)) => found.push(damage.to_string()),
        Err(other) => return Err(other),
    }
    if !conn.is_file() {
        return Ok(found);
    }
    let sql = "SELECT CAST(integrity_check AS BLOB) FROM pragma_integrity_check";
    let rows = conn.fetch(Ask::new(sql, Vec::new())).await?;
    let said = rows.iter().filter_map(|row| row.bytes(0));
    let said = said.map(|text| String::from_utf8_lossy(text).into_owned());
    found.extend(said.filter(|text| text != "ok").take(FINDINGS_MAX));
    Ok(found)
}

/// Refuses a vault whose tables are not described as this program describes them; one of a later format is
/// named as such.
pub(crate) async fn tables_as_made(conn: &mut Conn<'_>) -> Result<(), VaultError> {
    let schema = VaultError::Damaged(Damage::Schema);
    let format = "SELECT CAST(format AS BIGINT) FROM vault_state";
    let format = conn.fetch(Ask::new(format, Vec::new())).await;
    let Some(format) = format.ok().and_then(|rows| rows.first().and_then(|row| row.int(0))) else {
        return Err(schema);
    };
    if format != store::FORMAT {
        return Err(VaultError::UnknownFormat(format));
    }
    let right = if conn.is_file() { texts_are_right(conn).await } else { columns_are_right(conn).await };
    if right? { Ok(()) } else { Err(schema) }
}

/// The statements that a SQLite file keeps.
async fn texts_are_right(conn: &mut Conn<'_>) -> Result<bool, VaultError> {
    let sql = "SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB) \
        FROM sqlite_schema";
    let mut right: Vec<_> = SCHEMA.iter().map(|(name, sql)| (name.as_bytes(), sql.as_bytes())).collect();
    for row in conn.fetch(Ask::new(sql, Vec::new())).await? {
        let [kind, name, table] = [0, 1, 2].map(|at| row.bytes(at).unwrap_or_default());
        let known = match (kind, row.bytes(3)) {
            // The index that SQLite makes by itself for a key has no text.
            (b"index", None) => SCHEMA.iter().any(|(of, _)| {
                of.as_bytes() == table && format!("sqlite_autoindex_{of}_1").as_bytes() == name
            }),
            (b"table", Some(sql)) => {
                let at = right.iter().position(|right| *right == (name, sql));
                name == table && at.map(|at| right.swap_remove(at)).is_some()
            }
            _ => false,
        };
        if !known {
            return Ok(false);
        }
    }
    Ok(right.is_empty())
}

/// The columns and keys that PostgreSQL's catalogue lists: as many as the tables have, and all that are asked for.
async fn columns_are_right(conn: &mut Conn<'_>) -> Result<bool, VaultError> {
    let sql = "SELECT COUNT(*) FROM information_schema.columns \
        WHERE table_schema = current_schema() AND is_nullable = 'NO'";
    let columns = conn.fetch(Ask::new(sql, Vec::new())).await?;
    let sql = "SELECT COUNT(*) FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class t ON t.oid = x.indrelid \
        WHERE t.relnamespace = current_schema()::regnamespace AND x.indisprimary AND x.indisvalid";
    let keys = conn.fetch(Ask::new(sql, Vec::new())).await?;
    let counts = [&columns, &keys].map(|rows| rows.first().and_then(|row| row.int(0)));
    Ok(counts == [Some(10), Some(3)])
}
