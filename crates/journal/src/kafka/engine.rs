//! The thread that sends, and that finds the way on after trouble.

use super::client::{Ends, Producer};
use super::error::{Trouble, Unread, cause};
use super::record::to_send;
use super::settings::KafkaSettings;
use super::state::{Ask, CatchUpReply, Phase, Shared, State, Waiting, Work};
use crate::batch::Batch;
use crate::error::Stopped;
use crate::{AppendError, ReadError};
use rdkafka::error::RDKafkaErrorCode;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// For how long reading may stand still before it is given up.
const STILL: Duration = Duration::from_secs(10);
/// For how long a closing journal waits for acknowledgements.
const CLOSING: Duration = Duration::from_secs(10);
/// So many entries are sent between two looks at whether it still makes sense.
const STRIDE: usize = 128;

pub(super) struct Engine {
    pub(super) shared: Arc<Shared>,
    pub(super) settings: KafkaSettings,
    pub(super) ends: Arc<Ends>,
    pub(super) producer: Option<Producer>,
}

enum Step {
    Send(Arc<Batch>),
    Recover,
    CatchUp(CatchUpReply),
    End,
}

impl Engine {
    pub(super) fn run(mut self) {
        loop {
            match self.next() {
                Step::Send(batch) => self.send(&batch),
                Step::Recover => self.recover(),
                Step::CatchUp(reply) => {
                    let outcome = self.catch_up();
                    let _ = reply.send(outcome);
                }
                Step::End => break,
            }
        }
        // Forgotten, not awaited: whoever still waits is told that nothing is known.
        drop(self.producer.take());
        let mut state = self.shared.lock();
        self.shared.stop(&mut state, Trouble::Closed);
        state.phase = Phase::Stopped;
        self.settle(&mut state, false);
        self.turn_away(&mut state, Stopped::Ended);
        state.sending = false;
        self.shared.copying.notify_one();
    }

    /// Waits for something to do; small things are done here.
    fn next(&self) -> Step {
        let mut state = self.shared.lock();
        let mut closing_since = None;
        let (mut settled, mut blocked_since) = (state.settled, None);
        loop {
            if state.phase == Phase::Stopping {
                return Step::Recover;
            }
            let takes = match state.queue.front() {
                None => false,
                Some(Work::CatchUp { .. }) => !(state.phase == Phase::Ready && state.dead_end),
                Some(Work::Append { .. }) => {
                    state.phase == Phase::Stopped || state.dead_end || state.may_send()
                }
            };
            if takes && let Some(work) = state.queue.pop_front() {
                if let Some(step) = self.take(&mut state, work) {
                    return step;
                }
                continue;
            }
            if state.settled != settled {
                (settled, blocked_since) = (state.settled, None);
            }
            if state.closing {
                let since = *closing_since.get_or_insert_with(Instant::now);
                let idle =
                    state.queue.is_empty() && (state.waiting.is_empty() || state.phase != Phase::Ready);
                if idle || since.elapsed() >= CLOSING {
                    return Step::End;
                }
                state = self.pause(state, CLOSING.saturating_sub(since.elapsed()));
            } else if state.queue.is_empty() {
                blocked_since = None;
                state = self.shared.wait(&self.shared.work, state);
            } else {
                // An append is due and there is no room, or the head is not confirmed: not for ever.
                let since = *blocked_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= STILL && state.waiting.is_empty() {
                    blocked_since = None;
                    self.turn_away(&mut state, Stopped::Stuck);
                } else {
                    state = self.pause(state, STILL);
                }
            }
        }
    }

