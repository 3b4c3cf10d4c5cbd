//! Times of recording that cannot be right, or that nobody can rely on.

use super::Check;
use chain::{Header, RECORDED_BEFORE_US, RECORDED_FROM_US};
use jiff::{SignedDuration, Timestamp};

/// Clocks of machines that are kept right differ by less than this, in microseconds.
const AHEAD_MAX_US: i64 = 5 * 60 * 1_000_000;
/// Times that go on by more than this are counted, in microseconds: one day.
const STILL_US: i64 = 24 * 3_600 * 1_000_000;

/// Entries dated after now, as one finding a run, and times that go back. Times that jump on are counted only: on most
/// days of a small ledger nobody records anything. The format asks no order of times, so these say something of clocks
/// and nothing of the chain.
pub(super) struct Times {
    check: Check,
    /// How often nothing was recorded for more than a day; the longest time, and the entry behind it.
    still: u64,
    longest: (i64, u64),
    latest: i64,
    last: Option<(u64, i64)>,
    run: Option<Run>,
}

struct Run {
    first: u64,
    last: u64,
    /// Of the last, µs since the epoch.
    at: i64,
}

impl Times {
    /// Nothing may be dated after `now_us` but for what clocks differ by.
    pub(super) fn until(now_us: i64) -> Times {
        let latest = now_us.saturating_add(AHEAD_MAX_US);
        Times {
            check: Check::content("recorded_times"),
            still: 0,
            longest: (0, 0),
            latest,
            last: None,
            run: None,
        }
    }

    pub(super) fn take(&mut self, header: &Header) {
        // No entry counts that says so: it was changed, which the chain says.
        if !(RECORDED_FROM_US..RECORDED_BEFORE_US).contains(&header.recorded_at) {
            self.last = None;
            return;
        }
        let before = self.last.replace((header.seq, header.recorded_at));
        if header.recorded_at > self.latest {
            let run =
                self.run.get_or_insert(Run { first: header.seq, last: header.seq, at: header.recorded_at });
            (run.last, run.at) = (header.seq, header.recorded_at);
            return;
        }
        let after_the_future = self.run.is_some();
        self.close();
        let Some((seq, at)) = before.filter(|_| !after_the_future) else { return };
        let by = header.recorded_at.saturating_sub(at);
        // Clocks of two machines that take turns: what differs by so little is no jump.
        if by < -AHEAD_MAX_US {
            let what = format!(
                "is dated {}, {} before entry {seq}, which was recorded before it: one of the two clocks was wrong",
                shown(header.recorded_at),
                span(-by)
            );
            self.check.find(header.seq, what);
        } else if by > STILL_US {
            self.still = self.still.saturating_add(1);
            self.longest = self.longest.max((by, header.seq));
        }
    }

    fn close(&mut self) {
        let Some(Run { first, last, at }) = self.run.take() else { return };
        let at = shown(at);
        let entries = if first == last { "is dated".to_owned() } else { format!("to {last} are dated") };
        let what = format!(
            "{entries} after now, up to {at}: the recording clock stood ahead (or this machine's stands behind), and these \
             times say nothing"
        );
        self.check.find(first, what);
    }

    pub(super) fn into_check(mut self) -> Check {
        self.close();
        if self.still > 0 {
            let (by, seq) = self.longest;
            let times = self.still;
            self.check.note = Some(format!(
                "nothing for more than a day {times} times, the longest {} before entry {seq}",
                span(by)
            ));
        }
        self.check
    }
}

fn shown(us: i64) -> String {
    Timestamp::from_microsecond(us).map_or_else(|_| us.to_string(), |at| at.to_string())
}

/// In whole days where it is days, else in whole minutes.
fn span(us: i64) -> String {
    let span = SignedDuration::from_micros(us);
    match span.as_hours() / 24 {
        0 => format!("{} minutes", span.as_mins()),
        days => format!("{days} days"),
    }
}
