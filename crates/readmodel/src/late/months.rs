//! A project's months: who was on site, what was handed in, what was paid by when.

use super::Lateness;
use super::book::MissingMonth;
use super::read::{self, LineRow, MoneyRow, StayRow};
use super::tally::count;
use crate::engine::Row;
use crate::value::Read;
use crate::{MonthMoney, MonthPay, ReadModelError};
use jiff::civil::Date;
use rules::{Money, Month};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

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
}

/// A project's months, read.
#[derive(Debug, Default)]
pub(super) struct Months {
    months: BTreeMap<Month, Of>,
    /// Workers on site, and those of them with a contract, from each month on.
    people: BTreeMap<Month, (i64, i64)>,
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

    pub(super) fn add_sheets(&mut self, sheets: &[Row]) -> Result<(), ReadModelError> {
        for row in sheets {
            let of = self.of(row.parsed("month")?);
            (of.sheets, of.sealed) = (row.number("sheets")?, row.number("sealed")?);
        }
        Ok(())
    }

    pub(super) fn add_missing(&mut self, missing: &[MissingMonth]) {
        for missing in missing {
            self.of(missing.month).missing += 1;
        }
    }

    /// The roster, and the days on which contracts were signed.
    pub(super) fn add_people(&mut self, stays: &str, contracts: &str) -> Result<(), ReadModelError> {
        let mut signed: BTreeMap<Uuid, Month> = BTreeMap::new();
        for contract in read::signed(contracts) {
            let (worker, signed_on) = contract?;
            let month = Month::of(signed_on);
            let first = signed.entry(worker).or_insert(month);
            *first = (*first).min(month);
        }
        let mut on_site: BTreeMap<Uuid, Vec<(Month, Option<Month>)>> = BTreeMap::new();
        for stay in read::stays(stays) {
            let StayRow { worker, entered_on, left_on } = stay?;
            on_site.entry(worker).or_default().push((Month::of(entered_on), left_on.map(Month::of)));
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

    /// As of the end of a day. A month in which people were on site and nothing was handed in is there too.
    fn at(&self, as_of: Date) -> Vec<ProjectMonth> {
        let mut months: BTreeSet<Month> = self.months.keys().copied().collect();
        if let Some(mut month) = self.people.keys().next().copied() {
            let through = Month::of(as_of);
            let last = months.last().copied().unwrap_or(month).min(through);
            while month <= last {
                months.insert(month);
                month = month.next();
            }
        }
        let none = Of::default();
        let month = |month: Month| {
            let people = self.people.range(..=month).next_back().map_or((0, 0), |(_, people)| *people);
            let of = self.months.get(&month).unwrap_or(&none);
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
            }
        };
        months.into_iter().map(month).collect()
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
fn joined(mut stays: Vec<(Month, Option<Month>)>) -> Vec<(Month, Option<Month>)> {
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
    ReadModelError::damaged("a month's sum", "too much")
}

impl Lateness {
    /// The months of a project, with its payments as they stood at the end of a day.
    pub fn months(&self, project: &str, as_of: Date) -> Vec<ProjectMonth> {
        self.projects.get(project).map_or_else(Vec::new, |book| book.months.at(as_of))
    }
}
