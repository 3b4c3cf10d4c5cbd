//! Lines that may be overdue on a day, where nobody knows when they are due.

use super::book::UndatedLine;
use super::tally::count;
use super::{Filter, Lateness, MissingMonth};
use crate::Undated;
use jiff::civil::Date;
use rules::{Days, Money};
use std::collections::{BTreeSet, HashSet};
use uuid::Uuid;

/// A line that may be overdue on the day asked about.
#[derive(Clone, Copy, Debug)]
pub struct UndatedRow<'a> {
    /// Project code.
    pub project: &'a str,
    /// The line.
    pub line: &'a UndatedLine,
    /// What is not paid of it.
    pub outstanding: Money,
}

impl Lateness {
    /// The lines that may be overdue on a day, in no order that is promised. What is not known to be overdue has no age:
    /// they are the same whatever age is asked for.
    pub fn undated<'a>(&'a self, as_of: Date, filter: &Filter) -> impl Iterator<Item = UndatedRow<'a>> {
        filter.books(self).flat_map(move |(project, book)| {
            let rows = book.undated.iter().filter_map(move |line| {
                let outstanding = line.outstanding(as_of);
                (outstanding > Money::ZERO).then_some(UndatedRow { project, line, outstanding })
            });
            rows.filter(|row| filter.takes(&row.line.employer, Some(row.line.crew), Some(row.line.worker)))
        })
    }

    /// Work without a wage line that may be overdue on the day, where nobody knows when it would be due.
    pub fn undated_missing<'a>(
        &'a self,
        as_of: Date,
        filter: &Filter,
    ) -> impl Iterator<Item = (&'a str, &'a MissingMonth)> {
        filter.books(self).flat_map(move |(project, book)| {
            let fits = move |m: &&MissingMonth| {
                m.may_be_overdue(as_of) && filter.takes(&m.employer, m.crew, Some(m.worker))
            };
            book.missing.iter().filter(fits).map(move |missing| (project, missing))
        })
    }

    /// What may be overdue on a day and is not known to be.
    pub(super) fn undated_total(&self, as_of: Date, filter: &Filter) -> Undated {
        let mut undated = Undated::default();
        let mut workers: HashSet<Uuid> = HashSet::new();
        let mut years: BTreeSet<i16> = BTreeSet::new();
        for row in self.undated(as_of, filter) {
            undated.lines += 1;
            undated.outstanding =
                undated.outstanding.checked_add(row.outstanding).unwrap_or(Money::from_fen(i64::MAX));
            workers.insert(row.line.worker);
            years.insert(row.line.no_calendar);
        }
        undated.workers = count(workers.len());
        let mut tenths = 0;
        for (_, missing) in self.undated_missing(as_of, filter) {
            undated.worker_months += 1;
            tenths += missing.days.tenths();
            years.extend(missing.no_calendar);
        }
        undated.days = Days::from_tenths(tenths);
        undated.years = years;
        undated
    }
}
