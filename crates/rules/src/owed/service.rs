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
        let mut years = 0i64;
        let since = |years: i64| self.first.checked_add(years.years()).map_err(|_| out());
        while since(years.checked_add(1).ok_or_else(out)?)? <= after {
            years = years.checked_add(1).ok_or_else(out)?;
        }
        let year = since(years)?;
        let half = year.checked_add(6.months()).map_err(|_| out())?;
        let rest = if after >= half { 2 } else { i64::from(after > year) };
        years.checked_mul(2).and_then(|halves| halves.checked_add(rest)).ok_or_else(out)
    }
}
