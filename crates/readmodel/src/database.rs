//! Where a read model lies: in a SQLite file, or in a schema of a PostgreSQL database.

use crate::ReadModelError;
use sqlx::postgres::PgConnectOptions;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Longest name of a schema, in characters: PostgreSQL cuts names at 63, and some are made longer here.
const SCHEMA_LEN_MAX: usize = 48;

/// Where a read model lies. One PostgreSQL database serves several ledgers, each in a schema of its own.
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
    pub fn postgres(url: &str, schema: &str) -> Result<Database, ReadModelError> {
        let wrong = |what: &str| ReadModelError::Address { what: what.to_owned() };
        // The error is not passed on: it may repeat the URL, and that holds a password.
        let no_url = || wrong("not a URL of the form postgres://user:password@host:port/database");
        // The driver takes any scheme.
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(no_url());
        }
        let options = PgConnectOptions::from_str(url).map(Box::new).map_err(|_| no_url())?;
        let mut chars = schema.chars();
        let first = chars.next().is_some_and(|c| c.is_ascii_lowercase());
        let rest = chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !first || !rest || schema.len() > SCHEMA_LEN_MAX || schema.starts_with("pg_") {
            return Err(wrong(
                "the name of a schema is a small letter, then small letters, digits and _, 48 at most",
            ));
        }
        Ok(Database::Postgres(Schema { options, name: schema.to_owned() }))
    }

    /// A place beside this one, where another read model can be made or a copy be kept: `readmodel.NAME.sqlite`
    /// beside `readmodel.sqlite`, or the schema `SCHEMA_NAME`.
    pub fn beside(&self, name: &str) -> Database {
        match self {
            Database::File(path) => {
                let extension = path.extension().map(|e| format!("{name}.{}", e.to_string_lossy()));
                Database::File(path.with_extension(extension.unwrap_or_else(|| name.to_owned())))
            }
            Database::Postgres(schema) => {
                let (options, name) = (schema.options.clone(), format!("{}_{name}", schema.name));
                Database::Postgres(Schema { options, name })
            }
        }
    }
}

impl Schema {
    /// Host and port of the server.
    pub fn address(&self) -> (&str, u16) {
        (self.options.get_host(), self.options.get_port())
    }

    /// The server's socket, where it is reached through one: `.s.PGSQL.PORT` in a folder (PostgreSQL documentation,
    /// `unix_socket_directories`).
    pub fn socket(&self) -> Option<PathBuf> {
        let host = Path::new(self.options.get_host());
        let folder = match self.options.get_socket() {
            Some(folder) => Some(folder.as_path()),
            None => host.is_absolute().then_some(host),
        };
        folder.map(|folder| folder.join(format!(".s.PGSQL.{}", self.options.get_port())))
    }
}

impl From<&Path> for Database {
    fn from(path: &Path) -> Database {
        Database::File(path.to_owned())
    }
}

impl From<PathBuf> for Database {
    fn from(path: PathBuf) -> Database {
        Database::File(path)
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
        let database = Database::postgres(url, "hangzhou").unwrap();
        let shown = "schema hangzhou of the PostgreSQL database wages at db.example.org:5433";
        assert_eq!(database.to_string(), shown);
        assert!(!format!("{database:?}").contains("secret"));
        assert!(database.beside("next").to_string().starts_with("schema hangzhou_next of "));
        for bad in ["", "Hangzhou", "1a", "a-b", "a\"b", "pg_a", "杭州", &"a".repeat(49)] {
            assert!(matches!(Database::postgres(url, bad), Err(ReadModelError::Address { .. })), "{bad}");
        }
        let error = Database::postgres("mysql://me:secret@host/", "a").unwrap_err();
        assert!(!error.to_string().contains("secret"));
        let at = |url: &str| match Database::postgres(url, "a").unwrap() {
            Database::Postgres(schema) => (schema.address().1, schema.socket()),
            Database::File(path) => panic!("{}", path.display()),
        };
        assert_eq!(at(url), (5433, None));
        let socket = Path::new("/run/postgresql/.s.PGSQL.5432").to_owned();
        assert_eq!(at("postgres://me@%2Frun%2Fpostgresql/wages"), (5432, Some(socket.clone())));
        assert_eq!(at("postgres://me@localhost/wages?host=/run/postgresql"), (5432, Some(socket)));
        let file = Database::from(Path::new("/l/readmodel.sqlite"));
        assert_eq!(file.beside("new").to_string(), "/l/readmodel.new.sqlite");
    }
}
