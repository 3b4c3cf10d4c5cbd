//! What a test needs to have a ledger: a vault in a folder, a clock that is set by hand, commands out of text.

use crate::command;
use journal::{AppendError, Batch, BoxFuture, Head, Journal, MemoryJournal, ReadError, ReadLimit, Records};
use ledger::{Clock, Ledger, Options, Outcome, Receipt, Submission, SubmitError};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::Poll;
use tokio::sync::watch;
use uuid::Uuid;
use vault::{EpochKey, Purpose, Vault};
use wages::{Channel, Command, Refers, Source};

pub(crate) const ORIGIN: &str = "ledger.test/suite";

/// A vault in a folder of its own.
pub(crate) struct Rig {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<SetClock>,
}

impl Rig {
    pub(crate) async fn new() -> Rig {
        let folder = tempfile::tempdir().expect("a folder");
        let vault = Vault::create(folder.path().join("vault.db"), &epoch_key(1)).await.expect("a vault");
        Rig { folder, vault, clock: Arc::new(SetClock::at(1_772_000_000_000_000)) }
    }

    pub(crate) async fn create(&self, journal: &Arc<impl Journal>, options: Options) -> Ledger {
        let journal = Arc::clone(journal) as Arc<dyn Journal>;
        Ledger::create(journal, self.vault.clone(), self.clock.clone(), options, "tester")
            .await
            .expect("a ledger")
    }

    pub(crate) async fn open(&self, journal: &Arc<impl Journal>, options: Options) -> Ledger {
        let journal = Arc::clone(journal) as Arc<dyn Journal>;
        Ledger::open(journal, self.vault.clone(), self.clock.clone(), options, &[]).await.expect("a ledger")
    }

    /// Keys for subjects, and their ID numbers bound, as whoever takes in a roster does beforehand.
    pub(crate) async fn bind(&self, workers: impl IntoIterator<Item = u128>) {
        let bindings: Vec<_> = workers
            .into_iter()
            .map(|n| (self.vault.blind_index(Purpose::IdNumber, &id_number(n)), subject(n)))
            .collect();
        self.vault.bind_id_numbers(&bindings).await.expect("bound");
    }
}

/// An epoch key known by number.
pub(crate) fn epoch_key(n: u8) -> EpochKey {
    EpochKey::from_hex(&format!("{n:02x}").repeat(32)).expect("a key")
}

/// A journal in memory, shared.
pub(crate) fn memory() -> Arc<MemoryJournal> {
    Arc::new(MemoryJournal::new(ORIGIN))
}

/// Few entries a batch, so that several are in flight.
pub(crate) fn small_batches() -> Options {
    Options { batch_max: 3, in_flight_max: 12, ..Options::default() }
}

/// One subject remembered at a time.
pub(crate) fn forgetful(options: Options) -> Options {
    Options { cached_states: NonZeroUsize::MIN, ..options }
}

pub(crate) fn subject(n: u128) -> Uuid {
    Uuid::from_u128(0x5000 + n)
}

/// What stands for the ID number of worker `n`; nothing here checks its check digit.
pub(crate) fn id_number(n: u128) -> String {
    format!("{n:018}")
}

/// A command out of text; `@7` refers to the command with id 7, a bare number to an entry.
pub(crate) fn asked(text: &str) -> Command {
    let mut words = text.split_whitespace();
    let name = words.next().expect("a command");
    let fields: Vec<_> = words
        .map(|word| word.split_once('=').expect("field=value"))
        .map(|(field, value)| (field.to_owned(), value.to_owned()))
        .collect();
    command::command(name, &fields, &|reference| match reference.strip_prefix('@') {
        Some(id) => Refers::Command(Uuid::from_u128(id.parse().expect("a command's number"))),
        None => Refers::Entry(reference.parse().expect("an entry")),
    })
}

/// Command number `id` about subject number `about`.
pub(crate) fn send(about: u128, id: u128, text: &str) -> Submission {
    Submission {
        subject: subject(about),
        command_id: Uuid::from_u128(id),
        command: asked(text),
        source: Source::of("tester", Channel::Cli),
    }
}

/// The registration of worker number `about`.
pub(crate) fn register(about: u128, id: u128) -> Submission {
    send(about, id, &format!("RegisterWorker id_number={}", id_number(about)))
}

/// One command, one outcome.
pub(crate) async fn one(ledger: &Ledger, submission: Submission) -> Result<Outcome, SubmitError> {
    let mut outcomes = ledger.submit(vec![submission]).await?;
    assert_eq!(outcomes.len(), 1, "an outcome for each command");
    Ok(outcomes.remove(0))
}

/// The receipt of a command that is recorded, now or before.
pub(crate) fn receipt(outcome: &Outcome) -> Receipt {
    match outcome {
        Outcome::Recorded(receipt) | Outcome::AlreadyRecorded(receipt) => *receipt,
        Outcome::Rejected(rejection) => panic!("rejected: {rejection}"),
    }
}

/// An outcome in one word: `new 5`, `known 5`, or a code.
pub(crate) fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Recorded(receipt) => format!("new {}", receipt.seq),
        Outcome::AlreadyRecorded(receipt) => format!("known {}", receipt.seq),
        Outcome::Rejected(rejection) => rejection.code().to_owned(),
    }
}

/// Time that stands still until it is set. A test may hold it: whoever asks for the time then waits, and so
/// the sequencer waits until all that is to be asked of it stands in its queue.
pub(crate) struct SetClock {
    now_us: AtomicI64,
    held: Mutex<bool>,
    released: Condvar,
}

impl SetClock {
    pub(crate) fn at(now_us: i64) -> SetClock {
        SetClock { now_us: AtomicI64::new(now_us), held: Mutex::new(false), released: Condvar::new() }
    }

    pub(crate) fn set(&self, now_us: i64) {
        self.now_us.store(now_us, Ordering::SeqCst);
    }

    pub(crate) fn hold(&self, hold: bool) {
        *self.held.lock().expect("no panic while held") = hold;
        self.released.notify_all();
    }
}

impl Clock for SetClock {
    fn now_us(&self) -> i64 {
        let held = self.held.lock().expect("no panic while held");
        drop(self.released.wait_while(held, |held| *held).expect("no panic while held"));
        self.now_us.load(Ordering::SeqCst)
    }
}

/// A journal whose answers to appends come late: each is asked for `lag` times before it is there. So
/// several batches are in flight over a store that takes no time.
pub(crate) struct Lagging<J> {
    pub(crate) inner: J,
    lag: usize,
    /// Records handed out by reads of more than one.
    pub(crate) bulk_read: AtomicUsize,
}

impl<J> Lagging<J> {
    pub(crate) fn new(inner: J, lag: usize) -> Lagging<J> {
        Lagging { inner, lag, bulk_read: AtomicUsize::new(0) }
    }
}

impl<J: Journal> Journal for Lagging<J> {
    fn origin(&self) -> &str {
        self.inner.origin()
    }

    fn append_batch(&self, batch: Batch) -> BoxFuture<'static, Result<Head, AppendError>> {
        let appended = self.inner.append_batch(batch);
        let mut left = self.lag;
        Box::pin(async move {
            std::future::poll_fn(|context| {
                if left == 0 {
                    return Poll::Ready(());
                }
                left -= 1;
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
            appended.await
        })
    }

    fn read(&self, from: u64, limit: ReadLimit) -> Result<Records, ReadError> {
        let records = self.inner.read(from, limit)?;
        if limit.entries > 1 {
            self.bulk_read.fetch_add(records.len(), Ordering::SeqCst);
        }
        Ok(records)
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
