//! The one owner of the time of day.

use jiff::Timestamp;
use ledger::Clock;

/// The machine's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where time enters")]
    fn now_us(&self) -> i64 {
        Timestamp::now().as_microsecond()
    }
}
