//! Deciding: a subject's memory, the rule, the seal.

use crate::reader::{BackWalk, ReadFailed, Recorded, alone, open_event, with_stored};
use crate::states::States;
use crate::subjects::Subjects;
use crate::{Receipt, Submission};
use bytes::Bytes;
use chain::{Accepted, Head, Header, Kind, Refusal, Tail};
use journal::{Batch, Entry, Journal};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use uuid::Uuid;
use vault::{Vault, entropy};
use wages::{Command, Event, Private, Referenced, Refers, Rejection, State, decide};

/// What a command would become, if it were submitted now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preview {
    /// It would be recorded.
    Recorded,
    /// It is recorded already, as this entry.
    AlreadyRecorded {
        /// The entry.
        seq: u64,
    },
    /// The domain would say no.
    Rejected(Rejection),
}

/// What deciding one submission came to.
pub(crate) enum Decided {
    New(Receipt),
    Known(Receipt),
    No(Rejection),
}

/// Everything that deciding needs: the accepted entries and, on top of them, those pending.
pub(crate) struct Desk {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) vault: Vault,
    pub(crate) subjects: Subjects,
    states: States,
    /// Entries appended and not yet known to be accepted, ascending without gaps.
    pub(crate) pending: VecDeque<Entry>,
    /// Sequence of the first pending entry.
    pub(crate) first_pending: u64,
    /// The subject of facts about the ledger itself: that of entry 1.
    ledger: Uuid,
}

/// How the subjects' streams ended before entries were put on them, in that order.
pub(crate) type Undo = Vec<(Uuid, Option<Tail>)>;

/// Entries being made, and how to take them back.
pub(crate) struct Draft {
    batch: Batch,
    undo: Undo,
}

impl Draft {
    /// Nothing yet, on top of `head`.
    pub(crate) fn after(head: Head, room: usize) -> Draft {
        Draft { batch: Batch::after(head, room), undo: Vec::with_capacity(room) }
    }

    /// Entries so far.
    pub(crate) fn len(&self) -> usize {
        self.undo.len()
    }

    /// The head after the entries so far.
    pub(crate) fn head(&self) -> Head {
        self.batch.head()
    }

    pub(crate) fn into_parts(self) -> (Batch, Undo) {
        (self.batch, self.undo)
    }
}

impl Desk {
    pub(crate) fn new(journal: Arc<dyn Journal>, vault: Vault, states: States, ledger: Uuid) -> Desk {
        Desk {
            journal,
            vault,
            subjects: Subjects::default(),
            states,
            pending: VecDeque::new(),
            first_pending: 1,
            ledger,
        }
    }

    /// Calls `f` with the record at `seq`, pending or stored, checked by itself.
    fn with_record<T>(
        &self,
        seq: u64,
        f: impl FnOnce(Header, chain::Hash, &[u8]) -> Result<T, ReadFailed>,
    ) -> Result<T, ReadFailed> {
        if let Some(entry) = seq
            .checked_sub(self.first_pending)
            .and_then(|at| usize::try_from(at).ok())
            .and_then(|at| self.pending.get(at))
        {
            let (header, hash) = alone(&entry.record(), seq)?;
            return f(header, hash, &entry.body);
        }
        with_stored(&*self.journal, seq, f)
    }

    fn header(&self, seq: u64) -> Result<Header, ReadFailed> {
        self.with_record(seq, |header, _, _| Ok(header))
    }

    fn recorded(&self, seq: u64) -> Result<Recorded, ReadFailed> {
        self.with_record(seq, Recorded::decode)
    }

    /// Makes sure that the subject's memory is cached: the fold of its entries, found by walking back.
    fn load(&mut self, subject: Uuid) -> Result<(), ReadFailed> {
        if self.states.touch(&subject) {
            return Ok(());
        }
        let mut stream = Vec::new();
        let mut walk = BackWalk::of(subject, self.subjects.get(subject));
        while let Some(seq) = walk.next() {
            let entry = self.recorded(seq)?;
            walk.step(&entry.header)?;
            stream.push(entry);
        }
        let mut state = State::default();
        for entry in stream.iter().rev() {
            state.evolve(&Uuid::from_bytes(entry.header.command_id), &entry.event);
        }
        self.states.put(subject, state);
        Ok(())
    }

