//! Copies of a journal's file: alone, with what lies beside it, of one moment or of two.

use super::{ORIGIN, as_after_a_crash, head_of, place};
use crate::sqlite::file;
use crate::sqlite::headfile::fnv;
use crate::testing::chained;
use crate::{FileState, Head, Journal, OpenError, ReadError, ReadLimit, SqliteJournal};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// The file by itself, copied under another name.
fn alone(path: &Path, name: &str) -> PathBuf {
    let to = path.with_file_name(name);
    std::fs::copy(path, &to).unwrap();
    to
}

/// While it is written to, the file says so, and a copy of it alone is refused; settled, it is the whole journal.
#[tokio::test]
async fn the_file_says_whether_it_is_whole() {
    let (_folder, path) = place();
    let journal = SqliteJournal::create(&path, ORIGIN).unwrap();
    let reader = SqliteJournal::open_read_only(&path).unwrap();
    let mut head = journal.head();
    for round in 0..3 {
        journal.append(chained(&mut head, 3, 100)).await.unwrap();
        journal.append(chained(&mut head, 3, 100)).await.unwrap();
        let copy = alone(&path, &format!("open-{round}"));
        let refused = SqliteJournal::open_read_only(&copy).err();
        assert!(matches!(refused, Some(OpenError::Incomplete { .. })), "{refused:?}");
        assert!(matches!(SqliteJournal::open(&copy), Err(OpenError::Incomplete { .. })));
        // With its head file it is known what it lacks, and with its log nothing is lacking.
        std::fs::copy(head_of(&path), head_of(&copy)).unwrap();
        let refused = SqliteJournal::open_read_only(&copy).err();
        assert!(
            matches!(refused, Some(OpenError::Shorter { seen, .. }) if seen.0 == head.seq),
            "{refused:?}"
        );
        let whole = as_after_a_crash(&path, &format!("whole-{round}"));
        let opened = SqliteJournal::open_read_only(&whole).unwrap();
        assert_eq!((opened.head(), opened.file_state().copied), (head, true));

        assert!(journal.settle().await, "nobody reads an older state");
        let copy = alone(&path, &format!("settled-{round}"));
        let opened = SqliteJournal::open(&copy).unwrap();
        assert_eq!(
            (opened.head(), opened.file_state()),
            (head, FileState { noted: false, ..Default::default() })
        );
    }
    assert_eq!(reader.catch_up().await.unwrap(), head);
}

/// A reader that holds on to an older state keeps the log from being emptied, and nothing else: appends go on, and
/// later it is emptied.
#[tokio::test]
async fn a_reader_holds_the_log() {
    let (_folder, path) = place();
    let journal = SqliteJournal::create(&path, ORIGIN).unwrap();
    let mut head = journal.head();
    journal.append(chained(&mut head, 3, 100)).await.unwrap();
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM entry;").unwrap();
    journal.append(chained(&mut head, 3, 100)).await.unwrap();
    assert!(!journal.settle().await, "it is held");
    assert_eq!(journal.append(chained(&mut head, 3, 100)).await.unwrap(), head);
    assert!(matches!(SqliteJournal::open_read_only(alone(&path, "copy")), Err(OpenError::Incomplete { .. })));
    reader.execute_batch("COMMIT").unwrap();
    assert!(journal.settle().await);
    assert_eq!(SqliteJournal::open_read_only(alone(&path, "later")).unwrap().head(), head);
    // It holds on while the file is not marked yet: the first append waits for it, the next ones do not.
    reader.execute_batch("BEGIN; SELECT count(*) FROM entry;").unwrap();
    journal.append(chained(&mut head, 3, 100)).await.unwrap();
    let begun = std::time::Instant::now();
    for _ in 0..5 {
        assert_eq!(journal.append(chained(&mut head, 3, 100)).await.unwrap(), head);
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(4), "{:?}", begun.elapsed());
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(journal.append(chained(&mut head, 3, 100)).await.unwrap(), head);
    assert!(matches!(
        SqliteJournal::open_read_only(alone(&path, "marked")),
        Err(OpenError::Incomplete { .. })
    ));
}

