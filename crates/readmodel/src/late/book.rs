//! One project's lines, payments and gaps over time.

use super::Called;
use super::months::Months;
use super::series::AllSeries;
use super::silence::Silence;
use super::span::Span;
use jiff::civil::Date;
use rules::{Days, DueLine, Money, Month};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroI64;
use std::sync::Arc;
use uuid::Uuid;

/// What is kept of a project.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) name: Option<String>,
    pub(super) region: Option<String>,
    /// Credit codes; `None` = the project was never registered.
    pub(super) contractor: Option<Arc<str>>,
    pub(super) owner: Option<Arc<str>>,
    /// Lines that were ever late, a worker's together.
    pub(super) late: Vec<LateLine>,
    /// Of each of them.
    pub(super) marks: Vec<Mark>,
    /// Added up over time.
    pub(super) series: AllSeries,
    /// What each employer owed and was late with.
    pub(super) amounts: Vec<Amounts>,
    /// Every employer with people on the site, or that anything here names.
    pub(super) employers: Vec<Arc<str>>,
    /// All lines with something to pay, by who owes them and when they were due.
    pub(super) due: Vec<DueSum>,
    pub(super) missing: Vec<MissingMonth>,
    pub(super) months: Months,
    pub(super) silence: Silence,
    pub(super) unsealed: Vec<Unsealed>,
    pub(super) over: Vec<Over>,
    /// Lines with something to pay of which nobody knows when they are due.
    pub(super) undated: Vec<UndatedLine>,
}

/// A wage line that was late on some day.
#[derive(Clone, Debug)]
pub struct LateLine {
    /// The entry of the line's first version.
    pub line: u64,
    /// The worker.
    pub worker: Uuid,
    /// Credit code of the employer.
    pub employer: Arc<str>,
    /// The crew.
    pub crew: Uuid,
    /// The wage month.
    pub month: Month,
    /// Gross pay of the version in force.
    pub gross: Money,
    /// Net pay of the version in force.
    pub net: Money,
    /// Adjusted due date.
    pub due_on: Date,
    /// From each day on, what was outstanding; the first day is the one after the due date.
    outstanding: Box<[(Date, Money)]>,
}

impl LateLine {
    /// What of the line was overdue at the end of a day; zero when nothing was.
    pub fn outstanding(&self, as_of: Date) -> Money {
        step(&self.outstanding, as_of)
    }

    /// What was outstanding from each day on.
    pub(super) fn steps(&self) -> &[(Date, Money)] {
        &self.outstanding
    }
}

/// A wage line with something to pay, of which nobody knows when it is due: the calendar is missing.
#[derive(Clone, Debug)]
pub struct UndatedLine {
    /// The entry of the line's first version.
    pub line: u64,
    /// The worker.
    pub worker: Uuid,
    /// Credit code of the employer.
    pub employer: Arc<str>,
    /// The crew.
    pub crew: Uuid,
    /// The wage month.
    pub month: Month,
    /// Gross pay of the version in force.
    pub gross: Money,
    /// Net pay of the version in force.
    pub net: Money,
    /// The day agreed, which rest days may move to an earlier one.
    pub nominal_due: Date,
    /// The year whose calendar is missing.
    pub no_calendar: i16,
    /// From each day on, what was not paid; the first day is the first on which it may be overdue.
    outstanding: Box<[(Date, Money)]>,
}

impl UndatedLine {
    /// What was not paid of the line at the end of a day, where it may have been overdue by then; else zero.
    pub fn outstanding(&self, as_of: Date) -> Money {
        step(&self.outstanding, as_of)
    }

    /// Whether its due day may lie in a month.
    pub(super) fn may_be_due_in(&self, month: Month) -> bool {
        month.first_day() <= self.nominal_due && rules::earliest_due(self.nominal_due) < month.last_day()
    }
}

/// What a list of a day's lines asks of a late line before it shows it. Kept close together: of a city's million lines most
/// are passed over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    span: Span,
    /// The entry of the line's first version.
    pub(super) line: u64,
    within: Within,
}

/// What is outstanding of a late line within its span.
#[derive(Clone, Copy, Debug)]
enum Within {
    /// One amount.
    Steady(NonZeroI64),
    /// Other amounts on other days, and nothing on none of them or on some.
    Changing { never_nothing: bool },
}