    /// Looks at what deciding these will look at. Each look is a wait for memory; here they do not depend on
    /// each other and the processor waits for many at once (measured: a sixth less time for a decision among
    /// 450,000 subjects).
    pub(crate) fn look_ahead<'a>(&self, submissions: impl Iterator<Item = &'a Submission>) {
        let mut seen = 0u64;
        for submission in submissions {
            let entries = self.subjects.get(submission.subject).map_or(0, |tail| tail.entries);
            let state = self.states.peek(&submission.subject).map_or(0, State::glance);
            seen = seen.wrapping_add(entries).wrapping_add(state);
        }
        std::hint::black_box(seen);
    }

    /// The subject's entry with this `subject_seq`.
    fn nth(&self, subject: Uuid, subject_seq: u64) -> Result<Option<Recorded>, ReadFailed> {
        let mut walk = BackWalk::of(subject, self.subjects.get(subject));
        while let Some(seq) = walk.next() {
            let header = self.header(seq)?;
            walk.step(&header)?;
            if header.subject_seq == subject_seq {
                return self.recorded(seq).map(Some);
            }
        }
        Ok(None)
    }

    /// The subject's entry that this command caused.
    fn caused_by(
        &self,
        subject: Uuid,
        state: &State,
        command: &Uuid,
    ) -> Result<Option<Recorded>, ReadFailed> {
        for subject_seq in state.candidates(command) {
            if let Some(entry) = self.nth(subject, subject_seq)?
                && entry.header.command_id == *command.as_bytes()
            {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// The entry that a command refers to, if it is on the subject's own stream.
    fn referenced(
        &self,
        subject: Uuid,
        state: &State,
        refers: Option<&Refers>,
    ) -> Result<Option<Referenced>, ReadFailed> {
        let entry = match refers {
            None => None,
            Some(Refers::Command(command)) => self.caused_by(subject, state, command)?,
            // What is on no stream, or on another, is not looked into: who wrote it may have written anything.
            Some(Refers::Entry(seq)) => match self.header(*seq) {
                Ok(header) if header.subject == *subject.as_bytes() && !self.subjects.is_stray(*seq) => {
                    Some(self.recorded(*seq)?)
                }
                Ok(_) | Err(ReadFailed::Missing { .. }) => None,
                Err(error) => return Err(error),
            },
        };
        Ok(entry.map(|e| Referenced { seq: e.header.seq, event: e.event }))
    }

    /// Whether a command with this id was decided before: its fact again, or another.
    async fn known(
        &self,
        submission: &Submission,
        state: &State,
        referenced: Option<&Referenced>,
    ) -> Result<Option<Decided>, ReadFailed> {
        let Some(mut entry) = self.caused_by(submission.subject, state, &submission.command_id)? else {
            return Ok(None);
        };
        let keys = self.vault.existing_keys(&[submission.subject]).await?;
        open_event(&mut entry.event, submission.subject, &keys);
        let asked = resolved(submission.command.clone().into_event(), referenced);
        let mut erased = false;
        entry.event.each_private(&mut |_, private| erased |= private.plain().is_none());
        // After erasure nobody can compare any more: the same id counts as the same fact.
        Ok(Some(if erased || asked == entry.event {
            Decided::Known(receipt(&entry.header, entry.hash))
        } else {
            Decided::No(Rejection::CommandIdReused { entry: entry.header.seq })
        }))
    }

    /// Decides one submission; a new fact is sealed, put on the pending entries and folded.
    pub(crate) async fn decide(
        &mut self,
        submission: &Submission,
        stamp_us: i64,
        draft: &mut Draft,
    ) -> Result<Decided, ReadFailed> {
        let subject = submission.subject;
        self.load(subject)?;
        // Taken out while it is worked on, so that entries can be read beside it; its place is kept.
        let Some(mut state) = self.states.take(&subject) else {
            return Ok(Decided::No(Rejection::UnknownSubject));
        };
        let result = self.decide_over(submission, &mut state, stamp_us, draft).await;
        self.states.give_back(&subject, state);
        result
    }

    async fn decide_over(
        &mut self,
        submission: &Submission,
        state: &mut State,
        stamp_us: i64,
        draft: &mut Draft,
    ) -> Result<Decided, ReadFailed> {
        let refers = submission.command.refers();
        let referenced = self.referenced(submission.subject, state, refers)?;
        if let Some(known) = self.known(submission, state, referenced.as_ref()).await? {
            return Ok(known);
        }
        let mut event = match self.rule(state, submission, referenced.as_ref()) {
            Ok(event) => event,
            Err(rejection) => return Ok(Decided::No(rejection)),
        };
        if let Err(rejection) = self.seal_fields(submission, &mut event).await? {
            return Ok(Decided::No(rejection));
        }
        let Accepted { header, head } = match self.put_on(submission, &event, stamp_us, &mut draft.batch)? {
            Ok(accepted) => accepted,
            Err(rejection) => return Ok(Decided::No(rejection)),
        };
        draft.undo.push((submission.subject, self.subjects.advance(&header)));
        // Sealed or plain is one to the fold: it never looks at personal data.
        state.evolve(&submission.command_id, &event);
        self.pending.extend(draft.batch.entries().last().cloned());
        Ok(Decided::New(receipt(&header, head.hash)))
    }

    /// The domain's rule, and the one thing that no subject's own history says: there is one ledger in a ledger.
    fn rule(
        &self,
        state: &State,
        submission: &Submission,
        referenced: Option<&Referenced>,
    ) -> Result<Event, Rejection> {
        let begun = || self.journal.head().seq > 0 || !self.pending.is_empty();
        if matches!(submission.command, Command::CreateLedger(_)) && begun() {
            return Err(Rejection::AlreadyRegistered);
        }
        decide(state, submission.command.clone(), referenced)
    }

    /// Seals the fact's personal data. The subject's key is durable before anything is sealed with it.
    async fn seal_fields(
        &self,
        submission: &Submission,
        event: &mut Event,
    ) -> Result<Result<(), Rejection>, ReadFailed> {
        if !submission.command.has_private() {
            return Ok(Ok(()));
        }
        let subject = submission.subject;
        let key = match self.vault.cached(subject) {
            Some(key) => key,
            None => match self.vault.keys_for(&[subject]).await?.get(subject) {
                Some(key) => key.clone(),
                None => return Ok(Err(Rejection::UnknownSubject)),
            },
        };
        let mut failed = false;
        event.each_private_mut(&mut |field, private| {
            match private.plain().map(|value| key.seal(field, value)) {
                Some(Ok(sealed)) => *private = Private::Sealed(sealed),
                // What comes sealed was sealed by nobody knows whom.
                Some(Err(_)) | None => failed = true,
            }
        });
        Ok(if failed {
            Err(Rejection::Malformed {
                field: "personal data".into(),
                must: "must be plain, and fit to be sealed".into(),
            })
        } else {
            Ok(())
        })
    }

    /// Makes the next entry of the batch.
    fn put_on(
        &self,
        submission: &Submission,
        event: &Event,
        stamp_us: i64,
        batch: &mut Batch,
    ) -> Result<Result<Accepted, Rejection>, ReadFailed> {
        let head = batch.head();
        let seq = head.seq.saturating_add(1);
        let subject = submission.subject;
        let body = event.to_body(&submission.source).map_err(|source| ReadFailed::Body { seq, source })?;
        let before = self.subjects.get(subject);
        let draft = chain::Draft {
            kind: if subject == self.ledger { Kind::Ledger } else { Kind::Subject },
            recorded_at: stamp_us,
            subject: *subject.as_bytes(),
            subject_seq: before.map_or(0, |tail| tail.entries).saturating_add(1),
            subject_prev: before.map_or(0, |tail| tail.seq),
            command_id: *submission.command_id.as_bytes(),
        };
        match batch.seal(&draft, entropy::salt16(), Bytes::from(body)) {
            Ok(accepted) => Ok(Ok(accepted)),
            Err(Refusal::TooLong) => Ok(Err(Rejection::Malformed {
                field: "body".into(),
                must: "must be at most 64 KiB as recorded".into(),
            })),
            Err(source) => Err(ReadFailed::NotAccepted { seq, source }),
        }
    }

    /// Makes the keys of all subjects that will be sealed for, in one durable step instead of one each.
    pub(crate) async fn prepare_keys(&self, submissions: &[Submission]) -> Result<(), ReadFailed> {
        let mut wanted: Vec<Uuid> = submissions
            .iter()
            .filter(|s| s.command.has_private() && self.vault.cached(s.subject).is_none())
            .map(|s| s.subject)
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.len() > 1 {
            self.vault.keys_for(&wanted).await?;
        }
        Ok(())
    }

    /// Decides without recording, each over what those before it would have left.
    pub(crate) async fn preview(&mut self, submissions: &[Submission]) -> Result<Vec<Preview>, ReadFailed> {
        let mut scratch: HashMap<Uuid, State> = HashMap::new();
        let mut made: HashMap<(Uuid, Uuid), Referenced> = HashMap::new();
        let mut out = Vec::with_capacity(submissions.len());
        for (place, submission) in (0u64..).zip(submissions) {
            let mut state = match scratch.remove(&submission.subject) {
                Some(state) => state,
                None => {
                    self.load(submission.subject)?;
                    self.states.peek(&submission.subject).cloned().unwrap_or_default()
                }
            };
            let refers = submission.command.refers();
            let referenced = match refers {
                Some(Refers::Command(command)) if made.contains_key(&(submission.subject, *command)) => {
                    made.get(&(submission.subject, *command)).cloned()
                }
                other => self.referenced(submission.subject, &state, other)?,
            };
            let twin = made.get(&(submission.subject, submission.command_id));
            let preview = match (twin, self.known(submission, &state, referenced.as_ref()).await?) {
                (Some(twin), _) => {
                    let asked = resolved(submission.command.clone().into_event(), referenced.as_ref());
                    if asked == twin.event {
                        Preview::AlreadyRecorded { seq: twin.seq }
                    } else {
                        Preview::Rejected(Rejection::CommandIdReused { entry: twin.seq })
                    }
                }
                (None, Some(Decided::Known(receipt) | Decided::New(receipt))) => {
                    Preview::AlreadyRecorded { seq: receipt.seq }
                }
                (None, Some(Decided::No(rejection))) => Preview::Rejected(rejection),
                (None, None) => match self.rule(&state, submission, referenced.as_ref()) {
                    Ok(event) => {
                        state.evolve(&submission.command_id, &event);
                        // A sequence that no stored entry has: only this preview can refer to it.
                        let seq = u64::MAX.saturating_sub(place);
                        made.insert((submission.subject, submission.command_id), Referenced { seq, event });
                        Preview::Recorded
                    }
                    Err(rejection) => Preview::Rejected(rejection),
                },
            };
            scratch.insert(submission.subject, state);
            out.push(preview);
        }
        Ok(out)
    }

    /// Takes an accepted entry of somebody else, or one found by reading, in.
    pub(crate) fn absorb(&mut self, header: &Header) {
        self.subjects.advance(header);
        self.states.forget(&Uuid::from_bytes(header.subject));
    }

    /// The first so many pending entries are accepted: the head after them.
    pub(crate) fn settle(&mut self, entries: usize) -> Option<Head> {
        let last = self.pending.drain(..entries.min(self.pending.len())).next_back()?;
        let header = Header::decode(&last.header).ok()?;
        self.first_pending = header.seq.saturating_add(1);
        let hash = chain::entry_hash(&last.header);
        Some(Head { seq: header.seq, hash, recorded_at: header.recorded_at })
    }

    /// Drops pending entries as if they had never been decided.
    pub(crate) fn undo(&mut self, undo: impl DoubleEndedIterator<Item = (Uuid, Option<Tail>)>) {
        for (subject, before) in undo.rev() {
            self.subjects.restore(subject, before);
            self.states.forget(&subject);
        }
        self.pending.clear();
    }
}

/// The MAC of a saved map of subjects.
pub(crate) fn authenticate_map(vault: &Vault, digest: &[u8; 32]) -> [u8; 16] {
    vault.side_file("subjects.map", digest)
}

fn receipt(header: &Header, hash: chain::Hash) -> Receipt {
    Receipt { seq: header.seq, hash, recorded_at: header.recorded_at }
}

/// The fact asked for, naming the entry that it refers to as `decide` would.
fn resolved(event: Event, referenced: Option<&Referenced>) -> Event {
    match referenced {
        Some(referenced) => event.with_reference(referenced.seq),
        None => event,
    }
}
