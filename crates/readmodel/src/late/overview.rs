//! A day's overdue lines added up in every way that pages rank them, in one pass.

use super::book::Book;
use super::brief::Overdue;
use super::tally::{OfUuid, Tallies, count};
use super::{Filter, Lateness, Sums};
use jiff::civil::Date;
use rules::{Bucket, Money};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::BuildHasherDefault;
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
    /// By age.
    pub by_age: BTreeMap<Option<Bucket>, Sums>,
}

/// Sums while they are made: workers on one project only are counted, the others told apart.
#[derive(Default)]
struct Making {
    sums: Sums,
    several: HashSet<Uuid, BuildHasherDefault<OfUuid>>,
}

impl Making {
    /// Adds what a project's lines came to. The workers in it who are on several projects are told with [`Making::meet`].
    fn add(&mut self, part: &Part) {
        if part.sums.lines > 0 {
            let sums = &mut self.sums;
            sums.workers += part.sums.workers - part.several;
            sums.projects += 1;
            sums.lines += part.sums.lines;
            sums.outstanding = plus(sums.outstanding, part.sums.outstanding);
            sums.oldest_days = sums.oldest_days.max(part.sums.oldest_days);
        }
    }

    fn meet(&mut self, worker: Uuid) {
        self.several.insert(worker);
    }

    fn sums(self) -> Sums {
        Sums { workers: self.sums.workers + count(self.several.len()), ..self.sums }
    }
}

/// Sums of some of a project's lines. A worker's come together.
#[derive(Clone, Default)]
struct Part {
    sums: Sums,
    /// Workers among them who are late on other projects too.
    several: u64,
    last: Option<Uuid>,
}

impl Part {
    /// Adds a line; whether it is the worker's first.
    fn add(&mut self, worker: Uuid, line: &Overdue, is_of_several: bool) -> bool {
        let sums = &mut self.sums;
        sums.lines += 1;
        sums.outstanding = plus(sums.outstanding, line.outstanding);
        sums.oldest_days = sums.oldest_days.max(line.days);
        let is_first = self.last != Some(worker);
        if is_first {
            self.last = Some(worker);
            sums.workers += 1;
            self.several += u64::from(is_of_several);
        }
        is_first
    }
}

fn plus(sum: Money, more: Money) -> Money {
    sum.checked_add(more).unwrap_or(Money::from_fen(i64::MAX))
}

impl Sums {
    /// Adds another project's.
    fn plus(&mut self, other: &Sums) {
        self.workers += other.workers;
        self.projects += other.projects;
        self.lines += other.lines;
        self.outstanding = plus(self.outstanding, other.outstanding);
        self.oldest_days = self.oldest_days.max(other.oldest_days);
    }
}

/// All sums while they are made.
#[derive(Default)]
struct Makings<'a> {
    total: Making,
    by_region: BTreeMap<Option<&'a str>, Making>,
    by_project: BTreeMap<&'a str, Sums>,
    by_employer: BTreeMap<&'a str, Making>,
    by_age: BTreeMap<Bucket, Making>,
}

