//! The thread that brings accepted entries into the copy.

use super::state::{Shared, State};
use super::topic::wait;
use crate::{AppendError, Journal};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// So much is handed to the copy at once.
const TOGETHER_BYTES: usize = 16 << 20;
/// So long entries are gathered, unless there are many: every commit waits for the disk, which the brokers may
/// share, and nobody waits for the copy.
const GATHER: Duration = Duration::from_millis(20);
const MANY_BYTES: usize = 1 << 20;
/// Between attempts when the copy cannot be written, as on a full disk.
const AGAIN: Duration = Duration::from_millis(500);

/// Works until the journal closes and the tail is empty, or cannot be emptied.
///
/// A crash anywhere in here leaves a copy that ends earlier than the topic, with a note of where that is.
pub(super) fn run(shared: &Arc<Shared>) {
    loop {
        let mut state = shared.lock();
        while state.tail.is_empty() && (!state.closing || state.sending) {
            state = shared.wait(&shared.copying, state);
        }
        let few = |state: &mut State| state.tail.bytes() < MANY_BYTES && !state.closing;
        let gathered = shared.copying.wait_timeout_while(state, GATHER, few);
        let state = gathered.unwrap_or_else(PoisonError::into_inner).0;
        let pieces = state.tail.front(TOGETHER_BYTES);
        drop(state);
        if pieces.is_empty() {
            return;
        }
        let known = shared.copy.head().seq;
        let appended: Vec<_> = pieces
            .into_iter()
            .filter(|piece| piece.last_seq() > known)
            .map(|piece| shared.copy.append_noted(Arc::clone(&piece.batch), shared.note(&piece)))
            .collect();
        let outcome: Result<(), AppendError> =
            appended.into_iter().try_for_each(|appended| wait(appended).map(|_| ()));
        let done = match outcome {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the local copy cannot be written");
                wait(shared.copy.catch_up()).is_ok_and(|head| head.seq > known)
            }
        };
        let mut state = shared.lock();
        state.tail.forget(shared.copy.head().seq);
        // There is room again.
        shared.work.notify_one();
        shared.reading.notify_one();
        if !done {
            if state.closing {
                tracing::warn!("closed before the local copy was complete; it is read on at the next open");
                return;
            }
            drop(shared.copying.wait_timeout(state, AGAIN).unwrap_or_else(PoisonError::into_inner));
        }
    }
}
