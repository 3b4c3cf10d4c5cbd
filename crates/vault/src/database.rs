//! Where a vault lies: in a SQLite file, or in a schema of a PostgreSQL database.

use crate::error::VaultError;
use sqlx::postgres::PgConnectOptions;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Longest name of a schema, in characters (PostgreSQL cuts names at 63).
const SCHEMA_LEN_MAX: usize = 48;

/// Where a vault lies. One PostgreSQL database serves several ledgers, each in a schema of its own.
#[derive(Clone, Debug)]
pub enum Database {
    /// A SQLite file, with what SQLite puts beside it.
    File(PathBuf),
    /// A schema of a PostgreSQL database.
    Postgres(Schema),
}

/// A schema of a PostgreSQL database. The password of its URL is never shown.
#[derive(Clone)]
pub struct Schema {
    pub(crate) options: Box<PgConnectOptions>,
    pub(crate) name: String,
}

impl Database {
    /// A schema by the URL of its database, as in `postgres://user:password@host:5432/database`, and its name.
    pub fn postgres(url: &str, schema: &str) -> Result<Database, VaultError> {
        let wrong = |what: &str| VaultError::Address(what.to_owned());
        // The error is not passed on: it may repeat the URL, and that holds a password.
        let no_url = || wrong("not a URL of the form postgres://user:password@host:port/database");
        // The driver takes any scheme.
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(no_url());
        }
        let options = PgConnectOptions::from_str(url).map(Box::new).map_err(|_| no_url())?;
        let first = schema.starts_with(|c: char| c.is_ascii_lowercase()) && !schema.starts_with("pg_");
        let rest = schema.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !first || !rest || schema.len() > SCHEMA_LEN_MAX {
            return Err(wrong(
                "the name of a schema is a small letter, then small letters, digits and _, 48 at most",
            ));
        }
        Ok(Database::Postgres(Schema { options, name: schema.to_owned() }))
    }
}

impl From<&Path> for Database {
    fn from(path: &Path) -> Database {
        Database::File(path.to_owned())
    }
}

impl From<&PathBuf> for Database {
    fn from(path: &PathBuf) -> Database {
        Database::File(path.clone())
    }
}

impl From<PathBuf> for Database {
    fn from(path: PathBuf) -> Database {
        Database::File(path)
    }
}

impl From<&Database> for Database {
    fn from(database: &Database) -> Database {
        database.clone()
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::File(path) => write!(f, "{}", path.display()),
            Database::Postgres(schema) => fmt::Debug::fmt(schema, f),
        }
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = (self.options.get_host(), self.options.get_port());
        let database = self.options.get_database().unwrap_or_default();
        write!(f, "schema {} of the PostgreSQL database {database} at {host}:{port}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let url = "postgres://me:secret@db.example.org:5433/wages";
        let database = Database::postgres(url, "vault_1").unwrap();
        let shown = "schema vault_1 of the PostgreSQL database wages at db.example.org:5433";
        assert_eq!(database.to_string(), shown);
        assert!(!format!("{database:?}").contains("secret"));
        for bad in ["", "Vault", "1a", "a-b", "a\"b", "pg_a", "金库", &"a".repeat(49)] {
            assert!(matches!(Database::postgres(url, bad), Err(VaultError::Address(_))), "{bad}");
        }
        assert!(!Database::postgres("mysql://me:secret@h/", "a").unwrap_err().to_string().contains("secret"));
    }
}
