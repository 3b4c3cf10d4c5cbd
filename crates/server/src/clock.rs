//! The one owner of the time of day.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use ledger::Clock;

/// The machine's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where time enters")]
    fn now_us(&self) -> i64 {
        Timestamp::now().as_microsecond()
    }
}

/// Today in China, which has one time zone (UTC+8) and no daylight saving.
#[expect(clippy::disallowed_methods, reason = "this is where time enters")]
pub(crate) fn today_in_china() -> Date {
    TimeZone::fixed(Offset::constant(8)).to_datetime(Timestamp::now()).date()
}
