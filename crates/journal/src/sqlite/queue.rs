//! What waits for the writer.

use super::note::Note;
use crate::batch::Batch;
use crate::error::Stopped;
use crate::gate::Gate;
use crate::{AppendError, Head, ReadError};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// So much is committed together. More makes no commit cheaper and lets the first wait for the last.
const GROUP_BYTES: usize = 16 << 20;

/// A batch and whoever waits for it.
pub(super) struct Append {
    pub(super) batch: Arc<Batch>,
    /// Where the batch is in the store that this file is a copy of; committed with it.
    pub(super) note: Option<Note>,
    pub(super) reply: oneshot::Sender<Result<Head, AppendError>>,
}

/// What the writer does next.
pub(super) enum Work {
    /// Batches to be committed together, in order.
    Group(Vec<Append>),
    CatchUp(oneshot::Sender<Result<Head, ReadError>>),
    Settle(oneshot::Sender<bool>),
    /// Nothing came for as long as the writer wanted to wait.
    Idle,
}

enum Waiting {
    Append(Append),
    CatchUp(oneshot::Sender<Result<Head, ReadError>>),
    Settle(oneshot::Sender<bool>),
}

/// The bounded queue before the writer: appends and catch-ups in call order.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    gate: Gate,
    closing: bool,
}

impl Queue {
    /// Lets the batch wait, or says at once why not.
    pub(super) fn append(&self, append: Append) {
        let mut state = self.lock();
        let (closing, waiting) = (state.closing, state.waiting.len());
        if let Err(reason) = state.gate.admit(closing, waiting, append.batch.stored_len()) {
            drop(state);
            // Whoever dropped the future does not want to know.
            let _ = append.reply.send(Err(AppendError::not_appended(reason)));
            return;
        }
        state.waiting.push_back(Waiting::Append(append));
        drop(state);
        self.wake.notify_one();
    }

    /// Lets a catch-up wait behind the appends before it.
    pub(super) fn catch_up(&self, reply: oneshot::Sender<Result<Head, ReadError>>) {
        let mut state = self.lock();
        if state.closing {
            let _ = reply.send(Err(ReadError::io(Stopped::Ended)));
            return;
        }
        state.gate.open();
        state.waiting.push_back(Waiting::CatchUp(reply));
        drop(state);
        self.wake.notify_one();
    }

    /// Lets the wish for an empty log wait behind the appends before it.
    pub(super) fn settle(&self, reply: oneshot::Sender<bool>) {
        let mut state = self.lock();
        if state.closing {
            // The writer settles by itself when it ends.
            let _ = reply.send(false);
            return;
        }
        state.waiting.push_back(Waiting::Settle(reply));
        drop(state);
        self.wake.notify_one();
    }

    /// Waits for work, for so long if it is said; `None` when the queue is closed and empty.
    pub(super) fn next(&self, patience: Option<Duration>) -> Option<Work> {
        let begun = Instant::now();
        let mut state = self.lock();
        loop {
            match state.waiting.pop_front() {
                Some(Waiting::CatchUp(reply)) => return Some(Work::CatchUp(reply)),
                Some(Waiting::Settle(reply)) => return Some(Work::Settle(reply)),
                Some(Waiting::Append(first)) => return Some(Work::Group(state.group(first))),
                None if state.closing => return None,
                None => {}
            }
            state = match patience.map(|patience| patience.saturating_sub(begun.elapsed())) {
                None => self.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return Some(Work::Idle),
                Some(left) => self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }

    /// Takes nothing more; what waits is still done.
    pub(super) fn close(&self) {
        self.lock().closing = true;
        self.wake.notify_one();
    }

    /// Takes nothing more and forgets what waits: whoever waits sees the sender gone.
    pub(super) fn abandon(&self) {
        let mut state = self.lock();
        state.closing = true;
        state.waiting.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// `first` and the appends behind it that fit into one transaction.
    fn group(&mut self, first: Append) -> Vec<Append> {
        let mut bytes = 0;
        let mut group = Vec::new();
        let mut next = Some(first);
        while let Some(append) = next.take() {
            bytes += append.batch.stored_len();
            group.push(append);
            if bytes >= GROUP_BYTES {
                break;
            }
            match self.waiting.pop_front() {
                Some(Waiting::Append(append)) => next = Some(append),
                Some(other) => self.waiting.push_front(other),
                None => {}
            }
        }
        self.gate.left(bytes);
        group
    }
}