/// Two writers: what one settles, the other marks again before it answers.
#[tokio::test]
async fn two_writers_and_one_mark() {
    let (_folder, path) = place();
    let one = SqliteJournal::create(&path, ORIGIN).unwrap();
    let two = SqliteJournal::open(&path).unwrap();
    let mut head = one.head();
    for round in 0..4 {
        let (writer, other) = if round % 2 == 0 { (&one, &two) } else { (&two, &one) };
        writer.catch_up().await.unwrap();
        writer.append(chained(&mut head, 2, 100)).await.unwrap();
        assert_eq!(other.catch_up().await.unwrap(), head);
        other.settle().await;
        writer.append(chained(&mut head, 2, 100)).await.unwrap();
        let copy = alone(&path, &format!("copy-{round}"));
        match SqliteJournal::open_read_only(&copy) {
            Ok(copy) => assert_eq!(copy.head(), head, "round {round}"),
            Err(OpenError::Incomplete { .. }) => {}
            Err(other) => panic!("round {round}: {other:?}"),
        }
    }
}

/// Entries that are missing in the middle of a copy are found when it is opened, and by its original when a writer goes
/// on at its end.
#[tokio::test]
async fn a_copy_is_read_from_its_first_entry() {
    let (_folder, path) = place();
    let journal = SqliteJournal::create(&path, ORIGIN).unwrap();
    let mut head = journal.head();
    journal.append(chained(&mut head, 300, 100)).await.unwrap();
    let copy = as_after_a_crash(&path, "torn");
    Connection::open(&copy).unwrap().execute("DELETE FROM entry WHERE seq = 150", []).unwrap();
    for opened in [SqliteJournal::open_read_only(&copy), SqliteJournal::open(&copy)] {
        assert!(matches!(opened, Err(OpenError::Torn { near: 150, .. })), "{:?}", opened.err());
    }
    assert!(matches!(SqliteJournal::check_file(&copy), Err(OpenError::Torn { .. })));
}

