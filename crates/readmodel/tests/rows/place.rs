//! Where the read models of one test lie: in a folder, or in schemas of a real PostgreSQL.

use readmodel::{Database, Projected, ReadModel};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// Runs each of these tests on either engine.
macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {$(
        mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$test(&crate::place::Place::file()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$test(&crate::place::Place::postgres()).await;
            }
        }
    )*};
}
pub(crate) use on_both_engines;

use crate::by_hand::ORIGIN;

pub(crate) enum Place {
    File(tempfile::TempDir),
    Postgres {
        url: String,
        /// What the names of this place's schemas begin with.
        prefix: String,
        /// Schemas by the names that the test gives them.
        schemas: Mutex<HashMap<String, String>>,
    },
}

/// The URL of the PostgreSQL server of the tests.
#[expect(clippy::disallowed_methods, reason = "tests find their server here")]
pub(crate) fn url() -> String {
    std::env::var("WAGELEDGER_TEST_POSTGRES")
        .expect("WAGELEDGER_TEST_POSTGRES must hold the URL of a PostgreSQL superuser; tests/run.sh sets it")
}

impl Place {
    pub(crate) fn file() -> Place {
        Place::File(tempfile::tempdir().unwrap())
    }

    pub(crate) fn postgres() -> Place {
        Place::postgres_at(url())
    }

    /// In a database of the same server.
    pub(crate) fn postgres_at(url: String) -> Place {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("t{}_{number}", std::process::id());
        Place::Postgres { url, prefix, schemas: Mutex::default() }
    }

    /// Where the read model of this name lies.
    pub(crate) fn database(&self, name: &str) -> Database {
        match self {
            Place::File(folder) => Database::File(folder.path().join(name)),
            Place::Postgres { url, prefix, schemas } => {
                let mut schemas = schemas.lock().unwrap();
                let next = format!("{prefix}_{}", schemas.len());
                let schema = schemas.entry(name.to_owned()).or_insert(next);
                Database::postgres(url, schema).unwrap()
            }
        }
    }

    /// The schema of this name.
    pub(crate) fn schema(&self, name: &str) -> String {
        self.database(name);
        match self {
            Place::File(_) => String::new(),
            Place::Postgres { schemas, .. } => schemas.lock().unwrap()[name].clone(),
        }
    }

    /// A fresh read model.
    pub(crate) async fn fresh(&self, name: &str) -> ReadModel {
        ReadModel::open(&self.database(name), ORIGIN).await.unwrap()
    }

    /// A read model with these entries, taken in `at_once` by `at_once`.
    pub(crate) async fn with(&self, name: &str, entries: &[Projected], at_once: usize) -> ReadModel {
        let model = self.fresh(name).await;
        for batch in entries.chunks(at_once.max(1)) {
            model.apply(batch).await.unwrap();
        }
        model
    }

    /// Runs SQL behind the read model's back, with nothing checked; the number of rows that it changed.
    pub(crate) async fn meddle(&self, name: &str, sql: &str) -> u64 {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match self {
            Place::File(folder) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new()
                    .filename(folder.path().join(name))
                    .pragma("ignore_check_constraints", "1");
                let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
                let done = sqlx::raw_sql(sql).execute(&pool).await.unwrap();
                pool.close().await;
                done.rows_affected()
            }
            Place::Postgres { url, .. } => {
                let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
                let options = options.options([("search_path", self.schema(name))]);
                let pool = sqlx::PgPool::connect_with(options).await.unwrap();
                let done = sqlx::raw_sql(sql).execute(&pool).await.unwrap();
                pool.close().await;
                done.rows_affected()
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Place::Postgres { url, schemas, .. } = self else { return };
        let (url, schemas) = (url.clone(), std::mem::take(schemas.get_mut().unwrap()));
        // A runtime cannot be waited for within another.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                for schema in schemas.into_values() {
                    for database in ["", "_next"].map(|more| format!("{schema}{more}")) {
                        // What cannot be dropped goes with the tests' server.
                        let _ = Database::postgres(&url, &database).unwrap().remove().await;
                    }
                }
            });
        });
        let _ = dropping.join();
    }
}
