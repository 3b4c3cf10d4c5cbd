//! The sequencer: the one task that assigns `seq` and `recorded_at`.
//!
//! Requests wait in a bounded queue; several batches may be in flight at the journal, each decided over the
//! ones before it. Answers, refusals too, go out only when everything that they were decided over is
//! accepted. After a failed append: undo all that is in flight, catch up, read on, decide again.

use crate::Outcome;
use crate::deciding::{Decided, Desk, Draft, Undo, authenticate_map};
use crate::handle::{Options, Question, Request, SubmitError};
use crate::job::Job;
use crate::leadership::{Forward, Leads};
use crate::reader::{ReadFailed, chain_of};
use crate::timekeeper::{ClockOff, Timekeeper};
use chain::{Hash, Head, accept};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use journal::{AppendError, ReadLimit};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use wages::Command;

/// A batch at the journal, and what goes out when it is accepted.
struct InFlight {
    accepted: BoxFuture<'static, Result<(), Cause>>,
    entries: usize,
    undo: Undo,
    jobs: Vec<Job>,
}

/// Why nothing that is in flight may be answered as it was decided.
struct Cause {
    why: String,
    /// Somebody else appended: whether this node leads is in doubt.
    stranger: bool,
}

pub(crate) struct Sequencer {
    desk: Desk,
    time: Arc<Timekeeper>,
    options: Options,
    queue: mpsc::Receiver<Request>,
    /// Jobs to decide (again) before anything new is taken.
    again: VecDeque<Job>,
    /// Questions that are to be answered over what others recorded, when nothing is in flight.
    later: VecDeque<Question>,
    in_flight: VecDeque<InFlight>,
    in_flight_entries: usize,
    /// Last entry known to be accepted.
    accepted: Head,
    /// Last entry decided.
    assigned: Head,
    closing: Option<oneshot::Sender<()>>,
    /// What is known here may be a past: nothing may be answered before reading on has succeeded.
    behind: bool,
    /// Hashes of the entries of rounds that failed, until it is known what became of them.
    lost: HashSet<Hash>,
    /// The map of subjects was saved at this entry.
    saved: u64,
    leads: watch::Receiver<Leads>,
    /// A stranger's entry was found: whether this node leads is to be asked.
    doubt: bool,
    /// Bounds the requests that wait for the leader's answer.
    forwarded: Arc<Semaphore>,
}

/// So many submissions are looked at together before they are decided one by one.
const LOOK_AHEAD: usize = 32;

/// The map of subjects is saved after so many entries when nothing is in flight, and after so many in any case:
/// a start after a kill reads the headers of those behind it, a million or so a second.
const SAVE_WHEN_IDLE: u64 = 200_000;
const SAVE_AT_LEAST: u64 = 2_000_000;

/// How often a request is decided again before its caller is told to come back.
const TRIES_MAX: u32 = 5;

impl Sequencer {
    /// `head`: the last entry that the desk's subjects know of. The journal may know of more by now.
    pub(crate) fn new(
        mut desk: Desk,
        time: Arc<Timekeeper>,
        options: Options,
        queue: mpsc::Receiver<Request>,
        head: Head,
    ) -> Sequencer {
        desk.first_pending = head.seq.saturating_add(1);
        let leads = options.leadership.follow();
        let forwarded = Arc::new(Semaphore::new(options.queue));
        Sequencer {
            desk,
            time,
            options,
            queue,
            again: VecDeque::new(),
            later: VecDeque::new(),
            in_flight: VecDeque::new(),
            in_flight_entries: 0,
            accepted: head,
            assigned: head,
            closing: None,
            behind: false,
            lost: HashSet::new(),
            saved: head.seq,
            leads,
            doubt: false,
            forwarded,
        }
    }

