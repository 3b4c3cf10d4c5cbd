//! Early warnings for pages. Of a whole city they take a while to judge: one day at a time, off the threads that answer,
//! and what was judged is good for as long as it took, many times over.

use super::shown::Shown;
use crate::failure::Failure;
use jiff::civil::Date;
use readmodel::Warnings;
use rules::Region;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// Days whose warnings are kept at most.
const DAYS_MAX: usize = 31;
/// A judgement over an older entry is shown for so many times the time that it took.
const KEEP: u32 = 20;

/// What was judged, and whoever judges.
#[derive(Default)]
pub(crate) struct Judge {
    known: Mutex<HashMap<Date, Judged>>,
    turn: tokio::sync::Mutex<()>,
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

    /// Whether somebody is judging.
    pub(crate) fn is_busy(&self) -> bool {
        self.turn.try_lock().is_err()
    }

    /// As [`Judge::known`], judged now where they are not known.
    pub(crate) async fn judged(&self, shown: &Arc<Shown>, as_of: Date) -> Result<Arc<Warnings>, Failure> {
        if let Some(known) = self.known(shown, as_of) {
            return Ok(known);
        }
        let _turn = self.turn.lock().await;
        if let Some(known) = self.known(shown, as_of) {
            return Ok(known);
        }
        let (begun, model, here) = (Instant::now(), shown.model.clone(), Handle::current());
        let judging =
            tokio::task::spawn_blocking(move || here.block_on(model.warnings(as_of, Region::CHINA)));
        let warnings = Arc::new(judging.await??);
        let judged = Judged { warnings: Arc::clone(&warnings), at: Instant::now(), took: begun.elapsed() };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= DAYS_MAX {
            known.clear();
        }
        known.insert(as_of, judged);
        Ok(warnings)
    }
}
