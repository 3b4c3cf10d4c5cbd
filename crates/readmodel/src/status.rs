//! Which wage lines are paid, and what happened to the money of the others.

use crate::arrears::sql;
use crate::engine::{Connection, Row};
use crate::lookup::days_of;
use crate::model::Position;
use crate::packed::whole;
use crate::site::{place, sheet};
use crate::value::Read;
use crate::{Cursor, ReadModel, ReadModelError, WageSheet};
use jiff::civil::Date;
use rules::{Days, DueLine, Money, Month};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use uuid::Uuid;
use wages::SealedField;

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
    /// Nothing has arrived, and whether anything need have is not known: the calendar of the due day is missing.
    Undated,
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
    /// The worker.
    pub worker: Uuid,
    /// Credit code of the employer.
    pub employer: SmolStr,
    /// The crew.
    pub crew: Uuid,
    /// Net pay.
    pub net: Money,
    /// The day agreed.
    pub nominal_due: Date,
    /// Adjusted due date; `None` = its calendar is missing.
    pub due_on: Option<Date>,
    /// The year whose calendar is missing.
    pub no_calendar: Option<i16>,
    /// What payments up to the day gave this line.
    pub paid: Money,
    /// How it stands.
    pub state: State,
    /// The last payment, or attempt, that bears on it by the day.
    pub last: Option<Outcome>,
}

/// What became of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The entry of the payment, or of the attempt.
    pub seq: u64,
    /// Day of booking; `None` = it failed.
    pub value_on: Option<Date>,
    /// Day on which it came back.
    pub returned_on: Option<Date>,
}

/// The wage lines of a project's month, how each stands on a day, and the month's sheets.
#[derive(Clone, Debug)]
pub struct MonthStatus {
    /// As of which entry all of it is.
    pub head: Cursor,
    /// In no order that is promised.
    pub lines: Vec<LineStatus>,
    /// By employer and crew.
    pub sheets: Vec<WageSheet>,
}

/// Where a payment stands in the bank's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankPlace {
    /// Number of the bank batch.
    pub batch: String,
    /// Place in it.
    pub number: u32,
    /// Serial of the bank.
    pub serial: Option<String>,
    /// Why it failed or came back, as the bank says; sealed as field `reason`.
    pub reason: Option<SealedField>,
}

/// Days of a wage line beside those of the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineDays {
    /// 工日 as the sheet says.
    pub sheet: Days,
    /// 工日 as attendance says, of the same employer and crew; `None` = no attendance of it is recorded.
    pub gate: Option<Days>,
}

/// A payment, or an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What became of it.
    pub outcome: Outcome,
    /// The worker.
    pub worker: Uuid,
    /// Credit code of the employer.
    pub employer: String,
    /// How much.
    pub amount: Money,
    /// Where the bank's file has it.
    pub bank: BankPlace,
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
    /// The year whose calendar is missing.
    pub no_calendar: Option<i16>,
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

impl Outcome {
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
    /// Every wage line of a project's month, how it stands on a day, and the month's sheets: all as of one entry.
    pub async fn month_status(
        &self,
        project: &str,
        month: Month,
        as_of: Date,
    ) -> Result<MonthStatus, ReadModelError> {
        let tx = &mut self.read().await?;
        let head = Position::read(tx).await?.cursor;
        let values = || vec![project.into(), month.into()];
        // A site may have thousands of each.
        let mut beside = self.read_beside(head).await?;
        let lines = async |on: &mut Connection| {
            let lines = whole(&on.fetch(sql!("lines_of_month"), values()).await?)?;
            packed::lines(&lines).collect::<Result<Vec<_>, ReadModelError>>()
        };
        let money = async |on: &mut Connection| whole(&on.fetch(sql!("money_of_month"), values()).await?);
        let (lines, money) = match &mut beside {
            Some(beside) => tokio::try_join!(lines(tx), money(beside))?,
            None => (lines(tx).await?, money(tx).await?),
        };
        drop(beside);
        let money = packed::money(&money).collect::<Result<_, _>>()?;
        let sheets = tx.fetch(sql!("sheets_of_month"), values()).await?;
        let sheets = sheets.iter().map(sheet).collect::<Result<_, _>>()?;
        Ok(MonthStatus { head, lines: status(lines, money, as_of)?, sheets })
    }

