//! What is owed and late, and what is not known beside it.

use crate::engine::{Connection, Row};
use crate::model::Position;
use crate::undated::{self, Undated, UndatedRows};
use crate::value::{Read, Value};
use crate::{Cursor, ReadModel, ReadModelError, SilentTotal};
use jiff::ToSpan;
use jiff::civil::Date;
use rules::{Bucket, Days, Money, Month};
use uuid::Uuid;
use wages::SealedField;

macro_rules! sql {
    ($file:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../projections/", $file, ".sql"))
    };
}
pub(crate) use sql;

macro_rules! overdue_sql {
    ($file:literal) => {
        concat!(
            include_str!("../../../projections/overdue.sql"),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../projections/", $file, ".sql"))
        )
    };
}

macro_rules! silent_sql {
    ($file:literal) => {
        concat!(
            include_str!("../../../projections/silent.sql"),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../projections/", $file, ".sql"))
        )
    };
}

/// A project, an employer (empty = it never handed in a roster) and a month without a wage sheet, and the people on his
/// roster, as [`ReadModel::silent_months`] gives them.
pub type SilentRow = (String, String, Month, u64);

/// By what arrears are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// Project code.
    Project,
    /// Credit code of the employer.
    Employer,
    /// Credit code of the project's general contractor.
    Contractor,
    /// Credit code of the project's owner.
    Owner,
    /// Crew.
    Crew,
    /// Worker.
    Worker,
    /// Region code of the project, GB/T 2260.
    Region,
    /// Age of the arrears.
    Bucket,
    /// Not at all: every wage line.
    Line,
}

/// Arrears as of a day: payments count that were booked by then, wages in the version in force now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrears {
    /// The day asked about.
    pub as_of: Date,
    /// By what they are told apart.
    pub by: By,
    /// The last entry that the answer knows.
    pub head: Cursor,
    /// Only what is overdue: lines the oldest first, buckets from young to old, groups by amount, the largest
    /// first. Buckets without a line are left out.
    pub rows: ArrearsRows,
    /// Over all rows.
    pub total: Total,
    /// What could change the sum and is not known.
    pub unknown: UnknownTotal,
    /// The lines of it whose due day is not known, told apart in the same way.
    pub undated: UndatedRows,
    /// Paid up to the day, and taken by no line.
    pub unallocated: Money,
}

/// Rows of [`Arrears`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArrearsRows {
    /// For [`By::Line`].
    Lines(Vec<OverdueLine>),
    /// For all others.
    Groups(Vec<Group>),
}

/// Sums over overdue lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// Overdue wage lines.
    pub lines: u64,
    /// Workers with one or more of them.
    pub workers: u64,
    /// What is owed on them.
    pub outstanding: Money,
}

/// What could change a sum of arrears and is not known. It stands beside every such sum; what else is not known about one
/// belongs here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnknownTotal {
    /// Worker-months (per employer and crew) with work and no wage line, which would be overdue.
    pub worker_months: u64,
    /// 工日 in them.
    pub days: Days,
    /// Wage lines whose due date has passed, on sheets without a seal: others of the sheet may be missing.
    pub unsealed_lines: u64,
    /// Wage sheets that were expected and did not come.
    pub silent: SilentTotal,
    /// What may be overdue, where nobody knows when it is due.
    pub undated: Undated,
}

/// A worker with the sealed fields that pages show; `None` when the worker was never registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Subject: the pseudonym, and whose key opens the fields.
    pub worker: Uuid,
    /// Sealed as field `id_number`.
    pub id_number: Option<SealedField>,
    /// Sealed as field `name`.
    pub name: Option<SealedField>,
}

/// An overdue wage line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverdueLine {
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
    /// Adjusted due date.
    pub due_on: Date,
    /// Calendar days since then.
    pub days_overdue: i64,
    /// Their bucket.
    pub bucket: Bucket,
    /// The entry of the line's first version.
    pub line: u64,
}

/// Overdue lines with one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Project code, credit code, region code, label of the bucket, or UUID of the crew or worker. An empty
    /// region, general contractor or owner is that of projects that were never registered.
    pub key: String,
    /// Its name.
    pub name: Name,
    /// Workers among the lines.
    pub workers: u64,
    /// Overdue lines.
    pub lines: u64,
    /// What is owed on them.
    pub outstanding: Money,
    /// Days overdue of the oldest.
    pub oldest_days: i64,
    /// Its first day overdue.
    pub since: Date,
}

/// What a group is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// Nobody's secret.
    Plain(String),
    /// Personal data: a worker's name (field `name`) or a crew's label (field `label`), sealed with the key
    /// of the subject that the group's key names.
    Sealed(SealedField),
    /// Never registered.
    Unknown,
}