impl Lateness {
    /// All of a day's overdue lines that fit.
    pub fn overview<'a>(&'a self, as_of: Date, filter: &Filter) -> Overview<'a> {
        if filter.crew.is_some() || filter.worker.is_some() {
            return self.line_by_line(as_of, filter);
        }
        if filter.employer.is_none() && filter.bucket.is_none() {
            return self.looked_up(as_of, filter);
        }
        let mut makings = Makings::default();
        for (project, book) in filter.books(self) {
            if book.brief.is_none() {
                return self.line_by_line(as_of, filter);
            }
            self.add_book(project, book, (as_of, filter), &mut makings);
        }
        let all =
            |of: BTreeMap<Option<&'a str>, Making>| of.into_iter().map(|(key, sums)| (key, sums.sums()));
        Overview {
            total: makings.total.sums(),
            by_region: all(makings.by_region).collect(),
            by_project: makings.by_project,
            by_employer: makings.by_employer.into_iter().map(|(key, sums)| (key, sums.sums())).collect(),
            by_age: makings.by_age.into_iter().map(|(key, sums)| (Some(key), sums.sums())).collect(),
        }
    }

    /// Over whole projects: what each had on the day stands in its series. Workers who are late on several projects are in
    /// several of them, and are taken off again.
    fn looked_up<'a>(&'a self, as_of: Date, filter: &Filter) -> Overview<'a> {
        let mut overview = Overview::default();
        for (project, book) in filter.books(self) {
            let Some(sums) = book.series.whole.at(as_of) else { continue };
            overview.total.plus(&sums);
            overview.by_region.entry(book.region.as_deref()).or_default().plus(&sums);
            overview.by_project.insert(project, sums);
            for (employer, series) in &book.series.employers {
                if let Some(sums) = series.at(as_of) {
                    overview.by_employer.entry(employer).or_default().plus(&sums);
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
        let mut employers: BTreeMap<&str, u64> = BTreeMap::new();
        let mut ages: BTreeMap<Bucket, u64> = BTreeMap::new();
        let mut projects = 0;
        let wanted = |code: &&str| filter.project.as_deref().is_none_or(|wanted| wanted == *code);
        for code in self.several.projects_of(worker).filter(wanted) {
            let Some(book) = self.projects.get(code).filter(|book| filter.takes_region(book)) else {
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
        ages.into_iter().for_each(|(key, times)| once(overview.by_age.get_mut(&Some(key)), times));
    }

    fn add_book<'a>(
        &'a self,
        project: &'a str,
        book: &'a Book,
        (as_of, filter): (Date, &Filter),
        makings: &mut Makings<'a>,
    ) {
        let Some(brief) = &book.brief else { return };
        let region = book.region.as_deref();
        let mut whole = Part::default();
        let mut of_employers = vec![Part::default(); brief.employers.len()];
        let mut of_ages = vec![Part::default(); Bucket::ALL.len()];
        let wanted: Vec<bool> =
            brief.employers.iter().map(|employer| filter.takes(employer, None, None)).collect();
        // Whether a worker is on several projects is looked up once for all of his lines.
        let mut known = (None, false);
        let mut met: Vec<Uuid> = Vec::new();
        brief.each_overdue(&book.late, as_of, |worker, line| {
            let fits = filter.bucket.is_none_or(|bucket| bucket == line.bucket);
            if !fits || wanted.get(line.employer) != Some(&true) {
                return;
            }
            if known.0 != Some(worker) {
                known = (Some(worker), self.several.workers.contains(&worker));
            }
            let is_of_several = known.1;
            if whole.add(worker, line, is_of_several) && is_of_several {
                met.push(worker);
            }
            let parts = [
                of_employers.get_mut(line.employer),
                Bucket::ALL.iter().position(|known| *known == line.bucket).and_then(|at| of_ages.get_mut(at)),
            ];
            let [employer, age] =
                parts.map(|part| part.is_some_and(|part| part.add(worker, line, is_of_several)));
            if is_of_several
                && employer
                && let Some(code) = brief.employers.get(line.employer)
            {
                makings.by_employer.entry(code).or_default().meet(worker);
            }
            if is_of_several && age {
                makings.by_age.entry(line.bucket).or_default().meet(worker);
            }
        });
        if whole.sums.lines == 0 {
            return;
        }
        makings.by_project.insert(project, Sums { projects: 1, ..whole.sums });
        let of_region = makings.by_region.entry(region).or_default();
        of_region.add(&whole);
        makings.total.add(&whole);
        for worker in met {
            of_region.meet(worker);
            makings.total.meet(worker);
        }
        for (code, part) in brief.employers.iter().zip(&of_employers).filter(|(_, part)| part.sums.lines > 0)
        {
            makings.by_employer.entry(code).or_default().add(part);
        }
        for (bucket, part) in Bucket::ALL.into_iter().zip(&of_ages).filter(|(_, part)| part.sums.lines > 0) {
            makings.by_age.entry(bucket).or_default().add(part);
        }
    }

    /// As [`Lateness::overview`], for what is asked seldom: lines of one crew or worker.
    fn line_by_line<'a>(&'a self, as_of: Date, filter: &Filter) -> Overview<'a> {
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
}