impl Mark {
    fn of(late: &LateLine) -> Mark {
        let within = match &*late.outstanding {
            [(_, amount)] | [(_, amount), (_, Money::ZERO)] => NonZeroI64::new(amount.fen()),
            _ => None,
        };
        let steps = late.outstanding.split_last().filter(|((_, last), _)| *last == Money::ZERO);
        let mut steps = steps.map_or(&*late.outstanding, |(_, before)| before).iter();
        let never_nothing = steps.all(|(_, amount)| *amount > Money::ZERO);
        Mark {
            span: Span::of(late.due_on, &late.outstanding),
            line: late.line,
            within: within.map_or(Within::Changing { never_nothing }, Within::Steady),
        }
    }

    /// The due date, where anything is outstanding on a day.
    #[inline]
    pub(super) fn due_before(&self, as_of: Date, late: &LateLine) -> Option<Date> {
        let holds = self.span.holds(as_of)
            && match self.within {
                Within::Steady(_) | Within::Changing { never_nothing: true } => true,
                Within::Changing { never_nothing: false } => late.outstanding(as_of) > Money::ZERO,
            };
        holds.then(|| self.span.due_on())
    }

    /// What is outstanding on a day on which anything is.
    pub(super) fn outstanding(&self, as_of: Date, late: &LateLine) -> Money {
        match self.within {
            Within::Steady(fen) => Money::from_fen(fen.get()),
            Within::Changing { .. } => late.outstanding(as_of),
        }
    }
}

/// What was overdue of one employer's lines, from each day on.
#[derive(Clone, Debug)]
pub(super) struct Amounts {
    pub(super) employer: Arc<str>,
    steps: Box<[(Date, Money)]>,
}

impl Amounts {
    pub(super) fn at(&self, as_of: Date) -> Money {
        step(&self.steps, as_of)
    }
}

/// The amount that holds on a day, of amounts from each day on; zero before the first.
fn step(steps: &[(Date, Money)], day: Date) -> Money {
    let begun = steps.partition_point(|(from, _)| *from <= day);
    begun.checked_sub(1).and_then(|at| steps.get(at)).map_or(Money::ZERO, |(_, amount)| *amount)
}

/// A month of a worker's work that no wage line stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingMonth {
    /// The worker.
    pub worker: Uuid,
    /// Credit code of the employer; empty when no stay on the project is known.
    pub employer: Arc<str>,
    /// The crew, where a stay is known.
    pub crew: Option<Uuid>,
    /// The month.
    pub month: Month,
    /// 工日.
    pub days: Days,
    /// The day agreed for the line that is missing.
    pub nominal_due: Date,
    /// When it would be due, adjusted; `None` = its calendar is missing.
    pub due_on: Option<Date>,
    /// The year whose calendar is missing.
    pub no_calendar: Option<i16>,
}

impl MissingMonth {
    /// Whether its wages are overdue, or may be.
    pub(super) fn may_be_owed(&self, as_of: Date) -> bool {
        self.due_on.is_some_and(|due_on| due_on < as_of) || self.may_be_overdue(as_of)
    }

    /// Whether it may be overdue, and nobody knows.
    pub(super) fn may_be_overdue(&self, as_of: Date) -> bool {
        self.due_on.is_none() && rules::earliest_due(self.nominal_due) < as_of
    }
}

/// Lines of one crew and month due on one day.
#[derive(Clone, Debug)]
pub(super) struct DueSum {
    pub(super) employer: Arc<str>,
    pub(super) crew: Uuid,
    pub(super) month: Month,
    pub(super) due_on: Date,
    pub(super) lines: u64,
    pub(super) net: i64,
    /// What of it had been paid from each day on, up to the due date.
    paid: Vec<(Date, i64)>,
    /// Of these, paid in full by the end of the due date.
    pub(super) on_time: u64,
    pub(super) on_time_net: i64,
}

/// A line on a sheet without a seal.
#[derive(Clone, Debug)]
pub(super) struct Unsealed {
    pub(super) worker: Uuid,
    pub(super) employer: Arc<str>,
    pub(super) crew: Uuid,
    pub(super) due_on: Date,
}

/// Money that no line took, from each day on.
#[derive(Clone, Debug)]
pub(super) struct Over {
    pub(super) worker: Uuid,
    pub(super) employer: Arc<str>,
    pub(super) steps: Box<[(Date, Money)]>,
}

/// A line as it is read.
pub(super) struct Line {
    pub(super) line: u64,
    pub(super) crew: Uuid,
    pub(super) gross: Money,
    pub(super) net: Money,
    pub(super) nominal_due: Date,
    pub(super) due_on: Option<Date>,
    /// The year whose calendar is missing.
    pub(super) no_calendar: Option<i16>,
}

