//! Opening: nobody appends to a shorter or another past, and the saved map of subjects is only a shortcut.

use crate::log::Log;
use crate::rig::{Lagging, ORIGIN, Rig, memory, one, register, send, small_batches, subject, word};
use chain::{Hash, Record};
use journal::{Journal, MemoryJournal, ReadLimit};
use ledger::{Ledger, OpenError, Options, Witness};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A ledger of `workers` registrations and as many entrances, closed.
async fn filled(rig: &Rig, journal: &Arc<impl Journal>, options: Options, workers: u128) {
    let ledger = rig.create(journal, options).await;
    let commands = (0..workers).flat_map(|n| [register(n, 100 + n), send(n, 200 + n, "EnterSite")]);
    ledger.submit(commands.collect()).await.expect("outcomes");
    ledger.close().await;
}

/// The first `entries` of a journal, as an older copy of it.
fn older(journal: &dyn Journal, entries: usize) -> Arc<MemoryJournal> {
    let copy = MemoryJournal::new(ORIGIN);
    let records = journal.read(0, ReadLimit { entries, bytes: usize::MAX }).expect("read");
    records.iter().for_each(|(_, record)| copy.inject(&record));
    Arc::new(copy.another())
}

#[tokio::test(flavor = "multi_thread")]
async fn witnesses() {
    let rig = Rig::new().await;
    let journal = memory();
    filled(&rig, &journal, small_batches(), 5).await;
    let log = Log::read(&*journal, &rig.vault).await;
    let hash = |seq: usize| log.entries[seq - 1].receipt.hash;
    let other = Hash([7; 32]);
    let table: [(&[(u64, Hash)], &str); 9] = [
        (&[], "opens"),
        (&[(11, hash(11))], "opens"),
        (&[(1, hash(1)), (6, hash(6))], "opens"),
        (&[(0, other)], "opens"), // saw nothing yet
        (&[(12, other)], "behind 11 < 12"),
        (&[(u64::MAX, other)], "behind 11 < 18446744073709551615"),
        (&[(11, other)], "different at 11"),
        (&[(3, hash(4))], "different at 3"),
        (&[(11, hash(11)), (5, other), (99, other)], "different at 5"),
    ];
    for (seen, expected) in table {
        let witnesses: Vec<Witness> =
            seen.iter().map(|(seq, hash)| Witness { name: "read model", seq: *seq, hash: *hash }).collect();
        let clock = rig.clock.clone();
        let opened =
            Ledger::open(journal.clone(), rig.vault.clone(), clock, small_batches(), &witnesses).await;
        let found = match opened {
            Ok(ledger) => {
                ledger.close().await;
                "opens".to_owned()
            }
            Err(OpenError::Behind { head, witness: "read model", seen }) => format!("behind {head} < {seen}"),
            Err(OpenError::Different { seq, witness: "read model" }) => format!("different at {seq}"),
            Err(error) => panic!("{error}"),
        };
        assert_eq!(found, expected, "{seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn created_once_and_opened_only_when_created() {
    let rig = Rig::new().await;
    let journal = memory();
    let open = || Ledger::open(journal.clone(), rig.vault.clone(), rig.clock.clone(), small_batches(), &[]);
    assert!(matches!(open().await, Err(OpenError::Empty)));
    let created = rig.create(&journal, small_batches()).await;
    created.clone().close().await;
    let create =
        Ledger::create(journal.clone(), rig.vault.clone(), rig.clock.clone(), small_batches(), "tester");
    assert!(matches!(create.await, Err(OpenError::Exists)));
    assert_eq!(open().await.expect("a ledger").id(), created.id());
}

/// What a map on disk is, how many records opening reads over eleven entries, and that tails are right in
/// every case. One record more than the map lacks: the entry that it is good for is looked at.
#[tokio::test(flavor = "multi_thread")]
async fn the_map_of_subjects_is_a_shortcut() {
    let rig = Rig::new().await;
    let map = |name: &str| rig.folder.path().join(name);
    let with = |name: &str| Options { subjects_map: Some(map(name)), ..small_batches() };
    let journal = memory();
    filled(&rig, &journal, with("short"), 3).await;
    let ledger = rig.open(&journal, with("whole")).await;
    let more = (3..5).flat_map(|n| [register(n, 100 + n), send(n, 200 + n, "EnterSite")]);
    ledger.submit(more.collect()).await.expect("outcomes");
    ledger.close().await;
    filled(&rig, &memory(), with("another ledger's"), 5).await;
    filled(&rig, &memory(), with("a longer ledger's"), 50).await;
    let whole = std::fs::read(map("whole")).expect("the map");
    std::fs::write(map("torn"), &whole[..whole.len() - 9]).expect("written");
    let mut flipped = whole;
    flipped[60] ^= 1;
    std::fs::write(map("flipped"), flipped).expect("written");
    std::fs::write(map("empty"), b"").expect("written");

    let table = [
        ("none", 11),
        ("whole", 0),
        ("short", 4),
        ("another ledger's", 11),
        ("a longer ledger's", 11),
        ("torn", 11),
        ("flipped", 11),
        ("empty", 11),
    ];
    for (name, expected) in table {
        // A copy each: closing saves the map anew.
        let copy = format!("{name}, copied");
        if Path::new(&map(name)).exists() {
            std::fs::copy(map(name), map(&copy)).expect("copied");
        }
        let counting = Arc::new(Lagging::new(journal.another(), 0));
        let ledger = rig.open(&counting, with(&copy)).await;
        let read_at_open = counting.bulk_read.load(Ordering::SeqCst);
        assert_eq!(read_at_open, expected, "{name}");
        for n in 0..5u128 {
            let tail = ledger.tail(subject(n)).await.expect("an answer").expect("a stream");
            assert_eq!((tail.seq, tail.entries), (3 + 2 * n as u64, 2), "{name}: worker {n}");
        }
        assert_eq!(ledger.tail(subject(70)).await.expect("an answer"), None, "{name}");
        let known = one(&ledger, send(1, 201, "EnterSite")).await.expect("an outcome");
        assert_eq!(word(&known), "known 5", "{name}");
        ledger.close().await;
    }
}

/// A journal that is shorter than the saved map, with nobody to witness it: the map does not bring back what
/// is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_map_ahead_of_the_journal_is_thrown_away() {
    let rig = Rig::new().await;
    let options = || Options { subjects_map: Some(rig.folder.path().join("map")), ..small_batches() };
    let journal = memory();
    filled(&rig, &journal, options(), 5).await;
    let ledger = rig.open(&older(&*journal, 4), options()).await;
    assert_eq!(ledger.tail(subject(1)).await.expect("an answer").map(|tail| tail.entries), Some(1));
    assert_eq!(ledger.tail(subject(2)).await.expect("an answer"), None);
    assert_eq!(word(&one(&ledger, send(1, 201, "EnterSite")).await.expect("an outcome")), "new 5");
}

/// A journal that was damaged behind the ledger's back is not opened for writing.
#[tokio::test(flavor = "multi_thread")]
async fn a_gap_is_refused() {
    let rig = Rig::new().await;
    let journal = memory();
    filled(&rig, &journal, small_batches(), 3).await;
    // An entry is stored twice in the middle: what stands behind it has moved.
    let doubled = MemoryJournal::new(ORIGIN);
    for (position, record) in journal.read(0, ReadLimit::BULK).expect("read").iter() {
        doubled.inject(&record);
        if position == 3 {
            doubled.inject(&Record { ..record });
        }
    }
    let doubled = Arc::new(doubled.another());
    let opened = Ledger::open(doubled, rig.vault.clone(), rig.clock.clone(), small_batches(), &[]).await;
    assert!(matches!(opened, Err(OpenError::Read(_))), "{:?}", opened.map(|_| ()));
}
