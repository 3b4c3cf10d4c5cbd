//! What every journal has to do, written once.

use super::{chained, chained_body};
use crate::{AppendError, Entry, Head, Journal, ReadLimit};
use chain::{MAX_ENTRY_LEN, Refusal, accept};
use std::sync::Arc;

/// The place of one journal that was made with origin [`ORIGIN`] and holds nothing at first.
pub trait Store {
    /// A journal on this store, as a node has it: the first call opens an empty one, later ones, beside it or
    /// after it was dropped, open what is there.
    fn open(&self) -> Arc<dyn Journal>;
}

/// The origin of the journals that [`contract`] is run on.
pub const ORIGIN: &str = "journal.test/contract";

/// Runs the whole suite; `make` makes a new store for each part of it. Panics when a journal breaks its
/// contract.
pub async fn contract<S: Store>(make: impl Fn() -> S) {
    begins_empty(&make()).await;
    keeps_order(&make()).await;
    keeps_bytes_when_reopened(&make()).await;
    several_in_flight_land_in_call_order(&make()).await;
    what_does_not_chain_is_void(&make()).await;
    a_failure_takes_down_what_is_behind_it(&make()).await;
    limits_hold(&make()).await;
    sizes_at_the_limit(&make()).await;
    a_strangers_append_makes_ours_void(&make()).await;
    followers_see_the_head_move(&make()).await;
    many_read_while_one_writes(&make()).await;
    dropped_futures_take_nothing_back(&make()).await;
}

const SMALL: ReadLimit = ReadLimit { entries: 3, bytes: 1 << 20 };

/// Everything stored, read bit by bit.
fn stored(journal: &dyn Journal, limit: ReadLimit) -> Vec<Entry> {
    let (mut from, mut all) = (0, Vec::new());
    loop {
        let records = journal.read(from, limit).expect("read");
        assert!(records.len() <= limit.entries.max(1), "more than the limit");
        for (position, record) in records.iter() {
            assert!(position >= from, "position {position} read from {from}");
            from = position + 1;
            all.push(Entry {
                header: record.header.try_into().expect("a header"),
                salt: record.salt.try_into().expect("a salt"),
                body: record.body.to_vec().into(),
            });
        }
        let Some(next) = records.next_position() else { return all };
        assert_eq!(next, from);
    }
}

/// What of it counts, and the head that it makes.
fn accepted(journal: &dyn Journal) -> (Vec<Entry>, Head) {
    let mut head = Head::genesis(journal.origin());
    let mut all = stored(journal, ReadLimit::BULK);
    all.retain(|entry| accept(&head, &entry.record()).map(|next| head = next.head).is_ok());
    (all, head)
}

fn is_void<T>(outcome: &Result<T, AppendError>) -> bool {
    matches!(outcome, Err(AppendError::Void(_)))
}

fn is_not_appended<T>(outcome: &Result<T, AppendError>) -> bool {
    matches!(outcome, Err(AppendError::NotAppended { .. }))
}

async fn begins_empty(store: &impl Store) {
    let journal = store.open();
    assert_eq!(journal.origin(), ORIGIN);
    let genesis = Head::genesis(ORIGIN);
    assert_eq!(journal.head(), genesis);
    assert_eq!(journal.catch_up().await.expect("catch up"), genesis);
    assert!(journal.read(0, ReadLimit::BULK).expect("read").is_empty());
    assert!(journal.read(u64::MAX, ReadLimit::ONE).expect("read").is_empty());
    assert_eq!(journal.append(Vec::new()).await.expect("an empty batch"), genesis);
    assert!(journal.read(0, ReadLimit::BULK).expect("read").is_empty(), "an empty batch stores nothing");
}

async fn keeps_order(store: &impl Store) {
    let journal = store.open();
    let mut head = journal.head();
    let mut all = Vec::new();
    for (batch, body) in [(1, 30), (7, 700), (200, 100), (1, 0), (64, 850)] {
        let entries = chained(&mut head, batch, body);
        all.extend_from_slice(&entries);
        assert_eq!(journal.append(entries).await.expect("append"), head);
        assert_eq!(journal.head(), head, "the head is known when the append resolves");
    }
    for limit in [ReadLimit::BULK, SMALL, ReadLimit::ONE] {
        assert!(stored(&*journal, limit) == all, "what was appended is read, in order, with {limit:?}");
    }
    assert_eq!(accepted(&*journal).1, head);
}

async fn keeps_bytes_when_reopened(store: &impl Store) {
    let mut head = Head::genesis(ORIGIN);
    let mut all = Vec::new();
    for round in 0..3 {
        let journal = store.open();
        assert_eq!(journal.head(), head, "round {round}");
        assert!(stored(&*journal, ReadLimit::BULK) == all);
        let entries = chained(&mut head, 33, 500 + round);
        all.extend_from_slice(&entries);
        journal.append(entries).await.expect("append");
    }
    assert!(stored(&*store.open(), ReadLimit::BULK) == all);
}

