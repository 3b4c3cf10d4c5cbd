//! What SQLite, the disk and the file can do to a journal.

mod copies;
mod tables;

use super::file;
use super::writer::{Fault, Hook, Step};
use crate::testing::chained;
use crate::{AppendError, Head, Journal, OpenError, ReadError, ReadLimit, SqliteJournal};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

const ORIGIN: &str = "journal.test/sqlite";

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    (folder, path)
}

/// Faults to come; each step takes those that are for it, in order.
type Plan = Arc<Mutex<Vec<(Step, Fault)>>>;

fn hook(plan: &Plan) -> Hook {
    let plan = plan.clone();
    Box::new(move |step| {
        let mut plan = plan.lock().unwrap();
        let at = plan.iter().position(|(at, _)| *at == step)?;
        Some(plan.remove(at).1)
    })
}

fn outcome(result: &Result<Head, AppendError>) -> &'static str {
    match result {
        Ok(_) => "appended",
        Err(AppendError::NotAppended { .. }) => "not appended",
        Err(AppendError::Unknown { .. }) => "unknown",
        Err(AppendError::Void(_)) => "void",
    }
}

fn last_of(path: &Path) -> u64 {
    SqliteJournal::open_read_only(path).unwrap().head().seq
}

/// Each step of a commit, failed before and after it was done: what the caller is told, what is stored once
/// the journal has caught up, and that the same file opened anew says the same.
#[tokio::test]
async fn fault_table() {
    let table = [
        // step, fault, what the caller is told, entries after catching up
        (Step::Begin, Fault::Before, "not appended", 5),
        (Step::Begin, Fault::After, "not appended", 5),
        (Step::Insert, Fault::Before, "not appended", 5),
        (Step::Insert, Fault::After, "not appended", 5),
        (Step::Commit, Fault::Before, "unknown", 5),
        (Step::Commit, Fault::After, "unknown", 8),
    ];
    for (step, fault, told, stored) in table {
        for fence_fails in [None, Some(Fault::Before), Some(Fault::After)] {
            let case = format!("{step:?} {fault:?}, fence {fence_fails:?}");
            let (_folder, path) = place();
            SqliteJournal::create(&path, ORIGIN).unwrap();
            let plan = Plan::default();
            let journal = SqliteJournal::open_with(&path, Some(hook(&plan))).unwrap();
            let mut head = journal.head();
            journal.append(chained(&mut head, 5, 100)).await.unwrap();

            plan.lock().unwrap().push((step, fault));
            let mut ahead = head;
            let failing = journal.append(chained(&mut ahead, 3, 100)).await;
            assert_eq!(outcome(&failing), told, "{case}");
            let behind = journal.append(chained(&mut ahead.clone(), 1, 100)).await;
            assert_eq!(outcome(&behind), "not appended", "{case}");
            assert_eq!(journal.head(), head, "{case}: nothing is claimed");

            if let Some(fault) = fence_fails {
                plan.lock().unwrap().push((Step::Fence, fault));
                assert!(matches!(journal.catch_up().await, Err(ReadError::Io { .. })), "{case}");
                let still = journal.append(chained(&mut ahead.clone(), 1, 100)).await;
                assert_eq!(outcome(&still), "not appended", "{case}: no append before the catch-up");
            }
            let mut head = journal.catch_up().await.unwrap();
            assert_eq!(head.seq, stored, "{case}");
            assert!(plan.lock().unwrap().is_empty(), "{case}: the fault was not met");
            assert_eq!(last_of(&path), stored, "{case}");
            journal.append(chained(&mut head, 2, 100)).await.unwrap();
            assert_eq!(journal.read(0, ReadLimit::BULK).unwrap().len() as u64, stored + 2, "{case}");
            drop(journal);
            assert_eq!(SqliteJournal::open(&path).unwrap().head(), head, "{case}");
        }
    }
}