/// Work without a wage line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Project code.
    pub project: String,
    /// Credit code of the employer; empty when no stay on the project is known.
    pub employer: String,
    /// Crew, where a stay is known.
    pub crew: Option<Uuid>,
    /// Sealed as field `label`.
    pub crew_label: Option<SealedField>,
    /// The worker.
    pub person: Person,
    /// The month.
    pub month: Month,
    /// 工日 recorded so far.
    pub days: Days,
    /// The day agreed for the line that is missing.
    pub nominal_due: Date,
    /// When it would be due, adjusted; `None` = its calendar is missing, and it may not be due yet.
    pub due_on: Option<Date>,
    /// The year whose calendar is missing.
    pub no_calendar: Option<i16>,
}

/// Money that no wage line takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unallocated {
    /// Project code.
    pub project: String,
    /// Credit code of the employer.
    pub employer: String,
    /// The worker.
    pub person: Person,
    /// The wage month.
    pub month: Month,
    /// How much.
    pub amount: Money,
}

impl By {
    fn question(self) -> &'static str {
        match self {
            By::Project => overdue_sql!("arrears_by_project"),
            By::Employer => overdue_sql!("arrears_by_employer"),
            By::Contractor => overdue_sql!("arrears_by_contractor"),
            By::Owner => overdue_sql!("arrears_by_owner"),
            By::Crew => overdue_sql!("arrears_by_crew"),
            By::Worker => overdue_sql!("arrears_by_worker"),
            By::Region => overdue_sql!("arrears_by_region"),
            By::Bucket => overdue_sql!("arrears_by_bucket"),
            By::Line => overdue_sql!("arrears_by_line"),
        }
    }
}

impl ReadModel {
    /// What is owed and late on a day, and beside it what may be.
    pub async fn arrears(&self, as_of: Date, by: By) -> Result<Arrears, ReadModelError> {
        let tx = &mut self.read().await?;
        let head = Position::read(tx).await?.cursor;
        let day = || vec![Value::from(as_of)];
        let rows = match by {
            By::Line => {
                let rows = tx.fetch(by.question(), day()).await?;
                let rows: Result<_, _> = rows.iter().map(|row| overdue_line(row, as_of)).collect();
                ArrearsRows::Lines(rows?)
            }
            By::Bucket => {
                let edges =
                    Bucket::ALL.iter().skip(1).map(|b| as_of.saturating_sub((b.first_day() - 1).days()));
                let values = std::iter::once(as_of).chain(edges).map(Value::from).collect();
                let rows = tx.fetch(by.question(), values).await?;
                let rows: Result<_, _> = rows.iter().map(|row| group(row, as_of, by)).collect();
                ArrearsRows::Groups(rows?)
            }
            By::Project | By::Employer | By::Contractor | By::Owner | By::Crew | By::Worker | By::Region => {
                let rows = tx.fetch(by.question(), day()).await?;
                let rows: Result<_, _> = rows.iter().map(|row| group(row, as_of, by)).collect();
                ArrearsRows::Groups(rows?)
            }
        };
        let total = tx.fetch(overdue_sql!("arrears_total"), day()).await?;
        let total = one(&total, "the total of arrears")?;
        let total = Total {
            lines: total.number("lines")?,
            workers: total.number("workers")?,
            outstanding: total.money("outstanding")?,
        };
        let unknown = unknown_total(as_of, tx).await?;
        let undated = undated::rows(as_of, by, tx).await?;
        let over = tx.fetch(sql!("unallocated"), day()).await?;
        let over: Vec<Money> = over.iter().map(|row| row.money("amount")).collect::<Result<_, _>>()?;
        let unallocated = Money::checked_sum(over);
        let unallocated = unallocated.ok_or_else(|| ReadModelError::from(rules::RuleError::OutOfRange))?;
        Ok(Arrears { as_of, by, head, rows, total, unknown, undated, unallocated })
    }

    /// Work that no wage line stands for although it would have been overdue on the day, the oldest first; last come
    /// those of which it is not known whether it would.
    pub async fn unknown(&self, as_of: Date) -> Result<Vec<Unknown>, ReadModelError> {
        self.ask(sql!("unknown"), undated::days(as_of), unknown).await
    }

    /// Months without a wage sheet that was expected before the day, by project, employer and month. Pages ask
    /// [`crate::Lateness::silent_months`].
    pub async fn silent_months(&self, as_of: Date) -> Result<Vec<SilentRow>, ReadModelError> {
        self.ask(silent_sql!("silent_list"), vec![as_of.into()], |row| {
            let month = row.parsed("month")?;
            Ok((row.text("project")?, row.text("employer")?, month, row.number("people")?))
        })
        .await
    }

