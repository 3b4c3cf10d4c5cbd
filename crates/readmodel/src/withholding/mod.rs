//! What withholding agents should have withheld in a month of payment, beside what their wage sheets show.

mod declared;
mod pass;
mod payees;
mod unpaid;

pub use declared::WorkerDeduction;
pub use payees::{AgentTax, Payee};

use crate::arrears::{Person, person, sql};
use crate::engine::{Connection, Row};
use crate::model::Position;
use crate::value::{Read, Value};
use crate::{Cursor, ReadModel, ReadModelError};
use jiff::civil::Date;
use pass::{Keep, Pass, Whose};
use rules::tax::DeductionGroup;
use rules::{Days, Money, Month};
use std::collections::BTreeMap;
use uuid::Uuid;
use wages::{CreditCode, SealedField};

/// Which lines are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithheldLines {
    /// Every line of the month.
    All,
    /// Those that show another tax than the right one.
    Variances,
}

/// A month of payment, as tax sees it: wages are taken as paid in the month after the one they are for (our
/// convention `iit.pay_month`), and what was withheld is what the sheets show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withholding {
    /// The month of payment.
    pub pay_month: Month,
    /// The last entry that the answer knows.
    pub head: Cursor,
    /// By project, employer, crew and worker.
    pub lines: Vec<WithheldLine>,
    /// Kinds of deductions of which nobody who was asked about has declared any: with them the right tax is less.
    pub not_declared: Vec<DeductionGroup>,
    /// Over every line of the month, shown or not.
    pub total: WithheldTotal,
    /// Who had wages from several agents in the month, an agent a row.
    pub split: Vec<SplitIncome>,
    /// Lines with tax on wages that were not, or not all, paid.
    pub unpaid: Vec<TaxedUnpaid>,
    /// Who worked in the wage month and stands on no sheet, so that the return lacks him.
    pub missing: Vec<MissingWages>,
}

/// Sums of a month of payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct WithheldTotal {
    /// Pairs of worker and agent.
    pub payees: u64,
    /// Pairs whose sheets show another tax than the right one.
    pub wrong: u64,
    /// Gross pay.
    pub income: Money,
    /// Tax as the sheets show it.
    pub on_sheet: Money,
    /// Tax that should have been withheld.
    pub right: Money,
}

/// Where a line of a wage sheet belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinePlace {
    /// Project code.
    pub project: String,
    /// Credit code of the employer, who is the withholding agent.
    pub employer: String,
    /// Crew, whose key opens the label; `None` where no stay is known.
    pub crew: Option<Uuid>,
    /// Sealed as field `label`.
    pub crew_label: Option<SealedField>,
    /// The worker.
    pub person: Person,
    /// The wage month.
    pub month: Month,
}

/// A wage line and its tax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithheldLine {
    /// Whose it is.
    pub place: LinePlace,
    /// Gross pay.
    pub gross: Money,
    /// Own social insurance and housing fund.
    pub insurance: Money,
    /// Tax as the sheet shows it.
    pub on_sheet: Money,
    /// Tax that should have been withheld.
    pub right: Money,
    /// The entry of the line's first version.
    pub line: u64,
}

/// Wages that a worker had from one of several agents in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitIncome {
    /// The worker.
    pub person: Person,
    /// Credit code of the agent.
    pub employer: String,
    /// How many agents paid him wages in the month, this one included.
    pub agents: usize,
    /// What this one paid.
    pub income: Money,
    /// What he withheld, as his sheets show.
    pub on_sheet: Money,
}

/// Tax withheld from wages that were not, or not all, paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxedUnpaid {
    /// Whose it is.
    pub place: LinePlace,
    /// Net pay of the line.
    pub net: Money,
    /// What was paid for the project and month, and did not come back, up to the last entry.
    pub paid: Money,
    /// Tax as the sheet shows it.
    pub on_sheet: Money,
    /// When it was due; `None` = a calendar is missing.
    pub due_on: Option<Date>,
}

/// Work that no wage line stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingWages {
    /// Whose it is; the employer is empty when no stay on the project is known.
    pub place: LinePlace,
    /// 工日.
    pub days: Days,
}

