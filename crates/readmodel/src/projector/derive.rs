//! What follows from the facts of a batch: whose days they are, what is due when, which days no line covers.
//!
//! While entries are followed, that is worked out for what a batch touched. While a read model is made anew nobody asks
//! yet: it is worked out once for all, when months are forgotten ([`Owed`]) or the end has come. That writes every row
//! once, and rows that lie together together.

use super::due::due;
use super::gathered::site_months;
use super::out::Out;
use super::plan::Plan;
use super::state::{Forget, Pair, PairMonth, Project, State};
use super::tax_year;
use crate::tables;
use crate::value::{Value, add_number, word};
use jiff::civil::Date;
use rules::{Month, PayDay};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// Notes of which workers the pay day changed.
pub(crate) fn note_pay_days(plan: &Plan, state: &mut State) {
    for (project, worker, _) in plan.all() {
        if state.projects.get(project).is_some_and(|project| project.changed) {
            state.pair(worker, project).pay_day_changed = true;
        }
    }
}

/// Rows of workers themselves that the batch changed.
pub(crate) fn workers(state: &mut State, out: &mut Out) {
    for (id, worker) in state.workers.iter_mut().filter(|(_, worker)| worker.changed) {
        let row = [
            (*id).into(),
            worker.name.clone(),
            worker.id_kind.clone(),
            worker.id_number.clone(),
            worker.phone.clone(),
            worker.card.clone(),
            worker.bank.clone(),
            worker.card_index.clone(),
            worker.seq.into(),
        ];
        out.workers.put(row, worker.stored);
    }
}

/// Makes anew every row whose inputs the batch changed.
pub(crate) fn derive(plan: &Plan, state: &mut State, out: &mut Out) {
    let mut lines = Vec::new();
    for (project, worker, _) in plan.all() {
        let (project, pay_day) = (state.name(project), pay_day(&state.projects, project));
        let pair = state.pair(worker, &project);
        let at = At { worker, project: &project, pay_day };
        at.months(pair, None, &mut lines, out);
        at.whole(pair, None, out);
    }
    write_lines(&lines, state, out);
}

fn pay_day(projects: &foldhash::HashMap<String, Project>, project: &str) -> Option<PayDay> {
    projects.get(project).and_then(|project| project.pay_day)
}

/// Rows that were put off, part by part: those of months by project, those of lines in ledger order, those of workers on
/// projects by worker, as questions and indexes will want them.
pub(crate) struct Owed {
    /// Months before this one; all, where there is none, and workers on projects besides.
    before: Option<Month>,
    /// Audit trails too: only at the end, for until then entries come to them.
    lists: bool,
    pairs: Vec<(Arc<str>, Uuid)>,
    lines: Vec<LineOf>,
    /// Months of early warning, by project.
    sites: std::vec::IntoIter<(String, BTreeSet<Month>)>,
    step: Step,
    done: usize,
}

/// What is worked out, one after the other: when one begins, all rows of those before it are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// Months of workers on projects.
    Months,
    /// Wage lines.
    Lines,
    /// Workers on projects.
    Pairs,
    /// Audit trails.
    Lists,
    /// Months of early warning.
    Sites,
    /// Nothing.
    End,
}

/// A line to be written: its entry, and where it is.
type LineOf = (i64, Uuid, Arc<str>, Month);

/// Rows of a table in one part, about: worth a COPY, and few enough that their room is used again many times.
const ROWS: usize = 10_000;
/// Workers on projects whose months are one part: each has several.
const MONTHS_OF: usize = 2_000;
/// People of sites whose months of early warning are one part.
const SITES_OF: usize = 4_000;

impl Owed {
    /// The tables whose rows are put off, and the step with which all of them are made.
    const TABLES: &[(&tables::Table, Step)] = &[
        (&tables::WORK, Step::Lines),
        (&tables::NO_LINE, Step::Lines),
        (&tables::WAGE_LINE, Step::Pairs),
        (&tables::TAX_YEAR, Step::Lists),
        (&tables::STAY, Step::Lists),
        (&tables::EMPLOYMENT, Step::Lists),
        (&tables::TRAIL, Step::Sites),
        (&tables::SITE_MONTH, Step::End),
    ];

    /// The step with which all rows of a table are made: those that are not put off with the first.
    pub(crate) fn complete_at(table: &str) -> Step {
        let put_off = Owed::TABLES.iter().find(|(owed, _)| owed.name == table);
        put_off.map_or(Step::Months, |(_, step)| *step)
    }

    /// Whether rows of a table are put off.
    pub(crate) fn puts_off(table: &tables::Table) -> bool {
        Owed::TABLES.iter().any(|(owed, _)| owed.name == table.name)
    }

    /// What has to be written before something is forgotten.
    pub(crate) fn before(forget: Forget, state: &State) -> Owed {
        let before = match forget {
            Forget::MonthsBefore(month) => Some(month),
            Forget::Pairs => None,
        };
        Owed { before, lists: false, ..Owed::everything(state, Vec::new()) }
    }

