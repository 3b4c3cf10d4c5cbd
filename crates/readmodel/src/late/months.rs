//! A project's months: who was on site, what was handed in, what was paid by when.

use super::book::MissingMonth;
use super::read::{self, LineRow, MoneyRow, StayRow};
use super::silence::{Planned, Silence};
use super::tally::count;
use super::{Filter, Lateness};
use crate::engine::Row;
use crate::value::Read;
use crate::{MonthMoney, MonthPay, ReadModelError};
use jiff::civil::Date;
use rules::{HandedIn, Money, Month, Report};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How the reports of a month stand at the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthReports {
    /// Who was on site.
    pub roster: HandedIn,
    /// Who worked on which days.
    pub attendance: HandedIn,
    /// A wage sheet of any employer.
    pub wage_sheet: HandedIn,
    /// What the bank paid out of the month's wages.
    pub bank_result: HandedIn,
    /// The month's statement of the dedicated account.
    pub statement: HandedIn,
}

/// What is there of a month on a project. Nothing handed in is 0 or `None`: silence, and not that nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProjectMonth {
    /// The month.
    pub month: Month,
    /// Workers on site by the roster.
    pub on_site: u64,
    /// Of these, who had signed a contract by its end.
    pub with_contract: u64,
    /// Workers with days recorded.
    pub worked: u64,
    /// Wage lines.
    pub pay: Option<MonthPay>,
    /// Worker-months of work without a wage line.
    pub missing: u64,
    /// Wage sheets, and how many of them are sealed.
    pub sheets: u64,
    /// See `sheets`.
    pub sealed: u64,
    /// Payments as they stood on the day asked about.
    pub money: Option<MonthMoney>,
    /// What was handed in, what was not, and what need not be yet.
    pub reports: MonthReports,
    /// Employers with people on the roster who should have handed in a wage sheet and did not.
    pub silent_employers: u64,
    /// Their people on the roster.
    pub silent_people: u64,
}

/// A project's months, read.
#[derive(Debug, Default)]
pub(super) struct Months {
    months: BTreeMap<Month, Of>,
    /// Workers on site, and those of them with a contract, from each month on.
    people: BTreeMap<Month, (i64, i64)>,
    planned: Planned,
}

/// What does not depend on the day, and payments by the day.
#[derive(Debug, Default)]
struct Of {
    worked: u64,
    pay: Option<MonthPay>,
    /// Workers with a line, while they are being counted.
    workers: BTreeSet<Uuid>,
    missing: u64,
    sheets: u64,
    sealed: u64,
    /// Whether a statement of the dedicated account is there.
    statement: bool,
    /// Payments and attempts of any kind.
    attempts: u64,
    failed: u64,
    /// From each day on: payments that had gone through, their sum without those that had come back, and how many had.
    booked: BTreeMap<Date, (i64, i64, i64)>,
}

impl Months {
    /// A wage line in force.
    pub(super) fn add_line(&mut self, month: Month, row: &LineRow<'_>) -> Result<(), ReadModelError> {
        let none = MonthPay { month, lines: 0, workers: 0, gross: Money::ZERO, net: Money::ZERO };
        let of = self.of(month);
        of.workers.insert(row.worker);
        let pay = of.pay.get_or_insert(none);
        pay.lines += 1;
        pay.workers = count(of.workers.len());
        pay.gross = pay.gross.checked_add(row.gross).ok_or_else(too_much)?;
        pay.net = pay.net.checked_add(row.net).ok_or_else(too_much)?;
        Ok(())
    }

    /// A payment, or one that failed.
    pub(super) fn add_money(&mut self, month: Month, row: &MoneyRow<'_>) -> Result<(), ReadModelError> {
        let of = self.of(month);
        of.attempts += 1;
        let Some(on) = row.value_on else {
            of.failed += 1;
            return Ok(());
        };
        let day = of.booked.entry(on).or_default();
        day.0 += 1;
        if row.counts() {
            day.1 = day.1.checked_add(row.amount).ok_or_else(too_much)?;
        }
        if let Some(back) = row.returned_on {
            let day = of.booked.entry(back).or_default();
            day.2 += 1;
            if row.counts() {
                day.1 = day.1.checked_sub(row.amount).ok_or_else(too_much)?;
            }
        }
        Ok(())
    }

