//! The handle to a ledger: opening it, asking it, and why that may fail.

use crate::deciding::{Desk, Preview, authenticate_map};
use crate::leadership::{Appointed, Leadership, Leads};
use crate::reader::{ReadFailed, Reader};
use crate::sequencer::Sequencer;
use crate::states::States;
use crate::subjects::{Saved, Subjects, Unsaved};
use crate::timekeeper::{ClockOff, Timekeeper};
use crate::{Clock, Outcome, Submission, Witness};
use chain::{Head, Tail, accept};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use journal::{Journal, ReadLimit};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;
use vault::{Vault, entropy};
use wages::event::LedgerCreated;
use wages::{Channel, Command, Source};

/// Limits and places of a sequencer.
#[derive(Clone, Debug)]
pub struct Options {
    /// Requests that may wait; one more is answered with [`SubmitError::Busy`].
    pub queue: usize,
    /// Submissions in one request.
    pub request_max: usize,
    /// Entries that one append to the journal may hold.
    pub batch_max: usize,
    /// Entries that may be in flight at the journal.
    pub in_flight_max: usize,
    /// How long to wait before a journal that could not catch up is asked again; three times as long each time.
    pub patience: Duration,
    /// Subjects whose memory is kept, at most.
    pub cached_states: NonZeroUsize,
    /// Entries on the streams of all those subjects, at most: of each twelve bytes are kept, in lists that
    /// take some twenty (measured over 20 million).
    pub cached_entries: usize,
    /// Where the map of subjects is saved; `None` = nowhere.
    pub subjects_map: Option<PathBuf>,
    /// Who decides.
    pub leadership: Arc<dyn Leadership>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            queue: 1024,
            request_max: 250_000,
            batch_max: 5_000,
            in_flight_max: 20_000,
            patience: Duration::from_millis(20),
            cached_states: NonZeroUsize::new(500_000).unwrap_or(NonZeroUsize::MIN),
            cached_entries: 24_000_000,
            subjects_map: None,
            leadership: Arc::new(Appointed::new(Leads::Here)),
        }
    }
}

/// Why a ledger could not be opened for writing.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Somebody saw more than the journal has: it was cut, or an older copy was put back. Restore the missing
    /// entries from a complete copy.
    #[error(
        "the journal ends at entry {head}, but the {witness} has seen entry {seen}: it was cut or is an older copy; nothing is appended to a shorter past"
    )]
    Behind {
        /// Where the journal ends.
        head: u64,
        /// Who saw more.
        witness: &'static str,
        /// What it saw.
        seen: u64,
    },
    /// Somebody saw another entry in that place.
    #[error("entry {seq} of the journal is not the one that the {witness} has seen: the journal was changed")]
    Different {
        /// Where.
        seq: u64,
        /// Who saw another.
        witness: &'static str,
    },
    /// The journal already has entries.
    #[error("the ledger exists already")]
    Exists,
    /// The journal has no entry yet: its creation did not come to its end.
    #[error("the ledger was never created: its first entry is missing")]
    Empty,
    /// Reading failed.
    #[error("reading the ledger")]
    Read(#[from] ReadFailed),
    /// The first entry could not be recorded.
    #[error("recording the first entry")]
    Create(#[from] SubmitError),
}

/// Why a request got no answer. What was asked is safe to send again with the same ids.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SubmitError {
    /// Too many requests wait: try again shortly.
    #[error("too many requests are waiting")]
    Busy,
    /// The request itself is too large.
    #[error("a request may hold {max} commands, this one has {found}")]
    TooLarge {
        /// The limit.
        max: usize,
        /// What came.
        found: usize,
    },
    /// Storage fails; whether anything was recorded is not known.
    #[error("the ledger cannot record now: {reason}")]
    Unavailable {
        /// What storage says.
        reason: String,
    },
    /// The clock by which entries are stamped is not to be believed. Nothing was recorded.
    #[error("nothing is recorded while the clock is off: {reason}")]
    Clock {
        /// What speaks against it.
        reason: String,
    },
    /// The node that leads takes nothing of this kind from this one; the same again would be refused again. Nothing was
    /// recorded.
    #[error("the node that leads refuses the request: {reason}")]
    Refused {
        /// What it says.
        reason: String,
    },
    /// Nobody leads now, or not who was asked.
    #[error("no node leads this ledger now")]
    NoLeader,
    /// The ledger is closed.
    #[error("the ledger is closed")]
    Closed,
}

pub(crate) enum Request {
    Submit { submissions: Vec<Submission>, reply: oneshot::Sender<Result<Vec<Outcome>, SubmitError>> },
    Ask(Question),
}

