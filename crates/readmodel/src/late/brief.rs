//! A project's late lines once more, sixteen bytes each: a city's overview of a day passes over a million of them.

use super::book::LateLine;
use super::tally::OfUuid;
use jiff::civil::Date;
use rules::{Bucket, Money};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::hash::BuildHasherDefault;
use std::sync::Arc;
use uuid::Uuid;

/// The late lines of a project, in the order in which it keeps them: a worker's together.
#[derive(Debug, Default)]
pub(super) struct Brief {
    lines: Vec<Small>,
    /// Workers, each with the place behind his last line.
    pub(super) runs: Vec<(Uuid, usize)>,
    dues: Vec<Date>,
    pub(super) employers: Vec<Arc<str>>,
}

#[derive(Debug)]
struct Small {
    /// What was outstanding at first; all that ever was, where it did not change before it was settled.
    outstanding: Money,
    /// Days since [`EPOCH`].
    settled: i32,
    due: u16,
    /// With [`CHANGED`], where the amount changed.
    employer: u16,
}

/// The amount of such a line is to be looked up.
const CHANGED: u16 = 1 << 15;
const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// A line that is overdue on a day.
pub(super) struct Overdue {
    /// Its employer's place among [`Brief::employers`].
    pub(super) employer: usize,
    pub(super) outstanding: Money,
    pub(super) days: i64,
    pub(super) bucket: Bucket,
}

fn number(day: Date) -> i32 {
    i32::try_from(rules::days_overdue(day, EPOCH)).unwrap_or(i32::MAX)
}

impl Brief {
    /// `None` where a project has more due days or employers than there is room for; it is then asked line by line.
    pub(super) fn of(late: &[LateLine]) -> Option<Brief> {
        let mut brief = Brief::default();
        let (mut dues, mut employers) = (BTreeMap::new(), BTreeMap::new());
        for (at, line) in late.iter().enumerate() {
            let due = *dues.entry(line.due_on).or_insert_with(|| {
                brief.dues.push(line.due_on);
                brief.dues.len() - 1
            });
            let employer = *employers.entry(Arc::clone(&line.employer)).or_insert_with(|| {
                brief.employers.push(Arc::clone(&line.employer));
                brief.employers.len() - 1
            });
            let employer = u16::try_from(employer).ok().filter(|employer| *employer < CHANGED)?;
            let steps = line.steps();
            let settled = steps.last().filter(|(_, amount)| *amount == Money::ZERO);
            let changes = steps.len() - usize::from(settled.is_some()) > 1;
            brief.lines.push(Small {
                outstanding: steps.first().map_or(Money::ZERO, |(_, amount)| *amount),
                settled: settled.map_or(i32::MAX, |(day, _)| number(*day)),
                due: u16::try_from(due).ok()?,
                employer: if changes { employer | CHANGED } else { employer },
            });
            match brief.runs.last_mut().filter(|(worker, _)| *worker == line.worker) {
                Some((_, end)) => *end = at + 1,
                None => brief.runs.push((line.worker, at + 1)),
            }
        }
        brief.runs.shrink_to_fit();
        Some(brief)
    }

    /// What is overdue on a day, worker by worker.
    pub(super) fn each_overdue(&self, late: &[LateLine], as_of: Date, mut each: impl FnMut(Uuid, &Overdue)) {
        let today = number(as_of);
        let age = |due: &Date| {
            let days = rules::days_overdue(as_of, *due);
            Bucket::of(days).map(|bucket| (days, bucket))
        };
        let ages: Vec<Option<(i64, Bucket)>> = self.dues.iter().map(age).collect();
        let mut begin = 0;
        for (worker, end) in &self.runs {
            for (at, line) in (begin..).zip(self.lines.get(begin..*end).unwrap_or_default()) {
                if today >= line.settled {
                    continue;
                }
                let Some(Some((days, bucket))) = ages.get(usize::from(line.due)) else { continue };
                let outstanding = if line.employer & CHANGED == 0 {
                    line.outstanding
                } else {
                    late.get(at).map_or(Money::ZERO, |line| line.outstanding(as_of))
                };
                if outstanding > Money::ZERO {
                    let employer = usize::from(line.employer & !CHANGED);
                    each(*worker, &Overdue { employer, outstanding, days: *days, bucket: *bucket });
                }
            }
            begin = *end;
        }
    }
}

/// Workers who were ever late on several projects: they are counted once over these.
#[derive(Clone, Default)]
pub(super) struct Several {
    projects: HashMap<Uuid, Vec<Arc<str>>, BuildHasherDefault<OfUuid>>,
    pub(super) workers: HashSet<Uuid, BuildHasherDefault<OfUuid>>,
}

impl Several {
    /// A project whose late lines are others now.
    pub(super) fn change(&mut self, project: &Arc<str>, before: &[LateLine], after: &[LateLine]) {
        for worker in workers(before) {
            if let Some(projects) = self.projects.get_mut(&worker) {
                projects.retain(|known| known != project);
                if projects.len() < 2 {
                    self.workers.remove(&worker);
                }
                if projects.is_empty() {
                    self.projects.remove(&worker);
                }
            }
        }
        for worker in workers(after) {
            let projects = self.projects.entry(worker).or_default();
            if projects.is_empty() {
                projects.reserve_exact(1);
            }
            projects.push(Arc::clone(project));
            if projects.len() > 1 {
                self.workers.insert(worker);
            }
        }
    }

    /// On which projects a worker was ever late.
    pub(super) fn projects_of(&self, worker: Uuid) -> impl Iterator<Item = &str> {
        self.projects.get(&worker).into_iter().flatten().map(|code| &**code)
    }
}

/// In order, so that what is equal looks equal.
impl fmt::Debug for Several {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let workers: BTreeSet<&Uuid> = self.workers.iter().collect();
        f.debug_tuple("Several").field(&workers).finish()
    }
}

/// Each once: a worker's lines are together.
fn workers(late: &[LateLine]) -> impl Iterator<Item = Uuid> {
    late.chunk_by(|one, next| one.worker == next.worker).filter_map(|of| of.first()).map(|line| line.worker)
}