    /// Forgets what only counting needed.
    pub(super) fn close(&mut self) {
        self.months.values_mut().for_each(|of| of.workers = BTreeSet::new());
    }

    /// Workers with days recorded, month by month.
    pub(super) fn add_work(&mut self, work: &[Row]) -> Result<(), ReadModelError> {
        for row in work {
            self.of(row.parsed("month")?).worked = row.number("workers")?;
        }
        Ok(())
    }

    /// Wage sheets. Gives the months for which each employer handed in one.
    pub(super) fn add_sheets(
        &mut self,
        sheets: &[Row],
    ) -> Result<BTreeMap<String, BTreeSet<Month>>, ReadModelError> {
        let mut by_employer: BTreeMap<String, BTreeSet<Month>> = BTreeMap::new();
        for row in sheets {
            let month = row.parsed("month")?;
            let of = self.of(month);
            of.sheets += row.number::<u64>("sheets")?;
            of.sealed += row.number::<u64>("sealed")?;
            by_employer.entry(row.text("employer")?).or_default().insert(month);
        }
        Ok(by_employer)
    }

    pub(super) fn add_statements(&mut self, months: &[Row]) -> Result<(), ReadModelError> {
        for row in months {
            self.of(row.parsed("month")?).statement = true;
        }
        Ok(())
    }

    pub(super) fn add_planned(&mut self, planned: Planned) {
        self.planned = planned;
    }

    /// Workers with days recorded in a month.
    pub(super) fn worked(&self, month: Month) -> u64 {
        self.months.get(&month).map_or(0, |of| of.worked)
    }

    pub(super) fn add_missing(&mut self, missing: &[MissingMonth]) {
        for missing in missing {
            self.of(missing.month).missing += 1;
        }
    }