    /// Where payments stand in the bank's files, by their entries.
    pub async fn bank_places(
        &self,
        payments: impl Iterator<Item = u64>,
    ) -> Result<BTreeMap<u64, BankPlace>, ReadModelError> {
        let tx = &mut self.read().await?;
        let keys = payments.map(|seq| [place(seq)]);
        let rows = tx.fetch_by_keys(sql!("bank_places"), keys).await?;
        rows.iter().map(|row| Ok((row.number("seq")?, bank_place(row)?))).collect()
    }

    /// Days of wage lines beside those of the gate, by the entries of the lines' first versions.
    pub async fn line_days(
        &self,
        lines: impl Iterator<Item = u64>,
    ) -> Result<BTreeMap<u64, LineDays>, ReadModelError> {
        let tx = &mut self.read().await?;
        let rows = tx.fetch_by_keys(sql!("days_of_lines"), lines.map(|line| [place(line)])).await?;
        let days = |row: &Row| {
            let (employer, crew): (String, Uuid) = (row.text("employer")?, row.parsed("crew")?);
            let told = row.text_or_null("by_crew")?.unwrap_or_default();
            let gate = told.split(',').find_map(|part| days_of(part, &employer, crew));
            Ok((row.number("line")?, LineDays { sheet: row.days("days_tenths")?, gate }))
        };
        rows.iter().map(days).collect()
    }

    /// The lines that share one worker's payments for a month on a project, and how they stand on a day.
    pub async fn lines_beside(&self, line: &Line, as_of: Date) -> Result<Vec<LineStatus>, ReadModelError> {
        let tx = &mut self.read().await?;
        let values =
            || vec![line.worker.into(), (&line.project).into(), (&line.employer).into(), line.month.into()];
        let lines = tx.fetch(sql!("lines_beside"), values()).await?;
        let money = tx.fetch(sql!("money_beside"), values()).await?;
        let lines = lines.iter().map(unpaid).collect::<Result<_, _>>()?;
        let money: Vec<Attempt> = money.iter().map(attempt).collect::<Result<_, _>>()?;
        status(lines, money.iter().map(Tried::of).collect(), as_of)
    }

    /// What was paid for the same worker, project, employer and month as a line, in ledger order.
    pub async fn money_beside(&self, line: &Line) -> Result<Vec<Attempt>, ReadModelError> {
        let values =
            vec![line.worker.into(), (&line.project).into(), (&line.employer).into(), line.month.into()];
        self.ask(sql!("money_beside"), values, attempt).await
    }

    /// The wage line that an entry began, or is a version of.
    pub async fn line(&self, seq: u64) -> Result<Option<Line>, ReadModelError> {
        let lines = self.ask(sql!("line_of_version"), vec![place(seq)], |row| row.int("line"));
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
                no_calendar: row.number_or_null("no_calendar")?,
            })
        };
        Ok(self.ask(sql!("line"), vec![line.into()], read).await?.pop())
    }

    /// The versions of a wage line, in ledger order.
    pub async fn versions_of(&self, line: u64) -> Result<Vec<VersionFigures>, ReadModelError> {
        self.ask(sql!("versions_of_line"), vec![place(line)], version).await
    }

    /// What the worker said to a wage line, in ledger order.
    pub async fn spoken(&self, line: u64) -> Result<Vec<Spoken>, ReadModelError> {
        self.ask(sql!("statements_of_line"), vec![place(line)], |row| {
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

/// What of an attempt bears on how lines stand.
struct Tried<'a> {
    worker: Uuid,
    employer: &'a str,
    amount: Money,
    outcome: Outcome,
}

impl Tried<'_> {
    fn of(attempt: &Attempt) -> Tried<'_> {
        let Attempt { outcome, worker, employer, amount, .. } = attempt;
        Tried { worker: *worker, employer, amount: *amount, outcome: *outcome }
    }
}

