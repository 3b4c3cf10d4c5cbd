//! A day's overdue lines added up in every way that pages rank them.

use super::tally::Tallies;
use super::{Called, Filter, Lateness, Sums};
use jiff::civil::Date;
use rules::{Bucket, Money};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

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
    /// By credit code of the general contractor; `None` = projects that were never registered.
    pub by_contractor: BTreeMap<Option<&'a str>, Sums>,
    /// By credit code of the owner; `None` = projects that were never registered.
    pub by_owner: BTreeMap<Option<&'a str>, Sums>,
    /// By age.
    pub by_age: BTreeMap<Option<Bucket>, Sums>,
}

/// Nothing of a project that fits is left out.
fn of_whole_projects(filter: &Filter) -> bool {
    let Filter { employer, crew, worker, bucket, region: _, project: _, contractor: _, owner: _ } = filter;
    employer.is_none() && crew.is_none() && worker.is_none() && bucket.is_none()
}

impl Sums {
    /// Adds another project's.
    fn plus(&mut self, other: &Sums) {
        self.workers += other.workers;
        self.projects += other.projects;
        self.lines += other.lines;
        self.outstanding =
            self.outstanding.checked_add(other.outstanding).unwrap_or(Money::from_fen(i64::MAX));
        self.oldest_days = self.oldest_days.max(other.oldest_days);
    }
}

impl Lateness {
    /// All of a day's overdue lines that fit.
    pub fn overview<'a>(&'a self, as_of: Date, filter: &Filter) -> Overview<'a> {
        if of_whole_projects(filter) {
            self.looked_up(as_of, filter, true)
        } else {
            self.line_by_line(as_of, filter)
        }
    }

    /// The same without the ranks: what is told apart by region, project or firm may be missing.
    pub fn ages<'a>(&'a self, as_of: Date, filter: &Filter) -> Overview<'a> {
        if of_whole_projects(filter) {
            self.looked_up(as_of, filter, false)
        } else {
            self.line_by_line(as_of, filter)
        }
    }

    /// Over whole projects: what each had on the day stands in its series. Workers who are late on several projects are in
    /// several of them, and are taken off again.
    fn looked_up<'a>(&'a self, as_of: Date, filter: &Filter, ranks: bool) -> Overview<'a> {
        let mut overview = Overview::default();
        for (project, book) in filter.books(self) {
            let Some(sums) = book.series.whole.at(as_of) else { continue };
            overview.total.plus(&sums);
            if ranks {
                overview.by_region.entry(book.region.as_deref()).or_default().plus(&sums);
                overview.by_project.insert(project, sums);
                overview.by_contractor.entry(book.contractor.as_deref()).or_default().plus(&sums);
                overview.by_owner.entry(book.owner.as_deref()).or_default().plus(&sums);
                for (employer, series) in &book.series.employers {
                    if let Some(sums) = series.at(as_of) {
                        overview.by_employer.entry(employer).or_default().plus(&sums);
                    }
                }
            }
            for (bucket, series) in &book.series.ages {
                if let Some(sums) = series.at(as_of) {
                    overview.by_age.entry(Some(*bucket)).or_default().plus(&sums);
                }
            }
        }
        for worker in &self.several.workers {
            self.take_off(*worker, as_of, filter, &mut overview);
        }
        overview
    }

    /// Counts a worker once in each sum over several projects.
    fn take_off<'a>(&'a self, worker: Uuid, as_of: Date, filter: &Filter, overview: &mut Overview<'a>) {
        let mut regions: BTreeMap<Option<&str>, u64> = BTreeMap::new();
        let mut contractors: BTreeMap<Option<&str>, u64> = BTreeMap::new();
        let mut owners: BTreeMap<Option<&str>, u64> = BTreeMap::new();
        let mut employers: BTreeMap<&str, u64> = BTreeMap::new();
        let mut ages: BTreeMap<Bucket, u64> = BTreeMap::new();
        let mut projects = 0;
        let wanted = |code: &&str| filter.project.as_deref().is_none_or(|wanted| wanted == *code);
        for code in self.several.projects_of(worker).filter(wanted) {
            let Some(book) = self.projects.get(code).filter(|book| filter.takes_project(book)) else {
                continue;
            };
            let late = book.lines_of(worker).filter(|line| line.due_on < as_of);
            let late: Vec<_> = late.filter(|line| line.outstanding(as_of) > Money::ZERO).collect();
            let mut own: BTreeSet<&str> = BTreeSet::new();
            let mut buckets: BTreeSet<Bucket> = BTreeSet::new();
            for line in &late {
                own.insert(&line.employer);
                buckets.extend(Bucket::of(rules::days_overdue(as_of, line.due_on)));
            }
            projects += u64::from(!late.is_empty());
            if !late.is_empty() {
                *regions.entry(book.region.as_deref()).or_default() += 1;
                *contractors.entry(book.contractor.as_deref()).or_default() += 1;
                *owners.entry(book.owner.as_deref()).or_default() += 1;
            }
            own.into_iter().for_each(|employer| *employers.entry(employer).or_default() += 1);
            buckets.into_iter().for_each(|bucket| *ages.entry(bucket).or_default() += 1);
        }
        let once = |sums: Option<&mut Sums>, times: u64| {
            if let Some(sums) = sums {
                sums.workers = sums.workers.saturating_sub(times.saturating_sub(1));
            }
        };
        once(Some(&mut overview.total), projects);
        regions.into_iter().for_each(|(key, times)| once(overview.by_region.get_mut(&key), times));
        employers.into_iter().for_each(|(key, times)| once(overview.by_employer.get_mut(key), times));
        contractors.into_iter().for_each(|(key, times)| once(overview.by_contractor.get_mut(&key), times));
        owners.into_iter().for_each(|(key, times)| once(overview.by_owner.get_mut(&key), times));
        ages.into_iter().for_each(|(key, times)| once(overview.by_age.get_mut(&Some(key)), times));
    }

    /// Over parts of projects: of one employer, crew, worker or age.
    fn line_by_line<'a>(&'a self, as_of: Date, filter: &Filter) -> Overview<'a> {
        let (mut total, mut by_region) = (Tallies::default(), Tallies::default());
        let (mut by_project, mut by_employer) = (Tallies::default(), Tallies::default());
        let (mut by_contractor, mut by_owner) = (Tallies::default(), Tallies::default());
        let mut by_age = Tallies::default();
        let mut called = Called::default();
        for row in self.overdue(as_of, filter) {
            if called.code != row.project {
                called = self.project(row.project).unwrap_or_default();
            }
            total.add((), &row);
            by_region.add(called.region, &row);
            by_contractor.add(called.contractor, &row);
            by_owner.add(called.owner, &row);
            by_project.add(row.project, &row);
            by_employer.add(&*row.line.employer, &row);
            by_age.add(Bucket::of(row.days_overdue()), &row);
        }
        Overview {
            total: total.sums().remove(&()).unwrap_or_default(),
            by_region: by_region.sums(),
            by_project: by_project.sums(),
            by_employer: by_employer.sums(),
            by_contractor: by_contractor.sums(),
            by_owner: by_owner.sums(),
            by_age: by_age.sums(),
        }
    }
}
