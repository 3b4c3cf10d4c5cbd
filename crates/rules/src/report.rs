//! What a site hands in for a month, and from when on its absence says something.
//!
//! The law says what must be kept and handed on (Decree 724 art. 28: the roster before work begins; art. 31: attendance and
//! the wage sheet every month; arts 26 and 29: the dedicated account and what the bank paid from it) and gives none of it
//! a day of its own. The days here are a convention of ours, as late as they can be without calling "in time" what comes
//! after the wages were due:
//!
//! | what | expected by the end of |
//! |---|---|
//! | roster | the month itself |
//! | attendance, wage sheet | the pay day agreed for the month, unmoved; the last day of the next month where none is agreed |
//! | bank result, account statement | the last day of the next month |
//!
//! Rest days do not move these days, so that no calendar is needed to tell them.

use crate::{Month, PayDay, due_without_agreement, nominal_due};
use jiff::civil::Date;

/// A kind of paper that a site hands in for a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Report {
    /// Who is on site (花名册、进退场记录).
    Roster,
    /// Who worked on which days (考勤).
    Attendance,
    /// The wage sheet (工资表).
    WageSheet,
    /// What the bank paid out (代发结果).
    BankResult,
    /// The statement of the dedicated account (专户对账单).
    AccountStatement,
}

/// Whether a report of a month is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HandedIn {
    /// It is.
    Yes,
    /// It is not, and should be (未报送).
    No,
    /// It is not, and need not be yet (未到报送期限).
    NotYet,
    /// Nobody expects it: nobody is known to have been on site.
    NotExpected,
}

impl Report {
    /// The last day on which the report of a month is in time. `pay_day` is that agreed for the project.
    pub fn expected_by(self, month: Month, pay_day: Option<PayDay>) -> Date {
        match self {
            Report::Roster => month.last_day(),
            Report::Attendance | Report::WageSheet => {
                pay_day.map_or_else(|| due_without_agreement(month), |day| nominal_due(month, day))
            }
            Report::BankResult | Report::AccountStatement => due_without_agreement(month),
        }
    }

    /// The latest month whose report should have been there before the end of a day.
    pub fn last_expected(self, as_of: Date, pay_day: Option<PayDay>) -> Month {
        let mut month = Month::of(as_of);
        while self.expected_by(month, pay_day) >= as_of {
            month = month.previous();
        }
        month
    }

    /// How a report of a month stands at the end of a day. `is_expected` = somebody was on site, or should have been.
    pub fn state(
        self,
        month: Month,
        pay_day: Option<PayDay>,
        is_there: bool,
        is_expected: bool,
        as_of: Date,
    ) -> HandedIn {
        match (is_there, is_expected) {
            (true, _) => HandedIn::Yes,
            (false, false) => HandedIn::NotExpected,
            (false, true) if self.expected_by(month, pay_day) < as_of => HandedIn::No,
            (false, true) => HandedIn::NotYet,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DayOfMonth, PayMonth};
    use jiff::ToSpan;
    use jiff::civil::date;

    #[test]
    fn days() {
        let october = "2026-10".parse().unwrap();
        let fifteenth = PayDay::following(15);
        for (report, agreed, not_agreed) in [
            (Report::Roster, date(2026, 10, 31), date(2026, 10, 31)),
            (Report::Attendance, date(2026, 11, 15), date(2026, 11, 30)),
            (Report::WageSheet, date(2026, 11, 15), date(2026, 11, 30)),
            (Report::BankResult, date(2026, 11, 30), date(2026, 11, 30)),
            (Report::AccountStatement, date(2026, 11, 30), date(2026, 11, 30)),
        ] {
            assert_eq!(report.expected_by(october, fifteenth), agreed, "{report:?}");
            assert_eq!(report.expected_by(october, None), not_agreed, "{report:?}");
            let state = |day| report.state(october, fifteenth, false, true, day);
            assert_eq!(state(agreed), HandedIn::NotYet, "{report:?}");
            assert_eq!(state(agreed.tomorrow().unwrap()), HandedIn::No, "{report:?}");
            assert_eq!(report.state(october, None, true, true, date(2027, 1, 1)), HandedIn::Yes);
            assert_eq!(report.state(october, None, false, false, date(2027, 1, 1)), HandedIn::NotExpected);
        }
    }

    /// The two ways of asking agree on every day and for every pay day.
    #[test]
    fn the_last_month_expected_is_the_last_whose_day_has_passed() {
        for day in date(2025, 12, 1).series(1.day()).take_while(|day| *day < date(2027, 2, 1)) {
            let month_end = DayOfMonth::MONTH_END;
            let others = [PayMonth::Same, PayMonth::Following].map(|of| Some(PayDay { day: month_end, of }));
            let first = Some(PayDay { day: DayOfMonth::new(1).unwrap(), of: PayMonth::Same });
            let following = [1, 15, 28, 31].map(PayDay::following);
            for pay_day in [None, first].into_iter().chain(others).chain(following) {
                for report in [Report::Roster, Report::WageSheet, Report::BankResult] {
                    let last = report.last_expected(day, pay_day);
                    assert!(report.expected_by(last, pay_day) < day, "{report:?} {pay_day:?} {day}");
                    assert!(report.expected_by(last.next(), pay_day) >= day, "{report:?} {pay_day:?} {day}");
                }
            }
        }
    }
}
