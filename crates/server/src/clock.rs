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

    fn steady_us(&self) -> i64 {
        journal::steady_us()
    }
}

/// Whether a day has not come yet, so that what is said of it takes for granted that nobody pays until then.
pub(crate) fn is_future(day: Date) -> bool {
    day > today()
}

/// Today in China (UTC+8, without summer time since 1992): the day that due dates are counted to.
#[expect(clippy::disallowed_methods, reason = "this is where time enters")]
pub(crate) fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::fixed(Offset::constant(8))).date()
}

/// Now, as a time stamp in UTC.
#[expect(clippy::disallowed_methods, reason = "this is where time enters")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
