//! What workers declared to be deducted.

use crate::arrears::sql;
use crate::value::{Read, of_recorded};
use crate::{ReadModel, ReadModelError};
use rules::Money;
use rules::tax::{Declared, Deduction};
use uuid::Uuid;

/// A declaration of a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerDeduction {
    /// Credit code of the withholding agent.
    pub employer: String,
    /// What is deducted, how much and when.
    pub declared: Declared,
    /// The entry that says so.
    pub seq: u64,
}

impl ReadModel {
    /// What a worker told his withholding agents to deduct, as said last, by agent, kind and first month.
    pub async fn deductions_of(&self, worker: Uuid) -> Result<Vec<WorkerDeduction>, ReadModelError> {
        let rows = self.read().await?.fetch(sql!("deductions_of_worker"), vec![worker.into()]).await?;
        let declaration = |row: &crate::engine::Row| {
            Ok(WorkerDeduction {
                employer: row.text("employer")?,
                declared: Declared {
                    kind: kind(&row.text("kind")?)?,
                    monthly: row.money("monthly")?,
                    from: row.parsed("from_month")?,
                    until: row.parsed_or_null("until_month")?,
                    declared_on: row.parsed("declared_on")?,
                },
                seq: row.number("seq")?,
            })
        };
        rows.iter().map(declaration).collect()
    }
}

fn kind(word: &str) -> Result<Deduction, ReadModelError> {
    of_recorded(word).ok_or_else(|| ReadModelError::damaged("deduction.kind", word))
}

/// Reads the declarations to one agent as the questions about a year put them together: kind, first month, last month
/// or nothing, fen, day; with colons between, and semicolons between declarations.
pub(super) fn read_declared(text: &str) -> Result<Vec<Declared>, ReadModelError> {
    let declaration = |part: &str| {
        let mut fields = part.split(':');
        let mut field = || fields.next().ok_or_else(|| ReadModelError::damaged("deduction", part));
        let damaged = |e: &dyn ToString| ReadModelError::damaged("deduction", e.to_string());
        let (of_kind, from, until) = (field()?, field()?, field()?);
        let (monthly, declared_on) = (field()?, field()?);
        let until = (!until.is_empty()).then(|| until.parse()).transpose();
        Ok(Declared {
            kind: kind(of_kind)?,
            monthly: Money::from_fen(monthly.parse().map_err(|e| damaged(&e as &std::num::ParseIntError))?),
            from: from.parse().map_err(|e: rules::ParseError| damaged(&e))?,
            until: until.map_err(|e: rules::ParseError| damaged(&e))?,
            declared_on: declared_on.parse().map_err(|e: jiff::Error| damaged(&e))?,
        })
    };
    text.split(';').map(declaration).collect()
}
