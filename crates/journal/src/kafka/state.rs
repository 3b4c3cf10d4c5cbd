//! What all threads of a journal share, and the rules by which it moves.

use super::error::{TopicFault, Trouble, Unread};
use super::record::Fetched;
use super::tail::{Piece, Tail};
use crate::batch::Batch;
use crate::error::Stopped;
use crate::gate::Gate;
use crate::sqlite::{Note, SqliteJournal};
use crate::{AppendError, Entry, Journal, ReadError, ReadLimit};
use chain::{Head, Header, Refusal, accept};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use tokio::sync::{oneshot, watch};

/// So much may be on its way to the broker and back.
const SENT_BYTES: usize = 48 << 20;
const SENT_ENTRIES: usize = 60_000;
/// Catch-ups that may wait together.
const ASKS: usize = 65_536;

pub(super) type AppendReply = oneshot::Sender<Result<Head, AppendError>>;
pub(super) type CatchUpReply = oneshot::Sender<Result<Head, ReadError>>;

/// Where the journal stands in the topic.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    /// The offset after the last record or transaction marker that was examined.
    pub(super) next: i64,
    /// The offset of the head's record; without meaning before the first entry.
    pub(super) last: i64,
    pub(super) counts: Counts,
}

/// Voids met in the topic, from its beginning.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counts {
    /// Voids that equal an accepted entry: a batch that a producer sent twice. Harmless.
    pub repeats: u64,
    /// All other voids: what another writer sent without knowing of ours, or was never an entry.
    pub strangers: u64,
}

/// What the journal does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    /// Appends are taken. While some are at the broker, their acknowledgements move the head; else reading
    /// does.
    Ready,
    /// An append went wrong; what is at the broker was not purged yet. Nobody moves the head.
    Stopping,
    /// Appends are refused until a catch-up has succeeded. Reading moves the head.
    Stopped,
}

/// What the engine does next, in call order.
pub(super) enum Work {
    Append {
        batch: Result<Arc<Batch>, Refusal>,
        reply: AppendReply,
    },
    /// `confirm`: the head's record is to be read again.
    CatchUp {
        reply: CatchUpReply,
        confirm: bool,
    },
}

/// What was handed to the producer, or waits for its turn behind that.
pub(super) enum Waiting {
    /// `acked` of its entries were acknowledged in their places.
    Sent { batch: Arc<Batch>, acked: usize, reply: AppendReply },
    /// An empty batch.
    Empty(AppendReply),
    /// A batch that does not chain on the one before it, and was not sent.
    Refused(Refusal, AppendReply),
}

/// A catch-up that waits for an end to be asked for and reached.
pub(super) struct Ask {
    /// What was sent before it.
    pub(super) ticket: u64,
    /// Whether the head's record is to be read again.
    pub(super) confirm: bool,
    pub(super) reply: CatchUpReply,
}

pub(super) struct State {
    /// The last accepted entry; published whenever it moves.
    pub(super) head: Head,
    pub(super) place: Place,
    pub(super) phase: Phase,
    /// Why the phase is no longer `Ready`.
    pub(super) trouble: Option<Trouble>,
    /// Producers so far: an older one's reports say nothing any more.
    pub(super) generation: u64,
    /// The head after everything that is waiting.
    pub(super) assigned: Head,
    /// A batch that does not chain is waiting: nothing behind it is sent.
    pub(super) dead_end: bool,
    pub(super) queue: VecDeque<Work>,
    pub(super) gate: Gate,
    pub(super) waiting: VecDeque<Waiting>,
    pub(super) sent_bytes: usize,
    pub(super) sent_entries: usize,
    /// How many were put into `waiting`, and how many left it, since the beginning.
    pub(super) sent: u64,
    pub(super) settled: u64,
    pub(super) asks: Vec<Ask>,
    /// Accepted entries that are not in the copy yet.
    pub(super) tail: Tail,
    /// Up to here accepted entries are compared with the copy instead of going into it.
    pub(super) compare_to: u64,
    /// The head's record is to be read again, from its place.
    pub(super) confirm: bool,
    /// The reader is to begin anew at `place`.
    pub(super) restart: bool,
    /// Why reading cannot go on, for good: the topic is not the one that was read before.
    pub(super) lost: Option<Unread>,
    /// What is wrong with the topic's settings: nothing is appended while it is.
    pub(super) fault: Option<TopicFault>,
    /// What the brokers' clock said when they took the last batch of ours, and the even time when that was heard; µs.
    pub(super) store_time: Option<(i64, i64)>,
    pub(super) closing: bool,
    /// The engine works: more may come into the tail.
    pub(super) sending: bool,
}

