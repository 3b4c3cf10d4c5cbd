//! The sequencer: the one task that assigns `seq` and `recorded_at`.
//!
//! Requests wait in a bounded queue; several batches may be in flight at the journal, each decided over the
//! ones before it. Answers, refusals too, go out only when everything that they were decided over is
//! accepted. After a failed append: undo all that is in flight, catch up, read on, decide again.

use crate::deciding::{Decided, Desk, Place, Preview};
use crate::reader::{ReadFailed, Reader, chain_of};
use crate::subjects::{Subjects, Tail};
use crate::{Clock, Outcome, Receipt, Submission, Witness};
use chain::{Head, accept};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use journal::{AppendError, Journal, ReadLimit};
use std::collections::VecDeque;
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
    /// Subjects whose memory is kept.
    pub cached_states: NonZeroUsize,
    /// Where the map of subjects is saved; `None` = nowhere.
    pub subjects_map: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            queue: 1024,
            request_max: 250_000,
            batch_max: 5_000,
            in_flight_max: 20_000,
            cached_states: NonZeroUsize::new(500_000).unwrap_or(NonZeroUsize::MIN),
            subjects_map: None,
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
    /// The ledger is closed.
    #[error("the ledger is closed")]
    Closed,
}

enum Request {
    Submit { submissions: Vec<Submission>, reply: oneshot::Sender<Result<Vec<Outcome>, SubmitError>> },
    Ask(Question),
}