/// A fault in a group takes down every batch in it, and says the same to all.
#[tokio::test]
async fn a_group_fails_together() {
    let (_folder, path) = place();
    SqliteJournal::create(&path, ORIGIN).unwrap();
    let (reached, at_work) = std::sync::mpsc::channel::<()>();
    let (held, go) = std::sync::mpsc::channel::<()>();
    let mut commits = 0;
    // The first commit waits until the others are queued, so that those are one group.
    let hook: Hook = Box::new(move |step| {
        commits += u32::from(step == Step::Commit);
        match (step, commits) {
            (Step::Commit, 1) => {
                reached.send(()).unwrap();
                go.recv().unwrap();
                None
            }
            (Step::Commit, 2) => Some(Fault::After),
            _ => None,
        }
    });
    let journal = SqliteJournal::open_with(&path, Some(hook)).unwrap();
    let mut head = journal.head();
    let first = journal.append(chained(&mut head, 1, 100));
    at_work.recv().unwrap();
    let group: Vec<_> = (0..10).map(|_| journal.append(chained(&mut head, 2, 100))).collect();
    held.send(()).unwrap();
    assert_eq!(outcome(&first.await), "appended");
    for waiting in group {
        assert_eq!(outcome(&waiting.await), "unknown");
    }
    assert_eq!(journal.catch_up().await.unwrap(), head);
}

/// The database may grow no further: nothing is stored, and the journal goes on when there is room.
#[tokio::test]
async fn full_disk() {
    let (_folder, path) = place();
    let journal = SqliteJournal::create(&path, ORIGIN).unwrap();
    let mut head = journal.head();
    journal.append(chained(&mut head, 5, 100)).await.unwrap();
    drop(journal);
    let plan = Plan::default();
    let journal = SqliteJournal::open_limited(&path, Some(hook(&plan)), 20).unwrap();
    let full = journal.append(chained(&mut head.clone(), 2000, 800)).await;
    let Err(AppendError::NotAppended { source }) = &full else { panic!("{full:?}") };
    assert!(source.to_string().contains("full"), "{source}");
    // A catch-up makes a new connection, which has no such limit.
    assert_eq!(journal.catch_up().await.unwrap(), head);
    let entries = chained(&mut head, 2000, 800);
    assert_eq!(journal.append(entries).await.unwrap(), head);
    assert_eq!(journal.read(0, ReadLimit::BULK).unwrap().len(), 2005);
}

/// The queue takes no more than its bound; what is turned away was certainly not appended.
#[tokio::test]
async fn full_queue() {
    let (_folder, path) = place();
    SqliteJournal::create(&path, ORIGIN).unwrap();
    let (held, go) = std::sync::mpsc::channel::<()>();
    let hook: Hook = Box::new(move |step| {
        if step == Step::Begin {
            let _ = go.recv();
        }
        None
    });
    let journal = SqliteJournal::open_with(&path, Some(hook)).unwrap();
    let mut head = journal.head();
    let waiting: Vec<_> = (0..5000).map(|_| journal.append(chained(&mut head, 1, 10))).collect();
    drop(held);
    let mut outcomes = Vec::new();
    for waiting in waiting {
        outcomes.push(outcome(&waiting.await));
    }
    let appended = outcomes.iter().take_while(|outcome| **outcome == "appended").count();
    assert!((4096..4999).contains(&appended), "{appended}");
    assert!(outcomes[appended..].iter().all(|outcome| *outcome == "not appended"));
    let mut head = journal.catch_up().await.unwrap();
    assert_eq!(head.seq, appended as u64);
    journal.append(chained(&mut head, 1, 10)).await.unwrap();
}

fn filled(path: &Path, entries: usize) -> Head {
    let journal = SqliteJournal::create(path, ORIGIN).unwrap();
    let mut head = journal.head();
    let entries = chained(&mut head, entries, 700);
    let _ = futures_util::future::FutureExt::now_or_never(journal.append(entries));
    drop(journal);
    head
}

#[test]
fn truncated_file() {
    let (_folder, path) = place();
    filled(&path, 500);
    let whole = std::fs::read(&path).unwrap();
    for keep in [10, 50, 90] {
        std::fs::write(&path, &whole[..whole.len() * keep / 100 / 4096 * 4096]).unwrap();
        let opened = SqliteJournal::open(&path);
        assert!(matches!(opened, Err(OpenError::Read(ReadError::Damaged { .. }))), "{keep} %");
    }
    std::fs::write(&path, &whole[..50]).unwrap();
    assert!(SqliteJournal::open(&path).is_err());
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(SqliteJournal::open(&path).unwrap().head().seq, 500);
}

