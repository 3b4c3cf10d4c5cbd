//! Whether the clock may be believed, before it stamps an entry.
//!
//! The format asks no order of times ([`chain::accept`]), so that no entry can close a ledger. The sequencer does: a
//! clock that jumps would date facts falsely without a word, and whoever is owed counts days from those dates.

use crate::Clock;
use chain::{Head, RECORDED_BEFORE_US, RECORDED_FROM_US};
use jiff::{SignedDuration, Timestamp};
use journal::Journal;
use std::sync::Arc;

/// Clocks of machines that are kept right differ by less than this, in microseconds: two minutes.
pub(crate) const OFF_MAX_US: i64 = 120 * 1_000_000;

/// Why nothing is recorded now: the clock is not to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockOff {
    /// No entry counts that is recorded then.
    #[error("it says {}, and entries are recorded from 2015 to 2099; set the clock", shown(*.now_us))]
    Window {
        /// What the clock says, µs since 1970-01-01 UTC.
        now_us: i64,
    },
    /// The time of day was moved while the ledger was open.
    #[error("it was moved by {} since the ledger was opened; set it right, and start the program again", span(*.by_us))]
    Moved {
        /// By how much, µs; less than 0 = back.
        by_us: i64,
    },
    /// The store's own clock says something else.
    #[error("it is {} off the brokers' clock; set the one that is wrong, and start the program again", span(*.by_us))]
    OffStore {
        /// By how much it is ahead of the store's, µs; less than 0 = behind.
        by_us: i64,
    },
    /// The last entry was recorded later than now.
    #[error(
        "it says {}, and the last entry, {seq}, was recorded at {}: one of the two is wrong. Set the clock if it is this \
         one; if it was the other, `wageledger clock --go-on --reason TEXT` records that, and the ledger goes on",
        shown(*.now_us), shown(*.last_us)
    )]
    Behind {
        /// The last entry.
        seq: u64,
        /// When it was recorded, µs since 1970-01-01 UTC.
        last_us: i64,
        /// What the clock says, µs since 1970-01-01 UTC.
        now_us: i64,
    },
}

/// Watches the clock of one open ledger.
pub(crate) struct Timekeeper {
    clock: Arc<dyn Clock>,
    journal: Arc<dyn Journal>,
    /// How far the time of day was ahead of the even time when the ledger was opened.
    ahead_us: i64,
}

impl Timekeeper {
    pub(crate) fn new(clock: Arc<dyn Clock>, journal: Arc<dyn Journal>) -> Timekeeper {
        let ahead_us = clock.now_us().saturating_sub(clock.steady_us());
        Timekeeper { clock, journal, ahead_us }
    }

    /// The time by which the entry after `head` is stamped: now, or just after `head` where clocks differ by no more
    /// than clocks do.
    fn stamp(&self, head: &Head) -> Result<i64, ClockOff> {
        Timekeeper::after(head, self.believed()?)
    }

    /// As [`Timekeeper::stamp`], by a time that is believed else.
    pub(crate) fn after(head: &Head, now_us: i64) -> Result<i64, ClockOff> {
        if head.seq > 0 && now_us < head.recorded_at.saturating_sub(OFF_MAX_US) {
            return Err(ClockOff::Behind { seq: head.seq, last_us: head.recorded_at, now_us });
        }
        Ok(now_us.max(head.recorded_at.saturating_add(1)).min(RECORDED_BEFORE_US - 1))
    }

    /// The time, if nothing but the last entry speaks against it.
    pub(crate) fn believed(&self) -> Result<i64, ClockOff> {
        let now_us = self.clock.now_us();
        if !(RECORDED_FROM_US..RECORDED_BEFORE_US).contains(&now_us) {
            return Err(ClockOff::Window { now_us });
        }
        let by_us = now_us.saturating_sub(self.clock.steady_us()).saturating_sub(self.ahead_us);
        if is_off(by_us) {
            return Err(ClockOff::Moved { by_us });
        }
        match self.journal.store_time_us().map(|store| now_us.saturating_sub(store)) {
            Some(by_us) if is_off(by_us) => Err(ClockOff::OffStore { by_us }),
            Some(_) | None => Ok(now_us),
        }
    }