/// Gives the money of each worker, employer and month to the lines of the same.
fn status(
    mut lines: Vec<LineStatus>,
    mut money: Vec<Tried<'_>>,
    as_of: Date,
) -> Result<Vec<LineStatus>, ReadModelError> {
    lines.sort_unstable_by(|a, b| (a.worker, &a.employer, a.line).cmp(&(b.worker, &b.employer, b.line)));
    money.retain(|tried| tried.outcome.known(as_of));
    money.sort_unstable_by_key(|tried| (tried.worker, tried.employer, tried.outcome.seq));
    for lines in lines.chunk_by_mut(|a, b| (a.worker, &a.employer) == (b.worker, &b.employer)) {
        let Some(first) = lines.first() else { continue };
        let of = (first.worker, first.employer.as_str());
        let from = money.partition_point(|tried| (tried.worker, tried.employer) < of);
        let own = money.iter().skip(from).take_while(|tried| (tried.worker, tried.employer) == of);
        let counted = own.clone().filter(|tried| tried.outcome.counts(as_of)).map(|tried| tried.amount);
        let paid = Money::checked_sum(counted);
        let paid = paid.ok_or_else(|| ReadModelError::from(rules::RuleError::OutOfRange))?;
        let last = own.last().map(|tried| tried.outcome);
        let due = |line: &LineStatus| DueLine { due_on: line.due_on, net: line.net, recorded: line.line };
        let (shares, _) = rules::allocate(paid, &lines.iter().map(due).collect::<Vec<_>>());
        for (line, share) in lines.iter_mut().zip(shares) {
            (line.paid, line.last) = (share, last);
            line.state = state(line, as_of);
        }
    }
    Ok(lines)
}

impl State {
    /// How it stands with a line for which no money came, and none was tried to be sent.
    pub fn of_unpaid(nominal_due: Date, due_on: Option<Date>, as_of: Date) -> State {
        match due_on {
            Some(due_on) if due_on < as_of => State::NotOrdered,
            None if rules::earliest_due(nominal_due) < as_of => State::Undated,
            Some(_) | None => State::Due,
        }
    }
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
        _ => State::of_unpaid(line.nominal_due, line.due_on, as_of),
    }
}

fn unpaid(row: &Row) -> Result<LineStatus, ReadModelError> {
    Ok(LineStatus {
        line: row.number("line")?,
        worker: row.parsed("worker")?,
        employer: row.text("employer")?.into(),
        crew: row.parsed("crew")?,
        net: row.money("net")?,
        nominal_due: row.parsed("nominal_due")?,
        due_on: row.parsed_or_null("due_on")?,
        no_calendar: row.number_or_null("no_calendar")?,
        paid: Money::ZERO,
        state: State::Due,
        last: None,
    })
}

fn attempt(row: &Row) -> Result<Attempt, ReadModelError> {
    Ok(Attempt {
        outcome: Outcome {
            seq: row.number("seq")?,
            value_on: row.parsed_or_null("value_on")?,
            returned_on: row.parsed_or_null("returned_on")?,
        },
        worker: row.parsed("worker")?,
        employer: row.text("employer")?,
        amount: row.money("amount")?,
        bank: bank_place(row)?,
    })
}

fn bank_place(row: &Row) -> Result<BankPlace, ReadModelError> {
    Ok(BankPlace {
        batch: row.text("batch")?,
        number: row.number("number")?,
        serial: row.text_or_null("serial")?,
        reason: row.sealed_or_null("reason")?,
    })
}

/// A month's rows as one text.
mod packed {
    use super::{LineStatus, Outcome, State, Tried};
    use crate::ReadModelError;
    use crate::packed::parts;
    use rules::Money;

    pub(super) fn lines(text: &str) -> impl Iterator<Item = Result<LineStatus, ReadModelError>> {
        parts(text).map(|mut fields| {
            Ok(LineStatus {
                line: fields.parsed()?,
                worker: fields.parsed()?,
                employer: fields.next()?.into(),
                crew: fields.parsed()?,
                net: Money::from_fen(fields.parsed()?),
                nominal_due: fields.day()?,
                due_on: fields.day_or_none()?,
                no_calendar: fields.parsed_or_none()?,
                paid: Money::ZERO,
                state: State::Due,
                last: None,
            })
        })
    }

    pub(super) fn money(text: &str) -> impl Iterator<Item = Result<Tried<'_>, ReadModelError>> {
        parts(text).map(|mut fields| {
            let seq = fields.parsed()?;
            Ok(Tried {
                worker: fields.parsed()?,
                employer: fields.next()?,
                amount: Money::from_fen(fields.parsed()?),
                outcome: Outcome { seq, value_on: fields.day_or_none()?, returned_on: fields.day_or_none()? },
            })
        })
    }
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