    /// What has to be written at the end, with these months of early warning, of which nothing is forgotten.
    pub(crate) fn everything(state: &State, sites: Vec<(String, BTreeSet<Month>)>) -> Owed {
        let (pairs, lines, sites) = (state.all_pairs(), Vec::new(), sites.into_iter());
        Owed { before: None, lists: true, pairs, lines, sites, step: Step::Months, done: 0 }
    }

    /// What the next part is of.
    pub(crate) fn step(&self) -> Step {
        self.step
    }

    /// The next part, added to `out`; it may be nothing. `None` = all is made.
    pub(crate) fn next(&mut self, state: &mut State, mut out: Out) -> Option<Out> {
        match self.step {
            Step::Months => {
                let part = self.pairs.get(self.done..).unwrap_or_default();
                let part = part.get(..MONTHS_OF).unwrap_or(part);
                for (project, worker) in part {
                    let at = At { worker: *worker, project, pay_day: pay_day(&state.projects, project) };
                    at.months(state.pair(*worker, project), self.before, &mut self.lines, &mut out);
                }
                self.done += part.len();
                if part.len() < MONTHS_OF {
                    self.lines.sort_unstable();
                    (self.step, self.done) = (Step::Lines, 0);
                }
            }
            Step::Lines => {
                let part = self.lines.get(self.done..).unwrap_or_default();
                let part = part.get(..ROWS).unwrap_or(part);
                write_lines(part, state, &mut out);
                self.done += part.len();
                if part.len() < ROWS {
                    self.lines = Vec::new();
                    self.pairs.sort_unstable_by_key(|(_, worker)| *worker);
                    (self.step, self.done) = (Step::Pairs, 0);
                }
            }
            Step::Pairs => {
                let part = self.pairs.get(self.done..).unwrap_or_default();
                let part = part.get(..ROWS).unwrap_or(part);
                for (project, worker) in part {
                    let at = At { worker: *worker, project, pay_day: None };
                    at.whole(state.pair(*worker, project), self.before, &mut out);
                }
                self.done += part.len();
                if part.len() < ROWS {
                    (self.step, self.pairs) = (Step::Lists, Vec::new());
                }
            }
            Step::Lists => {
                let trails = if self.lists { state.lists.take(true, ROWS) } else { Vec::new() };
                if trails.is_empty() {
                    self.step = Step::Sites;
                }
                out.add_trails(trails, true);
            }
            Step::Sites => {
                let mut people = 0;
                while let (Some((project, months)), Some(gathered)) = (self.sites.next(), &state.gathered) {
                    site_months(state, gathered, &project, &months, |row| out.site_months.push_new(row));
                    people += state.people_of(&project).len();
                    if people >= SITES_OF {
                        return Some(out);
                    }
                }
                self.step = Step::End;
            }
            Step::End => return None,
        }
        Some(out)
    }
}

/// The rows of lines; each is then stored.
fn write_lines(lines: &[LineOf], state: &mut State, out: &mut Out) {
    for (entry, worker, project, month) in lines {
        let pay_day = pay_day(&state.projects, project);
        let pair = state.pair(*worker, project);
        let contracts = &pair.contracts;
        let Some(cell) = pair.months.get_mut(*month) else { continue };
        let Some(line) = cell.lines.iter_mut().find(|line| line.line == *entry) else { continue };
        let [nominal, due_on, due_from, no_calendar] =
            due(contracts, &line.employer, pay_day, *month).columns();
        let row = [
            line.line.into(),
            (*worker).into(),
            project.into(),
            (&line.employer).into(),
            line.crew.into(),
            (*month).into(),
            line.version.into(),
            line.correction.into(),
            line.days_tenths.into(),
            line.gross.into(),
            line.net.into(),
            line.insurance.into(),
            line.income_tax.into(),
            nominal,
            due_on,
            due_from,
            no_calendar,
        ];
        out.wage_lines.put(row, line.stored);
        line.stored = true;
    }
}

/// A worker on a project.
struct At<'a> {
    worker: Uuid,
    project: &'a Arc<str>,
    /// The project's pay day, where it is known.
    pay_day: Option<PayDay>,
}