/// Everything that the threads share.
pub(super) struct Shared {
    pub(super) origin: Arc<str>,
    pub(super) topic: Arc<str>,
    pub(super) copy: SqliteJournal,
    pub(super) head: watch::Sender<Head>,
    pub(super) state: Mutex<State>,
    /// For the engine: there is work, room, or trouble.
    pub(super) work: Condvar,
    /// For the reader: it may examine what it holds.
    pub(super) reading: Condvar,
    /// For whoever waits for an end to be reached.
    pub(super) progress: Condvar,
    /// For the asker: somebody wants to catch up.
    pub(super) asked: Condvar,
    /// For the copier: the tail has grown.
    pub(super) copying: Condvar,
    /// For the guard, which sleeps otherwise.
    pub(super) ending: Condvar,
}

impl Shared {
    pub(super) fn new(topic: &str, copy: SqliteJournal, head: Head, place: Place) -> Shared {
        let state = State {
            head,
            place,
            phase: Phase::Ready,
            trouble: None,
            generation: 0,
            assigned: head,
            dead_end: false,
            queue: VecDeque::new(),
            gate: Gate::default(),
            waiting: VecDeque::new(),
            sent_bytes: 0,
            sent_entries: 0,
            sent: 0,
            settled: 0,
            asks: Vec::new(),
            tail: Tail::default(),
            compare_to: copy.head().seq,
            confirm: head.seq > 0,
            restart: false,
            lost: None,
            fault: None,
            store_time: None,
            closing: false,
            sending: false,
        };
        Shared {
            origin: copy.origin().into(),
            topic: topic.into(),
            copy,
            head: watch::Sender::new(head),
            state: Mutex::new(state),
            work: Condvar::new(),
            reading: Condvar::new(),
            progress: Condvar::new(),
            asked: Condvar::new(),
            copying: Condvar::new(),
            ending: Condvar::new(),
        }
    }

    /// A panic of another thread leaves a state whose steps were each whole: what is missing is found by
    /// reading.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn wait<'a>(&self, on: &Condvar, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        on.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets an append wait, or says at once why not.
    pub(super) fn enqueue_append(&self, batch: Result<Arc<Batch>, Refusal>, reply: AppendReply) {
        let mut state = self.lock();
        let bytes = batch.as_ref().map_or(0, |batch| batch.stored_len());
        let (closing, waiting) = (state.closing, state.queue.len());
        if let Err(reason) = state.gate.admit(closing, waiting, bytes) {
            drop(state);
            // Whoever dropped the future does not want to know; the same holds of every reply below.
            let _ = reply.send(Err(AppendError::not_appended(reason)));
            return;
        }
        state.queue.push_back(Work::Append { batch, reply });
        drop(state);
        self.work.notify_one();
    }

    /// Lets a catch-up wait behind the appends before it.
    pub(super) fn enqueue_catch_up(&self, reply: CatchUpReply, confirm: bool) {
        let mut state = self.lock();
        if state.closing || state.queue.len() >= ASKS {
            let reason = if state.closing { Stopped::Ended } else { Stopped::Full };
            drop(state);
            let _ = reply.send(Err(ReadError::io(reason)));
            return;
        }
        state.gate.open();
        state.queue.push_back(Work::CatchUp { reply, confirm });
        drop(state);
        self.work.notify_one();
    }