impl ReadModel {
    /// Works out, in one pass over the year, what should have been withheld in a month of payment, by all agents
    /// or by one. [`ReadModelError::Rule`] when the law of the year is not known.
    pub async fn withholding(
        &self,
        pay_month: Month,
        employer: Option<&CreditCode>,
        which: WithheldLines,
    ) -> Result<Withholding, ReadModelError> {
        let tx = &mut self.read().await?;
        let head = Position::read(tx).await?.cursor;
        let keep = match which {
            WithheldLines::All => Keep::Sums,
            WithheldLines::Variances => Keep::Wrong,
        };
        let mut pass = Pass::new(pay_month, employer.map_or(Whose::Everybody, Whose::Employer), keep);
        pass.run(tx).await?;
        let wage_month = before(pay_month);
        let mut lines = lines(&pass, wage_month, tx).await?;
        if which == WithheldLines::Variances {
            lines.retain(|line| line.on_sheet != line.right);
        }
        lines.sort_by(|one, other| order(&one.place, one.line).cmp(&order(&other.place, other.line)));
        let not_declared = pass.not_declared();
        let split = named(pass.split, tx).await?;
        let unpaid = unpaid::taxed_unpaid(wage_month, employer, tx).await?;
        let asked = vec![wage_month.into(), Value::from(employer.map_or("", CreditCode::as_str))];
        let missing = tx.fetch(sql!("tax_missing"), asked).await?;
        Ok(Withholding {
            pay_month,
            head,
            lines,
            not_declared,
            total: pass.total,
            split,
            unpaid,
            missing: missing.iter().map(missing_wages).collect::<Result<_, _>>()?,
        })
    }
}

fn before(month: Month) -> Month {
    Month::of(month.first_day().yesterday().unwrap_or(month.first_day()))
}

fn order(place: &LinePlace, line: u64) -> impl Ord + '_ {
    (&place.project, &place.employer, place.crew, place.person.worker, line)
}

/// The lines of everybody judged, each with what is right.
async fn lines(
    pass: &Pass<'_>,
    wage_month: Month,
    tx: &mut Connection,
) -> Result<Vec<WithheldLine>, ReadModelError> {
    let key = |(worker, employer): &(Uuid, String)| -> [Value; 3] {
        [(*worker).into(), employer.into(), wage_month.into()]
    };
    let rows = tx.fetch_by_keys(sql!("tax_lines"), pass.judged.keys().map(key)).await?;
    let mut by_payee: BTreeMap<(Uuid, String), Vec<WithheldLine>> = BTreeMap::new();
    for row in &rows {
        let line = withheld_line(row)?;
        by_payee.entry((line.place.person.worker, line.place.employer.clone())).or_default().push(line);
    }
    let mut lines = Vec::with_capacity(rows.len());
    for (payee, judged) in &pass.judged {
        let mut own = by_payee.remove(payee).unwrap_or_default();
        if Money::checked_sum(own.iter().map(|line| line.on_sheet)) != Some(judged.on_sheet) {
            return Err(ReadModelError::damaged("tax_year.wages", "it does not fit the wage lines"));
        }
        own.sort_by(|one, other| {
            (&one.place.project, one.place.crew).cmp(&(&other.place.project, other.place.crew))
        });
        let right = pass.right_of_lines(judged, &own)?;
        lines.extend(own.into_iter().zip(right).map(|(line, right)| WithheldLine { right, ..line }));
    }
    Ok(lines)
}

/// With the sealed fields of the workers.
async fn named(mut split: Vec<SplitIncome>, tx: &mut Connection) -> Result<Vec<SplitIncome>, ReadModelError> {
    let keys = split.iter().map(|income| [income.person.worker.into()]);
    let rows = tx.fetch_by_keys(sql!("workers"), keys).await?;
    let people = rows.iter().map(|row| person(row).map(|person| (person.worker, person)));
    let people: BTreeMap<Uuid, Person> = people.collect::<Result<_, _>>()?;
    for income in &mut split {
        if let Some(person) = people.get(&income.person.worker) {
            income.person = person.clone();
        }
    }
    Ok(split)
}

fn place(row: &Row) -> Result<LinePlace, ReadModelError> {
    let crew = row.text("crew")?;
    Ok(LinePlace {
        project: row.text("project")?,
        employer: row.text("employer")?,
        crew: (!crew.is_empty()).then(|| row.parsed("crew")).transpose()?,
        crew_label: row.sealed_or_null("crew_label")?,
        person: person(row)?,
        month: row.parsed("month")?,
    })
}

fn withheld_line(row: &Row) -> Result<WithheldLine, ReadModelError> {
    let on_sheet = row.money("income_tax")?;
    Ok(WithheldLine {
        place: place(row)?,
        gross: row.money("gross")?,
        insurance: row.money("insurance")?,
        on_sheet,
        right: on_sheet,
        line: row.number("line")?,
    })
}

fn missing_wages(row: &Row) -> Result<MissingWages, ReadModelError> {
    Ok(MissingWages { place: place(row)?, days: row.days("days_tenths")? })
}