/// What changes nothing.
enum Question {
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
        let ledger = start(journal, vault, clock, options, id, Subjects::default());
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
        let reader = Reader::new(Arc::clone(&journal), vault.clone());
        check_witnesses(&reader, witnesses)?;
        if journal.head().seq == 0 {
            return Err(OpenError::Empty);
        }
        let id = reader.entry(1)?.subject();
        let subjects = subjects_of(&reader, &options)?;
        Ok(start(journal, vault, clock, options, id, subjects))
    }

    /// The subject of facts about the ledger itself.
    pub fn id(&self) -> Uuid {
        self.id
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

    /// Waits for what is in flight, saves what speeds the next start up, and ends the sequencer.
    pub async fn close(self) {
        let (reply, answer) = oneshot::channel();
        if self.requests.send(Request::Ask(Question::Close { reply })).await.is_ok() {
            let _ = answer.await;
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
        if reader.entry(witness.seq)?.hash != witness.hash {
            return Err(OpenError::Different { seq: witness.seq, witness: witness.name });
        }
    }
    Ok(())
}

/// The map of subjects: saved, if it fits, and read on from there; else made from the first entry.
fn subjects_of(reader: &Reader, options: &Options) -> Result<Subjects, OpenError> {
    let journal = reader.journal();
    let saved = options.subjects_map.as_deref().and_then(Subjects::load);
    let (mut subjects, mut head) = match saved {
        Some((subjects, seq, hash)) => match reader.entry(seq) {
            Ok(entry) if entry.hash == hash => {
                (subjects, Head { seq, hash, recorded_at: entry.header.recorded_at })
            }
            _ => (Subjects::default(), Head::genesis(journal.origin())),
        },
        None => (Subjects::default(), Head::genesis(journal.origin())),
    };
    let limit = ReadLimit { entries: 20_000, bytes: 32 << 20 };
    while head.seq < journal.head().seq {
        let records = journal.read(head.seq.saturating_add(1), limit).map_err(ReadFailed::from)?;
        if records.is_empty() {
            return Err(ReadFailed::Missing { seq: head.seq.saturating_add(1) }.into());
        }
        for (position, record) in records.iter() {
            let accepted =
                accept(&head, &record).map_err(|source| ReadFailed::NotAccepted { seq: position, source })?;
            subjects.advance(&accepted.header);
            head = accepted.head;
        }
    }
    Ok(subjects)
}

fn start(
    journal: Arc<dyn Journal>,
    vault: Vault,
    clock: Arc<dyn Clock>,
    options: Options,
    id: Uuid,
    subjects: Subjects,
) -> Ledger {
    let (requests, queue) = mpsc::channel(options.queue);
    let reader = Reader::new(Arc::clone(&journal), vault.clone());
    let request_max = options.request_max;
    let head = journal.head();
    let mut desk = Desk::new(journal, vault, options.cached_states, id);
    desk.subjects = subjects;
    desk.first_pending = head.seq.saturating_add(1);
    let sequencer = Sequencer {
        desk,
        clock,
        options,
        queue,
        again: VecDeque::new(),
        in_flight: VecDeque::new(),
        in_flight_entries: 0,
        accepted: head,
        assigned: head,
        closing: None,
        behind: false,
    };
    // A thread of its own: deciding is work, and reading a subject's stream blocks. If it cannot be had, the
    // queue's end is gone and every request is answered with `Closed`.
    let runtime = tokio::runtime::Handle::current();
    let thread = std::thread::Builder::new().name("sequencer".to_owned());
    if let Err(error) = thread.spawn(move || runtime.block_on(sequencer.run())) {
        tracing::error!(%error, "the sequencer could not be started");
    }
    Ledger { requests, request_max, reader, id }
}

/// A submit request on its way through.
struct Job {
    submissions: Vec<Submission>,
    reply: oneshot::Sender<Result<Vec<Outcome>, SubmitError>>,
    /// Outcomes decided so far; complete when as long as `submissions`.
    outcomes: Vec<Outcome>,
    /// How often it was decided again after a failed append.
    tries: u32,
}

/// A batch at the journal, and what goes out when it is accepted.
struct InFlight {
    appended: BoxFuture<'static, Result<Head, AppendError>>,
    entries: usize,
    undo: Vec<(Uuid, Option<Tail>)>,
    jobs: Vec<Job>,
}

struct Sequencer {
    desk: Desk,
    clock: Arc<dyn Clock>,
    options: Options,
    queue: mpsc::Receiver<Request>,
    /// Jobs to decide (again) before anything new is taken.
    again: VecDeque<Job>,
    in_flight: VecDeque<InFlight>,
    in_flight_entries: usize,
    /// Last entry known to be accepted.
    accepted: Head,
    /// Last entry decided.
    assigned: Head,
    closing: Option<oneshot::Sender<()>>,
    /// An append failed and reading on failed too: nothing may be answered before it has succeeded.
    behind: bool,
}

/// So many submissions are looked at together before they are decided one by one.
const LOOK_AHEAD: usize = 32;

/// How often a request is decided again before its caller is told to come back.
const TRIES_MAX: u32 = 5;

impl Sequencer {
    async fn run(mut self) {
        loop {
            let room = self.in_flight_entries < self.options.in_flight_max;
            if room && let Some(job) = self.again.pop_front() {
                self.take_on(job).await;
                continue;
            }
            if self.in_flight.is_empty() && self.closing.is_some() {
                break;
            }
            let open = room && self.closing.is_none();
            tokio::select! {
                biased;
                done = front(&mut self.in_flight), if !self.in_flight.is_empty() => self.settle(done).await,
                request = self.queue.recv(), if open => match request {
                    Some(request) => self.serve(request).await,
                    None if self.in_flight.is_empty() => break,
                    None => {
                        let done = front(&mut self.in_flight).await;
                        self.settle(done).await;
                    }
                },
            }
        }
        if let Some(path) = &self.options.subjects_map {
            // Only a shortcut: without it the next start reads headers.
            if let Err(error) = self.desk.subjects.save(path, self.accepted.seq, &self.accepted.hash) {
                tracing::warn!(%error, "the map of subjects could not be saved");
            }
        }
        if let Some(reply) = self.closing.take() {
            let _ = reply.send(());
        }
    }

    async fn serve(&mut self, request: Request) {
        match request {
            Request::Submit { submissions, reply } => self.take_on(Job::new(submissions, reply)).await,
            Request::Ask(question) => self.answer(question).await,
        }
    }

    async fn answer(&mut self, question: Question) {
        match question {
            Question::Preview { submissions, reply } => {
                if let Err(reason) = self.abreast().await {
                    let _ = reply.send(Err(SubmitError::Unavailable { reason }));
                    return;
                }
                let preview = self.desk.preview(&submissions).await;
                let _ = reply.send(preview.map_err(|error| unavailable(&error)));
            }
            // While behind, a tail would be one of the past: the asker hears that nobody knows now.
            Question::Tail { .. } if self.abreast().await.is_err() => {}
            Question::Tail { subject, reply } => {
                let _ = reply.send(self.desk.subjects.get(subject));
            }
            Question::Close { reply } => self.closing = Some(reply),
        }
    }

    /// Decides a job, and whatever else waits, into batches of bounded size.
    async fn take_on(&mut self, job: Job) {
        if let Err(reason) = self.abreast().await {
            job.refuse(&reason);
            return;
        }
        let mut job = Some(job);
        while let Some(mut current) = job.take() {
            if let Err(error) = self.desk.prepare_keys(&current.submissions).await {
                let _ = current.reply.send(Err(unavailable(&error)));
                return;
            }
            loop {
                let mut batch = Batch::with_room(current.left().min(self.options.batch_max));
                if !self.decide_into(&mut batch, &mut current).await {
                    // The job could not be decided (reading failed): what it put into the batch goes on,
                    // its caller is told that he does not know.
                    self.send_off(batch);
                    let _ = current.reply.send(Err(SubmitError::Unavailable {
                        reason: "reading the subject's history failed".to_owned(),
                    }));
                    break;
                }
                if current.outcomes.len() == current.submissions.len() {
                    batch.jobs.push(current);
                    job = self.fill(&mut batch).await;
                    self.send_off(batch);
                    break;
                }
                self.send_off(batch);
                while self.in_flight_entries >= self.options.in_flight_max {
                    let done = front(&mut self.in_flight).await;
                    if done.is_err() {
                        // The job is not among those in flight yet: it begins anew with them.
                        current.outcomes.clear();
                        current.tries = current.tries.saturating_add(1);
                        if current.tries <= TRIES_MAX {
                            self.again.push_front(current);
                        } else {
                            current.refuse("appending failed again and again");
                        }
                        self.settle(done).await;
                        return;
                    }
                    self.settle(done).await;
                }
            }
        }
    }

    /// Puts small requests that wait already into the same batch: one append serves many callers. A job that
    /// is too large for the rest of the batch is handed back to be taken on by itself.
    async fn fill(&mut self, batch: &mut Batch) -> Option<Job> {
        while batch.entries.len() < self.options.batch_max && self.closing.is_none() {
            let Ok(request) = self.queue.try_recv() else { break };
            let mut job = match request {
                Request::Submit { submissions, reply } => Job::new(submissions, reply),
                Request::Ask(question) => {
                    self.answer(question).await;
                    continue;
                }
            };
            if batch.entries.len().saturating_add(job.submissions.len()) > self.options.batch_max {
                return Some(job);
            }
            if let Err(error) = self.desk.prepare_keys(&job.submissions).await {
                let _ = job.reply.send(Err(unavailable(&error)));
                continue;
            }
            if self.decide_into(batch, &mut job).await {
                batch.jobs.push(job);
            } else {
                let reason = "reading the subject's history failed".to_owned();
                let _ = job.reply.send(Err(SubmitError::Unavailable { reason }));
            }
        }
        None
    }

    /// Decides submissions of a job until it is done or the batch is full. `false`: reading failed.
    async fn decide_into(&mut self, batch: &mut Batch, job: &mut Job) -> bool {
        while let Some(submission) = job.submissions.get(job.outcomes.len()) {
            if batch.undo.len() >= self.options.batch_max {
                break;
            }
            if job.outcomes.len().is_multiple_of(LOOK_AHEAD) {
                let ahead = job.submissions.iter().skip(job.outcomes.len()).take(LOOK_AHEAD);
                self.desk.look_ahead(ahead);
            }
            let place = Place { head: self.assigned, now_us: self.clock.now_us() };
            match self.desk.decide(submission, &place, &mut batch.undo).await {
                Ok(Decided::New(receipt)) => {
                    self.assigned = head_of(&receipt);
                    if let Some(entry) = self.desk.pending.back() {
                        batch.entries.push(entry.clone());
                    }
                    job.outcomes.push(Outcome::Recorded(receipt));
                }
                Ok(Decided::Known(receipt)) => job.outcomes.push(Outcome::AlreadyRecorded(receipt)),
                Ok(Decided::No(rejection)) => job.outcomes.push(Outcome::Rejected(rejection)),
                Err(error) => {
                    tracing::error!(error = %chain_of(&error), "a command could not be decided");
                    return false;
                }
            }
        }
        true
    }

    /// Hands a batch to the journal; its answers go out when it, and all before it, is accepted.
    fn send_off(&mut self, batch: Batch) {
        if batch.entries.is_empty() {
            match self.in_flight.back_mut() {
                // Decided over entries that are not accepted yet: the answers wait for those.
                Some(last) => last.jobs.extend(batch.jobs),
                None => batch.jobs.into_iter().for_each(Job::answer),
            }
            return;
        }
        let entries = batch.entries.len();
        self.in_flight_entries = self.in_flight_entries.saturating_add(entries);
        let appended = self.desk.journal.append(batch.entries);
        self.in_flight.push_back(InFlight { appended, entries, undo: batch.undo, jobs: batch.jobs });
    }

    async fn settle(&mut self, done: Result<Head, AppendError>) {
        match done {
            Ok(_) => {
                if let Some(batch) = self.in_flight.pop_front() {
                    self.in_flight_entries = self.in_flight_entries.saturating_sub(batch.entries);
                    if let Some(last) = self.desk.pending.drain(..batch.entries).next_back()
                        && let Ok(header) = chain::Header::decode(&last.header)
                    {
                        self.accepted = Head {
                            seq: header.seq,
                            hash: chain::entry_hash(&last.header),
                            recorded_at: header.recorded_at,
                        };
                        self.desk.first_pending = header.seq.saturating_add(1);
                    }
                    batch.jobs.into_iter().for_each(Job::answer);
                }
            }
            Err(error) => self.recover(error).await,
        }
    }

    /// The way on after a failed append: drop what was decided, catch up, read on, decide again.
    async fn recover(&mut self, error: AppendError) {
        tracing::warn!(error = %chain_of(&error), "an append failed; catching up");
        let failed: Vec<InFlight> = self.in_flight.drain(..).collect();
        self.in_flight_entries = 0;
        let mut jobs = Vec::new();
        let mut undo = Vec::new();
        for batch in failed {
            undo.extend(batch.undo);
            jobs.extend(batch.jobs);
        }
        self.desk.undo(undo.into_iter());
        self.assigned = self.accepted;
        self.behind = true;
        let caught_up = self.abreast().await;
        for mut job in jobs.into_iter().rev() {
            job.tries = job.tries.saturating_add(1);
            job.outcomes.clear();
            match &caught_up {
                Ok(()) if job.tries <= TRIES_MAX => self.again.push_front(job),
                Ok(()) => job.refuse(&chain_of(&error)),
                Err(reason) => job.refuse(reason),
            }
        }
        if caught_up.is_err() {
            for job in std::mem::take(&mut self.again) {
                job.refuse("storage fails");
            }
        }
    }

    /// Makes sure that what answers are decided over is all that is accepted: after a failure, by reading on.
    async fn abreast(&mut self) -> Result<(), String> {
        if self.behind {
            self.catch_up().await?;
            self.behind = false;
        }
        Ok(())
    }

    /// Reads on from the last accepted entry to an end asked for now.
    async fn catch_up(&mut self) -> Result<(), String> {
        let mut pause = Duration::from_millis(20);
        for attempt in 0.. {
            match self.desk.journal.catch_up().await {
                Ok(head) => return self.read_on(head).map_err(|error| chain_of(&error)),
                Err(error) if attempt >= 4 => return Err(chain_of(&error)),
                Err(_) => tokio::time::sleep(pause).await,
            }
            pause = pause.saturating_mul(3);
        }
        Ok(())
    }

    fn read_on(&mut self, end: Head) -> Result<(), ReadFailed> {
        let limit = ReadLimit { entries: 10_000, bytes: 32 << 20 };
        while self.accepted.seq < end.seq {
            let next = self.accepted.seq.saturating_add(1);
            let records = self.desk.journal.read(next, limit)?;
            if records.is_empty() {
                return Err(ReadFailed::Missing { seq: next });
            }
            for (position, record) in records.iter() {
                if position > end.seq {
                    break;
                }
                let accepted = accept(&self.accepted, &record)
                    .map_err(|source| ReadFailed::NotAccepted { seq: position, source })?;
                self.desk.absorb(&accepted.header);
                self.accepted = accepted.head;
            }
        }
        self.desk.first_pending = self.accepted.seq.saturating_add(1);
        self.assigned = self.accepted;
        Ok(())
    }
}

#[derive(Default)]
struct Batch {
    entries: Vec<journal::Entry>,
    undo: Vec<(Uuid, Option<Tail>)>,
    jobs: Vec<Job>,
}

impl Batch {
    fn with_room(entries: usize) -> Batch {
        Batch { entries: Vec::with_capacity(entries), undo: Vec::with_capacity(entries), jobs: Vec::new() }
    }
}

impl Job {
    /// Submissions that are not decided yet.
    fn left(&self) -> usize {
        self.submissions.len().saturating_sub(self.outcomes.len())
    }

    fn new(submissions: Vec<Submission>, reply: oneshot::Sender<Result<Vec<Outcome>, SubmitError>>) -> Job {
        Job { outcomes: Vec::with_capacity(submissions.len()), submissions, reply, tries: 0 }
    }

    fn answer(self) {
        // A caller that has gone finds his receipts by sending the same ids again.
        let _ = self.reply.send(Ok(self.outcomes));
    }

    fn refuse(self, reason: &str) {
        let _ = self.reply.send(Err(SubmitError::Unavailable { reason: reason.to_owned() }));
    }
}

async fn front(in_flight: &mut VecDeque<InFlight>) -> Result<Head, AppendError> {
    match in_flight.front_mut() {
        Some(batch) => (&mut batch.appended).fuse().await,
        None => std::future::pending().await,
    }
}

fn head_of(receipt: &Receipt) -> Head {
    Head { seq: receipt.seq, hash: receipt.hash, recorded_at: receipt.recorded_at }
}

fn unavailable(error: &ReadFailed) -> SubmitError {
    SubmitError::Unavailable { reason: chain_of(error) }
}
