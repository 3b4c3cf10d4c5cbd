//! When wages of a month are due.

use crate::{Calendar, Month, NoCalendar};
use jiff::ToSpan;
use jiff::civil::Date;

/// The day of the *following* month on which wages of a month are due: 1 to 28, so that every month has it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PayDay(u8);

impl PayDay {
    /// `None` unless 1 to 28.
    pub fn new(day: u8) -> Option<PayDay> {
        (1..=28).contains(&day).then_some(PayDay(day))
    }

    /// Day of the month, 1 to 28.
    pub fn day(self) -> u8 {
        self.0
    }
}

/// The agreed day as it stands in the contract: `pay_day` of the month after the wage month (Decree 724
/// arts 12–13: pay on the agreed date, which may lie in the following period, art. 14).
pub fn nominal_due(month: Month, pay_day: PayDay) -> Date {
    // A month's first day plus at most 27 days: saturation is never reached, months end at 2199.
    month.next().first_day().saturating_add(i64::from(pay_day.0).saturating_sub(1).days())
}

/// The last day on which paying is on time when no day was agreed: the end of the month after the wage
/// month, moved like any other. No law says so (wages are owed at least monthly, Labour Law art. 50): it is
/// the latest reading, so that nobody is called late who may not be, and the contract is defective.
pub fn due_without_agreement(month: Month) -> Date {
    month.next().last_day()
}

/// The day by which money must be there: `nominal`, or the last working day before it when it is a rest day
/// or holiday (Decree 724 art. 14). Paid on that day is on time.
pub fn adjusted_due(nominal: Date, calendar: &Calendar) -> Result<Date, NoCalendar> {
    calendar.last_working_day_on_or_before(nominal)
}

/// How far, in days, a due date can be moved at most: longer than any run of rest days (nine in 2026), so
/// that a nominal due date further in the future than this cannot have passed.
pub const DUE_MOVES_AT_MOST: i64 = 15;

/// A day before any to which rest days can move a nominal due date: on it, and before, nothing is late yet whatever
/// calendar may come.
pub fn earliest_due(nominal: Date) -> Date {
    nominal.saturating_sub(DUE_MOVES_AT_MOST.days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn due_dates() {
        // (wage month, pay day, nominal, adjusted)
        for (month, pay_day, nominal, adjusted) in [
            ("2026-01", 20, date(2026, 2, 20), Ok(date(2026, 2, 14))), // Spring Festival, to a made-up Saturday
            ("2026-03", 15, date(2026, 4, 15), Ok(date(2026, 4, 15))),
            ("2026-04", 10, date(2026, 5, 10), Ok(date(2026, 5, 9))), // a Sunday, to a made-up Saturday
            ("2025-12", 3, date(2026, 1, 3), Ok(date(2025, 12, 31))), // over the turn of the year
            ("2026-12", 15, date(2027, 1, 15), Err(NoCalendar { year: 2027 })),
        ] {
            let due = nominal_due(month.parse().unwrap(), PayDay::new(pay_day).unwrap());
            assert_eq!((due, adjusted_due(due, Calendar::china())), (nominal, adjusted), "{month}");
        }
        assert_eq!(due_without_agreement("2026-01".parse().unwrap()), date(2026, 2, 28));
    }

    #[test]
    fn pay_days() {
        assert_eq!([0, 1, 28, 29].map(|day| PayDay::new(day).is_some()), [false, true, true, false]);
    }

    /// The bound is true of all that is known, and with room to spare.
    #[test]
    fn no_due_date_moves_further_than_the_bound() {
        let days = date(2025, 1, 2).series(1.day()).take_while(|day| day.year() < 2027);
        let longest = days.map(|day| (day - adjusted_due(day, Calendar::china()).unwrap()).get_days()).max();
        assert!(i64::from(longest.unwrap()) < DUE_MOVES_AT_MOST);
    }
}