/// What changes nothing.
pub(crate) enum Question {
    Preview { submissions: Vec<Submission>, reply: oneshot::Sender<Result<Vec<Preview>, SubmitError>> },
    Tail { subject: Uuid, reply: oneshot::Sender<Option<Tail>> },
    Close { reply: oneshot::Sender<()> },
}

/// The handle to a ledger that is open for writing. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    requests: mpsc::Sender<Request>,
    request_max: usize,
    reader: Reader,
    id: Uuid,
    time: Arc<Timekeeper>,
}

impl Ledger {
    /// Creates a ledger on an empty journal: its first entry says whose it is.
    pub async fn create(
        journal: Arc<dyn Journal>,
        vault: Vault,
        clock: Arc<dyn Clock>,
        options: Options,
        actor: &str,
    ) -> Result<Ledger, OpenError> {
        if journal.head().seq > 0 {
            return Err(OpenError::Exists);
        }
        let id = entropy::uuid();
        let origin = journal.origin().to_owned();
        let nothing = (Subjects::default(), Head::genesis(&origin));
        let (ledger, sequencer) = prepare(journal, vault, clock, options, id, nothing);
        let ledger = ledger.on_its_own_thread(sequencer);
        let created = LedgerCreated { ledger: id, origin, suite: 1, keys: Vec::new() };
        let first = Submission {
            subject: id,
            command_id: id,
            command: Command::CreateLedger(created),
            source: Source::of(actor, Channel::System),
        };
        ledger.submit(vec![first]).await?;
        Ok(ledger)
    }

    /// Opens a ledger for writing. Refuses when any of the witnesses saw more than the journal has, or
    /// something else.
    pub async fn open(
        journal: Arc<dyn Journal>,
        vault: Vault,
        clock: Arc<dyn Clock>,
        options: Options,
        witnesses: &[Witness],
    ) -> Result<Ledger, OpenError> {
        let (ledger, sequencer) = Ledger::open_driven(journal, vault, clock, options, witnesses)?;
        Ok(ledger.on_its_own_thread(sequencer))
    }

    /// As [`open`](Ledger::open), with the sequencer handed out instead of started: it goes on while the caller
    /// polls it, and dropping it is a crash. So a simulation decides when it runs, stands still and ends.
    pub fn open_driven(
        journal: Arc<dyn Journal>,
        vault: Vault,
        clock: Arc<dyn Clock>,
        options: Options,
        witnesses: &[Witness],
    ) -> Result<(Ledger, BoxFuture<'static, ()>), OpenError> {
        let reader = Reader::new(Arc::clone(&journal), vault.clone());
        check_witnesses(&reader, witnesses)?;
        if journal.head().seq == 0 {
            return Err(OpenError::Empty);
        }
        let id = reader.entry(1)?.subject();
        let known = subjects_of(&reader, &options)?;
        Ok(prepare(journal, vault, clock, options, id, known))
    }

    /// A thread of its own: deciding is work, and reading a subject's stream blocks. If it cannot be had, the
    /// queue's end is gone and every request is answered with `Closed`.
    fn on_its_own_thread(self, sequencer: BoxFuture<'static, ()>) -> Ledger {
        let runtime = tokio::runtime::Handle::current();
        let thread = std::thread::Builder::new().name("sequencer".to_owned());
        if let Err(error) = thread.spawn(move || runtime.block_on(sequencer)) {
            tracing::error!(%error, "the sequencer could not be started");
        }
        self
    }

    /// The subject of facts about the ledger itself.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// What speaks against the clock now, if something does: then nothing is recorded.
    pub fn clock_off(&self) -> Option<ClockOff> {
        self.time.off()
    }

    /// Reads what is recorded.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Submits commands, in order; the outcomes come in the same order. They are recorded one by one: a
    /// rejected one holds up none of the others.
    pub async fn submit(&self, submissions: Vec<Submission>) -> Result<Vec<Outcome>, SubmitError> {
        self.check_size(submissions.len())?;
        let (reply, answer) = oneshot::channel();
        self.send(Request::Submit { submissions, reply })?;
        answer.await.map_err(|_| SubmitError::Closed)?
    }

    /// Decides commands without recording any.
    pub async fn preview(&self, submissions: Vec<Submission>) -> Result<Vec<Preview>, SubmitError> {
        self.check_size(submissions.len())?;
        let (reply, answer) = oneshot::channel();
        self.send(Request::Ask(Question::Preview { submissions, reply }))?;
        answer.await.map_err(|_| SubmitError::Closed)?
    }

