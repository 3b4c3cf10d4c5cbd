//! What is worked out of late lines for a day, kept from day to day.

use super::site_month::Late;
use jiff::civil::Date;
use std::sync::{Arc, Mutex, PoisonError};

/// What late lines come to on a day. Looking back asks for day after day, and on most days nothing changes: what was
/// asked for last is kept, and made anew only behind a day on which a line becomes overdue or is paid.
pub(crate) struct ByChange<T> {
    /// Those days, ascending once they are [`ByChange::sort`]ed.
    days: Vec<Date>,
    /// After how many of them, and what it came to.
    asked: Mutex<Option<(usize, Arc<T>)>>,
}

impl<T> Default for ByChange<T> {
    fn default() -> ByChange<T> {
        ByChange { days: Vec::new(), asked: Mutex::new(None) }
    }
}

impl<T> ByChange<T> {
    /// Notes when a line changes.
    pub(crate) fn add(&mut self, late: &Late) {
        self.days.extend(late.changes());
    }

    /// To be called when all lines are noted.
    pub(crate) fn sort(&mut self) {
        self.days.sort_unstable();
        self.days.dedup();
    }

    /// What it comes to on a day.
    pub(crate) fn at(&self, as_of: Date, make: impl FnOnce() -> T) -> Arc<T> {
        let after = self.days.partition_point(|day| *day <= as_of);
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let known = asked.take().filter(|(known, _)| *known == after);
        let (_, made) = asked.insert(known.unwrap_or_else(|| (after, Arc::new(make()))));
        Arc::clone(made)
    }
}