async fn several_in_flight_land_in_call_order(store: &impl Store) {
    let journal = store.open();
    let mut head = journal.head();
    let (mut waiting, mut all) = (Vec::new(), Vec::new());
    for n in 1..=40 {
        let entries = chained(&mut head, n % 9, 300);
        all.extend_from_slice(&entries);
        waiting.push((journal.append(entries), head));
    }
    // The last is awaited first: none needs another to be polled.
    for (outcome, after) in waiting.into_iter().rev() {
        assert_eq!(outcome.await.expect("append"), after);
    }
    assert!(stored(&*journal, ReadLimit::BULK) == all);
}

async fn what_does_not_chain_is_void(store: &impl Store) {
    let journal = store.open();
    let mut head = journal.head();
    journal.append(chained(&mut head, 3, 100)).await.expect("append");
    let void = async |batch: Vec<Entry>, why: &str, expect: fn(&Refusal) -> bool| {
        match journal.append(batch).await {
            Err(AppendError::Void(refusal)) => assert!(expect(&refusal), "{why}: {refusal}"),
            other => panic!("{why}: {other:?}"),
        }
        assert_eq!(journal.catch_up().await.expect("catch up"), head, "{why}");
    };
    let again = chained(&mut Head::genesis(ORIGIN), 3, 100);
    void(again, "a repeat", |r| matches!(r, Refusal::Sequence { expected: 4, found: 1 })).await;
    let gap = chained(&mut head.clone(), 2, 100).split_off(1);
    void(gap, "a gap", |r| matches!(r, Refusal::Sequence { expected: 4, found: 5 })).await;
    let link = chained(&mut Head { hash: chain::Hash([7; 32]), ..head }, 1, 100);
    void(link, "another chain", |r| matches!(r, Refusal::Link { .. })).await;
    let time = chained(&mut Head { recorded_at: chain::RECORDED_BEFORE_US - 1, ..head }, 1, 100);
    void(time, "a time after the window", |r| matches!(r, Refusal::Time { .. })).await;
    let mut body = chained(&mut head.clone(), 3, 100);
    body[2].body = b"something else".to_vec().into();
    void(body, "another body", |r| matches!(r, Refusal::Body)).await;
    let mut inner = chained(&mut head.clone(), 3, 100);
    inner.swap(1, 2);
    void(inner, "out of order", |r| matches!(r, Refusal::Sequence { expected: 5, found: 6 })).await;
    let mut header = chained(&mut head.clone(), 2, 100);
    header[1].header[0] ^= 1;
    void(header, "no header", |r| matches!(r, Refusal::Header(_))).await;
    let entries = chained(&mut head, 2, 100);
    assert_eq!(journal.append(entries).await.expect("append"), head, "the true batch still goes in");
    assert_eq!(accepted(&*journal).0.len(), 5);
}

async fn a_failure_takes_down_what_is_behind_it(store: &impl Store) {
    let journal = store.open();
    let mut head = journal.head();
    let first = journal.append(chained(&mut head, 4, 100));
    let stale = journal.append(chained(&mut Head::genesis(ORIGIN), 1, 100));
    let mut ahead = head;
    let behind = journal.append(chained(&mut ahead, 2, 100));
    let further = journal.append(Vec::new());
    assert_eq!(first.await.expect("before the failure"), head);
    assert!(is_void(&stale.await));
    assert!(is_not_appended(&behind.await));
    assert!(is_not_appended(&further.await));
    let later = journal.append(chained(&mut head.clone(), 1, 100)).await;
    assert!(is_not_appended(&later), "a good batch, but before the catch-up");
    assert_eq!(journal.head(), head);
    // The catch-up takes its place in the queue: what is appended behind it goes in.
    let caught = journal.catch_up();
    let after = journal.append(chained(&mut head.clone(), 2, 100));
    assert_eq!(caught.await.expect("catch up"), head);
    assert_eq!(after.await.expect("after the catch-up").seq, head.seq + 2);
    assert_eq!(accepted(&*journal).1, journal.head());
}

async fn limits_hold(store: &impl Store) {
    let journal = store.open();
    let mut head = journal.head();
    let entries = chained(&mut head, 20, 848);
    let one = entries[0].stored_len();
    journal.append(entries).await.expect("append");
    let count = |entries, bytes| journal.read(0, ReadLimit { entries, bytes }).expect("read").len();
    assert_eq!(count(5, usize::MAX), 5);
    assert_eq!(count(100, usize::MAX), 20);
    assert_eq!(count(100, one * 3), 3);
    assert_eq!(count(100, one * 4 - 1), 3);
    assert_eq!(count(2, one * 4), 2);
    assert_eq!(count(100, 1), 1, "at least one, however small the limit");
    assert_eq!(count(0, 0), 1);
    let records = journal.read(0, SMALL).expect("read");
    assert_eq!(records.stored_len(), one * 3);
    assert!(records.get(2).is_some() && records.get(3).is_none());
    let beyond = journal.read(u64::MAX - 1, ReadLimit::BULK).expect("read");
    assert!(beyond.is_empty() && beyond.next_position().is_none());
}