    pub(crate) async fn run(mut self) {
        let mut moved = self.desk.journal.follow();
        let mut appointed = self.leads.clone();
        loop {
            let unsaved = self.accepted.seq.saturating_sub(self.saved);
            if unsaved >= SAVE_WHEN_IDLE && self.in_flight.is_empty() {
                self.save_map();
                continue;
            }
            if self.in_flight.is_empty()
                && let Some(question) = self.later.pop_front()
            {
                self.answer(question, false).await;
                continue;
            }
            // Reading on takes in what others recorded; to undo a failed round afterwards would forget that again.
            let reads_first = self.behind && !self.in_flight.is_empty();
            // Under a load that never ends, what is in flight is awaited now and then: the map knows of all that is
            // decided and is good for what is accepted only when the two are one.
            let room = self.in_flight_entries < self.options.in_flight_max
                && !reads_first
                && unsaved < SAVE_AT_LEAST;
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
                // Who has just been appointed does not know yet what others have recorded.
                Ok(()) = appointed.changed() => self.behind = true,
                Ok(()) = moved.changed(), if self.follows() => self.stay_warm(),
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
        self.save_map();
        if let Some(reply) = self.closing.take() {
            let _ = reply.send(());
        }
    }

    /// Saves where each subject's stream ends. Only a shortcut: without it the next start reads headers.
    fn save_map(&mut self) {
        self.saved = self.accepted.seq;
        if let Some(path) = &self.options.subjects_map
            && let Err(error) =
                self.desk.subjects.save(path, (self.accepted.seq, &self.accepted.hash), &|digest| {
                    authenticate_map(&self.desk.vault, digest)
                })
        {
            tracing::warn!(%error, "the map of subjects could not be saved");
        }
    }

    async fn serve(&mut self, request: Request) {
        match request {
            Request::Submit { submissions, reply } => self.take_on(Job::new(submissions, reply)).await,
            Request::Ask(question) => self.answer(question, false).await,
        }
    }

    /// `drafting`: a round is being made, and nothing may be read on under it.
    async fn answer(&mut self, question: Question, drafting: bool) {
        if !matches!(question, Question::Close { .. }) {
            self.behind |= self.follows();
            if self.behind && (drafting || !self.in_flight.is_empty()) {
                self.later.push_back(question);
                return;
            }
        }
        match question {
            Question::Preview { submissions, reply } => {
                if let Err(reason) = self.abreast().await {
                    let _ = reply.send(Err(SubmitError::Unavailable { reason }));
                    return;
                }
                let preview = self.desk.preview(&submissions).await;
                let _ = reply.send(preview.map_err(|error| unavailable(&error)));
            }
            Question::Tail { subject, reply } => {
                // While behind, a tail would be one of the past: the asker hears that nobody knows now.
                if self.abreast().await.is_ok() {
                    let _ = reply.send(self.desk.subjects.get(subject));
                }
            }
            Question::Close { reply } => self.closing = Some(reply),
        }
    }

    /// Decides a job, and whatever else waits, into batches of bounded size.
    async fn take_on(&mut self, job: Job) {
        match self.who_leads().await {
            Leads::Here => {}
            Leads::Elsewhere(leader) => return self.forward(job, leader),
            Leads::Nobody => return job.fail(SubmitError::NoLeader),
        }
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
                let mut round = self.round(current.left());
                if let Err(error) = self.decide_into(&mut round, &mut current).await {
                    // The job could not be decided: what it put into the round goes on, its caller is told that he
                    // does not know.
                    self.send_off(round);
                    current.fail(error);
                    break;
                }
                if current.outcomes.len() == current.submissions.len() {
                    round.jobs.push(current);
                    job = self.fill(&mut round).await;
                    self.send_off(round);
                    break;
                }
                self.send_off(round);
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

    /// Whether somebody else decides, as far as is known without asking.
    fn follows(&self) -> bool {
        !self.leads.borrow().is_here()
    }

    /// Who decides; asked of whoever appoints when there is doubt.
    async fn who_leads(&mut self) -> Leads {
        if !self.doubt {
            return self.leads.borrow().clone();
        }
        let leads = self.options.leadership.confirm().await;
        self.doubt = !leads.is_here();
        leads
    }

    /// Takes a job to the leader; the answer does not hold up the others.
    fn forward(&self, job: Job, leader: Arc<dyn Forward>) {
        let Ok(permit) = Arc::clone(&self.forwarded).try_acquire_owned() else {
            return job.fail(SubmitError::Busy);
        };
        let Job { submissions, reply, .. } = job;
        tokio::spawn(async move {
            let _ = reply.send(leader.submit(submissions).await);
            drop(permit);
        });
    }

    /// Follows what the leader records, so that taking over finds little to read.
    fn stay_warm(&mut self) {
        let head = self.desk.journal.head();
        if self.in_flight.is_empty()
            && let Err(error) = self.read_on(head)
        {
            // Whoever asks next will hear of it.
            tracing::warn!(error = %chain_of(&error), "following the journal");
            self.behind = true;
        }
    }

    /// An empty round over all that is decided.
    fn round(&self, submissions: usize) -> Round {
        let room = submissions.min(self.options.batch_max);
        Round { draft: Draft::after(self.assigned, room), jobs: Vec::new() }
    }

    /// Puts small requests that wait already into the same round: one append serves many callers. A job that
    /// is too large for the rest of the round is handed back to be taken on by itself.
    async fn fill(&mut self, round: &mut Round) -> Option<Job> {
        while round.draft.len() < self.options.batch_max && self.closing.is_none() {
            let Ok(request) = self.queue.try_recv() else { break };
            let mut job = match request {
                Request::Submit { submissions, reply } => Job::new(submissions, reply),
                Request::Ask(question) => {
                    self.answer(question, true).await;
                    continue;
                }
            };
            if round.draft.len().saturating_add(job.submissions.len()) > self.options.batch_max {
                return Some(job);
            }
            if let Err(error) = self.desk.prepare_keys(&job.submissions).await {
                let _ = job.reply.send(Err(unavailable(&error)));
                continue;
            }
            match self.decide_into(round, &mut job).await {
                Ok(()) => round.jobs.push(job),
                Err(error) => job.fail(error),
            }
        }
        None
    }

    /// Decides submissions of a job until it is done or the round is full; an error when reading failed, or the clock is
    /// not to be believed. Nothing is decided by a clock that is off: even an answer that needs none would be followed by
    /// others that do.
    async fn decide_into(&mut self, round: &mut Round, job: &mut Job) -> Result<(), SubmitError> {
        let off = |off: ClockOff| SubmitError::Clock { reason: off.to_string() };
        let mut now_us = self.time.believed().map_err(off)?;
        let begun = job.outcomes.len();
        while let Some(submission) = job.submissions.get(job.outcomes.len()) {
            if round.draft.len() >= self.options.batch_max {
                break;
            }
            if job.outcomes.len().is_multiple_of(LOOK_AHEAD) {
                let ahead = job.submissions.iter().skip(job.outcomes.len()).take(LOOK_AHEAD);
                self.desk.look_ahead(ahead);
                if job.outcomes.len() > begun {
                    now_us = self.time.believed().map_err(off)?;
                }
            }
            let head = round.draft.head();
            let overrides = matches!(&submission.command, Command::OverrideClock(o) if o.entry == head.seq);
            let stamp_us = match Timekeeper::after(&head, now_us) {
                // Only the last entry speaks against the clock, and somebody says that its time is the wrong one.
                Err(ClockOff::Behind { .. }) if overrides => now_us,
                stamp => stamp.map_err(off)?,
            };
            match self.desk.decide(submission, stamp_us, &mut round.draft).await {
                Ok(Decided::New(receipt)) => job.outcomes.push(Outcome::Recorded(receipt)),
                Ok(Decided::Known(receipt)) => job.outcomes.push(Outcome::AlreadyRecorded(receipt)),
                Ok(Decided::No(rejection)) => job.outcomes.push(Outcome::Rejected(rejection)),
                Err(error) => {
                    tracing::error!(error = %chain_of(&error), "a command could not be decided");
                    let reason = "reading the subject's history failed".to_owned();
                    return Err(SubmitError::Unavailable { reason });
                }
            }
        }
        Ok(())
    }

    /// Hands a round to the journal; its answers go out when it, and all before it, is accepted.
    ///
    /// A round that records nothing but refuses something asks the journal for its end: a refusal is given only
    /// over everything that was accepted when the command had arrived. (A round with entries has its answer in
    /// being accepted. An original receipt needs none: what is accepted stays so.)
    fn send_off(&mut self, round: Round) {
        let Round { draft, jobs } = round;
        let (batch, undo) = draft.into_parts();
        let entries = batch.entries().len();
        let journal = &self.desk.journal;
        let accepted = if entries > 0 {
            self.assigned = batch.head();
            journal.append_batch(batch).map(|done| done.map(drop).map_err(Cause::from)).boxed()
        } else if jobs.iter().any(Job::refuses) {
            let decided_over = self.assigned;
            let end = journal.catch_up();
            end.map(move |end| match end {
                Ok(end) if end == decided_over => Ok(()),
                Ok(end) => {
                    let why = format!("entry {} was appended by somebody else", end.seq);
                    Err(Cause { why, stranger: true })
                }
                Err(error) => Err(Cause { why: chain_of(&error), stranger: false }),
            })
            .boxed()
        } else {
            match self.in_flight.back_mut() {
                // Decided over entries that are not accepted yet: the answers wait for those.
                Some(last) => last.jobs.extend(jobs),
                None => jobs.into_iter().for_each(Job::answer),
            }
            return;
        };
        self.in_flight_entries = self.in_flight_entries.saturating_add(entries);
        self.in_flight.push_back(InFlight { accepted, entries, undo, jobs });
    }

    async fn settle(&mut self, done: Result<(), Cause>) {
        match done {
            Ok(()) => {
                if let Some(round) = self.in_flight.pop_front() {
                    self.in_flight_entries = self.in_flight_entries.saturating_sub(round.entries);
                    if let Some(head) = self.desk.settle(round.entries) {
                        self.accepted = head;
                    }
                    round.jobs.into_iter().for_each(Job::answer);
                }
            }
            Err(cause) => self.recover(cause).await,
        }
    }

    /// The way on after a failed append: drop what was decided, catch up, read on, decide again.
    async fn recover(&mut self, cause: Cause) {
        tracing::warn!(cause = cause.why, "an append failed; catching up");
        self.doubt |= cause.stranger;
        let failed: Vec<InFlight> = self.in_flight.drain(..).collect();
        self.in_flight_entries = 0;
        let mut jobs = Vec::new();
        let mut undo = Vec::new();
        for round in failed {
            undo.extend(round.undo);
            jobs.extend(round.jobs);
        }
        // What is read on now and was not appended here is a stranger's, whatever error told of it first.
        self.lost = self.desk.pending.iter().map(|entry| chain::entry_hash(&entry.header)).collect();
        self.desk.undo(undo.into_iter());
        self.assigned = self.accepted;
        self.behind = true;
        let caught_up = self.abreast().await;
        for mut job in jobs.into_iter().rev() {
            job.tries = job.tries.saturating_add(1);
            job.outcomes.clear();
            match &caught_up {
                Ok(()) if job.tries <= TRIES_MAX => self.again.push_front(job),
                Ok(()) => job.refuse(&cause.why),
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
            self.lost.clear();
        }
        Ok(())
    }

    /// Reads on from the last accepted entry to an end asked for now.
    async fn catch_up(&mut self) -> Result<(), String> {
        let mut pause = self.options.patience;
        for attempt in 0.. {
            match self.desk.journal.catch_up().await {
                Ok(head) => return self.read_on(head).map_err(|error| chain_of(&error)),
                Err(error) if attempt >= 4 => return Err(chain_of(&error)),
                // Without a pause no timer is needed: a simulation has a time of its own.
                Err(_) if pause.is_zero() => {}
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
                self.doubt |= !self.lost.is_empty() && !self.lost.contains(&accepted.head.hash);
                self.accepted = accepted.head;
            }
        }
        self.desk.first_pending = self.accepted.seq.saturating_add(1);
        self.assigned = self.accepted;
        Ok(())
    }
}

/// What is decided into one append.
struct Round {
    draft: Draft,
    jobs: Vec<Job>,
}

async fn front(in_flight: &mut VecDeque<InFlight>) -> Result<(), Cause> {
    match in_flight.front_mut() {
        Some(round) => (&mut round.accepted).fuse().await,
        None => std::future::pending().await,
    }
}

fn unavailable(error: &ReadFailed) -> SubmitError {
    SubmitError::Unavailable { reason: chain_of(error) }
}

impl From<AppendError> for Cause {
    fn from(error: AppendError) -> Cause {
        let stranger = matches!(error, AppendError::Void(_));
        Cause { why: chain_of(&error), stranger }
    }
}
