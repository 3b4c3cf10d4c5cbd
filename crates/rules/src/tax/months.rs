//! Months of one calendar year.

use crate::Month;
use jiff::civil::Date;

/// A set of months of one calendar year: those in which somebody was employed, or had income.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct MonthsOfYear(u16);

impl MonthsOfYear {
    /// No month.
    pub const NONE: MonthsOfYear = MonthsOfYear(0);

    /// The months `from` to `to`, both counted, in the year of `to`: from January when `from` lies in an earlier
    /// year; none when it comes after.
    pub fn from_to(from: Month, to: Month) -> MonthsOfYear {
        if from > to {
            return MonthsOfYear::NONE;
        }
        let first = if from.year() < to.year() { 1 } else { from.month() };
        (first..=to.month()).fold(MonthsOfYear::NONE, |months, month| months.with(month))
    }

    /// The months of `year` in which at least one of the periods (first day, last day if it has ended) has a
    /// day.
    pub fn touched_by(year: i16, periods: &[(Date, Option<Date>)]) -> MonthsOfYear {
        let mut months = MonthsOfYear::NONE;
        for number in 1..=12 {
            let Some(month) = Month::new(year, number) else { continue };
            let touches = |(from, to): &(Date, Option<Date>)| {
                *from <= month.last_day() && to.is_none_or(|to| month.first_day() <= to)
            };
            if periods.iter().any(touches) {
                months = months.with(number);
            }
        }
        months
    }

    /// These and the month of that number, 1 to 12.
    #[must_use]
    pub fn with(self, month: i8) -> MonthsOfYear {
        match u32::try_from(month) {
            Ok(month @ 1..=12) => MonthsOfYear(self.0 | 1u16.checked_shl(month).unwrap_or_default()),
            _ => self,
        }
    }

    /// Whether the month of that number is among them.
    pub fn contains(self, month: i8) -> bool {
        u32::try_from(month).is_ok_and(|month| self.0 & 1u16.checked_shl(month).unwrap_or_default() != 0)
    }

    /// How many there are up to the month of that number, it included.
    pub fn count_to(self, month: i8) -> u8 {
        (1..=month.min(12)).map(|month| u8::from(self.contains(month))).sum()
    }

    /// How many months without a break end with the month of that number; 0 when it is not among them.
    pub fn run_to(self, month: i8) -> u8 {
        (1..=month.min(12)).rev().take_while(|month| self.contains(*month)).map(|_| 1).sum()
    }
}
