//! What may be overdue on a day, where nobody knows when it is due: the calendar of rest days of its year is missing.
//!
//! Such a line is never counted as overdue, nor as not due: it stands beside every sum of arrears. A line agreed for long
//! after the day is not due yet whatever calendar may come, and does not count here either.

use crate::ReadModelError;
use crate::arrears::{By, Name, Person, group_name, one, person, sql};
use crate::engine::{Connection, Row};
use crate::value::{Read, Value};
use jiff::ToSpan;
use jiff::civil::Date;
use rules::{Days, Money, Month};
use std::collections::BTreeSet;
use uuid::Uuid;
use wages::SealedField;

macro_rules! undated_sql {
    ($file:literal) => {
        concat!(
            include_str!("../../../projections/undated.sql"),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../projections/", $file, ".sql"))
        )
    };
}

/// What may be overdue and is not known to be, for want of calendars.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undated {
    /// Wage lines that are not paid in full.
    pub lines: u64,
    /// Workers with one or more of them.
    pub workers: u64,
    /// What is not paid of them.
    pub outstanding: Money,
    /// Worker-months (per employer and crew) with work and no wage line.
    pub worker_months: u64,
    /// 工日 in them.
    pub days: Days,
    /// The years whose calendars are missing.
    pub years: BTreeSet<i16>,
}

impl Undated {
    /// Whether everything is known.
    pub fn is_empty(&self) -> bool {
        self.years.is_empty()
    }
}

/// What [`Undated`] is made of, told apart as arrears are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndatedRows {
    /// For [`By::Line`]: those agreed for the earliest days first.
    Lines(Vec<UndatedWage>),
    /// For all others: the largest first. What is not known to be overdue has no age: none for [`By::Bucket`].
    Groups(Vec<UndatedGroup>),
}

/// A wage line that may be overdue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndatedWage {
    /// Project code.
    pub project: String,
    /// Credit code of the employer.
    pub employer: String,
    /// Crew, whose key opens the label.
    pub crew: Uuid,
    /// Sealed as field `label`; `None` when the crew was never registered.
    pub crew_label: Option<SealedField>,
    /// The worker.
    pub person: Person,
    /// The wage month.
    pub month: Month,
    /// Gross pay of the version in force.
    pub gross: Money,
    /// Net pay of the version in force.
    pub net: Money,
    /// What payments up to the day gave this line.
    pub paid: Money,
    /// Net less paid.
    pub outstanding: Money,
    /// The day agreed, which rest days may move to an earlier one.
    pub nominal_due: Date,
    /// The year whose calendar is missing.
    pub no_calendar: i16,
    /// The entry of the line's first version.
    pub line: u64,
}

/// Such lines with one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndatedGroup {
    /// As of [`crate::Group`].
    pub key: String,
    /// Its name.
    pub name: Name,
    /// Workers among the lines.
    pub workers: u64,
    /// Lines.
    pub lines: u64,
    /// What is not paid of them.
    pub outstanding: Money,
    /// The earliest day agreed.
    pub nominal_due: Date,
}

/// The day, and the first for which a line may be agreed that is not due by then whatever calendar comes.
pub(crate) fn days(as_of: Date) -> Vec<Value> {
    vec![as_of.into(), as_of.saturating_add(rules::DUE_MOVES_AT_MOST.days()).into()]
}

pub(crate) async fn total(as_of: Date, tx: &mut Connection) -> Result<Undated, ReadModelError> {
    let total = tx.fetch(undated_sql!("arrears_total"), days(as_of)).await?;
    let total = one(&total, "the total of lines without a due day")?;
    let until = days(as_of).split_off(1);
    let months = tx.fetch(sql!("undated_months"), until).await?;
    let months = one(&months, "the months without a due day")?;
    let years = tx.fetch(undated_sql!("undated_years"), days(as_of)).await?;
    Ok(Undated {
        lines: total.number("lines")?,
        workers: total.number("workers")?,
        outstanding: total.money("outstanding")?,
        worker_months: months.number("worker_months")?,
        days: months.days("days_tenths")?,
        years: years.iter().map(|row| row.number("year")).collect::<Result<_, _>>()?,
    })
}

pub(crate) async fn rows(as_of: Date, by: By, tx: &mut Connection) -> Result<UndatedRows, ReadModelError> {
    let question = match by {
        By::Line => {
            let rows = tx.fetch(undated_sql!("undated_by_line"), days(as_of)).await?;
            return Ok(UndatedRows::Lines(rows.iter().map(line).collect::<Result<_, _>>()?));
        }
        By::Bucket => return Ok(UndatedRows::Groups(Vec::new())),
        By::Project => undated_sql!("arrears_by_project"),
        By::Employer => undated_sql!("arrears_by_employer"),
        By::Contractor => undated_sql!("arrears_by_contractor"),
        By::Owner => undated_sql!("arrears_by_owner"),
        By::Crew => undated_sql!("arrears_by_crew"),
        By::Worker => undated_sql!("arrears_by_worker"),
        By::Region => undated_sql!("arrears_by_region"),
    };
    let rows = tx.fetch(question, days(as_of)).await?;
    Ok(UndatedRows::Groups(rows.iter().map(|row| group(row, by)).collect::<Result<_, _>>()?))
}

fn line(row: &Row) -> Result<UndatedWage, ReadModelError> {
    Ok(UndatedWage {
        project: row.text("project")?,
        employer: row.text("employer")?,
        crew: row.parsed("crew")?,
        crew_label: row.sealed_or_null("crew_label")?,
        person: person(row)?,
        month: row.parsed("month")?,
        gross: row.money("gross")?,
        net: row.money("net")?,
        paid: row.money("paid")?,
        outstanding: row.money("outstanding")?,
        nominal_due: row.parsed("due_on")?,
        no_calendar: row.number("no_calendar")?,
        line: row.number("line")?,
    })
}

fn group(row: &Row, by: By) -> Result<UndatedGroup, ReadModelError> {
    let (key, name) = group_name(row, by)?;
    Ok(UndatedGroup {
        key,
        name,
        workers: row.number("workers")?,
        lines: row.number("lines")?,
        outstanding: row.money("outstanding")?,
        nominal_due: row.parsed("oldest")?,
    })
}
