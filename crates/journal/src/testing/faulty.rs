//! A journal that fails on purpose.

use crate::error::Stopped;
use crate::{AppendError, Batch, Head, Journal, ReadError, ReadLimit, Records};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// How an append goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AppendFault {
    /// Nothing is stored, and the error says so.
    NotAppended,
    /// Nothing is stored, and the error does not say.
    LostUnknown,
    /// All of it is stored, and the error does not say.
    StoredUnknown,
    /// The first so many entries are stored, and the error does not say.
    PrefixUnknown(usize),
    /// Nothing is stored when the error comes, which does not say; all of it is when the journal has caught
    /// up: a late batch on its way to a broker.
    StoredLate,
}

/// Wraps a journal and lets calls fail, by plan or at random, exactly as the contract of [`Journal`] allows:
/// behind a failed append everything fails until it has caught up.
pub struct FaultyJournal<J> {
    inner: Arc<J>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    appends: VecDeque<Option<AppendFault>>,
    reads: VecDeque<bool>,
    catch_ups: VecDeque<bool>,
    random: Option<Random>,
    failed: bool,
    late: Option<Batch>,
    injected: u64,
}

/// A fault that a test asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a test let this fail")]
pub struct Injected;

impl<J: Journal> FaultyJournal<J> {
    /// A journal that fails when a plan says so: see [`next_append`](Self::next_append) and its neighbours.
    pub fn new(inner: J) -> FaultyJournal<J> {
        FaultyJournal { inner: Arc::new(inner), state: Arc::default() }
    }

    /// A journal of which so many calls in a thousand fail, each kind of call and fault alike. Equal seeds and
    /// calls give equal faults: a test prints its seed.
    pub fn seeded(inner: J, seed: u64, per_mille: u32) -> FaultyJournal<J> {
        let journal = FaultyJournal::new(inner);
        journal.lock().random = Some(Random { state: seed, per_mille });
        journal
    }

    /// Plans the next append that has no plan yet: to fail like this, or to go well.
    pub fn next_append(&self, fault: Option<AppendFault>) -> &Self {
        self.lock().appends.push_back(fault);
        self
    }

    /// Plans the next read that has no plan yet.
    pub fn next_read(&self, fails: bool) -> &Self {
        self.lock().reads.push_back(fails);
        self
    }

    /// Plans the next catch-up that has no plan yet.
    pub fn next_catch_up(&self, fails: bool) -> &Self {
        self.lock().catch_ups.push_back(fails);
        self
    }

    /// No more faults from here on; what has failed still has to catch up.
    pub fn heal(&self) {
        let mut state = self.lock();
        *state = State {
            failed: state.failed,
            late: state.late.take(),
            injected: state.injected,
            ..State::default()
        };
    }

    /// How many faults there were: a random test that had none has shown nothing.
    pub fn injected(&self) -> u64 {
        self.lock().injected
    }

    /// The journal inside.
    pub fn inner(&self) -> &J {
        &self.inner
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn append_fault(&mut self, len: usize) -> Option<AppendFault> {
        let fault = match self.appends.pop_front() {
            Some(planned) => planned,
            None => self.random.as_mut().and_then(|random| random.append_fault(len)),
        };
        self.injected += u64::from(fault.is_some());
        fault
    }

    fn fails(&mut self, plan: impl FnOnce(&mut State) -> &mut VecDeque<bool>) -> bool {
        let planned = plan(self).pop_front();
        let fails = planned.unwrap_or_else(|| self.random.as_mut().is_some_and(Random::strikes));
        self.injected += u64::from(fails);
        fails
    }
}

impl<J: Journal> Journal for FaultyJournal<J> {
    fn origin(&self) -> &str {
        self.inner.origin()
    }

    fn append_batch(&self, batch: Batch) -> BoxFuture<'static, Result<Head, AppendError>> {
        let unknown = || AppendError::unknown(Injected);
        let mut state = self.lock();
        if state.failed {
            return ready(Err(AppendError::not_appended(Stopped::Behind))).boxed();
        }
        let Some(fault) = state.append_fault(batch.entries().len()) else {
            // A failure of the journal inside stops everything behind it there; here nothing needs to know.
            return self.inner.append_batch(batch);
        };
        state.failed = true;
        match fault {
            AppendFault::NotAppended => ready(Err(AppendError::not_appended(Injected))).boxed(),
            AppendFault::LostUnknown => ready(Err(unknown())).boxed(),
            AppendFault::StoredUnknown => self.inner.append_batch(batch).map(move |_| Err(unknown())).boxed(),
            AppendFault::PrefixUnknown(len) => {
                let mut entries = batch.into_entries();
                entries.truncate(len);
                self.inner.append(entries).map(move |_| Err(unknown())).boxed()
            }
            AppendFault::StoredLate => {
                state.late = Some(batch);
                ready(Err(unknown())).boxed()
            }
        }
    }

    fn read(&self, from: u64, limit: ReadLimit) -> Result<Records, ReadError> {
        if self.lock().fails(|state| &mut state.reads) {
            return Err(ReadError::io(Injected));
        }
        self.inner.read(from, limit)
    }

    fn head(&self) -> Head {
        self.inner.head()
    }

    fn follow(&self) -> watch::Receiver<Head> {
        self.inner.follow()
    }

    fn catch_up(&self) -> BoxFuture<'static, Result<Head, ReadError>> {
        let mut state = self.lock();
        if state.fails(|state| &mut state.catch_ups) {
            return ready(Err(ReadError::io(Injected))).boxed();
        }
        // In call order, as the contract has it: the late batch, then the catch-up behind it. If the catch-up
        // fails, the journal inside takes nothing more by itself.
        let late = state.late.take().map(|batch| self.inner.append_batch(batch));
        let caught = self.inner.catch_up();
        state.failed = false;
        async move {
            if let Some(late) = late {
                // What becomes of it is seen by catching up, as with any other.
                let _ = late.await;
            }
            caught.await
        }
        .boxed()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// SplitMix64: small, seeded, the same everywhere.
struct Random {
    state: u64,
    per_mille: u32,
}

impl Random {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    fn append_fault(&mut self, len: usize) -> Option<AppendFault> {
        self.strikes().then(|| match self.below(5) {
            0 => AppendFault::NotAppended,
            1 => AppendFault::LostUnknown,
            2 => AppendFault::StoredUnknown,
            3 => AppendFault::PrefixUnknown(usize::try_from(self.below(len as u64 + 1)).unwrap_or(len)),
            _ => AppendFault::StoredLate,
        })
    }

    fn strikes(&mut self) -> bool {
        self.below(1000) < u64::from(self.per_mille)
    }
}