    /// What speaks against the clock now.
    pub(crate) fn off(&self) -> Option<ClockOff> {
        self.stamp(&self.journal.head()).err()
    }
}

fn is_off(by_us: i64) -> bool {
    by_us.saturating_abs() > OFF_MAX_US
}

/// A moment as people read it.
fn shown(us: i64) -> String {
    Timestamp::from_microsecond(us).map_or_else(|_| format!("{us} µs"), |at| at.to_string())
}

/// A span as people read it, in whole seconds.
fn span(us: i64) -> String {
    format!("{:#}", SignedDuration::from_secs(us / 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chain::Hash;
    use journal::MemoryJournal;
    use std::sync::atomic::{AtomicI64, Ordering};

    /// Time of day, and even time.
    #[derive(Default)]
    struct Two(AtomicI64, AtomicI64);

    impl Clock for Two {
        fn now_us(&self) -> i64 {
            self.0.load(Ordering::SeqCst)
        }
        fn steady_us(&self) -> i64 {
            self.1.load(Ordering::SeqCst)
        }
    }

    const NOW: i64 = 1_772_000_000_000_000;
    const MINUTE: i64 = 60_000_000;
    const YEAR: i64 = 365 * 24 * 60 * MINUTE;

    /// The clock moves by so much while so much even time goes by; the last entry lies so far from where the clock began.
    #[test]
    fn only_a_clock_that_goes_evenly_and_on_is_believed() {
        let off = |by, behind: bool| match behind {
            true => Err(ClockOff::Behind { seq: 9, last_us: NOW + by, now_us: NOW }),
            false => Err(ClockOff::Moved { by_us: by }),
        };
        let table = [
            // clock, even time, last entry → stamp
            (0, 0, -MINUTE, Ok(NOW)),
            (YEAR, YEAR, -MINUTE, Ok(NOW + YEAR)),
            (0, 0, 0, Ok(NOW + 1)),
            (0, 0, MINUTE, Ok(NOW + MINUTE + 1)),
            (0, 0, 3 * MINUTE, off(3 * MINUTE, true)),
            (0, 0, 20 * YEAR, off(20 * YEAR, true)),
            (MINUTE, 0, -MINUTE, Ok(NOW + MINUTE)),
            (-MINUTE, 0, -5 * MINUTE, Ok(NOW - MINUTE)),
            (3 * MINUTE, 0, -MINUTE, off(3 * MINUTE, false)),
            (-3 * MINUTE, 0, -9 * MINUTE, off(-3 * MINUTE, false)),
            (0, 3 * MINUTE, -MINUTE, off(-3 * MINUTE, false)),
        ];
        for (moved, passed, last, expected) in table {
            let clock = Arc::new(Two(NOW.into(), 5_000_000.into()));
            let journal = Arc::new(MemoryJournal::new("o"));
            let keeper = Timekeeper::new(Arc::clone(&clock) as Arc<dyn Clock>, journal);
            clock.0.fetch_add(moved, Ordering::SeqCst);
            clock.1.fetch_add(passed, Ordering::SeqCst);
            let head = Head { seq: 9, hash: Hash([1; 32]), recorded_at: NOW + last };
            assert_eq!(keeper.stamp(&head), expected, "{moved} {passed} {last}");
        }
    }

    #[test]
    fn outside_of_the_window_nothing_is_stamped() {
        for (now, even) in
            [(0, 0), (RECORDED_FROM_US - 1, 0), (RECORDED_BEFORE_US, 0), (i64::MAX, 0), (i64::MIN, 0)]
        {
            let clock = Arc::new(Two(now.into(), i64::into(even)));
            let keeper = Timekeeper::new(clock, Arc::new(MemoryJournal::new("o")));
            assert_eq!(keeper.stamp(&Head::genesis("o")), Err(ClockOff::Window { now_us: now }));
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_words() {
        let said = ClockOff::Behind { seq: 9, last_us: NOW + YEAR, now_us: NOW }.to_string();
        assert!(said.contains("2026-02-25T06:13:20Z") && said.contains("2027-02-25"), "{said}");
        assert!(
            ClockOff::Moved { by_us: -3 * MINUTE }.to_string().contains("3m ago"),
            "{}",
            ClockOff::Moved { by_us: -3 * MINUTE }
        );
    }
}