    /// The roster, and the days on which contracts were signed.
    pub(super) fn add_people(
        &mut self,
        stays: &[StayRow<'_>],
        contracts: &str,
    ) -> Result<(), ReadModelError> {
        let mut signed: BTreeMap<Uuid, Month> = BTreeMap::new();
        for contract in read::signed(contracts) {
            let (worker, signed_on) = contract?;
            let month = Month::of(signed_on);
            let first = signed.entry(worker).or_insert(month);
            *first = (*first).min(month);
        }
        let mut on_site: BTreeMap<Uuid, Vec<(Month, Option<Month>)>> = BTreeMap::new();
        for stay in stays {
            on_site.entry(stay.worker).or_default().push(stay.months());
        }
        let mut changes: BTreeMap<Month, (i64, i64)> = BTreeMap::new();
        for (worker, stays) in on_site {
            for (from, to) in joined(stays) {
                changes.entry(from).or_default().0 += 1;
                let begins = signed.get(&worker).map(|signed| from.max(*signed));
                let begins = begins.filter(|begins| to.is_none_or(|to| *begins <= to));
                if let Some(begins) = begins {
                    changes.entry(begins).or_default().1 += 1;
                }
                if let Some(to) = to {
                    let after = changes.entry(to.next()).or_default();
                    after.0 -= 1;
                    after.1 -= i64::from(begins.is_some());
                }
            }
        }
        let mut sum = (0, 0);
        for (month, (people, with_contract)) in changes {
            sum = (sum.0 + people, sum.1 + with_contract);
            self.people.insert(month, sum);
        }
        Ok(())
    }

    fn of(&mut self, month: Month) -> &mut Of {
        self.months.entry(month).or_default()
    }

    /// The month in which the project begins, or the first of which anything is known.
    fn first(&self) -> Option<Month> {
        let starts = self.planned.months.map(|(start, _)| start);
        let (known, people) = (self.months.keys().next(), self.people.keys().next());
        [starts, known.copied(), people.copied()].into_iter().flatten().min()
    }

    /// First and last month to be shown on a day: from the project's start, or the first month of which anything is known,
    /// to the last month in which somebody was on site (where no roster is known: to the planned end) or of which anything is
    /// known, and not beyond the day.
    fn extent(&self, as_of: Date) -> Option<(Month, Month)> {
        let first = self.first()?;
        let last_known = self.months.keys().next_back().copied();
        let ends = match self.people.last_key_value() {
            // They have not left.
            Some((_, (people, _))) if *people > 0 => Some(Month::of(as_of)),
            Some((after, _)) => Some(after.previous()),
            None => self.planned.months.map(|(_, end)| end),
        };
        let last = [ends, last_known].into_iter().flatten().max()?;
        Some((first, last.min(Month::of(as_of))))
    }

    /// As of the end of a day, a row a month, whether anything was handed in or not.
    fn at(&self, silence: &Silence, as_of: Date) -> Vec<ProjectMonth> {
        let Some((first, last)) = self.extent(as_of) else { return Vec::new() };
        let none = Of::default();
        let month = |month: Month| {
            let people = self.people.range(..=month).next_back().map_or((0, 0), |(_, people)| *people);
            let of = self.months.get(&month).unwrap_or(&none);
            let (silent_employers, silent_people) = silence.of_month(month, as_of);
            ProjectMonth {
                month,
                on_site: u64::try_from(people.0).unwrap_or_default(),
                with_contract: u64::try_from(people.1).unwrap_or_default(),
                worked: of.worked,
                pay: of.pay,
                missing: of.missing,
                sheets: of.sheets,
                sealed: of.sealed,
                money: (of.attempts > 0).then(|| of.money(month, as_of)),
                reports: self.reports(month, of, people.0, as_of),
                silent_employers,
                silent_people,
            }
        };
        let months = std::iter::successors(Some(first), |month| Some(month.next()));
        months.take_while(|month| *month <= last).map(month).collect()
    }

    /// What of a month was handed in. Something is expected while anybody was on site or anything says so; where nobody ever
    /// handed in a roster, from the start to the planned end.
    fn reports(&self, month: Month, of: &Of, people: i64, as_of: Date) -> MonthReports {
        let Planned { pay_day, months } = self.planned;
        let planned = months.is_some_and(|(start, end)| (start..=end).contains(&month));
        let any = of.worked > 0 || of.sheets > 0 || of.attempts > 0;
        let expected = people > 0 || any || (self.people.is_empty() && planned);
        let state = |report: Report, is_there, is_expected| {
            report.state(month, pay_day, is_there, is_expected, as_of)
        };
        let pays_nothing = of.pay.is_some_and(|pay| pay.net == Money::ZERO);
        MonthReports {
            roster: state(Report::Roster, people > 0, expected),
            attendance: state(Report::Attendance, of.worked > 0, expected),
            wage_sheet: state(Report::WageSheet, of.sheets > 0, expected),
            bank_result: state(Report::BankResult, of.attempts > 0, expected && !pays_nothing),
            // Only a project that was registered has an account that anybody knows of.
            statement: state(Report::AccountStatement, of.statement, expected && months.is_some()),
        }
    }
}

impl Of {
    fn money(&self, month: Month, as_of: Date) -> MonthMoney {
        let (mut paid, mut amount, mut returned) = (0, 0, 0);
        for (_, day) in self.booked.range(..=as_of) {
            (paid, amount, returned) = (paid + day.0, amount + day.1, returned + day.2);
        }
        MonthMoney {
            month,
            paid: u64::try_from(paid).unwrap_or_default(),
            amount: Money::from_fen(amount),
            failed: self.failed,
            returned: u64::try_from(returned).unwrap_or_default(),
        }
    }
}

/// Stays that touch or overlap, as one.
pub(super) fn joined(mut stays: Vec<(Month, Option<Month>)>) -> Vec<(Month, Option<Month>)> {
    stays.sort_unstable_by_key(|(from, _)| *from);
    let mut out: Vec<(Month, Option<Month>)> = Vec::new();
    for (from, to) in stays {
        match out.last_mut() {
            Some((_, last)) if last.is_none_or(|last| from <= last) => {
                *last = last.zip(to).map(|(last, to)| last.max(to));
            }
            _ => out.push((from, to)),
        }
    }
    out
}

fn too_much() -> ReadModelError {
    rules::RuleError::OutOfRange.into()
}

impl Lateness {
    /// The first month of which anything could be known: that in which the first project began, or of which the first thing
    /// was recorded.
    pub fn begins(&self, filter: &Filter) -> Option<Month> {
        filter.books(self).filter_map(|(_, book)| book.months.first()).min()
    }

    /// The months of a project, with its payments as they stood at the end of a day.
    pub fn months(&self, project: &str, as_of: Date) -> Vec<ProjectMonth> {
        self.projects.get(project).map_or_else(Vec::new, |book| book.months.at(&book.silence, as_of))
    }
}
