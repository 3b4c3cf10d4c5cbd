//! The journal that fails on purpose keeps the contract while it does.

use journal::testing::{AppendFault, FaultyJournal, chained};
use journal::{AppendError, Head, Journal, MemoryJournal, ReadError, ReadLimit, SqliteJournal};

const ORIGIN: &str = "journal.test/faulty";

fn outcome(result: &Result<Head, AppendError>) -> &'static str {
    match result {
        Ok(_) => "appended",
        Err(AppendError::NotAppended { .. }) => "not appended",
        Err(AppendError::Unknown { .. }) => "unknown",
        Err(AppendError::Void(_)) => "void",
    }
}

/// Each fault: what is told, how much is stored when it is told, how much after catching up.
#[tokio::test]
async fn fault_table() {
    let table = [
        (None, "appended", 7, 7),
        (Some(AppendFault::NotAppended), "not appended", 3, 3),
        (Some(AppendFault::LostUnknown), "unknown", 3, 3),
        (Some(AppendFault::StoredUnknown), "unknown", 7, 7),
        (Some(AppendFault::PrefixUnknown(0)), "unknown", 3, 3),
        (Some(AppendFault::PrefixUnknown(3)), "unknown", 6, 6),
        (Some(AppendFault::PrefixUnknown(9)), "unknown", 7, 7),
        (Some(AppendFault::StoredLate), "unknown", 3, 7),
    ];
    for (fault, told, at_once, in_the_end) in table {
        let journal = FaultyJournal::new(MemoryJournal::new(ORIGIN));
        journal.next_append(None).next_append(fault);
        let mut head = journal.head();
        let first = journal.append(chained(&mut head, 3, 50));
        let second = journal.append(chained(&mut head, 4, 50));
        let third = journal.append(chained(&mut head.clone(), 1, 50));
        assert_eq!(outcome(&first.await), "appended");
        assert_eq!(outcome(&second.await), told, "{fault:?}");
        if fault.is_none() {
            assert_eq!(third.await.unwrap().seq, 8);
            continue;
        }
        assert_eq!(outcome(&third.await), "not appended", "{fault:?}");
        assert_eq!(journal.read(0, ReadLimit::BULK).unwrap().len(), at_once, "{fault:?}");
        journal.next_catch_up(true);
        assert!(matches!(journal.catch_up().await, Err(ReadError::Io { .. })));
        assert_eq!(outcome(&journal.append(Vec::new()).await), "not appended", "{fault:?}");
        assert_eq!(journal.catch_up().await.unwrap().seq, in_the_end, "{fault:?}");
        assert_eq!(journal.injected(), 2);
    }
}

#[test]
fn reads_fail_by_plan() {
    let journal = FaultyJournal::new(MemoryJournal::new(ORIGIN));
    journal.next_read(false).next_read(true);
    assert!(journal.read(0, ReadLimit::ONE).is_ok());
    assert!(matches!(journal.read(0, ReadLimit::ONE), Err(ReadError::Io { .. })));
    assert!(journal.read(0, ReadLimit::ONE).is_ok());
}

/// A caller who does what the trait says ends with everything appended once, whatever fails on the way.
async fn reaches_the_end<J: Journal>(journal: FaultyJournal<J>, seed: u64) {
    const ENTRIES: u64 = 400;
    let mut head = Head::genesis(ORIGIN);
    let mut acknowledged = head;
    while head.seq < ENTRIES {
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let size = 1 + (head.seq % 5) as usize;
                let batch = chained(&mut head, size, 60);
                journal.append(batch)
            })
            .collect();
        let mut failed = false;
        for outcome in waiting {
            match outcome.await {
                Ok(after) => {
                    assert!(!failed, "seed {seed}: appended behind a failure");
                    acknowledged = after;
                }
                Err(AppendError::Void(refusal)) => panic!("seed {seed}: nobody else appends: {refusal}"),
                Err(AppendError::NotAppended { .. } | AppendError::Unknown { .. }) => failed = true,
            }
        }
        while failed {
            if let Ok(found) = journal.catch_up().await {
                assert!(found.seq >= acknowledged.seq, "seed {seed}: an acknowledged entry is gone");
                (head, failed) = (found, false);
            }
        }
    }
    let faults = journal.injected();
    assert!(faults > 10, "seed {seed}: only {faults} faults");
    journal.heal();
    let (mut from, mut end) = (0, Head::genesis(ORIGIN));
    while let Ok(records) = journal.read(from, ReadLimit::BULK) {
        for (_, record) in records.iter() {
            end =
                chain::accept(&end, &record).unwrap_or_else(|refusal| panic!("seed {seed}: {refusal}")).head;
        }
        let Some(next) = records.next_position() else { break };
        from = next;
    }
    assert_eq!(end, journal.catch_up().await.unwrap(), "seed {seed}");
    assert!(end.seq >= ENTRIES);
}

#[tokio::test]
async fn random_faults_over_memory() {
    for seed in 0..200 {
        reaches_the_end(FaultyJournal::seeded(MemoryJournal::new(ORIGIN), seed, 200), seed).await;
    }
}

#[tokio::test]
async fn random_faults_over_sqlite() {
    for seed in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let inner = SqliteJournal::create(folder.path().join("journal.sqlite"), ORIGIN).unwrap();
        reaches_the_end(FaultyJournal::seeded(inner, seed, 200), seed).await;
    }
}
