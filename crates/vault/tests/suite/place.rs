//! A vault in a place of its own: a file in a folder, or a schema of a real PostgreSQL.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use vault::{Database, EpochKey, Vault};

/// Runs each of these tests on either engine.
macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {$(
        mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_sqlite() {
                super::$test(&crate::place::Place::new()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_postgres() {
                super::$test(&crate::place::Place::postgres()).await;
            }
        }
    )*};
}
pub(crate) use on_both_engines;

pub(crate) struct Place {
    folder: tempfile::TempDir,
    /// URL and schema, where it is not a file.
    postgres: Option<(String, String)>,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap(), postgres: None }
    }

    #[expect(clippy::disallowed_methods, reason = "tests find their server here")]
    pub(crate) fn postgres() -> Place {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let url = std::env::var("WAGELEDGER_TEST_POSTGRES").expect(
            "WAGELEDGER_TEST_POSTGRES must hold the URL of a PostgreSQL superuser; tests/run.sh sets it",
        );
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("v{}_{number}", std::process::id());
        Place { folder: tempfile::tempdir().unwrap(), postgres: Some((url, schema)) }
    }

    /// Where the vault lies.
    pub(crate) fn vault(&self) -> Database {
        match &self.postgres {
            Some((url, schema)) => Database::postgres(url, schema).unwrap(),
            None => Database::File(self.path()),
        }
    }

    /// The vault's file.
    pub(crate) fn path(&self) -> PathBuf {
        self.file("vault.db")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) async fn create(&self) -> Vault {
        Vault::create(self.vault(), &key(1)).await.unwrap()
    }

    pub(crate) async fn open(&self) -> Vault {
        Vault::open(self.vault(), &key(1)).await.unwrap()
    }

    /// Runs SQL on a vault in PostgreSQL, behind its back.
    pub(crate) async fn meddle(&self, sql: &str) {
        let (url, schema) = self.postgres.as_ref().unwrap();
        let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
        let pool = sqlx::PgPool::connect_with(options.options([("search_path", schema)])).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&pool).await.unwrap();
        pool.close().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((url, schema)) = self.postgres.take() else { return };
        // A runtime cannot be waited for within another.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let pool = sqlx::PgPool::connect(&url).await.unwrap();
                let sql = sqlx::AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {schema} CASCADE"));
                // What cannot be dropped goes with the tests' server.
                let _ = sqlx::raw_sql(sql).execute(&pool).await;
            });
        });
        let _ = dropping.join();
    }
}

/// An epoch key known by number.
pub(crate) fn key(n: u8) -> EpochKey {
    EpochKey::from_hex(&format!("{n:02x}").repeat(32)).unwrap()
}
