//! Early warnings for pages. Of a whole city they take a while to judge: one day at a time, off the threads that answer,
//! and what was judged is good for as long as it took, many times over.

use super::Node;
use super::shown::Shown;
use crate::failure::Failure;
use jiff::civil::Date;
use readmodel::{ReadModel, Warnings};
use rules::Region;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Days whose warnings are kept at most.
const DAYS_MAX: usize = 16;
/// A judgement over an older entry is shown for so many times the time that it took.
const KEEP: u32 = 20;

/// So long a page waits for a judgement, where they take no longer than [`QUICK`].
const PATIENCE: Duration = Duration::from_secs(1);
const QUICK: Duration = Duration::from_millis(250);

/// Of a ledger of so few entries a day is judged in well below [`QUICK`]; of others nobody knows before the first time.
const FEW_ENTRIES: u64 = 100_000;

/// After so long at work judging looks whether pages are being made, and if so lets them go before, for so long at most:
/// beside them it would take their processor's and memory's time, and where many are made it must come to an end, too.
const WORK: Duration = Duration::from_millis(2);
const PAUSE: Duration = Duration::from_millis(10);
const LOOK: Duration = Duration::from_micros(500);

/// How many pages are being made that do not wait for a judgement themselves.
#[derive(Clone, Default)]
pub(crate) struct Pages(Arc<AtomicUsize>);

/// While it is there, there is one more.
pub(crate) struct UnderWay<'a>(&'a Pages);

/// While it is there, there is one fewer.
struct Waiting<'a>(&'a Pages);

impl Pages {
    /// A page is begun.
    pub(crate) fn begin(&self) -> UnderWay<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        UnderWay(self)
    }

    /// A page that is under way waits for a judgement.
    fn wait(&self) -> Waiting<'_> {
        self.0.fetch_sub(1, Ordering::Relaxed);
        Waiting(self)
    }

    /// What judging does between its steps.
    fn giving_way(self) -> impl Fn() + Send + Sync {
        let at_work = Mutex::new(Instant::now());
        move || {
            let mut at_work = at_work.lock().unwrap_or_else(PoisonError::into_inner);
            if at_work.elapsed() < WORK {
                return;
            }
            let begun = Instant::now();
            while self.0.load(Ordering::Relaxed) > 0 && begun.elapsed() < PAUSE {
                std::thread::sleep(LOOK);
            }
            *at_work = Instant::now();
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Judges on a thread of its own, to which the system gives little of what others want, and which gives way to `pages`.
async fn beside(model: ReadModel, as_of: Date, pages: Pages) -> Result<Warnings, Failure> {
    let (done, judged) = oneshot::channel();
    let give_way = Arc::new(pages.giving_way());
    let here = Handle::current();
    std::thread::Builder::new().name("judge".to_owned()).spawn(move || {
        #[cfg(target_os = "linux")]
        if let Err(error) = rustix::process::setpriority_process(None, NICE) {
            tracing::debug!(%error, "judging goes on at the usual priority");
        }
        // Whoever asked may be gone.
        let _ = done.send(here.block_on(model.warnings_beside(as_of, Region::CHINA, give_way)));
    })?;
    judged
        .await
        .map_err(|_| Failure::cannot("judging the warnings of a day broke off"))?
        .map_err(Failure::from)
}

/// A tenth of the processor time that another thread gets (sched(7), "The nice value"). With the least, 19, it would hold
/// a lock for long once it had one, and whoever answers a page would wait: some of the memory and of the kernel are shared.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// What was judged, and whoever judges.
#[derive(Default)]
pub(crate) struct Judge {
    pub(crate) pages: Pages,
    known: Mutex<HashMap<Date, Judged>>,
    turn: tokio::sync::Mutex<()>,
    /// How long the last judgement took.
    took: Mutex<Option<Duration>>,
}

struct Judged {
    warnings: Arc<Warnings>,
    at: Instant,
    took: Duration,
}

impl Judge {
    /// The warnings of a day, if they were judged over this read model, or over one before it not long ago. They say
    /// themselves as of which entry they are.
    pub(crate) fn known(&self, shown: &Shown, as_of: Date) -> Option<Arc<Warnings>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let judged = known.get(&as_of)?;
        let fresh = judged.warnings.head.seq == shown.lateness.head().seq;
        (fresh || judged.at.elapsed() < judged.took * KEEP).then(|| Arc::clone(&judged.warnings))
    }

    /// As [`Judge::waited_for`], where a page need not wait long; else nothing yet. Where judging takes long, only a page that
    /// `insists` has it begun, to its end: it takes time from others.
    pub(crate) async fn soon(
        node: &Arc<Node>,
        shown: &Arc<Shown>,
        as_of: Date,
        insists: bool,
    ) -> Result<Option<Arc<Warnings>>, Failure> {
        let judge = &node.judge;
        if let Some(known) = judge.known(shown, as_of) {
            return Ok(Some(known));
        }
        let took = *judge.took.lock().unwrap_or_else(PoisonError::into_inner);
        let is_busy = || judge.turn.try_lock().is_err();
        let few = shown.lateness.head().seq <= FEW_ENTRIES;
        let quick = took.map_or_else(|| few && !is_busy(), |took| took <= QUICK);
        if !quick && (!insists || is_busy()) {
            return Ok(None);
        }
        let judging = {
            let (node, shown) = (Arc::clone(node), Arc::clone(shown));
            tokio::spawn(async move { node.judge.judged(&shown, as_of).await })
        };
        let patience = if quick { PATIENCE } else { Duration::ZERO };
        let _waiting = judge.pages.wait();
        match tokio::time::timeout(patience, judging).await {
            Ok(judged) => judged?.map(Some),
            Err(_) => Ok(None),
        }
    }

    /// As [`Judge::known`], judged now where they are not known: for a page that waits for them.
    pub(crate) async fn waited_for(&self, shown: &Arc<Shown>, as_of: Date) -> Result<Arc<Warnings>, Failure> {
        let _waiting = self.pages.wait();
        self.judged(shown, as_of).await
    }

    async fn judged(&self, shown: &Arc<Shown>, as_of: Date) -> Result<Arc<Warnings>, Failure> {
        if let Some(known) = self.known(shown, as_of) {
            return Ok(known);
        }
        let _turn = self.turn.lock().await;
        if let Some(known) = self.known(shown, as_of) {
            return Ok(known);
        }
        let begun = Instant::now();
        let warnings = Arc::new(beside(shown.model.clone(), as_of, self.pages.clone()).await?);
        let judged = Judged { warnings: Arc::clone(&warnings), at: Instant::now(), took: begun.elapsed() };
        *self.took.lock().unwrap_or_else(PoisonError::into_inner) = Some(judged.took);
        let gone = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let is_full = known.len() >= DAYS_MAX && !known.contains_key(&as_of);
            let oldest = || known.iter().min_by_key(|(_, judged)| judged.at).map(|(day, _)| *day);
            let oldest = if is_full { oldest() } else { Some(as_of) };
            let gone = oldest.and_then(|day| known.remove(&day));
            known.insert(as_of, judged);
            gone
        };
        // Of a city they are many: nobody waits until they are taken apart.
        tokio::task::spawn_blocking(move || drop(gone));
        Ok(warnings)
    }
}
