//! A read model made anew beside the old one, then put in its place; and the lock that makes a process the only
//! one that takes entries in.

use crate::engine::{self, Pool};
use crate::{Database, ReadModel, ReadModelError};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

/// How often a lock that another holds is asked for.
const LOCK_STEP: Duration = Duration::from_millis(50);
/// Where a new one is made, and where the old one is for a moment.
const NEXT: &str = "next";
const PAST: &str = "past";

/// Held by whoever takes entries into a read model. It ends with the process.
#[derive(Debug)]
pub struct FollowerLock {
    place: String,
    held: Held,
}

#[derive(Debug)]
enum Held {
    File {
        _file: File,
    },
    /// The lock is the connection's: when that breaks, the server gives it to the next.
    Postgres(PgConnection),
}

/// Something that the lock can be asked for of, again and again.
enum Asked<'a> {
    File(&'a Path),
    Postgres(PgConnection, i64),
}

impl FollowerLock {
    /// Waits for it so long. [`ReadModelError::Busy`] when another still holds it then.
    pub async fn wait(database: &Database, patience: Duration) -> Result<FollowerLock, ReadModelError> {
        let place = database.to_string();
        let mut asked = match database {
            Database::File(path) => Asked::File(path),
            Database::Postgres(schema) => {
                Asked::Postgres(engine::alone(schema).await?, engine::advisory_key(&schema.name, "follower"))
            }
        };
        let tries = patience.as_millis() / LOCK_STEP.as_millis() + 1;
        for _ in 0..tries {
            asked = match asked.hold().await? {
                Ok(held) => return Ok(FollowerLock { place, held }),
                Err(asked) => asked,
            };
            tokio::time::sleep(LOCK_STEP).await;
        }
        Err(ReadModelError::Busy { place, seconds: patience.as_secs() })
    }

    /// Whether it is still held. A follower that lost it does no harm ([`ReadModel::apply`] looks at the cursor
    /// within each write), but works for nothing.
    pub async fn check(&mut self) -> Result<(), ReadModelError> {
        match &mut self.held {
            Held::File { .. } => Ok(()),
            Held::Postgres(connection) => {
                let lost = |_| ReadModelError::LockLost { place: self.place.clone() };
                connection.ping().await.map_err(lost)
            }
        }
    }
}

impl<'a> Asked<'a> {
    /// The lock, or what to ask again.
    async fn hold(self) -> Result<Result<Held, Asked<'a>>, ReadModelError> {
        match self {
            Asked::File(of) => {
                let path = of.with_extension("lock");
                let file = File::options().create(true).truncate(false).write(true).open(&path);
                let file = file.map_err(|source| ReadModelError::file(&path, source))?;
                match file.try_lock() {
                    Ok(()) => Ok(Ok(Held::File { _file: file })),
                    Err(TryLockError::WouldBlock) => Ok(Err(Asked::File(of))),
                    Err(TryLockError::Error(source)) => Err(ReadModelError::file(&path, source)),
                }
            }
            Asked::Postgres(mut connection, key) => {
                let got = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(key);
                let got: bool =
                    got.fetch_one(&mut connection).await.map_err(ReadModelError::storage("locking"))?;
                Ok(if got { Ok(Held::Postgres(connection)) } else { Err(Asked::Postgres(connection, key)) })
            }
        }
    }
}

impl ReadModel {
    /// Begins a read model beside the one in `database`, empty and without most of its indexes;
    /// whatever an earlier attempt left there goes. The caller holds the [`FollowerLock`], and has compared the
    /// old one's cursor ([`ReadModel::peek_cursor`]) with the journal.
    pub async fn begin_rebuild(database: &Database, origin: &str) -> Result<ReadModel, ReadModelError> {
        let next = database.beside(NEXT);
        next.remove().await?;
        ReadModel::open_with(&next, origin, false).await
    }

    /// Makes the indexes of a read model from [`ReadModel::begin_rebuild`] and puts it in the place of the one in
    /// `database`: whoever asks sees the old one whole or the new one whole. A crash before leaves the old one.
    pub async fn finish_rebuild(self, database: &Database) -> Result<(), ReadModelError> {
        self.make_indexes().await?;
        self.close().await;
        database.replace_by(&database.beside(NEXT)).await
    }
}

impl Database {
    /// Removes the read model that lies here, if there is one.
    pub async fn remove(&self) -> Result<(), ReadModelError> {
        match self {
            Database::File(path) => remove_files(path, &["", "-wal", "-shm"]),
            Database::Postgres(schema) => {
                let mut connection = engine::alone(schema).await?;
                let sql = format!(
                    "SET client_min_messages = warning; DROP SCHEMA IF EXISTS {} CASCADE",
                    schema.name
                );
                let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
                done.map_err(ReadModelError::storage("removing a read model"))?;
                Ok(())
            }
        }
    }

    /// Puts another, closed, in this one's place. The old one goes only by the other's coming: until then it is
    /// the witness of what the journal had.
    async fn replace_by(&self, other: &Database) -> Result<(), ReadModelError> {
        match (self, other) {
            (Database::File(path), Database::File(other)) => {
                remove_files(path, &["-wal", "-shm"])?;
                std::fs::rename(other, path).map_err(|source| ReadModelError::file(path, source))
            }
            (Database::Postgres(schema), Database::Postgres(other)) => {
                let Database::Postgres(past) = self.beside(PAST) else { return Ok(()) };
                let (here, other, past) = (&schema.name, &other.name, past.name);
                let pool = Pool::open(self, false, false).await?;
                let mut tx = pool.begin_plain().await?;
                // Readers lock the same table before their first look: they end first, or begin with the new one.
                if !tx.is_empty().await? {
                    tx.run("LOCK TABLE position IN ACCESS EXCLUSIVE MODE").await?;
                }
                tx.run(&format!("DROP SCHEMA IF EXISTS {past} CASCADE")).await?;
                tx.run(&format!("CREATE SCHEMA IF NOT EXISTS {here}")).await?;
                tx.run(&format!("ALTER SCHEMA {here} RENAME TO {past}")).await?;
                tx.run(&format!("ALTER SCHEMA {other} RENAME TO {here}")).await?;
                tx.run(&format!("DROP SCHEMA {past} CASCADE")).await?;
                tx.commit("putting a new read model in place").await?;
                pool.close().await;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Removes a file with so many suffixes.
fn remove_files(path: &Path, suffixes: &[&str]) -> Result<(), ReadModelError> {
    for suffix in suffixes {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(ReadModelError::file(path, source)),
        }
    }
    Ok(())
}
