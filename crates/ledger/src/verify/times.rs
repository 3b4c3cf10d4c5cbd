//! Times of recording that cannot be right.

use super::Check;
use chain::Header;
use jiff::Timestamp;

/// Clocks of machines that are kept right differ by less than this, in microseconds.
const AHEAD_MAX_US: i64 = 5 * 60 * 1_000_000;

/// Entries dated after now, as one finding a run: once a clock stood ahead, each later entry is dated after the one
/// before it until the time is reached.
pub(super) struct Times {
    check: Check,
    latest: i64,
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
        Times { check: Check::content("recorded_times"), latest, run: None }
    }

    pub(super) fn take(&mut self, header: &Header) {
        if header.recorded_at <= self.latest {
            self.close();
            return;
        }
        let run = self.run.get_or_insert(Run { first: header.seq, last: header.seq, at: header.recorded_at });
        (run.last, run.at) = (header.seq, header.recorded_at);
    }

    fn close(&mut self) {
        let Some(Run { first, last, at }) = self.run.take() else { return };
        let at = Timestamp::from_microsecond(at).map_or_else(|_| at.to_string(), |at| at.to_string());
        let entries = if first == last { "is dated".to_owned() } else { format!("to {last} are dated") };
        let what = format!(
            "{entries} after now, up to {at}: the recording clock stood ahead (or this machine's stands behind), and these \
             times say nothing"
        );
        self.check.find(first, what);
    }

    pub(super) fn into_check(mut self) -> Check {
        self.close();
        self.check
    }
}
