//! One node's journal over the shared topic, by the rules of the journal in Kafka: an acknowledgement in the
//! expected place is acceptance, after anything else the topic is read; while entries of its own are on their
//! way, reading moves nothing.

use super::executor::{Life, WIRE};
use super::topic::{Broken, Fate, Topic};
use chain::{Head, Header, accept};
use journal::testing::Injected;
use journal::{AppendError, Batch, BoxFuture, Entry, Journal, MemoryJournal, ReadError, ReadLimit, Records};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{oneshot, watch};

/// After so long nobody waits for an acknowledgement any more.
const TIMEOUT: u64 = 60;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Ready,
    /// What is on its way is not settled yet.
    Stopping,
    /// Appends are refused until a catch-up has succeeded.
    Stopped,
}

struct Waiting {
    ticket: u64,
    batch: Batch,
    /// The offset of its first entry, once acknowledged.
    acked: Option<usize>,
    reply: oneshot::Sender<Result<Head, AppendError>>,
}

/// An accepted entry, the head that it makes and the offset at which it stands.
type Known = (Entry, Head, usize);

struct State {
    known: Vec<Known>,
    head: Head,
    /// The offset after the last record that was examined.
    next: usize,
    voids: u64,
    phase: Phase,
    /// A batch that does not follow was refused: its caller is to catch up.
    refused: bool,
    generation: u64,
    /// The generation of which something was lost: nothing behind it arrives.
    spoiled: Option<u64>,
    /// No batch of one producer overtakes another.
    arrives: u64,
    assigned: Head,
    waiting: VecDeque<Waiting>,
    sent: u64,
    settled: u64,
}

#[derive(Clone)]
pub(super) struct NodeJournal(Arc<Shared>);

struct Shared {
    topic: Arc<Topic>,
    life: Life,
    state: Mutex<State>,
    /// The local copy, from which is read.
    copy: MemoryJournal,
    head: watch::Sender<Head>,
    changed: watch::Sender<()>,
    /// A batch of ours was void because of a stranger's entry, and nobody has asked since who leads.
    met_stranger: AtomicBool,
}

fn io() -> ReadError {
    ReadError::Io { source: Arc::new(Injected) }
}

fn not_appended() -> AppendError {
    AppendError::NotAppended { source: Arc::new(Injected) }
}

fn unknown() -> AppendError {
    AppendError::Unknown { source: Arc::new(Injected) }
}

impl NodeJournal {
    /// With the first entries of what a life before knew.
    pub(super) fn new(topic: &Arc<Topic>, life: Life, known: Vec<Known>) -> NodeJournal {
        let copy = MemoryJournal::new(&topic.origin);
        known.iter().for_each(|(entry, ..)| copy.inject(&entry.record()));
        let last = known.last().map(|(_, head, offset)| (*head, offset + 1));
        let (head, next) = last.unwrap_or((Head::genesis(&topic.origin), 0));
        let state = State {
            known,
            head,
            next,
            voids: 0,
            phase: Phase::Stopped,
            refused: false,
            generation: 0,
            spoiled: None,
            arrives: 0,
            assigned: head,
            waiting: VecDeque::new(),
            sent: 0,
            settled: 0,
        };
        let journal = NodeJournal(Arc::new(Shared {
            topic: Arc::clone(topic),
            life,
            state: Mutex::new(state),
            copy,
            head: watch::Sender::new(head),
            changed: watch::Sender::new(()),
            met_stranger: AtomicBool::new(false),
        }));
        let reader = journal.clone();
        topic.sim.spawn(life, async move { reader.read_along().await });
        journal
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first so many entries, as a copy that lags keeps them.
    pub(super) fn known(&self, at_most: usize) -> Vec<Known> {
        let state = self.lock();
        state.known[..at_most.min(state.known.len())].to_vec()
    }

    pub(super) fn entries(&self) -> usize {
        self.lock().known.len()
    }

    /// Records examined that did not count; known of a journal that read everything.
    pub(super) fn voids(&self) -> u64 {
        self.lock().voids
    }

    /// Somebody asked who leads.
    pub(super) fn confirmed(&self) {
        self.0.met_stranger.store(false, Ordering::SeqCst);
    }

    /// Follows the topic, some records at a time.
    async fn read_along(self) {
        let sim = &self.0.topic.sim;
        loop {
            sim.sleep(1 + sim.below(50)).await;
            let mut state = self.lock();
            let turn = match state.phase {
                Phase::Ready => state.waiting.is_empty(),
                Phase::Stopping => false,
                Phase::Stopped => true,
            };
            if turn {
                let up_to = state.next + sim.below(8) as usize;
                self.examine(&mut state, up_to);
            }
        }
    }

    /// Whether a record counts after what was accepted here.
    fn accepted(&self, head: &Head, entry: &Entry) -> Option<Head> {
        let mut head = *head;
        if self.0.topic.broken == Some(Broken::Accept) {
            let claimed = Header::decode(&entry.header).ok()?;
            (head.hash, head.recorded_at) = (claimed.prev, claimed.recorded_at - 1);
        }
        accept(&head, &entry.record()).ok().map(|accepted| accepted.head)
    }

    fn learn(&self, state: &mut State, entry: Entry, head: Head, offset: usize) {
        self.0.copy.inject(&entry.record());
        state.known.push((entry, head, offset));
        state.head = head;
    }

    fn examine(&self, state: &mut State, up_to: usize) {
        let up_to = up_to.min(self.0.topic.end());
        while state.next < up_to {
            let offset = state.next;
            state.next += 1;
            let Some(entry) = self.0.topic.get(offset) else { continue };
            match self.accepted(&state.head, &entry) {
                Some(head) => self.learn(state, entry, head, offset),
                None => state.voids += 1,
            }
        }
        if state.waiting.is_empty() {
            state.assigned = state.head;
        }
        self.publish(state);
    }

    fn publish(&self, state: &State) {
        self.0.head.send_if_modified(|head| std::mem::replace(head, state.head) != state.head);
        self.0.changed.send_replace(());
    }

    fn append_now(&self, batch: Batch) -> BoxFuture<'static, Result<Head, AppendError>> {
        let ready = |outcome| Box::pin(std::future::ready(outcome)) as BoxFuture<'static, _>;
        let mut state = self.lock();
        if state.phase != Phase::Ready {
            return ready(Err(not_appended()));
        }
        match batch.follows(&state.assigned) {
            Err(refusal) => {
                state.refused = true;
                self.stop(&mut state);
                let journal = self.clone();
                Box::pin(async move { journal.delivered(Err(AppendError::Void(refusal))) })
            }
            Ok(head) if batch.entries().is_empty() => ready(Ok(head)),
            Ok(head) => {
                // What was decided before he was met does not follow; this was decided over his entry.
                if self.0.met_stranger.load(Ordering::SeqCst) {
                    self.0.topic.violated("decided after a stranger's entry, and nobody had asked who leads");
                }
                let (reply, outcome) = oneshot::channel();
                state.assigned = head;
                state.sent += 1;
                let ticket = state.sent;
                self.transmit(&mut state, ticket, batch.entries().to_vec());
                state.waiting.push_back(Waiting { ticket, batch, acked: None, reply });
                let journal = self.clone();
                Box::pin(async move { journal.delivered(outcome.await.unwrap_or_else(|_| Err(unknown()))) })
            }
        }
    }