    /// A producer's report on one record, in the order in which they were sent.
    pub(super) fn report(&self, generation: u64, outcome: Result<i64, Trouble>, stored_at_us: Option<i64>) {
        let mut state = self.lock();
        if generation != state.generation || state.phase != Phase::Ready {
            return;
        }
        let State { place, waiting, .. } = &mut *state;
        let Some(Waiting::Sent { batch, acked, .. }) = waiting.front_mut() else { return };
        // By induction: everything before `expected` was examined, so that a record of ours which stands
        // there, and whose batch chains on the head, is accepted by every reader.
        let expected = place.next + i64::try_from(*acked).unwrap_or(i64::MAX);
        let trouble = match outcome {
            Ok(found) if found == expected => None,
            Ok(found) if found < 0 => Some(Trouble::NoOffset),
            Ok(found) => Some(Trouble::Gap { expected, found }),
            Err(trouble) => Some(trouble),
        };
        if let Some(trouble) = trouble {
            self.stop(&mut state, trouble);
            return;
        }
        *acked += 1;
        if *acked == batch.entries().len() {
            let batch = Arc::clone(batch);
            if let Some(stored_at) = stored_at_us {
                state.store_time = Some((stored_at, crate::steady_us()));
            }
            self.accepted(&mut state, batch);
        }
    }

    /// The batch at the front was acknowledged wholly, each entry in its place.
    ///
    /// A crash from here on leaves entries that are durable and accepted, without receipts and perhaps not in
    /// the copy: the next open reads them on from the copy's note.
    fn accepted(&self, state: &mut State, batch: Arc<Batch>) {
        let (count, bytes) = (batch.entries().len(), batch.stored_len());
        let Some(last) = batch.last() else { return };
        state.place.next += i64::try_from(count).unwrap_or(i64::MAX);
        state.place.last = state.place.next - 1;
        state.sent_bytes = state.sent_bytes.saturating_sub(bytes);
        state.sent_entries = state.sent_entries.saturating_sub(count);
        state.tail.push(Piece { batch, place: state.place });
        self.advance(state, last);
        if let Some(Waiting::Sent { reply, .. }) = state.waiting.pop_front() {
            state.settled += 1;
            let _ = reply.send(Ok(last));
        }
        self.settle_unsent(state);
        self.copying.notify_one();
        self.work.notify_one();
        self.progress.notify_all();
    }

    /// Answers what waits behind a batch that was settled and was never sent itself.
    pub(super) fn settle_unsent(&self, state: &mut State) {
        while let Some(waiting) = state.waiting.pop_front() {
            match waiting {
                sent @ Waiting::Sent { .. } => {
                    state.waiting.push_front(sent);
                    return;
                }
                Waiting::Empty(reply) => {
                    let _ = reply.send(Ok(state.head));
                }
                Waiting::Refused(refusal, reply) => {
                    // Nothing of ours is at the broker: there is nothing to purge.
                    state.phase = Phase::Stopped;
                    state.dead_end = false;
                    self.work.notify_one();
                    self.progress.notify_all();
                    let _ = reply.send(Err(AppendError::Void(refusal)));
                }
            }
            state.settled += 1;
        }
        self.reading.notify_one();
        self.progress.notify_all();
    }

    /// Something went wrong: nobody moves the head until the engine has purged what is on its way.
    pub(super) fn stop(&self, state: &mut State, trouble: Trouble) {
        if state.phase == Phase::Ready {
            state.phase = Phase::Stopping;
            state.generation += 1;
            state.trouble = Some(trouble);
            self.work.notify_one();
            self.progress.notify_all();
        }
    }

    /// Moves the head and tells followers.
    fn advance(&self, state: &mut State, head: Head) {
        state.head = head;
        if head.seq > self.head.borrow().seq {
            self.head.send_replace(head);
        }
    }

    /// What counts of records that were read, in their order. If the head's record is to be confirmed, it comes
    /// first; with records that were examined before, nothing else happens.
    pub(super) fn examine(&self, state: &mut State, fetched: Vec<Fetched>, compare: &mut Compare) {
        let mut entries = Vec::new();
        let (mut head, mut place) = (state.head, state.place);
        let mut accepted_place = place;
        for Fetched { offset, entry } in fetched {
            if state.confirm && offset >= place.last {
                let same = entry.as_ref().is_some_and(|entry| chain::entry_hash(&entry.header) == head.hash);
                if offset > place.last || !same {
                    state.lost = Some(Unread::Moved { offset: place.last, seq: head.seq });
                    break;
                }
                state.confirm = false;
            }
            if offset < place.next {
                continue;
            }
            place.next = offset + 1;
            let accepted = entry.as_ref().and_then(|entry| accept(&head, &entry.record()).ok());
            match (accepted, entry) {
                (Some(accepted), Some(entry)) => {
                    head = accepted.head;
                    place.last = offset;
                    accepted_place = place;
                    if head.seq > state.compare_to {
                        entries.push(entry);
                    } else if !compare.equals(&self.copy, head.seq, &entry) {
                        state.lost = Some(Unread::Different { seq: head.seq });
                        break;
                    }
                }
                (None, Some(entry)) if self.is_repeat(state, &entries, &entry) => place.counts.repeats += 1,
                _ => place.counts.strangers += 1,
            }
        }
        state.place = place;
        if !entries.is_empty() {
            let batch = Arc::new(Batch::accepted(entries, head));
            state.tail.push(Piece { batch, place: accepted_place });
            self.copying.notify_one();
        }
        self.advance(state, head);
        if state.waiting.is_empty() {
            state.assigned = head;
        }
        self.work.notify_one();
        self.progress.notify_all();
    }

