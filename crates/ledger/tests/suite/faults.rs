//! The fault table: how an append goes wrong × where × for whom, and what is left of it.

use crate::log::{Log, check_invariants};
use crate::rig::{Lagging, ORIGIN, Rig, memory, one, receipt, register, send, small_batches, subject, word};
use crate::tidy::Tidy;
use chain::Record;
use journal::testing::{AppendFault, FaultyJournal, chained};
use journal::{
    AppendError, Batch, BoxFuture, Entry, Head, Journal, MemoryJournal, ReadError, ReadLimit, Records,
    SqliteJournal,
};
use ledger::{Ledger, Options, Outcome, Submission, SubmitError};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;

type Faulty = Lagging<FaultyJournal<MemoryJournal>>;

/// A journal that fails by plan, with several batches in flight.
fn faulty() -> Arc<Faulty> {
    Arc::new(Lagging::new(FaultyJournal::new(MemoryJournal::new(ORIGIN)), 50))
}

/// Nine commands about three workers: three batches of three.
fn nine() -> Vec<Submission> {
    (0..3)
        .flat_map(|n| [register(n, 10 + n), send(n, 20 + n, "EnterSite"), send(n, 30 + n, "RecordWork")])
        .collect()
}

/// As one request, or each in one of its own, all in the queue before the first is decided.
async fn submit(ledger: &Ledger, rig: &Rig, single: bool) -> Vec<Result<Outcome, SubmitError>> {
    rig.clock.hold(true);
    let requests: Vec<Vec<Submission>> =
        if single { nine().into_iter().map(|one| vec![one]).collect() } else { vec![nine()] };
    let waiting: Vec<_> = requests
        .into_iter()
        .map(|request| {
            let ledger = ledger.clone();
            let len = request.len();
            // Polled once in here, so that requests stand in the queue in this order.
            let mut answer = Box::pin(async move { ledger.submit(request).await });
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(answer.as_mut().poll(&mut context).is_pending());
            (answer, len)
        })
        .collect();
    rig.clock.hold(false);
    let mut all = Vec::new();
    for (answer, len) in waiting {
        match answer.await {
            Ok(outcomes) => all.extend(outcomes.into_iter().map(Ok)),
            Err(error) => all.extend(std::iter::repeat_n(Err(error), len)),
        }
    }
    assert_eq!(all.len(), 9, "an answer for each command");
    all
}

/// Receipts given are true, nothing else is wrong, and sending everything again records each once.
async fn check(
    rig: &Rig,
    journal: &Arc<Faulty>,
    ledger: Ledger,
    answers: &[Result<Outcome, SubmitError>],
    what: &str,
) {
    let shared: Arc<dyn Journal> = Arc::new(journal.inner.inner().another());
    let log = Log::read(&*shared, &rig.vault).await;
    for answer in answers {
        match answer {
            Ok(outcome) => log.check_receipt(&receipt(outcome)),
            Err(SubmitError::Unavailable { .. }) => {}
            Err(error) => panic!("{what}: {error}"),
        }
    }
    journal.inner.heal();
    for outcome in ledger.submit(nine()).await.expect(what) {
        receipt(&outcome);
    }
    ledger.close().await;
    let log =
        check_invariants(&(Arc::new(journal.inner.inner().another()) as Arc<dyn Journal>), &rig.vault).await;
    assert_eq!(log.entries.len(), 10, "{what}: the ledger's first entry and nine commands, each once");
}