async fn sizes_at_the_limit(store: &impl Store) {
    let journal = store.open();
    let mut head = journal.head();
    let room = MAX_ENTRY_LEN - chain::HEADER_LEN - chain::SALT_LEN;
    let largest = chained_body(&mut head, vec![b'x'; room]);
    journal.append(vec![largest.clone()]).await.expect("the largest entry");
    let too_long = chained_body(&mut head.clone(), vec![b'x'; room + 1]);
    let outcome = journal.append(vec![too_long]).await;
    assert!(matches!(outcome, Err(AppendError::Void(Refusal::TooLong))), "{outcome:?}");
    assert_eq!(journal.catch_up().await.expect("catch up"), head);
    let many: Vec<Entry> = (0..40).map(|_| chained_body(&mut head, vec![b'y'; room])).collect();
    journal.append(many.clone()).await.expect("a large batch");
    let all = stored(&*journal, ReadLimit::BULK);
    assert!(all[0] == largest && all[1..] == many);
}

async fn a_strangers_append_makes_ours_void(store: &impl Store) {
    let (ours, theirs) = (store.open(), store.open());
    let mut head = ours.head();
    theirs.append(chained(&mut head, 2, 100)).await.expect("theirs");
    let outcome = ours.append(chained(&mut Head::genesis(ORIGIN), 1, 333)).await;
    assert!(is_void(&outcome), "{outcome:?}");
    assert_eq!(ours.catch_up().await.expect("catch up"), head);
    ours.append(chained(&mut head, 1, 100)).await.expect("ours, after theirs");
    assert_eq!(theirs.catch_up().await.expect("catch up"), head);
    theirs.append(chained(&mut head, 1, 100)).await.expect("theirs, after ours");
    // Both see one ledger, whatever void there is.
    assert_eq!(ours.catch_up().await.expect("catch up"), head);
    assert_eq!(accepted(&*ours).1, head);
    assert!(accepted(&*ours) == accepted(&*theirs));
    assert_eq!(accepted(&*ours).0.len(), 4);
}

async fn followers_see_the_head_move(store: &impl Store) {
    let journal = store.open();
    let mut follower = journal.follow();
    let mut head = journal.head();
    assert_eq!(*follower.borrow_and_update(), head);
    journal.append(chained(&mut head, 2, 100)).await.expect("append");
    assert!(follower.has_changed().expect("the journal lives"));
    assert_eq!(*follower.borrow_and_update(), head);
    journal.catch_up().await.expect("catch up");
    journal.append(Vec::new()).await.expect("append");
    assert!(!follower.has_changed().expect("the journal lives"), "nothing has moved");
    drop(journal);
    assert!(follower.has_changed().is_err(), "the journal is gone");
}

async fn many_read_while_one_writes(store: &impl Store) {
    const ENTRIES: u64 = 600;
    let journal = store.open();
    let readers: Vec<_> = (0..4)
        .map(|i| {
            let journal = journal.clone();
            std::thread::spawn(move || {
                let (mut from, mut head) = (0, Head::genesis(ORIGIN));
                while head.seq < ENTRIES {
                    let known = journal.head();
                    let records =
                        journal.read(from, ReadLimit { entries: 5 + i, bytes: 1 << 20 }).expect("read");
                    for (position, record) in records.iter() {
                        head = accept(&head, &record).expect("a reader sees whole entries in order").head;
                        from = position + 1;
                    }
                    assert!(!records.is_empty() || head.seq >= known.seq, "what is below the head is there");
                    std::thread::yield_now();
                }
            })
        })
        .collect();
    let mut head = journal.head();
    while head.seq < ENTRIES {
        journal.append(chained(&mut head, 3, 700)).await.expect("append");
    }
    for reader in readers {
        reader.join().expect("a reader");
    }
}

async fn dropped_futures_take_nothing_back(store: &impl Store) {
    let journal = store.open();
    let mut head = journal.head();
    for _ in 0..10 {
        drop(journal.append(chained(&mut head, 2, 100)));
    }
    assert_eq!(journal.append(Vec::new()).await.expect("append"), head);
    drop(journal.append(chained(&mut head, 2, 100)));
    drop(journal);
    assert_eq!(store.open().catch_up().await.expect("catch up"), head, "what was queued has been written");
}