    /// Whether a void is the same, bit for bit, as the accepted entry of its sequence.
    fn is_repeat(&self, state: &State, new: &[Entry], entry: &Entry) -> bool {
        let Ok(header) = Header::decode(&entry.header) else { return false };
        let among_new = new
            .iter()
            .rev()
            .find(|known| Header::decode(&known.header).is_ok_and(|known| known.seq == header.seq));
        match among_new {
            Some(known) => known == entry,
            None => self.entry(state, header.seq).is_some_and(|known| known == *entry),
        }
    }

    /// The accepted entry `seq`, from the tail or the copy.
    pub(super) fn entry(&self, state: &State, seq: u64) -> Option<Entry> {
        if let Some(entry) = state.tail.get(seq) {
            return Some(entry.clone());
        }
        let records = self.copy.read(seq, ReadLimit::ONE).ok()?;
        let (position, record) = records.get(0)?;
        if position != seq {
            return None;
        }
        Some(Entry {
            header: record.header.try_into().ok()?,
            salt: record.salt.try_into().ok()?,
            body: bytes::Bytes::copy_from_slice(record.body),
        })
    }

    /// What the copy notes beside a piece.
    pub(super) fn note(&self, piece: &Piece) -> Option<Note> {
        let last = piece.batch.last()?;
        Some(Note {
            topic: Arc::clone(&self.topic),
            seq: last.seq,
            hash: last.hash,
            offset: piece.place.last,
            repeats: piece.place.counts.repeats,
            strangers: piece.place.counts.strangers,
        })
    }

    /// Ends all threads.
    pub(super) fn close(&self) {
        self.lock().closing = true;
        for condvar in [&self.work, &self.reading, &self.progress, &self.asked, &self.copying, &self.ending] {
            condvar.notify_all();
        }
    }
}

impl State {
    /// Whether what is read may move the head.
    pub(super) fn may_examine(&self) -> bool {
        let turn = match self.phase {
            Phase::Ready => self.waiting.is_empty(),
            Phase::Stopping => false,
            Phase::Stopped => true,
        };
        turn && self.lost.is_none() && !self.tail.is_full()
    }

    /// Whether more may be handed to the producer. Not before the head's record was seen again, if that is
    /// wanted: an acknowledgement would be taken for acceptance behind a head which may be gone.
    pub(super) fn may_send(&self) -> bool {
        !self.confirm
            && self.sent_bytes < SENT_BYTES
            && self.sent_entries < SENT_ENTRIES
            && !self.tail.is_full()
    }
}

/// Reads the copy beside the topic.
#[derive(Default)]
pub(super) struct Compare {
    records: crate::Records,
    first: u64,
}

impl Compare {
    /// Whether the copy has this entry at `seq`.
    fn equals(&mut self, copy: &SqliteJournal, seq: u64, entry: &Entry) -> bool {
        let within = |first: u64, len: usize| (first..first + len as u64).contains(&seq);
        if !within(self.first, self.records.len()) {
            match copy.read(seq, ReadLimit::BULK) {
                Ok(records) => (self.records, self.first) = (records, seq),
                Err(_) => return false,
            }
        }
        let at = usize::try_from(seq - self.first).unwrap_or(usize::MAX);
        self.records.get(at).is_some_and(|(position, record)| {
            position == seq
                && record.header == entry.header
                && record.salt == entry.salt
                && record.body == entry.body
        })
    }
}
