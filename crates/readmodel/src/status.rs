//! Which wage lines are paid, and what happened to the money of the others.

use crate::arrears::sql;
use crate::engine::Row;
use crate::value::Read;
use crate::{ReadModel, ReadModelError};
use jiff::civil::Date;
use rules::{Days, DueLine, Money, Month};
use std::collections::BTreeMap;
use uuid::Uuid;

/// How it stands with a wage line on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// The bank refused it, and nothing has arrived since.
    Failed,
    /// It came back, and nothing has arrived since.
    Returned,
    /// The due date has passed, and no payment was ever ordered.
    NotOrdered,
    /// Some of it has arrived.
    PartPaid,
    /// Nothing has arrived, and nothing need have.
    Due,
    /// All of it has arrived.
    Paid,
    /// There is nothing to pay.
    Nothing,
}

/// A wage line and its money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineStatus {
    /// The entry of the line's first version.
    pub line: u64,
    /// The entry of the version in force.
    pub version: u64,
    /// Its number.
    pub correction: u16,
    /// The worker.
    pub worker: Uuid,
    /// Credit code of the employer.
    pub employer: String,
    /// The crew.
    pub crew: Uuid,
    /// 工日 as the sheet says.
    pub days: Days,
    /// Gross pay.
    pub gross: Money,
    /// Net pay.
    pub net: Money,
    /// Adjusted due date; `None` = its calendar is missing.
    pub due_on: Option<Date>,
    /// What payments up to the day gave this line.
    pub paid: Money,
    /// How it stands.
    pub state: State,
    /// The last payment, or attempt, that bears on it by the day.
    pub last: Option<Attempt>,
}

/// A payment, or an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The entry.
    pub seq: u64,
    /// The worker.
    pub worker: Uuid,
    /// Credit code of the employer.
    pub employer: String,
    /// Day of booking; `None` = it failed.
    pub value_on: Option<Date>,
    /// How much.
    pub amount: Money,
    /// Number of the bank batch.
    pub batch: String,
    /// Place in it.
    pub number: u32,
    /// Serial of the bank.
    pub serial: Option<String>,
    /// Day on which it came back.
    pub returned_on: Option<Date>,
}

/// A wage line as it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The entry of its first version.
    pub line: u64,
    /// The worker.
    pub worker: Uuid,
    /// Project code.
    pub project: String,
    /// Credit code of the employer.
    pub employer: String,
    /// The crew.
    pub crew: Uuid,
    /// The wage month.
    pub month: Month,
    /// The entry of the version in force.
    pub version: u64,
    /// The day agreed.
    pub nominal_due: Date,
    /// Adjusted for rest days; `None` = the calendar is missing.
    pub due_on: Option<Date>,
    /// Whose pay day it is: `contract`, `project` or `none`.
    pub due_from: String,
}

/// How a version of a wage line is made up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionFigures {
    /// The entry.
    pub seq: u64,
    /// 0 = the sheet, n = 更正n.
    pub correction: u16,
    /// 工日.
    pub days: Days,
    /// How pay was counted, as recorded.
    pub pay_form: String,
    /// Yuan per unit.
    pub unit_price: String,
    /// Units.
    pub quantity: String,
    /// Gross pay.
    pub gross: Money,
    /// Lawful deductions.
    pub deductions: wages::event::Deductions,
    /// Advances.
    pub advances: wages::event::Advances,
    /// Net pay.
    pub net: Money,
}

/// What the worker said to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// The entry.
    pub seq: u64,
    /// The version that he speaks of.
    pub version: u64,
    /// Whether he says it is not true.
    pub disputed: bool,
    /// What he says it should be.
    pub claimed_net: Option<Money>,
}

impl Attempt {
    /// Whether its money is there at the end of a day, as arrears count it.
    pub fn counts(&self, as_of: Date) -> bool {
        self.value_on.is_some_and(|on| on <= as_of) && !self.came_back(as_of)
    }

    /// Whether it had come back by the end of a day.
    pub fn came_back(&self, as_of: Date) -> bool {
        self.returned_on.is_some_and(|on| on <= as_of)
    }

    /// Whether it is known of at the end of a day. A failed one has no day of its own and always is.
    fn known(&self, as_of: Date) -> bool {
        self.value_on.is_none_or(|on| on <= as_of)
    }
}

impl ReadModel {
    /// Every wage line of a project's month, by employer and crew, and how it stands on a day.
    pub async fn payment_status(
        &self,
        project: &str,
        month: Month,
        as_of: Date,
    ) -> Result<Vec<LineStatus>, ReadModelError> {
        let tx = &mut self.read().await?;
        let values = || vec![project.into(), month.into()];
        let lines = tx.fetch(sql!("lines_of_month"), values()).await?;
        let money = tx.fetch(sql!("money_of_month"), values()).await?;
        status(&lines, &money, as_of)
    }

    /// The lines that share one worker's payments for a month on a project, and how they stand on a day.
    pub async fn lines_beside(&self, line: &Line, as_of: Date) -> Result<Vec<LineStatus>, ReadModelError> {
        let tx = &mut self.read().await?;
        let values =
            || vec![line.worker.into(), (&line.project).into(), (&line.employer).into(), line.month.into()];
        let lines = tx.fetch(sql!("lines_beside"), values()).await?;
        let money = tx.fetch(sql!("money_beside"), values()).await?;
        status(&lines, &money, as_of)
    }

    /// What was paid for the same worker, project, employer and month as a line, in ledger order.
    pub async fn money_beside(&self, line: &Line) -> Result<Vec<Attempt>, ReadModelError> {
        let values =
            vec![line.worker.into(), (&line.project).into(), (&line.employer).into(), line.month.into()];
        self.ask(sql!("money_beside"), values, attempt).await
    }

