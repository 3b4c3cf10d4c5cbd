//! Every back-end is held to the one contract.

use journal::testing::{FaultyJournal, ORIGIN, Store, contract};
use journal::{Journal, MemoryJournal, SqliteJournal};
use std::sync::Arc;

struct Memory(MemoryJournal);

impl Store for Memory {
    fn open(&self) -> Arc<dyn Journal> {
        Arc::new(self.0.another())
    }
}

/// A faulty journal without faults is like the one inside.
struct Faultless(MemoryJournal);

impl Store for Faultless {
    fn open(&self) -> Arc<dyn Journal> {
        Arc::new(FaultyJournal::new(self.0.another()))
    }
}

struct Sqlite(tempfile::TempDir);

impl Store for Sqlite {
    fn open(&self) -> Arc<dyn Journal> {
        let path = self.0.path().join("journal.sqlite");
        Arc::new(if path.exists() {
            SqliteJournal::open(path).unwrap()
        } else {
            SqliteJournal::create(path, ORIGIN).unwrap()
        })
    }
}

#[tokio::test]
async fn memory() {
    contract(|| Memory(MemoryJournal::new(ORIGIN))).await;
}

#[tokio::test]
async fn faultless() {
    contract(|| Faultless(MemoryJournal::new(ORIGIN))).await;
}

#[tokio::test]
async fn sqlite() {
    contract(|| Sqlite(tempfile::tempdir().unwrap())).await;
}
