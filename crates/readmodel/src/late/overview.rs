//! A day's overdue lines added up in every way that pages rank them, in one pass.

use super::tally::Tallies;
use super::{Filter, Lateness, Sums};
use jiff::civil::Date;
use rules::Bucket;
use std::collections::BTreeMap;

/// Sums of a day's overdue lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview<'a> {
    /// Over all of them.
    pub total: Sums,
    /// By region code; `None` = projects that were never registered.
    pub by_region: BTreeMap<Option<&'a str>, Sums>,
    /// By project code.
    pub by_project: BTreeMap<&'a str, Sums>,
    /// By credit code of the employer.
    pub by_employer: BTreeMap<&'a str, Sums>,
    /// By age.
    pub by_age: BTreeMap<Option<Bucket>, Sums>,
}

impl Lateness {
    /// All of a day's overdue lines that fit.
    pub fn overview<'a>(&'a self, as_of: Date, filter: &Filter) -> Overview<'a> {
        let (mut total, mut by_region) = (Tallies::default(), Tallies::default());
        let (mut by_project, mut by_employer) = (Tallies::default(), Tallies::default());
        let mut by_age = Tallies::default();
        let mut region = ("", None);
        for row in self.overdue(as_of, filter) {
            if region.0 != row.project {
                region = (row.project, self.project(row.project).and_then(|project| project.region));
            }
            total.add((), &row);
            by_region.add(region.1, &row);
            by_project.add(row.project, &row);
            by_employer.add(&*row.line.employer, &row);
            by_age.add(Bucket::of(row.days_overdue), &row);
        }
        Overview {
            total: total.sums().remove(&()).unwrap_or_default(),
            by_region: by_region.sums(),
            by_project: by_project.sums(),
            by_employer: by_employer.sums(),
            by_age: by_age.sums(),
        }
    }

    /// As [`Lateness::overview`], but only in all and by age: for pages of a part that they list themselves.
    pub fn by_age<'a>(&'a self, as_of: Date, filter: &Filter) -> Overview<'a> {
        let (mut total, mut by_age) = (Tallies::default(), Tallies::default());
        for row in self.overdue(as_of, filter) {
            total.add((), &row);
            by_age.add(Bucket::of(row.days_overdue), &row);
        }
        let total = total.sums().remove(&()).unwrap_or_default();
        Overview { total, by_age: by_age.sums(), ..Overview::default() }
    }
}