impl At<'_> {
    /// Months (all, or those before one) of which something changed. Lines are noted, to be written in ledger order.
    fn months(&self, pair: &mut Pair, before: Option<Month>, lines: &mut Vec<LineOf>, out: &mut Out) {
        let mut months = std::mem::take(&mut pair.months);
        let mut tax_years = std::mem::take(&mut pair.tax_years);
        let dues_changed = pair.contracts_changed || pair.pay_day_changed;
        let wanted = |month: Month| before.is_none_or(|before| month < before);
        for (month, cell) in months.iter_mut().filter(|(month, _)| wanted(*month)) {
            if cell.lines_changed || dues_changed {
                tax_years.add(month, cell, &pair.contracts);
                lines.extend(
                    cell.lines.iter().map(|line| (line.line, self.worker, self.project.clone(), month)),
                );
            }
            if (cell.days_changed || cell.lines_changed || pair.stays_changed || dues_changed)
                && !cell.days.is_empty()
            {
                self.days(pair, month, cell, out);
            }
            (cell.days_changed, cell.lines_changed) = (false, false);
        }
        (pair.months, pair.tax_years) = (months, tax_years);
    }

    /// What there is of the worker on the project besides months; of years of payment (all, or those before that of a
    /// month) what changed.
    fn whole(&self, pair: &mut Pair, before: Option<Month>, out: &mut Out) {
        for (employer, year, wages, stored) in pair.tax_years.changed(before.map(Month::year)) {
            let row = [self.worker.into(), employer.into(), self.project.into(), year.into(), wages.into()];
            out.tax_years.put(row, stored);
        }
        if before.is_some() {
            return;
        }
        self.stays(pair, out);
        if pair.contracts_changed {
            for (employer, since) in tax_year::employed_since(&pair.contracts) {
                let row = [self.worker.into(), employer.into(), self.project.into(), since.into()];
                out.employments.put(row, pair.employments_stored);
            }
            pair.employments_stored = true;
        }
        (pair.contracts_changed, pair.stays_changed, pair.pay_day_changed) = (false, false, false);
    }

    fn stays(&self, pair: &mut Pair, out: &mut Out) {
        for (entered_on, stay) in pair.stays.iter_mut().filter(|(_, stay)| stay.changed) {
            let row = [
                self.worker.into(),
                self.project.into(),
                entered_on.into(),
                (&stay.employer).into(),
                stay.crew.into(),
                stay.left_on.into(),
                stay.how.map(|how| word(&how)).unwrap_or(Value::Null),
                (&stay.trade_code).into(),
                (&stay.trade).into(),
                stay.crew_leader.into(),
                stay.seq.into(),
            ];
            out.stays.put(row, stay.stored);
            (stay.changed, stay.stored) = (false, true);
        }
    }

    fn days(&self, pair: &Pair, month: Month, cell: &mut PairMonth, out: &mut Out) {
        let key = || -> [Value; 3] { [self.worker.into(), self.project.into(), month.into()] };
        if cell.days_stored {
            out.work_gone.push(key());
        }
        let mut told = String::new();
        let by_crew = by_crew(pair, month, cell);
        for ((employer, crew), tenths) in &by_crew {
            let no_line = *tenths > 0 && !covered(cell, &by_crew, employer, *crew);
            tell(&mut told, employer, *crew, *tenths, no_line);
            if no_line {
                let [nominal, due_on, due_from, no_calendar] =
                    due(&pair.contracts, employer, self.pay_day, month).columns();
                let [worker, project, month] = key();
                let crew = crew.map_or(Value::from(""), Value::from);
                out.no_lines.push_new([
                    worker,
                    project,
                    month,
                    (*employer).into(),
                    crew,
                    (*tenths).into(),
                    nominal,
                    due_on,
                    due_from,
                    no_calendar,
                ]);
            }
        }
        let [worker, project, month] = key();
        let (days, said) = (cell.days.write().into(), cell.said.write().into());
        out.work.push_new([worker, project, month, days, said, told.into(), cell.gate.into()]);
        cell.days_stored = true;
    }
}

/// As [`crate::lookup`] reads it.
fn tell(told: &mut String, employer: &str, crew: Option<Uuid>, tenths: i64, no_line: bool) {
    if !told.is_empty() {
        told.push(',');
    }
    told.push_str(employer);
    told.push(':');
    if let Some(crew) = crew {
        told.push_str(crew.hyphenated().encode_lower(&mut [0; Hyphenated::LENGTH]));
    }
    told.push(':');
    add_number(told, tenths);
    told.push_str(if no_line { ":1" } else { ":0" });
}

/// Tenths of a day by employer and crew; none where no stay is known.
fn by_crew<'a>(pair: &'a Pair, month: Month, cell: &PairMonth) -> BTreeMap<(&'a str, Option<Uuid>), i64> {
    let mut sums = BTreeMap::new();
    for (day, tenths) in cell.days.iter() {
        let first = month.first_day();
        let day = Date::new(first.year(), first.month(), day).unwrap_or(first);
        let stay = pair.stay_of(day);
        let key = stay.map_or(("", None), |stay| (&*stay.employer, Some(stay.crew)));
        *sums.entry(key).or_default() += tenths;
    }
    sums
}

/// Whether a wage line stands for the days of a crew: its own line, or a line of the same employer for a crew
/// in which the worker has no days (the sheet of another crew than the roster says). Where no stay is known,
/// any line of the month does.
fn covered(
    cell: &PairMonth,
    by_crew: &BTreeMap<(&str, Option<Uuid>), i64>,
    employer: &str,
    crew: Option<Uuid>,
) -> bool {
    let Some(crew) = crew else { return !cell.lines.is_empty() };
    let own = |line_crew: Uuid| line_crew == crew;
    let works_there =
        |line_crew: Uuid| by_crew.get(&(employer, Some(line_crew))).is_some_and(|days| *days > 0);
    let mut lines = cell.lines.iter().filter(|line| *line.employer == *employer);
    lines.any(|line| own(line.crew) || !works_there(line.crew))
}