/// What belongs together: payments fill lines of one worker, employer and month, and no others.
#[derive(Default)]
pub(super) struct Group {
    pub(super) lines: Vec<Line>,
    /// Changes of what was paid, by day.
    pub(super) money: BTreeMap<Date, i64>,
}

/// Worker, employer, month.
pub(super) type GroupKey = (Uuid, Arc<str>, Month);

impl Book {
    pub(super) fn called<'a>(&'a self, code: &'a str) -> Called<'a> {
        let (name, region) = (self.name.as_deref(), self.region.as_deref());
        Called { code, name, region, contractor: self.contractor.as_deref(), owner: self.owner.as_deref() }
    }

    /// Works out what was late when. Sums in fen of a project's lines fit an i64 by far: a line has at most
    /// [`Money`]'s range, and what does not fit ends the reading before.
    pub(super) fn fill(&mut self, groups: BTreeMap<GroupKey, Group>) {
        let mut due: BTreeMap<(Arc<str>, Uuid, Month, Date), DueSum> = BTreeMap::new();
        for ((worker, employer, month), group) in groups {
            let paid = group.paid();
            if let Some(steps) = group.over(&paid) {
                self.over.push(Over { worker, employer: Arc::clone(&employer), steps });
            }
            for (at, line) in group.lines.iter().enumerate() {
                if line.net <= Money::ZERO {
                    continue;
                }
                let Some(due_on) = line.due_on else {
                    self.undated.extend(group.undated(at, (worker, &employer, month), &paid));
                    continue;
                };
                let outstanding = group.outstanding(at, due_on, &paid);
                let net = line.net.fen();
                let key = (Arc::clone(&employer), line.crew, month, due_on);
                let none = || DueSum::none(&employer, line.crew, month, due_on);
                let sum = due.entry(key).or_insert_with(none);
                let mut before = 0;
                for (day, money) in paid.iter().take_while(|(day, _)| *day <= due_on) {
                    let share = group.share(at, *money).fen();
                    sum.paid.push((*day, share - before));
                    before = share;
                }
                let on_time = u64::from(before == net);
                sum.lines += 1;
                sum.net += net;
                sum.on_time += on_time;
                sum.on_time_net += if on_time == 1 { net } else { 0 };
                if outstanding.iter().any(|(_, amount)| *amount > Money::ZERO) {
                    self.late.push(LateLine {
                        line: line.line,
                        worker,
                        employer: Arc::clone(&employer),
                        crew: line.crew,
                        month,
                        gross: line.gross,
                        net: line.net,
                        due_on,
                        outstanding,
                    });
                }
            }
        }
        self.due = due.into_values().collect();
        self.due.iter_mut().for_each(DueSum::add_up);
        self.late.shrink_to_fit();
        self.marks = self.late.iter().map(Mark::of).collect();
        self.amounts = amounts(&self.late);
        self.series = AllSeries::of(&self.late);
    }

    /// The late lines of a worker.
    pub(super) fn lines_of(&self, worker: Uuid) -> impl Iterator<Item = &LateLine> {
        let first = self.late.partition_point(|line| line.worker < worker);
        self.late.iter().skip(first).take_while(move |line| line.worker == worker)
    }

    /// Notes whom all of it names, beside those with people on the site.
    pub(super) fn note_employers(&mut self, with_people: &[Arc<str>]) {
        let due = self.due.iter().map(|due| &due.employer);
        let undated = self.undated.iter().map(|line| &line.employer);
        let missing = self.missing.iter().map(|missing| &missing.employer);
        let unsealed = self.unsealed.iter().map(|line| &line.employer);
        let over = self.over.iter().map(|over| &over.employer);
        let named = due.chain(undated).chain(missing).chain(unsealed).chain(over);
        let named = named.chain(self.silence.employers()).filter(|code| !code.is_empty());
        let all: BTreeSet<&Arc<str>> = named.chain(with_people).collect();
        self.employers = all.into_iter().map(Arc::clone).collect();
    }
}

fn amounts(late: &[LateLine]) -> Vec<Amounts> {
    let mut changes: BTreeMap<&Arc<str>, BTreeMap<Date, i64>> = BTreeMap::new();
    for line in late {
        let of = changes.entry(&line.employer).or_default();
        let mut before = 0;
        for (from, amount) in &line.outstanding {
            *of.entry(*from).or_default() += amount.fen() - before;
            before = amount.fen();
        }
    }
    let steps = |changes: BTreeMap<Date, i64>| {
        let mut sum = 0;
        let add = |(from, change)| {
            sum += change;
            (from, Money::from_fen(sum))
        };
        changes.into_iter().filter(|(_, change)| *change != 0).map(add).collect()
    };
    let of = |(employer, changes)| Amounts { employer: Arc::clone(employer), steps: steps(changes) };
    changes.into_iter().map(of).collect()
}