/// `new` or `known` of nine commands, in threes: those of the batch that failed, and stayed, are known when
/// they are decided again.
const TABLE: [(AppendFault, [&str; 3]); 7] = [
    (AppendFault::NotAppended, ["new new new", "new new new", "new new new"]),
    (AppendFault::LostUnknown, ["new new new", "new new new", "new new new"]),
    (AppendFault::StoredUnknown, ["known known known", "known known known", "known known known"]),
    (AppendFault::StoredLate, ["known known known", "known known known", "known known known"]),
    (AppendFault::PrefixUnknown(0), ["new new new", "new new new", "new new new"]),
    (AppendFault::PrefixUnknown(1), ["known new new", "known new new", "known new new"]),
    (AppendFault::PrefixUnknown(9), ["known known known", "known known known", "known known known"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_append_fault_in_every_place() {
    let rig = Rig::new().await;
    rig.bind(0..3).await;
    for (fault, words) in TABLE {
        for (place, name) in [(0, "first"), (1, "in the middle"), (2, "last")] {
            for single in [true, false] {
                let what =
                    format!("{fault:?}, {name}, {}", if single { "nine requests" } else { "one request" });
                let journal = faulty();
                let ledger = rig.create(&journal, small_batches()).await;
                for _ in 0..place {
                    journal.inner.next_append(None);
                }
                journal.inner.next_append(Some(fault));
                let answers = submit(&ledger, &rig, single).await;
                assert_eq!(journal.inner.injected(), 1, "{what}");
                let told: Vec<&str> = answers
                    .iter()
                    .map(|answer| match answer.as_ref().expect(&what) {
                        Outcome::Recorded(_) => "new",
                        Outcome::AlreadyRecorded(_) => "known",
                        Outcome::Rejected(rejection) => panic!("{what}: {rejection}"),
                    })
                    .collect();
                // What went before is accepted: one request is decided anew as a whole, and finds it known.
                for (batch, told) in told.chunks(3).enumerate() {
                    let expected = match batch.cmp(&place) {
                        std::cmp::Ordering::Less if single => "new new new",
                        std::cmp::Ordering::Less => "known known known",
                        std::cmp::Ordering::Equal => words[place],
                        std::cmp::Ordering::Greater => "new new new",
                    };
                    assert_eq!(told.join(" "), expected, "{what}: batch {batch}");
                }
                check(&rig, &journal, ledger, &answers, &what).await;
            }
        }
    }
}

/// The same fault with a catch-up that fails as often as it is tried, or a read that fails after it: callers
/// are told that it is not known, and sending again is safe.
#[tokio::test(flavor = "multi_thread")]
async fn storage_that_does_not_come_back_at_once() {
    let rig = Rig::new().await;
    rig.bind(0..3).await;
    for (fault, _) in TABLE {
        for (catch_ups, read_fails) in [(4, false), (5, false), (0, true)] {
            let what = format!("{fault:?}, {catch_ups} catch-ups fail, read fails: {read_fails}");
            let journal = faulty();
            let ledger = rig.create(&journal, small_batches()).await;
            journal.inner.next_append(Some(fault));
            for _ in 0..catch_ups {
                journal.inner.next_catch_up(true);
            }
            // The first read is for deciding, the second for reading on.
            journal.inner.next_read(false).next_read(read_fails);
            // One request, where a read fails: see `no_refusal_over_a_past_that_was_not_read`.
            let answers = submit(&ledger, &rig, !read_fails).await;
            let unavailable = answers.iter().filter(|answer| answer.is_err()).count();
            match (catch_ups, read_fails) {
                (4, _) => assert_eq!(unavailable, 0, "{what}"),
                (5, _) => assert_eq!(unavailable, 9, "{what}"),
                _ => {}
            }
            check(&rig, &journal, ledger, &answers, &what).await;
        }
    }
}

/// A refusal is given only over what is accepted. Here something was accepted that the sequencer could not
/// read back yet; until it has, it knows nothing to refuse by.
#[tokio::test(flavor = "multi_thread")]
async fn no_refusal_over_a_past_that_was_not_read() {
    let rig = Rig::new().await;
    rig.bind(0..3).await;
    let journal = faulty();
    let ledger = rig.create(&journal, small_batches()).await;
    // Whatever is read once in a ledger's life is read before the fault.
    one(&ledger, register(1, 11)).await.expect("registered");
    journal.inner.next_append(Some(AppendFault::StoredUnknown)).next_read(true);
    let registered = one(&ledger, register(0, 10)).await;
    assert!(matches!(registered, Err(SubmitError::Unavailable { .. })), "stored, but nobody could read it");
    let entered = one(&ledger, send(0, 20, "EnterSite")).await;
    let refused = matches!(entered, Ok(Outcome::Rejected(_)));
    assert!(!refused, "the worker is registered, as entry 3 says: {entered:?}");
}

/// A journal that takes nothing any more, though it can be read: a full disk.
struct Full {
    inner: MemoryJournal,
    appends: AtomicU64,
}

impl Journal for Full {
    fn origin(&self) -> &str {
        self.inner.origin()
    }

    fn append_batch(&self, batch: Batch) -> BoxFuture<'static, Result<Head, AppendError>> {
        if self.appends.fetch_add(1, Ordering::SeqCst) == 0 {
            return self.inner.append_batch(batch);
        }
        let source = Arc::new(std::io::Error::from(std::io::ErrorKind::StorageFull));
        Box::pin(async { Err(AppendError::NotAppended { source }) })
    }

    fn read(&self, from: u64, limit: ReadLimit) -> Result<Records, ReadError> {
        self.inner.read(from, limit)
    }

    fn head(&self) -> Head {
        self.inner.head()
    }

    fn follow(&self) -> watch::Receiver<Head> {
        self.inner.follow()
    }

    fn catch_up(&self) -> BoxFuture<'static, Result<Head, ReadError>> {
        self.inner.catch_up()
    }
}

/// Nine commands over a full disk, as requests smaller and larger than what may be in flight.
async fn over_a_full_disk(single: bool, in_flight_max: usize) -> Vec<Result<Outcome, SubmitError>> {
    let rig = Rig::new().await;
    let journal = Arc::new(Full { inner: MemoryJournal::new(ORIGIN), appends: AtomicU64::new(0) });
    let ledger = rig.create(&journal, Options { in_flight_max, ..small_batches() }).await;
    let answers = tokio::time::timeout(Duration::from_secs(5), submit(&ledger, &rig, single)).await;
    answers.expect("an answer, if not the one hoped for")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told() {
    for single in [true, false] {
        for answer in over_a_full_disk(single, 12).await {
            assert!(matches!(answer, Err(SubmitError::Unavailable { .. })), "{answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_to_whoever_asks_for_much() {
    for answer in over_a_full_disk(false, 3).await {
        assert!(matches!(answer, Err(SubmitError::Unavailable { .. })), "{answer:?}");
    }
}

/// Records of a stranger that do not count, at the end of the store: the next commands are recorded behind
/// them, and receipts are true for everybody who skips what `accept` refuses.
#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_void_is_skipped() {
    let rig = Rig::new().await;
    rig.bind(0..3).await;
    let journal = memory();
    let ledger = rig.create(&journal, small_batches()).await;
    let stranger = chained(&mut Head::genesis("another ledger"), 1, 100);
    journal.inject(&stranger[0].record());
    journal.inject(&Record { header: b"", salt: b"", body: b"noise" });
    let outcomes = ledger.submit(nine()).await.expect("outcomes");
    let log = check_invariants(&(journal.clone() as Arc<dyn Journal>), &rig.vault).await;
    assert_eq!((log.voids, log.entries.len()), (2, 10));
    outcomes.iter().for_each(|outcome| log.check_receipt(&receipt(outcome)));
}

/// Two sequencers over one store, as when two nodes both believe that they lead: each command is recorded
/// once, and every receipt of either is true.
async fn two_sequencers(
    rig: &Rig,
    one_journal: Arc<impl Journal>,
    other_journal: impl FnOnce() -> Arc<dyn Journal>,
) {
    let first = rig.create(&one_journal, small_batches()).await;
    for n in 0..3 {
        assert_eq!(
            word(&one(&first, register(n, 10 + n)).await.expect("registered")),
            format!("new {}", n + 2)
        );
    }
    let second = Ledger::open(other_journal(), rig.vault.clone(), rig.clock.clone(), small_batches(), &[])
        .await
        .expect("a second sequencer");
    let mut receipts = Vec::new();
    for round in 1..10u128 {
        let commands: Vec<_> = (0..3)
            .map(|n| send(n, 100 * round + n, &format!("RecordWork days=2026-03-0{round}:1.0")))
            .collect();
        let (ours, theirs) = tokio::join!(first.submit(commands.clone()), second.submit(commands));
        for outcome in [ours, theirs].into_iter().flat_map(|outcomes| outcomes.expect("outcomes")) {
            receipts.push(receipt(&outcome));
        }
    }
    first.close().await;
    second.close().await;
    let log = check_invariants(&(one_journal as Arc<dyn Journal>), &rig.vault).await;
    assert_eq!(log.entries.len(), 1 + 3 + 27);
    receipts.iter().for_each(|receipt| log.check_receipt(receipt));
    assert_eq!(log.state(subject(0), u64::MAX).entries(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sequencers_over_one_file() {
    let rig = Rig::new().await;
    rig.bind(0..3).await;
    let path = rig.folder.path().join("journal.sqlite");
    let journal = Arc::new(SqliteJournal::create(&path, ORIGIN).expect("a journal"));
    two_sequencers(&rig, journal, || Arc::new(SqliteJournal::open(&path).expect("the journal"))).await;
}

/// What another sequencer wrote about a worker that this one remembers is taken in with the first append that
/// finds it there.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_wrote_is_taken_in() {
    let rig = Rig::new().await;
    rig.bind(0..2).await;
    let store = MemoryJournal::new(ORIGIN);
    let ours = rig.create(&Arc::new(Tidy::on(&store)), small_batches()).await;
    ours.submit(vec![register(0, 1), register(1, 2)]).await.expect("registered");
    let theirs = rig.open(&Arc::new(Tidy::on(&store)), small_batches()).await;
    let words = async |ledger: &Ledger, about, id, text: &str| {
        word(&one(ledger, send(about, id, text)).await.expect("an outcome"))
    };
    assert_eq!(words(&theirs, 0, 3, "RecordWork days=2026-03-01:1.0").await, "new 4");
    assert_eq!(words(&ours, 1, 4, "RecordWork").await, "new 5");
    assert_eq!(words(&ours, 0, 3, "RecordWork days=2026-03-01:1.0").await, "known 4");
    assert_eq!(words(&ours, 0, 5, "RecordWork days=2026-03-01:0.5").await, "day_already_recorded");
    assert_eq!(words(&theirs, 1, 6, "RecordWork days=2026-03-05:1.0").await, "new 6");
    assert_eq!(words(&theirs, 1, 4, "RecordWork").await, "known 5");
    check_invariants(&(Arc::new(Tidy::on(&store)) as Arc<dyn Journal>), &rig.vault).await;
}

/// A stranger's entry that counts, but says that the entry before it on its stream is itself: numbering is no
/// part of `accept`. Nobody waits for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_does_not_go_back() {
    let rig = Rig::new().await;
    let journal = memory();
    let ledger = rig.create(&journal, small_batches()).await;
    let registered = one(&ledger, register(0, 1)).await.expect("registered");
    ledger.close().await;
    let head = journal.head();
    let records = journal.read(receipt(&registered).seq, ReadLimit::ONE).expect("read");
    let (_, record) = records.get(0).expect("the registration");
    let mut header = chain::Header::decode(record.header).expect("a header");
    (header.seq, header.prev, header.recorded_at) = (head.seq + 1, head.hash, head.recorded_at + 1);
    (header.subject_seq, header.subject_prev, header.command_id) = (2, head.seq + 1, [7; 16]);
    let salt = record.salt.try_into().expect("a salt");
    let stranger = Entry { header: header.encode(), salt, body: record.body.to_vec().into() };
    journal.append(vec![stranger]).await.expect("appended");
    let ledger = rig.open(&journal, small_batches()).await;
    let answer = tokio::time::timeout(Duration::from_secs(5), one(&ledger, send(0, 2, "EnterSite"))).await;
    assert!(answer.is_ok(), "an answer, whatever it is");
}

/// Two nodes on one store: nobody is refused over what was true before the other node wrote.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_given_over_all_that_is_accepted() {
    let rig = Rig::new().await;
    let store = memory();
    let ours = rig.create(&store, small_batches()).await;
    let theirs = rig.open(&Arc::new(store.another()), small_batches()).await;
    receipt(&one(&theirs, register(0, 1)).await.expect("an answer"));
    // Ours has not read on: to it the worker is not there.
    let entered = one(&ours, send(0, 2, "EnterSite")).await.expect("an answer");
    assert_eq!(word(&entered), "new 3");
    // And the other way round: what theirs would take is there already.
    assert_eq!(word(&one(&theirs, register(0, 9)).await.expect("an answer")), "already_registered");
    assert_eq!(word(&one(&theirs, send(0, 2, "EnterSite")).await.expect("an answer")), "known 3");
    // What stays wrong is refused.
    assert_eq!(word(&one(&ours, send(7, 3, "EnterSite")).await.expect("an answer")), "unknown_subject");
}
