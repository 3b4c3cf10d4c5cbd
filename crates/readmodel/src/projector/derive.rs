//! What follows from the facts of a batch: whose days they are, what is due when, which days no line covers.

use super::due::{Due, due};
use super::out::Out;
use super::plan::Plan;
use super::state::{Pair, PairMonth, State};
use super::tax_year::{self, TaxYears};
use crate::value::Value;
use jiff::civil::Date;
use rules::{Month, PayDay};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Makes anew every row whose inputs the batch changed.
pub(crate) fn derive(plan: &Plan, state: &mut State, out: &mut Out) {
    for (id, worker) in state.workers.iter().filter(|(_, worker)| worker.changed) {
        out.workers.push([
            (*id).into(),
            worker.name.clone(),
            worker.id_number.clone(),
            worker.phone.clone(),
            worker.card.clone(),
            worker.bank.clone(),
            worker.card_index.clone(),
            worker.seq.into(),
        ]);
    }
    for (project, worker, _) in plan.all() {
        let known = state.projects.get(project);
        let (pay_day, changed) = known.map_or((None, false), |p| (p.pay_day, p.changed));
        let pair = state.pair(worker, project);
        let mut months = std::mem::take(&mut pair.months);
        let mut tax_years = std::mem::take(&mut pair.tax_years);
        let at = At { worker, project, pay_day, pair };
        let all = pair.contracts_changed || changed;
        for (month, cell) in months.iter_mut() {
            if cell.lines_changed || all {
                tax_years.add(month, cell, &at.pair.contracts);
            }
            at.month(month, cell, all, out);
        }
        at.tax_years(&mut tax_years, out);
        at.stays(out);
        (pair.months, pair.tax_years) = (months, tax_years);
        (pair.contracts_changed, pair.stays_changed) = (false, false);
        for (_, stay) in pair.stays.iter_mut() {
            (stay.changed, stay.stored) = (false, true);
        }
    }
}

/// A worker on a project.
struct At<'a> {
    worker: Uuid,
    project: &'a str,
    /// The project's pay day, where it is known.
    pay_day: Option<PayDay>,
    pair: &'a Pair,
}

impl At<'_> {
    fn stays(&self, out: &mut Out) {
        for (entered_on, stay) in self.pair.stays.iter().filter(|(_, stay)| stay.changed) {
            let row = [
                self.worker.into(),
                self.project.into(),
                entered_on.into(),
                (&stay.employer).into(),
                stay.crew.into(),
                stay.left_on.into(),
                (&stay.trade_code).into(),
                (&stay.trade).into(),
                stay.crew_leader.into(),
                stay.seq.into(),
            ];
            if stay.stored { out.stays.push(row) } else { out.stays.push_new(row) }
        }
    }

    fn tax_years(&self, tax_years: &mut TaxYears, out: &mut Out) {
        for (employer, year, wages, stored) in tax_years.changed() {
            let row = [self.worker.into(), employer.into(), self.project.into(), year.into(), wages.into()];
            if stored { out.tax_years.push(row) } else { out.tax_years.push_new(row) }
        }
        if self.pair.contracts_changed {
            for (employer, since) in tax_year::employed_since(&self.pair.contracts) {
                let row = [self.worker.into(), employer.into(), self.project.into(), since.into()];
                out.employments.push(row);
            }
        }
    }

    fn due(&self, employer: &str, month: Month) -> Due {
        due(&self.pair.contracts, employer, self.pay_day, month)
    }

    fn month(&self, month: Month, cell: &mut PairMonth, dues_changed: bool, out: &mut Out) {
        if cell.lines_changed || dues_changed {
            self.lines(month, cell, out);
        }
        if cell.days_changed {
            let days = cell.days.to_string().into();
            let row = [self.worker.into(), self.project.into(), month.into(), days, cell.gate.into()];
            if cell.days_stored { out.work.push(row) } else { out.work.push_new(row) }
        }
        let days_bear = cell.days_changed || cell.lines_changed || self.pair.stays_changed || dues_changed;
        if days_bear && !cell.days.is_empty() {
            self.work_months(month, cell, out);
            cell.days_stored = true;
        }
        (cell.days_changed, cell.lines_changed) = (false, false);
    }

    fn lines(&self, month: Month, cell: &mut PairMonth, out: &mut Out) {
        for line in &mut cell.lines {
            let [nominal, due_on, due_from, no_calendar] = self.due(&line.employer, month).columns();
            let row = [
                line.line.into(),
                self.worker.into(),
                self.project.into(),
                (&line.employer).into(),
                line.crew.into(),
                month.into(),
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
            if line.stored {
                out.wage_lines.push(row)
            } else {
                out.wage_lines.push_new(row)
            }
            line.stored = true;
        }
    }

    fn work_months(&self, month: Month, cell: &PairMonth, out: &mut Out) {
        let key: [Value; 3] = [self.worker.into(), self.project.into(), month.into()];
        if cell.days_stored {
            out.work_months_gone.extend(key.clone());
        }
        let by_crew = self.by_crew(month, cell);
        for ((employer, crew), tenths) in &by_crew {
            let no_line = *tenths > 0 && !covered(cell, &by_crew, employer, *crew);
            let [nominal, due_on, due_from, no_calendar] = self.due(employer, month).columns();
            let [worker, project, month] = key.clone();
            let crew = crew.map_or(Value::from(""), Value::from);
            out.work_months.push_new([
                worker,
                project,
                month,
                (*employer).into(),
                crew,
                (*tenths).into(),
                no_line.into(),
                nominal,
                due_on,
                due_from,
                no_calendar,
            ]);
        }
    }

    /// Tenths of a day by employer and crew; none where no stay is known.
    fn by_crew(&self, month: Month, cell: &PairMonth) -> BTreeMap<(&str, Option<Uuid>), i64> {
        let mut sums = BTreeMap::new();
        for (day, tenths) in cell.days.iter() {
            let first = month.first_day();
            let day = Date::new(first.year(), first.month(), day).unwrap_or(first);
            let stay = self.pair.stay_of(day);
            let key = stay.map_or(("", None), |stay| (&*stay.employer, Some(stay.crew)));
            *sums.entry(key).or_default() += tenths;
        }
        sums
    }
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