    /// Money paid up to the day that no wage line takes, by project, employer, month and worker.
    pub async fn unallocated(&self, as_of: Date) -> Result<Vec<Unallocated>, ReadModelError> {
        self.ask(sql!("unallocated"), vec![as_of.into()], |row| {
            Ok(Unallocated {
                project: row.text("project")?,
                employer: row.text("employer")?,
                person: person(row)?,
                month: row.parsed("month")?,
                amount: row.money("amount")?,
            })
        })
        .await
    }
}

async fn unknown_total(as_of: Date, connection: &mut Connection) -> Result<UnknownTotal, ReadModelError> {
    let months = connection.fetch(sql!("unknown_total"), vec![as_of.into()]).await?;
    let months = one(&months, "the unknown months")?;
    let unsealed = connection.fetch(sql!("unsealed_total"), vec![as_of.into()]).await?;
    let silent = connection.fetch(silent_sql!("silent_total"), vec![as_of.into()]).await?;
    let silent = one(&silent, "the silent months")?;
    Ok(UnknownTotal {
        worker_months: months.number("worker_months")?,
        days: months.days("days_tenths")?,
        unsealed_lines: one(&unsealed, "the unsealed lines")?.number("lines")?,
        silent: SilentTotal {
            site_months: silent.number("site_months")?,
            people: silent.number("people")?,
            without_roster: silent.number("without_roster")?,
        },
        undated: undated::total(as_of, connection).await?,
    })
}

pub(crate) fn one<'a>(rows: &'a [Row], what: &'static str) -> Result<&'a Row, ReadModelError> {
    rows.first().ok_or_else(|| ReadModelError::damaged(what, "no answer"))
}

fn overdue_line(row: &Row, as_of: Date) -> Result<OverdueLine, ReadModelError> {
    let due_on = row.parsed("due_on")?;
    let days_overdue = rules::days_overdue(as_of, due_on);
    let bucket = Bucket::of(days_overdue);
    Ok(OverdueLine {
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
        due_on,
        days_overdue,
        bucket: bucket.ok_or_else(|| ReadModelError::damaged("wage_line.due_on", due_on))?,
        line: row.number("line")?,
    })
}

pub(crate) fn person(row: &Row) -> Result<Person, ReadModelError> {
    Ok(Person {
        worker: row.parsed("worker")?,
        id_number: row.sealed_or_null("id_number")?,
        name: row.sealed_or_null("name")?,
    })
}

/// A group's key, and what it is called.
pub(crate) fn group_name(row: &Row, by: By) -> Result<(String, Name), ReadModelError> {
    Ok(match by {
        By::Bucket => {
            let bucket = usize::try_from(row.int("key")?).ok().and_then(|at| Bucket::ALL.get(at));
            let bucket = bucket.ok_or_else(|| ReadModelError::damaged("wage_line.due_on", "no bucket"))?;
            (bucket.label().to_owned(), Name::Plain(bucket.label().to_owned()))
        }
        By::Crew | By::Worker => {
            (row.text("key")?, row.sealed_or_null("name")?.map_or(Name::Unknown, Name::Sealed))
        }
        By::Project | By::Employer | By::Contractor | By::Owner | By::Region | By::Line => {
            (row.text("key")?, row.text_or_null("name")?.map_or(Name::Unknown, Name::Plain))
        }
    })
}

fn group(row: &Row, as_of: Date, by: By) -> Result<Group, ReadModelError> {
    let (key, name) = group_name(row, by)?;
    let oldest: Date = row.parsed("oldest")?;
    Ok(Group {
        key,
        name,
        workers: row.number("workers")?,
        lines: row.number("lines")?,
        outstanding: row.money("outstanding")?,
        oldest_days: rules::days_overdue(as_of, oldest),
        since: oldest.tomorrow().map_err(|e| ReadModelError::damaged("wage_line.due_on", e))?,
    })
}

fn unknown(row: &Row) -> Result<Unknown, ReadModelError> {
    let crew = row.text("crew")?;
    let crew = (!crew.is_empty()).then(|| row.parsed("crew")).transpose()?;
    Ok(Unknown {
        project: row.text("project")?,
        employer: row.text("employer")?,
        crew,
        crew_label: row.sealed_or_null("crew_label")?,
        person: person(row)?,
        month: row.parsed("month")?,
        days: row.days("days_tenths")?,
        nominal_due: row.parsed("nominal_due")?,
        due_on: row.parsed_or_null("due_on")?,
        no_calendar: row.number_or_null("no_calendar")?,
    })
}
