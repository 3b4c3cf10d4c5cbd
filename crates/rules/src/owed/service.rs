//! Years of service.

use crate::RuleError;
use jiff::ToSpan;
use jiff::civil::Date;

/// Employment from its first to its last day (both counted).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Service {
    /// First working day.
    pub first: Date,
    /// Last day of employment.
    pub last: Date,
}

impl Service {
    /// Years of service as severance counts them, in halves: each full year is one, six months and more of the
    /// rest are one, less is a half (LCL art. 47). So 3 means a year and a half.
    pub fn half_years(self) -> Result<i64, RuleError> {
        if self.last < self.first {
            return Err(RuleError::input(format!(
                "employment ends {} before it begins {}",
                self.last, self.first
            )));
        }
        let out = || RuleError::OutOfRange;
        // The day after the last: a year is full when the same day comes round.
        let after = self.last.tomorrow().map_err(|_| out())?;
        let comes_round = |halves: i64| -> Result<Date, RuleError> {
            let months = halves.checked_mul(6).ok_or_else(out)?;
            let day = self.first.checked_add(months.months()).map_err(|_| out())?;
            // A month without such a day: its last day is the period's last.
            if day.day() < self.first.day() { day.tomorrow().map_err(|_| out()) } else { Ok(day) }
        };
        let mut halves = 0i64;
        let next = |halves: i64, by: i64| halves.checked_add(by).ok_or_else(out);
        while comes_round(next(halves, 2)?)? <= after {
            halves = next(halves, 2)?;
        }
        let six_months = comes_round(next(halves, 1)?)? <= after;
        let some_days = comes_round(halves)? < after;
        next(halves, if six_months { 2 } else { i64::from(some_days) })
    }
}