/// A flipped bit in the last entry is seen at open; one further down by whoever reads and accepts; none
/// brings the process down.
#[test]
fn flipped_bits() {
    let (_folder, path) = place();
    let head = filled(&path, 300);
    let whole = std::fs::read(&path).unwrap();
    let last = Connection::open(&path).unwrap();
    let header: Vec<u8> =
        last.query_row("SELECT header FROM entry WHERE seq = 300", [], |row| row.get(0)).unwrap();
    drop(last);
    let at = whole.windows(header.len()).rposition(|window| window == header).unwrap();
    for offset in [at, at + 100, at + header.len() + 3, at + header.len() + 300] {
        let mut bytes = whole.clone();
        bytes[offset] ^= 4;
        std::fs::write(&path, bytes).unwrap();
        // In the header a bit may make another good header, which is not the one that the head file names; the body's
        // digest is always compared.
        match SqliteJournal::open(&path) {
            Err(OpenError::Read(ReadError::Damaged { near: 300, .. }) | OpenError::Replaced { .. }) => {}
            Ok(_) => panic!("{offset}: opened"),
            Err(other) => panic!("{offset}: {other:?}"),
        }
    }
    let mut seen = 0;
    for offset in (0..whole.len()).step_by(whole.len() / 400) {
        let mut bytes = whole.clone();
        bytes[offset] ^= 1 << (offset % 8);
        std::fs::write(&path, bytes).unwrap();
        seen += u32::from(!reads_as(&path, &head));
    }
    assert!(seen > 300, "only {seen} of 400 flipped bits were seen");
}

/// Whether the file can be opened and holds a whole chain up to `head`.
fn reads_as(path: &Path, head: &Head) -> bool {
    let Ok(journal) = SqliteJournal::open_read_only(path) else { return false };
    let (mut from, mut found) = (0, Head::genesis(journal.origin()));
    loop {
        let Ok(records) = journal.read(from, ReadLimit::BULK) else { return false };
        for (_, record) in records.iter() {
            match chain::accept(&found, &record) {
                Ok(next) => found = next.head,
                Err(_) => return false,
            }
        }
        match records.next_position() {
            Some(next) => from = next,
            None => return found == *head,
        }
    }
}

/// Entries that were known to be durable are gone: catching up says so and appends nothing to a shorter past.
#[tokio::test]
async fn a_shorter_past_is_refused() {
    let (_folder, path) = place();
    let journal = SqliteJournal::create(&path, ORIGIN).unwrap();
    let mut head = journal.head();
    journal.append(chained(&mut head, 10, 100)).await.unwrap();
    let shorter = chained(&mut Head::genesis(ORIGIN), 7, 100).pop().unwrap();
    Connection::open(&path).unwrap().execute("DELETE FROM entry WHERE seq > 7", []).unwrap();
    let outcome = journal.append(chained(&mut head.clone(), 1, 100)).await;
    assert_eq!(super::tests::outcome(&outcome), "void");
    assert!(matches!(journal.catch_up().await, Err(ReadError::Damaged { near: 10, .. })));
    let mut at = chain::accept(
        &Head { seq: 6, hash: chain::Header::decode(&shorter.header).unwrap().prev, recorded_at: 6 },
        &shorter.record(),
    )
    .unwrap()
    .head;
    let outcome = journal.append(chained(&mut at, 1, 100)).await;
    assert_eq!(super::tests::outcome(&outcome), "not appended");
    // The true entries, restored from a copy, make it well again.
    let mut conn = Connection::open(&path).unwrap();
    let tx = conn.transaction().unwrap();
    file::insert(&tx, 8, &chained(&mut Head::genesis(ORIGIN), 10, 100)[7..]).unwrap();
    tx.commit().unwrap();
    assert_eq!(journal.catch_up().await.unwrap(), head);
    journal.append(chained(&mut head, 1, 100)).await.unwrap();
}