    /// The wage line that an entry began, or is a version of.
    pub async fn line(&self, seq: u64) -> Result<Option<Line>, ReadModelError> {
        let lines = self.ask(sql!("line_of_version"), vec![crate::site::place(seq)], |row| row.int("line"));
        let Some(line) = lines.await?.pop() else { return Ok(None) };
        let read = |row: &Row| {
            Ok(Line {
                line: row.number("line")?,
                worker: row.parsed("worker")?,
                project: row.text("project")?,
                employer: row.text("employer")?,
                crew: row.parsed("crew")?,
                month: row.parsed("month")?,
                version: row.number("version")?,
                nominal_due: row.parsed("nominal_due")?,
                due_on: row.parsed_or_null("due_on")?,
                due_from: row.text("due_from")?,
            })
        };
        Ok(self.ask(sql!("line"), vec![line.into()], read).await?.pop())
    }

    /// The versions of a wage line, in ledger order.
    pub async fn versions_of(&self, line: u64) -> Result<Vec<VersionFigures>, ReadModelError> {
        self.ask(sql!("versions_of_line"), vec![crate::site::place(line)], version).await
    }

    /// What the worker said to a wage line, in ledger order.
    pub async fn spoken(&self, line: u64) -> Result<Vec<Spoken>, ReadModelError> {
        self.ask(sql!("statements_of_line"), vec![crate::site::place(line)], |row| {
            Ok(Spoken {
                seq: row.number("seq")?,
                version: row.number("version")?,
                disputed: row.int("disputed")? != 0,
                claimed_net: row.int_or_null("claimed_net")?.map(Money::from_fen),
            })
        })
        .await
    }
}

fn status(lines: &[Row], money: &[Row], as_of: Date) -> Result<Vec<LineStatus>, ReadModelError> {
    let mut attempts: BTreeMap<(Uuid, String), Vec<Attempt>> = BTreeMap::new();
    for attempt in money.iter().map(attempt) {
        let attempt = attempt?;
        let of = attempts.entry((attempt.worker, attempt.employer.clone())).or_default();
        if attempt.known(as_of) {
            of.push(attempt);
        }
    }
    let mut lines: Vec<LineStatus> = lines.iter().map(unpaid).collect::<Result<_, _>>()?;
    let mut groups: BTreeMap<(Uuid, String), Vec<usize>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        groups.entry((line.worker, line.employer.clone())).or_default().push(at);
    }
    for (key, group) in groups {
        let none = Vec::new();
        let attempts = attempts.get(&key).unwrap_or(&none);
        let paid = attempts.iter().filter(|attempt| attempt.counts(as_of)).map(|attempt| attempt.amount);
        let paid = Money::checked_sum(paid);
        let paid = paid.ok_or_else(|| ReadModelError::damaged("payment.amount", "too much"))?;
        let due = |line: &LineStatus| DueLine { due_on: line.due_on, net: line.net, recorded: line.line };
        let due: Vec<DueLine> = group.iter().filter_map(|at| lines.get(*at)).map(due).collect();
        let (shares, _) = rules::allocate(paid, &due);
        for (at, share) in group.into_iter().zip(shares) {
            let Some(line) = lines.get_mut(at) else { continue };
            line.paid = share;
            line.last = attempts.last().cloned();
            line.state = state(line, as_of);
        }
    }
    Ok(lines)
}

fn state(line: &LineStatus, as_of: Date) -> State {
    if line.net <= Money::ZERO {
        return State::Nothing;
    }
    if line.paid == line.net {
        return State::Paid;
    }
    if line.paid > Money::ZERO {
        return State::PartPaid;
    }
    match &line.last {
        Some(last) if last.value_on.is_none() => State::Failed,
        Some(last) if last.came_back(as_of) => State::Returned,
        // Payments went to other lines of the same month.
        _ if line.due_on.is_none_or(|due_on| due_on >= as_of) => State::Due,
        _ => State::NotOrdered,
    }
}

fn unpaid(row: &Row) -> Result<LineStatus, ReadModelError> {
    Ok(LineStatus {
        line: row.number("line")?,
        version: row.number("version")?,
        correction: row.number("correction")?,
        worker: row.parsed("worker")?,
        employer: row.text("employer")?,
        crew: row.parsed("crew")?,
        days: row.days("days_tenths")?,
        gross: row.money("gross")?,
        net: row.money("net")?,
        due_on: row.parsed_or_null("due_on")?,
        paid: Money::ZERO,
        state: State::Due,
        last: None,
    })
}

fn attempt(row: &Row) -> Result<Attempt, ReadModelError> {
    Ok(Attempt {
        seq: row.number("seq")?,
        worker: row.parsed("worker")?,
        employer: row.text("employer")?,
        value_on: row.parsed_or_null("value_on")?,
        amount: row.money("amount")?,
        batch: row.text("batch")?,
        number: row.number("number")?,
        serial: row.text_or_null("serial")?,
        returned_on: row.parsed_or_null("returned_on")?,
    })
}

fn version(row: &Row) -> Result<VersionFigures, ReadModelError> {
    Ok(VersionFigures {
        seq: row.number("seq")?,
        correction: row.number("correction")?,
        days: row.days("days_tenths")?,
        pay_form: row.text("pay_form")?,
        unit_price: row.text("unit_price")?,
        quantity: row.text("quantity")?,
        gross: row.money("gross")?,
        deductions: wages::event::Deductions {
            social_insurance: row.money("social_insurance")?,
            housing_fund: row.money("housing_fund")?,
            income_tax: row.money("income_tax")?,
            other: row.money("other_deductions")?,
        },
        advances: wages::event::Advances { loan: row.money("loan")?, living_cost: row.money("living_cost")? },
        net: row.money("net")?,
    })
}