/// A tree whose pages lead back to rows before: they are read in order or not at all, or whoever reads on from the last
/// one would never come to an end.
#[tokio::test]
async fn pages_that_lead_back() {
    const PAGE: usize = file::PAGE_SIZE as usize;
    let (_folder, path) = place();
    let journal = SqliteJournal::create(&path, ORIGIN).unwrap();
    let mut head = journal.head();
    journal.append(chained(&mut head, 2_000, 700)).await.unwrap();
    drop(journal);
    let root: u32 = Connection::open(&path)
        .unwrap()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'entry'", [], |row| row.get(0))
        .unwrap();
    // An interior page (sqlite.org/fileformat2.html, 1.6): kind, …, number of cells at 3, their places from 12 on; a cell
    // begins with the number of the page that holds what is before it.
    let mut bytes = std::fs::read(&path).unwrap();
    let root = root as usize;
    let page = &mut bytes[(root - 1) * PAGE..root * PAGE];
    assert_eq!(page[0], 5, "an interior page of a table");
    let two = |page: &[u8], at: usize| usize::from(u16::from_be_bytes([page[at], page[at + 1]]));
    let cells = two(page, 3);
    let (early, late) = (two(page, 12 + 2 * (cells / 3)), two(page, 12 + 2 * (cells / 2)));
    for byte in 0..4 {
        page.swap(early + byte, late + byte);
    }
    std::fs::write(&path, bytes).unwrap();
    let inspected = SqliteJournal::open_to_inspect(&path).unwrap();
    for entries in [1, 7, 4_096] {
        let limit = ReadLimit { entries, ..ReadLimit::BULK };
        let (mut from, mut read, mut damaged) = (0, 0, 0);
        while from <= head.seq {
            match inspected.read(from, limit) {
                Ok(records) => {
                    let positions = records.iter().map(|(position, _)| position);
                    assert!(
                        positions.clone().is_sorted_by(|a, b| a < b),
                        "{:?}",
                        positions.collect::<Vec<_>>()
                    );
                    let Some(next) = records.next_position() else { break };
                    assert!(next > from, "back to {next} from {from}");
                    (from, read) = (next, read + records.len());
                }
                Err(ReadError::Damaged { near, .. }) => {
                    assert_eq!(near, from);
                    (from, damaged) = (from + 1, damaged + 1);
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert!(damaged > 0 || read < 2_000, "{entries} at once: something is not where it belongs");
    }
    assert!(SqliteJournal::open_read_only(&path).is_ok(), "its end is whole; `verify` reads all of it");
}

/// A file whose pages are of two moments, as a copy has them that was made while the file was written to. Whatever was in
/// it at the earlier moment is there, or is said to be damaged; and reading comes to an end, for whoever looks at every
/// record as well.
#[tokio::test]
async fn pages_of_two_moments() {
    const PAGE: usize = file::PAGE_SIZE as usize;
    let (folder, path) = place();
    let journal = SqliteJournal::create(&path, ORIGIN).unwrap();
    let mut head = journal.head();
    let mut moments = Vec::new();
    // From a tree of one page to one of three levels.
    for entries in [3, 40, 400, 4_000, 30_000] {
        journal.append(chained(&mut head, entries, 700)).await.unwrap();
        assert!(journal.settle().await);
        moments.push((head, std::fs::read(&path).unwrap()));
    }
    let torn = folder.path().join("torn");
    let (mut whole, mut refused) = (0, 0);
    for round in 0..60_u64 {
        let dice = |at: usize| fnv(&[round.to_be_bytes(), (at as u64).to_be_bytes()].concat());
        let at = dice(0) as usize % (moments.len() - 1);
        let ((early, before), (_, after)) = (&moments[at], &moments[at + 1]);
        let len = if dice(1) % 2 == 0 { before.len() } else { after.len() };
        // One page in so many is of the other moment, or all from one on.
        let (rare, edge) = (2 + dice(2) % 30, dice(3) as usize % (after.len() / PAGE));
        let mut bytes = after[..len].to_vec();
        for (page, place) in bytes.chunks_mut(PAGE).enumerate() {
            let early = if dice(4) % 2 == 0 { dice(page + 10) % rare == 0 } else { page >= edge };
            if let Some(old) = before.get(page * PAGE..(page + 1) * PAGE).filter(|_| early) {
                place.copy_from_slice(old);
            }
        }
        std::fs::write(&torn, bytes).unwrap();
        if let Ok(inspected) = SqliteJournal::open_to_inspect(&torn) {
            let mut from = 0;
            loop {
                match inspected.read(from, ReadLimit::BULK) {
                    Ok(records) => match records.next_position() {
                        Some(next) => {
                            assert!(records.iter().map(|(position, _)| position).is_sorted_by(|a, b| a < b));
                            assert!(next > from, "round {round}: back to {next} from {from}");
                            from = next;
                        }
                        None => break,
                    },
                    Err(ReadError::Damaged { .. }) => break,
                    Err(error) => panic!("round {round}: {error}"),
                }
            }
        }
        match reads_at_least(&torn, early) {
            Some(true) => whole += 1,
            Some(false) => panic!("round {round}: entries of the earlier moment are missing without a word"),
            None => refused += 1,
        }
    }
    println!("{whole} whole, {refused} refused");
    assert!(whole > 0 && refused > 0);
}

/// Whether the entries up to `head` are in the file, each accepted; `None` where it is refused or damage is met.
fn reads_at_least(path: &Path, head: &Head) -> Option<bool> {
    let journal = SqliteJournal::open_read_only(path).ok()?;
    let mut found = Head::genesis(journal.origin());
    while found.seq < head.seq {
        let records = journal.read(found.seq + 1, ReadLimit::BULK).ok()?;
        if records.is_empty() {
            return Some(false);
        }
        for (_, record) in records.iter() {
            found = chain::accept(&found, &record).ok()?.head;
            if found.seq == head.seq {
                break;
            }
        }
    }
    Some(found == *head)
}
