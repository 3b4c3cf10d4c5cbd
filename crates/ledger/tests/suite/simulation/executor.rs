//! One thread, a time of its own, and dice that say who goes on next: a run is made by its seed alone.

use crate::story::Dice;
use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};

/// What stands still and dies together: a node's life, from one start to the next crash. What is on the wire
/// belongs to nobody.
pub(super) type Life = u64;
pub(super) const WIRE: Life = 0;

/// A run that takes more steps does not end.
const STEPS_MAX: u64 = 400_000;

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Task {
    life: Life,
    work: Work,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[derive(Clone)]
pub(super) struct Sim(Arc<Mutex<Inner>>);

struct Inner {
    now: u64,
    dice: Dice,
    lives: Life,
    /// Alarms in the order in which they were set.
    timers: BTreeMap<(u64, u64), Waker>,
    set: u64,
    new: Vec<Task>,
    ended: BTreeSet<Life>,
    /// A life has ended, and its tasks are still there.
    ending: bool,
    /// Until when whose tasks are not polled.
    still: BTreeMap<Life, u64>,
}

impl Sim {
    pub(super) fn new(seed: u64) -> Sim {
        Sim(Arc::new(Mutex::new(Inner {
            now: 0,
            dice: Dice::new(seed),
            lives: WIRE,
            timers: BTreeMap::new(),
            set: 0,
            new: Vec::new(),
            ended: BTreeSet::new(),
            ending: false,
            still: BTreeMap::new(),
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> u64 {
        self.lock().now
    }

    /// A number below `end`.
    pub(super) fn below(&self, end: u64) -> u64 {
        self.lock().dice.below(end)
    }

    /// Any number.
    pub(super) fn next(&self) -> u64 {
        self.lock().dice.next()
    }

    pub(super) fn per_mille(&self, n: u64) -> bool {
        n > 0 && self.below(1000) < n
    }

    pub(super) fn life(&self) -> Life {
        let mut inner = self.lock();
        inner.lives += 1;
        inner.lives
    }

    pub(super) fn spawn(&self, life: Life, work: impl Future<Output = ()> + Send + 'static) {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let task = Task { life, work: Box::pin(work), woken };
        let mut inner = self.lock();
        if !inner.ended.contains(&life) {
            inner.new.push(task);
        }
    }

    /// Drops all tasks of a life where they stand, each at the await that it has come to.
    pub(super) fn end(&self, life: Life) {
        let mut inner = self.lock();
        inner.ended.insert(life);
        inner.ending = true;
    }

    /// Nothing of this life goes on for so long; messages to it wait.
    pub(super) fn stand_still(&self, life: Life, ticks: u64) {
        let mut inner = self.lock();
        let until = inner.now + ticks;
        inner.still.insert(life, until);
    }

    pub(super) fn sleep(&self, ticks: u64) -> impl Future<Output = ()> + Send + 'static {
        let (sim, mut until) = (self.clone(), None);
        poll_fn(move |context| {
            let mut inner = sim.lock();
            let until = *until.get_or_insert(inner.now + ticks);
            if inner.now >= until {
                return Poll::Ready(());
            }
            inner.set += 1;
            let key = (until, inner.set);
            inner.timers.insert(key, context.waker().clone());
            Poll::Pending
        })
    }

    /// Lets everything go on until `work` is done. Must be called in a runtime of one thread, whose own tasks
    /// (the sequencer starts some) have their turn whenever nothing else can go on.
    pub(super) async fn run(&self, work: impl Future<Output = ()> + Send + 'static) -> Result<(), String> {
        let mut tasks = Vec::new();
        let outcome = self.run_all(&mut tasks, work).await;
        self.lock().new.extend(tasks);
        outcome
    }

    /// Ends everything: tasks hold what holds them.
    pub(super) fn clear(&self) {
        let mut inner = self.lock();
        let all = (std::mem::take(&mut inner.new), std::mem::take(&mut inner.timers));
        drop(inner);
        drop(all);
    }

    async fn run_all(
        &self,
        tasks: &mut Vec<Task>,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), String> {
        let done = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&done);
        self.spawn(WIRE, async move {
            work.await;
            told.store(true, Ordering::SeqCst);
        });
        let (mut steps, mut idle) = (0, 0);
        while !done.load(Ordering::SeqCst) {
            self.take_in(tasks);
            if let Some(next) = self.pick(tasks) {
                (steps, idle) = (steps + 1, 0);
                if steps > STEPS_MAX {
                    return Err("it does not end".to_owned());
                }
                let Task { work, woken, .. } = &mut tasks[next];
                woken.0.store(false, Ordering::SeqCst);
                let waker = Waker::from(Arc::clone(woken));
                if work.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                    drop(tasks.swap_remove(next));
                }
                continue;
            }
            tokio::task::yield_now().await;
            if self.pick(tasks).is_none() && self.lock().new.is_empty() && !self.advance(tasks) {
                idle += 1;
                if idle > 3 {
                    return Err("everybody waits for somebody else".to_owned());
                }
            }
        }
        Ok(())
    }

    fn take_in(&self, tasks: &mut Vec<Task>) {
        let mut inner = self.lock();
        tasks.append(&mut inner.new);
        if std::mem::take(&mut inner.ending) {
            let ended = inner.ended.clone();
            // Dropped while nothing is locked: what a task holds may want to look at the time.
            drop(inner);
            tasks.retain(|task| !ended.contains(&task.life));
        }
    }

    /// One of those that can go on.
    fn pick(&self, tasks: &[Task]) -> Option<usize> {
        let mut inner = self.lock();
        let Inner { now, still, dice, .. } = &mut *inner;
        let goes = |task: &Task| {
            task.woken.0.load(Ordering::SeqCst) && still.get(&task.life).is_none_or(|until| until <= now)
        };
        let ready = tasks.iter().filter(|task| goes(task)).count() as u64;
        if ready == 0 {
            return None;
        }
        let nth = dice.below(ready) as usize;
        tasks.iter().enumerate().filter(|(_, task)| goes(task)).nth(nth).map(|(at, _)| at)
    }

    /// To the next moment at which somebody wants to go on; whether there is one.
    fn advance(&self, tasks: &[Task]) -> bool {
        let due = {
            let mut inner = self.lock();
            let stirs = tasks.iter().filter(|task| task.woken.0.load(Ordering::SeqCst));
            let stirs = stirs.filter_map(|task| inner.still.get(&task.life).copied()).min();
            let alarm = inner.timers.keys().next().map(|(at, _)| *at);
            let Some(at) = stirs.into_iter().chain(alarm).min() else { return false };
            inner.now = inner.now.max(at);
            let after = inner.now + 1;
            let later = inner.timers.split_off(&(after, 0));
            std::mem::replace(&mut inner.timers, later)
        };
        due.into_values().for_each(Waker::wake);
        true
    }
}