    fn pause<'a>(&self, state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        self.shared.work.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
    }

    fn take(&self, state: &mut State, work: Work) -> Option<Step> {
        let (batch, reply) = match work {
            Work::CatchUp { reply, confirm } if state.phase == Phase::Ready => {
                let ticket = state.sent;
                state.asks.push(Ask { ticket, confirm, reply });
                self.shared.asked.notify_one();
                return None;
            }
            Work::CatchUp { reply, .. } => return Some(Step::CatchUp(reply)),
            Work::Append { batch, reply } => (batch, reply),
        };
        state.gate.left(batch.as_ref().map_or(0, |batch| batch.stored_len()));
        if state.phase != Phase::Ready || state.dead_end {
            let _ = reply.send(Err(AppendError::not_appended(Stopped::Behind)));
            return None;
        }
        if let Some(fault) = &state.fault {
            let _ = reply.send(Err(AppendError::not_appended(fault.clone())));
            self.turn_away(state, Stopped::Behind);
            return None;
        }
        state.sent += 1;
        match batch.and_then(|batch| Ok((batch.follows(&state.assigned)?, batch))) {
            Err(refusal) => {
                state.dead_end = true;
                state.waiting.push_back(Waiting::Refused(refusal, reply));
            }
            Ok((_, batch)) if batch.entries().is_empty() => state.waiting.push_back(Waiting::Empty(reply)),
            Ok((head, batch)) => {
                state.assigned = head;
                state.sent_bytes += batch.stored_len();
                state.sent_entries += batch.entries().len();
                state.waiting.push_back(Waiting::Sent { batch: Arc::clone(&batch), acked: 0, reply });
                return Some(Step::Send(batch));
            }
        }
        // If nothing is before it, its turn has come.
        self.shared.settle_unsent(state);
        None
    }

    /// Refuses what chains on a batch that was not taken.
    fn turn_away(&self, state: &mut State, reason: Stopped) {
        while let Some(work) = state.queue.pop_front() {
            match work {
                Work::Append { batch, reply } => {
                    state.gate.left(batch.map_or(0, |batch| batch.stored_len()));
                    let _ = reply.send(Err(AppendError::not_appended(reason)));
                }
                catch_up @ Work::CatchUp { .. } => {
                    state.queue.push_front(catch_up);
                    return;
                }
            }
        }
        state.gate.shut();
    }

    /// Hands the entries to librdkafka, which sends them from its own threads.
    ///
    /// A crash from here on leaves none, some or all of them in the topic; nobody was told of any.
    fn send(&self, batch: &Batch) {
        let Some(producer) = self.producer.as_ref().and_then(Producer::get) else {
            return self.shared.stop(&mut self.shared.lock(), Trouble::NoProducer);
        };
        for entries in batch.entries().chunks(STRIDE) {
            if self.shared.lock().phase != Phase::Ready {
                return;
            }
            for entry in entries {
                let mut record = to_send(&self.shared.topic, entry);
                while let Err((error, back)) = producer.send(record) {
                    if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                        return self.shared.stop(&mut self.shared.lock(), Trouble::Send(error));
                    }
                    if self.shared.lock().phase != Phase::Ready {
                        return;
                    }
                    std::thread::sleep(Duration::from_millis(1));
                    record = back;
                }
            }
        }
    }

    /// After trouble: purge, a new producer, read to an end that is asked for now, settle what was in doubt.
    fn recover(&mut self) {
        drop(self.producer.take());
        {
            let mut state = self.shared.lock();
            if let Some(trouble) = &state.trouble {
                tracing::warn!(trouble = trouble as &dyn std::error::Error, "appending stopped; reading on");
            }
            state.phase = Phase::Stopped;
            // Nothing that stands behind a head which is no longer there may be taken for accepted.
            state.confirm = state.head.seq > 0;
            self.shared.reading.notify_one();
        }
        self.renew_producer();
        let read = self.read_to_end();
        if let Err(error) = &read {
            tracing::warn!(error = error as &dyn std::error::Error, "the topic was not read to its end");
        }
        let mut state = self.shared.lock();
        let all_there = self.settle(&mut state, read.is_ok());
        if all_there && read.is_ok() && !matches!(state.trouble, Some(Trouble::Behind(_))) {
            // Somebody else's void was all: no caller has heard of a failure, and what waits chains on.
            self.ready(&mut state);
        }
    }

    fn ready(&self, state: &mut State) {
        state.assigned = state.head;
        state.trouble = None;
        state.phase = Phase::Ready;
    }

    fn renew_producer(&mut self) {
        match Producer::new(&self.settings, &self.shared) {
            Ok(producer) => self.producer = Some(producer),
            Err(error) => tracing::error!(%error, "no producer could be made"),
        }
    }

    /// Answers whoever waits for what was in doubt. `known`: the topic was read to an end asked for after the
    /// purge. Whether all of it is there.
    fn settle(&self, state: &mut State, known: bool) -> bool {
        let behind = || Err(AppendError::not_appended(Stopped::Behind));
        let (mut failed, mut void) = (false, false);
        for waiting in std::mem::take(&mut state.waiting) {
            state.settled += 1;
            let (reply, outcome) = match waiting {
                // On its way, as the one before it was that may be stored: so may it, unless nothing can count there.
                Waiting::Sent { reply, .. } if void => (reply, behind()),
                Waiting::Sent { batch, reply, .. } => (reply, self.outcome(state, &batch, known)),
                // Never sent.
                Waiting::Empty(reply) | Waiting::Refused(_, reply) if failed => (reply, behind()),
                Waiting::Empty(reply) => (reply, Ok(state.head)),
                Waiting::Refused(refusal, reply) => (reply, Err(AppendError::Void(refusal))),
            };
            failed |= outcome.is_err();
            void |= matches!(outcome, Err(AppendError::Void(_)));
            let _ = reply.send(outcome);
        }
        (state.sent_bytes, state.sent_entries, state.dead_end) = (0, 0, false);
        self.shared.progress.notify_all();
        !failed
    }

    fn outcome(&self, state: &State, batch: &Batch, known: bool) -> Result<chain::Head, AppendError> {
        let there = |at: usize| {
            let entry = batch.entries().get(at)?;
            let seq = chain::Header::decode(&entry.header).ok()?.seq;
            Some(self.shared.entry(state, seq)? == *entry)
        };
        let unknown = || match state.trouble.clone() {
            Some(trouble) => AppendError::unknown(trouble),
            None => AppendError::unknown(Stopped::Behind),
        };
        let Some(last) = batch.last() else { return Ok(state.head) };
        if there(batch.entries().len() - 1) == Some(true) {
            return Ok(last);
        }
        match batch.follows(&state.head) {
            // Another entry stands in the place of its first: nothing of it can ever count.
            Err(refusal) if known && there(0) == Some(false) => Err(AppendError::Void(refusal)),
            _ => Err(unknown()),
        }
    }

    /// After an append has failed: when this succeeds, appends are taken again.
    fn catch_up(&mut self) -> Result<chain::Head, ReadError> {
        if self.producer.is_none() {
            self.renew_producer();
        }
        let read = self.read_to_end();
        let mut state = self.shared.lock();
        read.map_err(|error| error.into_read(state.head.seq))?;
        self.ready(&mut state);
        Ok(state.head)
    }

    /// Reads to an end that is asked for now, the head's record again first: that nothing was cut and
    /// replaced while nobody looked.
    fn read_to_end(&self) -> Result<(), Unread> {
        read_to_end(&self.shared, &self.ends, STILL)
    }
}

