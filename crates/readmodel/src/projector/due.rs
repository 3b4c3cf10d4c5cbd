//! Which pay day counts for a worker's wages of a month, and the due date that follows.

use crate::value::Value;
use jiff::civil::Date;
use rules::{Calendar, Month, NoCalendar, PayDay};
use std::sync::Arc;

/// A contract as far as due dates need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contract {
    /// The entry of its signing.
    pub(crate) contract: i64,
    pub(crate) employer: Arc<str>,
    pub(crate) signed_on: Date,
    /// Versions of its terms, in the order in which they were recorded; the signing's first.
    pub(crate) terms: Vec<Terms>,
    /// Last day as its ending was recorded, with the entry that says so; the latest counts.
    pub(crate) ended: Option<(i64, Date)>,
}

/// A version of a contract's terms as far as due dates need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) seq: i64,
    /// In force from this day on.
    pub(crate) from: Date,
    pub(crate) starts_on: Date,
    pub(crate) ends_on: Option<Date>,
    /// `None` = the paper names none.
    pub(crate) pay_day: Option<PayDay>,
    /// What is paid is remuneration for services, not wages.
    pub(crate) services: bool,
}

/// When a line of a month is due, and why then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// The day agreed.
    pub(crate) nominal: Date,
    /// Moved before rest days, where there is a calendar.
    pub(crate) adjusted: Result<Date, NoCalendar>,
    pub(crate) from: From,
}

/// Whose pay day it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    Contract,
    Project,
    /// Nobody's: no contract and no project is known.
    None,
}

impl From {
    pub(crate) fn word(self) -> &'static str {
        match self {
            From::Contract => "contract",
            From::Project => "project",
            From::None => "none",
        }
    }
}

impl Due {
    /// The columns nominal_due, due_on, due_from, no_calendar.
    pub(crate) fn columns(&self) -> [Value; 4] {
        [
            self.nominal.into(),
            self.adjusted.ok().into(),
            Value::Word(self.from.word()),
            self.adjusted.err().map(|missing| missing.year).into(),
        ]
    }
}

/// The due date of wages of `month`: by the worker's contract with the employer on the project (Decree 724
/// arts 6, 12), else by the project's pay day, else the last day on which it could be. A pure function of what
/// was said, in whatever order it was.
pub(crate) fn due(
    contracts: &[Contract],
    employer: &str,
    project_pay_day: Option<PayDay>,
    month: Month,
) -> Due {
    let (nominal, from) =
        match (terms_for(contracts, employer, month).and_then(|t| t.pay_day), project_pay_day) {
            (Some(pay_day), _) => (rules::nominal_due(month, pay_day), From::Contract),
            (None, Some(pay_day)) => (rules::nominal_due(month, pay_day), From::Project),
            (None, None) => (rules::due_without_agreement(month), From::None),
        };
    Due { nominal, adjusted: rules::adjusted_due(nominal, Calendar::china()), from }
}

/// The terms by which wages of a month are paid. Of several contracts the one that overlaps the month and starts
/// last; if none does, the one that starts last before the month's end; if none does, the one that starts first.
pub(crate) fn terms_for<'a>(contracts: &'a [Contract], employer: &str, month: Month) -> Option<&'a Terms> {
    let candidates = contracts.iter().filter(|c| *c.employer == *employer).filter_map(|contract| {
        let terms = contract.terms_in(month)?;
        let ended = contract.ended.map(|(_, day)| day);
        let end = [terms.ends_on, ended].into_iter().flatten().min();
        let started = terms.starts_on <= month.last_day();
        let overlaps = started && end.is_none_or(|end| end >= month.first_day());
        Some((contract, terms, started, overlaps))
    });
    let candidates: Vec<_> = candidates.collect();
    let latest = |which: &dyn Fn(bool, bool) -> bool| {
        let fits = candidates.iter().filter(|(_, _, started, overlaps)| which(*started, *overlaps));
        fits.max_by_key(|(contract, terms, ..)| (terms.starts_on, contract.contract))
    };
    let chosen = latest(&|_, overlaps| overlaps).or_else(|| latest(&|started, _| started)).or_else(|| {
        candidates.iter().min_by_key(|(contract, terms, ..)| (terms.starts_on, contract.contract))
    });
    chosen.map(|(_, terms, ..)| *terms)
}

impl Contract {
    /// The version in force at the end of the month: of those in force from a day on or before it the one
    /// recorded last; before the first, the first.
    fn terms_in(&self, month: Month) -> Option<&Terms> {
        let last = month.last_day();
        let begun = self.terms.iter().filter(|t| t.from <= last).max_by_key(|t| t.seq);
        begun.or_else(|| self.terms.iter().min_by_key(|t| t.seq))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn contract(seq: i64, starts: Date, ends: Option<Date>, pay_day: u8) -> Contract {
        let pay_day = PayDay::following(pay_day);
        let terms = Terms { seq, from: starts, starts_on: starts, ends_on: ends, pay_day, services: false };
        Contract { contract: seq, employer: "E".into(), signed_on: starts, terms: vec![terms], ended: None }
    }

    fn pay_day(contracts: &[Contract], month: &str) -> Option<u8> {
        terms_for(contracts, "E", month.parse().unwrap()).and_then(|terms| terms.pay_day?.day.number())
    }

    #[test]
    fn which_contract_counts() {
        let spring = contract(1, date(2026, 2, 1), Some(date(2026, 4, 15)), 10);
        let summer = contract(2, date(2026, 4, 10), Some(date(2026, 8, 31)), 20);
        let both = [summer, spring];
        assert_eq!(pay_day(&both, "2026-03"), Some(10)); // only one overlaps
        assert_eq!(pay_day(&both, "2026-04"), Some(20)); // both do: the later start
        assert_eq!(pay_day(&both, "2026-12"), Some(20)); // none does: the latest before
        assert_eq!(pay_day(&both, "2026-01"), Some(10)); // all later: the first
        assert_eq!(pay_day(&[], "2026-01"), None);
        assert_eq!(terms_for(&both, "other", "2026-03".parse().unwrap()), None);
    }

    #[test]
    fn amendments_and_endings() {
        let mut amended = contract(1, date(2026, 1, 1), None, 10);
        let terms =
            Terms { seq: 7, from: date(2026, 3, 15), pay_day: PayDay::following(20), ..amended.terms[0] };
        amended.terms.push(terms);
        let one = [amended];
        assert_eq!(pay_day(&one, "2026-02"), Some(10));
        assert_eq!(pay_day(&one, "2026-03"), Some(20));
        let mut ended = contract(2, date(2026, 1, 10), None, 5);
        ended.ended = Some((9, date(2026, 1, 31)));
        let [amended] = one;
        assert_eq!(pay_day(&[amended.clone(), ended.clone()], "2026-01"), Some(5));
        assert_eq!(pay_day(&[amended, ended], "2026-02"), Some(10));
    }

    #[test]
    fn else_the_project_else_the_end_of_the_next_month() {
        let month = "2026-01".parse().unwrap();
        let by_project = due(&[], "E", PayDay::following(20), month);
        assert_eq!((by_project.adjusted, by_project.from), (Ok(date(2026, 2, 14)), From::Project));
        let by_nobody = due(&[], "E", None, month);
        assert_eq!((by_nobody.adjusted, by_nobody.from), (Ok(date(2026, 2, 28)), From::None));
    }
}