impl DueSum {
    fn none(employer: &Arc<str>, crew: Uuid, month: Month, due_on: Date) -> DueSum {
        let (employer, paid) = (Arc::clone(employer), Vec::new());
        DueSum { employer, crew, month, due_on, lines: 0, net: 0, paid, on_time: 0, on_time_net: 0 }
    }

    /// Makes sums from each day on of what single lines got on single days.
    fn add_up(&mut self) {
        self.paid.sort_unstable_by_key(|(day, _)| *day);
        let mut steps: Vec<(Date, i64)> = Vec::new();
        for (day, amount) in std::mem::take(&mut self.paid).into_iter().filter(|(_, amount)| *amount != 0) {
            let sum = steps.last().map_or(0, |(_, sum)| *sum) + amount;
            match steps.last_mut().filter(|(last, _)| *last == day) {
                Some(last) => last.1 = sum,
                None => steps.push((day, sum)),
            }
        }
        steps.shrink_to_fit();
        self.paid = steps;
    }

    /// What is still to be paid of it at the end of a day up to its due date.
    pub(super) fn open(&self, as_of: Date) -> Money {
        Money::from_fen(self.net - paid_by(&self.paid, as_of))
    }
}

/// What had been paid at the end of a day.
fn paid_by(paid: &[(Date, i64)], day: Date) -> i64 {
    let begun = paid.partition_point(|(from, _)| *from <= day);
    begun.checked_sub(1).and_then(|at| paid.get(at)).map_or(0, |(_, sum)| *sum)
}

impl Group {
    /// What had been paid from each day on.
    fn paid(&self) -> Vec<(Date, i64)> {
        let mut sum = 0;
        self.money
            .iter()
            .map(|(day, change)| {
                (*day, {
                    sum += change;
                    sum
                })
            })
            .collect()
    }

    /// What the line at `at` gets of so much money.
    fn share(&self, at: usize, paid: i64) -> Money {
        let line = |l: &Line| DueLine { due_on: l.due_on, net: l.net, recorded: l.line };
        let lines: Vec<DueLine> = self.lines.iter().map(line).collect();
        let (shares, _) = rules::allocate(Money::from_fen(paid), &lines);
        shares.get(at).copied().unwrap_or_default()
    }

    /// What of the line at `at` was outstanding, from the day after its due date on.
    fn outstanding(&self, at: usize, due_on: Date, paid: &[(Date, i64)]) -> Box<[(Date, Money)]> {
        let net = self.lines.get(at).map_or(0, |line| line.net.fen());
        let left = |paid| Money::from_fen(net - self.share(at, paid).fen());
        let Ok(first) = due_on.tomorrow() else { return Box::default() };
        let later = paid.iter().filter(|(day, _)| *day > first);
        let days = std::iter::once((first, paid_by(paid, first))).chain(later.copied());
        let mut steps: Vec<(Date, Money)> = days.map(|(day, paid)| (day, left(paid))).collect();
        steps.dedup_by_key(|(_, amount)| *amount);
        steps.into_boxed_slice()
    }

    /// The line at `at`, where its due day is not known.
    fn undated(
        &self,
        at: usize,
        (worker, employer, month): (Uuid, &Arc<str>, Month),
        paid: &[(Date, i64)],
    ) -> Option<UndatedLine> {
        let line = self.lines.get(at)?;
        Some(UndatedLine {
            line: line.line,
            worker,
            employer: Arc::clone(employer),
            crew: line.crew,
            month,
            gross: line.gross,
            net: line.net,
            nominal_due: line.nominal_due,
            no_calendar: line.no_calendar?,
            outstanding: self.outstanding(at, rules::earliest_due(line.nominal_due), paid),
        })
    }

    /// What was paid beyond all lines of the group, those not due yet too; `None` when nothing ever was.
    fn over(&self, paid: &[(Date, i64)]) -> Option<Box<[(Date, Money)]>> {
        let owed: i64 = self.lines.iter().map(|line| line.net.fen().max(0)).sum();
        let steps: Vec<_> =
            paid.iter().map(|(day, sum)| (*day, Money::from_fen((sum - owed).max(0)))).collect();
        steps.iter().any(|(_, over)| *over > Money::ZERO).then(|| steps.into_boxed_slice())
    }
}

impl Over {
    pub(super) fn at(&self, as_of: Date) -> Money {
        step(&self.steps, as_of)
    }
}