/// Asks for the end now and waits until the reader has come to it.
pub(super) fn read_to_end(shared: &Shared, ends: &Ends, still: Duration) -> Result<(), Unread> {
    let end = end_now(shared, ends)?;
    let mut state = shared.lock();
    state.confirm = state.head.seq > 0;
    let (mut seen, mut since) = (state.place.next, Instant::now());
    while state.confirm || state.place.next < end {
        if let Some(lost) = &state.lost {
            return Err(lost.clone());
        }
        if state.place.next > seen {
            (seen, since) = (state.place.next, Instant::now());
        }
        if since.elapsed() >= still || state.closing {
            return Err(Unread::Slow { next: state.place.next, end, seconds: still.as_secs() });
        }
        let rest = still.saturating_sub(since.elapsed());
        state = shared.progress.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0;
    }
    match &state.lost {
        Some(lost) => Err(lost.clone()),
        None => Ok(()),
    }
}

/// The topic's end as the brokers have it now. One that lies before what was read is asked for again: a
/// broker that has just become leader may need a moment.
pub(super) fn end_now(shared: &Shared, ends: &Ends) -> Result<i64, Unread> {
    let mut tries = 10;
    loop {
        let next = shared.lock().place.next;
        let end = ends.ask()?;
        tries -= 1;
        if end >= next {
            return Ok(end);
        }
        if tries == 0 {
            return Err(Unread::Cut { next, end });
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The thread that answers catch-ups while appends are taken: one question to the brokers for all that wait.
pub(super) fn answer(shared: &Shared, ends: &Ends) {
    loop {
        let mut state = shared.lock();
        while state.asks.is_empty() && !state.closing {
            state = shared.wait(&shared.asked, state);
        }
        if state.closing {
            // Their senders go: whoever waits hears that the journal has ended.
            state.asks.clear();
            return;
        }
        let asks = std::mem::take(&mut state.asks);
        if asks.iter().any(|ask| ask.confirm) {
            state.confirm = state.head.seq > 0;
        }
        drop(state);
        let end = end_now(shared, ends);
        settle_asks(shared, asks, end);
    }
}

fn settle_asks(shared: &Shared, asks: Vec<Ask>, end: Result<i64, Unread>) {
    let ticket = asks.iter().map(|ask| ask.ticket).max().unwrap_or(0);
    let confirm = asks.iter().any(|ask| ask.confirm);
    let mut state = shared.lock();
    let (mut seen, mut since) = ((state.place.next, state.settled), Instant::now());
    let error = loop {
        if state.closing {
            return;
        }
        if state.phase != Phase::Ready {
            // The way on after trouble is another: it begins anew, in the same order.
            for ask in asks.into_iter().rev() {
                state.queue.push_front(Work::CatchUp { reply: ask.reply, confirm: ask.confirm });
            }
            shared.work.notify_one();
            return;
        }
        let end = match (&end, &state.lost) {
            (_, Some(lost)) => break lost.clone(),
            (Err(error), None) => break error.clone(),
            (Ok(end), None) => *end,
        };
        if state.settled >= ticket && state.place.next >= end && !(confirm && state.confirm) {
            let head = state.head;
            drop(state);
            for ask in asks {
                let _ = ask.reply.send(Ok(head));
            }
            return;
        }
        if (state.place.next, state.settled) != seen {
            (seen, since) = ((state.place.next, state.settled), Instant::now());
        }
        if since.elapsed() >= STILL {
            break Unread::Slow { next: state.place.next, end, seconds: STILL.as_secs() };
        }
        let rest = STILL.saturating_sub(since.elapsed());
        state = shared.progress.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0;
    };
    // Nothing is appended over a past that could not be read.
    let near = state.head.seq;
    shared.stop(&mut state, Trouble::Behind(cause(error.clone())));
    drop(state);
    for ask in asks {
        let _ = ask.reply.send(Err(error.clone().into_read(near)));
    }
}