#[test]
fn what_is_no_journal_is_refused_and_left_alone() {
    let (folder, path) = place();
    assert!(matches!(SqliteJournal::open(&path), Err(OpenError::Read(ReadError::Io { .. }))), "absent");
    assert!(!path.exists(), "opening makes nothing");
    std::fs::write(&path, "").unwrap();
    assert!(matches!(SqliteJournal::open(&path), Err(OpenError::NoJournal)), "empty");
    SqliteJournal::create(&path, ORIGIN).unwrap();
    assert!(matches!(SqliteJournal::create(&path, ORIGIN), Err(OpenError::Exists)));

    let text = folder.path().join("text");
    std::fs::write(&text, "no database at all\n".repeat(100)).unwrap();
    assert!(matches!(SqliteJournal::open(&text), Err(OpenError::NoJournal)));
    assert!(matches!(SqliteJournal::create(&text, ORIGIN), Err(OpenError::Exists)));

    let other = folder.path().join("other");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t(x); INSERT INTO t VALUES (1)").unwrap();
    let before = std::fs::read(&other).unwrap();
    assert!(matches!(SqliteJournal::open(&other), Err(OpenError::NoJournal)));
    assert!(matches!(SqliteJournal::create(&other, ORIGIN), Err(OpenError::Exists)));
    assert_eq!(std::fs::read(&other).unwrap(), before, "somebody else's file stays as it is");

    Connection::open(&path).unwrap().execute("UPDATE meta SET value = '9' WHERE key = 'format'", []).unwrap();
    assert!(matches!(SqliteJournal::open(&path), Err(OpenError::Format { found, .. }) if found == "9"));
}

#[tokio::test]
async fn read_only_follows_a_writer() {
    let (_folder, path) = place();
    let writer = SqliteJournal::create(&path, ORIGIN).unwrap();
    let reader = SqliteJournal::open_read_only(&path).unwrap();
    let mut head = writer.head();
    writer.append(chained(&mut head, 3, 100)).await.unwrap();
    assert_eq!(outcome(&reader.append(chained(&mut head.clone(), 1, 100)).await), "not appended");
    assert_eq!(reader.catch_up().await.unwrap(), head);
    writer.append(chained(&mut head, 3, 100)).await.unwrap();
    let mut follower = reader.follow();
    assert_eq!(reader.read(4, ReadLimit::BULK).unwrap().len(), 3);
    assert!(follower.has_changed().unwrap(), "reading further shows the head");
    assert_eq!(*follower.borrow_and_update(), head);
}

fn log_of(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", path.display()))
}

/// The head file of a journal.
fn head_of(path: &Path) -> PathBuf {
    path.with_extension("head")
}

/// File, write-ahead log and head file as a killed process leaves them: without the shared memory.
fn as_after_a_crash(path: &Path, name: &str) -> PathBuf {
    let to = path.with_file_name(name);
    std::fs::copy(path, &to).unwrap();
    std::fs::copy(log_of(path), log_of(&to)).unwrap();
    std::fs::copy(head_of(path), head_of(&to)).unwrap();
    to
}

/// What a failed commit left in the write-ahead log cannot come back after a catch-up.
#[tokio::test]
async fn a_ghost_in_the_log_stays_dead() {
    let (_folder, path) = place();
    SqliteJournal::create(&path, ORIGIN).unwrap();
    let plan = Plan::default();
    let journal = SqliteJournal::open_with(&path, Some(hook(&plan))).unwrap();
    let _reader = SqliteJournal::open_read_only(&path).unwrap();
    let mut head = journal.head();
    journal.append(chained(&mut head, 3, 100)).await.unwrap();
    journal.read(0, ReadLimit::ONE).unwrap();

    // The commit writes its frames, and its fsync fails: to be had by writing the same frames elsewhere.
    let before = std::fs::read(log_of(&path)).unwrap();
    let elsewhere = as_after_a_crash(&path, "elsewhere");
    let twin = Connection::open(&elsewhere).unwrap();
    let ghosts = chained(&mut head.clone(), 2, 9000);
    file::insert(&twin, 4, &ghosts).unwrap();
    let frames = std::fs::read(log_of(&elsewhere)).unwrap();
    assert!(frames.starts_with(&before) && frames.len() > before.len());
    plan.lock().unwrap().push((Step::Commit, Fault::Before));
    assert_eq!(outcome(&journal.append(ghosts).await), "unknown");
    use std::os::unix::fs::FileExt;
    let log = std::fs::OpenOptions::new().write(true).open(log_of(&path)).unwrap();
    log.write_all_at(&frames, 0).unwrap();
    assert_eq!(last_of(&as_after_a_crash(&path, "ghost")), 5, "a crash now would bring them back");

    assert_eq!(journal.catch_up().await.unwrap(), head);
    assert_eq!(last_of(&as_after_a_crash(&path, "fenced")), 3, "after the catch-up none does");
}

/// Errors name the cause once: in the source, not in their own text.
#[test]
fn errors_are_fragments() {
    let (_folder, path) = place();
    let error = SqliteJournal::open(&path).err().unwrap();
    assert_eq!(error.to_string(), "the journal cannot be read now");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("unable to open"), "{source}");
}