    /// The outcome as the sequencer hears it: from here on he knows of a stranger's entry in the place of his.
    fn delivered(&self, outcome: Result<Head, AppendError>) -> Result<Head, AppendError> {
        if matches!(outcome, Err(AppendError::Void(_))) {
            self.0.met_stranger.store(true, Ordering::SeqCst);
        }
        outcome
    }

    /// Sends a batch on its way, which it goes on whatever becomes of the node.
    fn transmit(&self, state: &mut State, ticket: u64, mut entries: Vec<Entry>) {
        let topic = &self.0.topic;
        let generation = state.generation;
        let mut fate = topic.fate(entries.len());
        if state.spoiled == Some(generation) {
            fate = Fate::Lost;
        }
        let mut takes = 1 + topic.sim.below(12);
        match fate {
            Fate::Lost => entries.clear(),
            Fate::Cut(len) => entries.truncate(len),
            Fate::Late => takes += TIMEOUT + topic.sim.below(200),
            Fate::Arrives | Fate::Unheard | Fate::Twice => {}
        }
        if matches!(fate, Fate::Lost | Fate::Cut(_)) {
            state.spoiled = Some(generation);
        }
        let now = topic.sim.now();
        state.arrives = (state.arrives + 1).max(now + takes);
        let takes = state.arrives - now;
        let journal = self.clone();
        let back = 1 + topic.sim.below(12);
        topic.sim.spawn(WIRE, async move {
            let topic = &journal.0.topic;
            topic.sim.sleep(takes).await;
            // What was purged before it left stays at home; what had left arrives.
            if journal.lock().generation != generation && topic.sim.below(2) == 0 {
                return;
            }
            if entries.is_empty() {
                return;
            }
            let first = topic.store(&entries);
            if fate == Fate::Twice {
                topic.store_again(entries);
            }
            if !matches!(fate, Fate::Unheard | Fate::Cut(_)) {
                topic.sim.sleep(back).await;
                journal.report(generation, ticket, Some(first));
            }
        });
        let journal = self.clone();
        let sim = topic.sim.clone();
        topic.sim.spawn(WIRE, async move {
            sim.sleep(TIMEOUT).await;
            journal.report(generation, ticket, None);
        });
    }