    /// Where a subject's stream ends.
    pub async fn tail(&self, subject: Uuid) -> Result<Option<Tail>, SubmitError> {
        let (reply, answer) = oneshot::channel();
        self.send(Request::Ask(Question::Tail { subject, reply }))?;
        answer.await.map_err(|_| SubmitError::Closed)
    }

    /// Waits for what is in flight, saves what speeds the next start up, ends the sequencer, and brings everything
    /// into the files of journal and vault ([`Journal::settle`]), so that a copy of those alone is whole.
    pub async fn close(self) {
        let (reply, answer) = oneshot::channel();
        if self.requests.send(Request::Ask(Question::Close { reply })).await.is_ok() {
            let _ = answer.await;
        }
        let settled = self.reader.journal().settle().await;
        if !(self.reader.vault().settle().await && settled) {
            tracing::debug!("not everything could be brought into the files; the next command does it");
        }
    }

    fn check_size(&self, found: usize) -> Result<(), SubmitError> {
        let max = self.request_max;
        if found > max { Err(SubmitError::TooLarge { max, found }) } else { Ok(()) }
    }

    fn send(&self, request: Request) -> Result<(), SubmitError> {
        self.requests.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SubmitError::Busy,
            mpsc::error::TrySendError::Closed(_) => SubmitError::Closed,
        })
    }
}

fn check_witnesses(reader: &Reader, witnesses: &[Witness]) -> Result<(), OpenError> {
    let head = reader.journal().head();
    for witness in witnesses.iter().filter(|w| w.seq > 0) {
        if witness.seq > head.seq {
            return Err(OpenError::Behind { head: head.seq, witness: witness.name, seen: witness.seq });
        }
        if reader.head_at(witness.seq)?.hash != witness.hash {
            return Err(OpenError::Different { seq: witness.seq, witness: witness.name });
        }
    }
    Ok(())
}

/// The map of subjects, and the head that it is good for: saved, if it fits, and read on from there; else made
/// from the first entry.
fn subjects_of(reader: &Reader, options: &Options) -> Result<(Subjects, Head), OpenError> {
    let journal = reader.journal();
    let nothing = || (Subjects::default(), Head::genesis(journal.origin()));
    let authenticate = |digest: &[u8; 32]| authenticate_map(reader.vault(), digest);
    let saved = options.subjects_map.as_deref().map(|path| (path, Subjects::load(path, &authenticate)));
    let (mut subjects, mut head) = match saved {
        Some((_, Ok(Saved { subjects, seq, hash }))) => match reader.head_at(seq) {
            Ok(head) if head.hash == hash => (subjects, head),
            _ => nothing(),
        },
        Some((path, Err(Unsaved::NotOurs))) => {
            tracing::warn!(map = %path.display(), "the map of subjects was not written by this ledger; it is made anew");
            nothing()
        }
        Some((_, Err(Unsaved::Missing))) | None => nothing(),
    };
    let limit = ReadLimit { entries: 20_000, bytes: 32 << 20 };
    let end = journal.head();
    while head.seq < end.seq {
        let records = journal.read(head.seq.saturating_add(1), limit).map_err(ReadFailed::from)?;
        if records.is_empty() {
            return Err(ReadFailed::Missing { seq: head.seq.saturating_add(1) }.into());
        }
        for (position, record) in records.iter() {
            let accepted =
                accept(&head, &record).map_err(|source| ReadFailed::NotAccepted { seq: position, source })?;
            if accepted.head.seq > end.seq {
                break;
            }
            subjects.advance(&accepted.header);
            head = accepted.head;
        }
    }
    Ok((subjects, head))
}

/// A ledger and its sequencer, which does not run yet.
fn prepare(
    journal: Arc<dyn Journal>,
    vault: Vault,
    clock: Arc<dyn Clock>,
    options: Options,
    id: Uuid,
    (subjects, head): (Subjects, Head),
) -> (Ledger, BoxFuture<'static, ()>) {
    let (requests, queue) = mpsc::channel(options.queue);
    let reader = Reader::new(Arc::clone(&journal), vault.clone());
    let request_max = options.request_max;
    let states = States::new(options.cached_states, options.cached_entries);
    let time = Arc::new(Timekeeper::new(clock, Arc::clone(&journal)));
    let mut desk = Desk::new(journal, vault, states, id);
    desk.subjects = subjects;
    let sequencer = Sequencer::new(desk, Arc::clone(&time), options, queue, head);
    (Ledger { requests, request_max, reader, id, time }, sequencer.run().boxed())
}