    /// An acknowledgement, or that none came in time.
    fn report(&self, generation: u64, ticket: u64, first: Option<usize>) {
        let mut state = self.lock();
        if generation != state.generation || state.phase != Phase::Ready {
            return;
        }
        let Some(at) = state.waiting.iter().position(|waiting| waiting.ticket == ticket) else { return };
        if first.is_none() {
            return self.stop(&mut state);
        }
        state.waiting[at].acked = first;
        while let Some(first) = state.waiting.front().and_then(|front| front.acked) {
            if first != state.next && self.0.topic.broken != Some(Broken::Induction) {
                return self.stop(&mut state);
            }
            let Some(Waiting { batch, reply, .. }) = state.waiting.pop_front() else { return };
            for (offset, entry) in (first..).zip(batch.entries()) {
                let hash = chain::entry_hash(&entry.header);
                let header = Header::decode(&entry.header).expect("sealed here");
                let head = Head { seq: header.seq, hash, recorded_at: header.recorded_at };
                self.learn(&mut state, entry.clone(), head, offset);
            }
            state.next = first + batch.entries().len();
            state.settled += 1;
            self.publish(&state);
            let _ = reply.send(Ok(batch.head()));
        }
    }

    /// Trouble: nobody moves the head until a new producer was made and the topic was read to its end.
    fn stop(&self, state: &mut State) {
        state.phase = Phase::Stopping;
        state.generation += 1;
        let journal = self.clone();
        self.0.topic.sim.spawn(self.0.life, async move { journal.recover().await });
    }

    async fn recover(self) {
        let topic = &self.0.topic;
        topic.sim.sleep(1 + topic.sim.below(20)).await;
        let read = !topic.fails();
        let mut state = self.lock();
        let waiting = std::mem::take(&mut state.waiting);
        if read {
            let end = topic.end();
            self.examine(&mut state, end);
        }
        let mut failed = state.refused;
        for Waiting { batch, reply, .. } in waiting {
            state.settled += 1;
            let outcome = match self.outcome(&state, &batch, read) {
                _ if failed => Err(not_appended()),
                outcome => outcome,
            };
            failed |= outcome.is_err();
            let _ = reply.send(outcome);
        }
        state.assigned = state.head;
        state.refused = false;
        state.phase = if read && !failed { Phase::Ready } else { Phase::Stopped };
        self.publish(&state);
    }

    /// What became of a batch, as far as what was read can tell.
    fn outcome(&self, state: &State, batch: &Batch, read: bool) -> Result<Head, AppendError> {
        let there = |entry: &Entry| {
            let seq = Header::decode(&entry.header).expect("sealed here").seq;
            state.known.get(seq as usize - 1).map(|(known, ..)| known == entry)
        };
        let (Some(first), Some(last)) = (batch.entries().first(), batch.entries().last()) else {
            return Ok(state.head);
        };
        if there(last) == Some(true) {
            return Ok(batch.head());
        }
        match batch.follows(&state.head) {
            Err(refusal) if read && there(first) == Some(false) => Err(AppendError::Void(refusal)),
            _ => Err(unknown()),
        }
    }

    async fn catch_up_behind(self, ticket: u64) -> Result<Head, ReadError> {
        let topic = &self.0.topic;
        topic.sim.sleep(1 + topic.sim.below(10)).await;
        if topic.fails() {
            let mut state = self.lock();
            // Nothing is appended over a past that could not be read.
            if state.phase == Phase::Ready {
                state.refused = true;
                self.stop(&mut state);
            }
            return Err(io());
        }
        let end = topic.end();
        let mut changed = self.0.changed.subscribe();
        loop {
            {
                let mut state = self.lock();
                let asked = topic.broken != Some(Broken::EndNotAsked);
                if state.phase == Phase::Ready && state.settled >= ticket && !asked {
                    return Ok(state.head);
                }
                if state.phase == Phase::Ready && state.waiting.is_empty() && state.next < end {
                    self.examine(&mut state, end);
                }
                if state.phase == Phase::Ready && state.settled >= ticket && state.next >= end {
                    return Ok(state.head);
                }
                if state.phase == Phase::Stopped {
                    let end = topic.end();
                    self.examine(&mut state, end);
                    state.assigned = state.head;
                    state.phase = Phase::Ready;
                    return Ok(state.head);
                }
            }
            changed.changed().await.map_err(|_| io())?;
        }
    }
}

impl Journal for NodeJournal {
    fn origin(&self) -> &str {
        &self.0.topic.origin
    }

    fn append_batch(&self, batch: Batch) -> BoxFuture<'static, Result<Head, AppendError>> {
        self.append_now(batch)
    }

    fn read(&self, from: u64, limit: ReadLimit) -> Result<Records, ReadError> {
        if self.0.topic.fails() && self.0.topic.sim.below(4) == 0 {
            return Err(io());
        }
        self.0.copy.read(from, limit)
    }

    fn head(&self) -> Head {
        *self.0.head.borrow()
    }

    fn follow(&self) -> watch::Receiver<Head> {
        self.0.head.subscribe()
    }

    fn catch_up(&self) -> BoxFuture<'static, Result<Head, ReadError>> {
        let ticket = self.lock().sent;
        Box::pin(self.clone().catch_up_behind(ticket))
    }
}
