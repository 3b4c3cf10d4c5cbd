//! Dedicated accounts and bank batches of a project.

use crate::arrears::sql;
use crate::value::Read;
use crate::{ReadModel, ReadModelError};
use rules::{Money, Month};
use wages::ProjectCode;

/// One month of a project's dedicated account (Decree 724 art. 26), by the bank's statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountMonth {
    /// The statement's month.
    pub month: Month,
    /// Labour cost that the owner transferred (art. 29).
    pub labour_cost_in: Money,
    /// What else came in.
    pub other_in: Money,
    /// What went out.
    pub out: Money,
    /// Balance after the last movement, as the bank states.
    pub closing_balance: Money,
}

/// A bank's payroll batch as its lines were recorded, beside its seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Number of the batch.
    pub batch: String,
    /// Credit code of the employer.
    pub employer: String,
    /// The wage month.
    pub month: Month,
    /// Lines recorded, failed ones and returns too.
    pub lines: u64,
    /// Their sum.
    pub amount: Money,
    /// Lines that went through; also those that came back later.
    pub succeeded: u64,
    /// Their sum.
    pub succeeded_amount: Money,
    /// Number and sum of lines that the seal says; `None` = the seal is missing, lines may be too.
    pub sealed: Option<(u64, Money)>,
}

impl ReadModel {
    /// The project's dedicated account month by month.
    pub async fn account(&self, project: &ProjectCode) -> Result<Vec<AccountMonth>, ReadModelError> {
        self.ask(sql!("accounts"), vec![project.as_str().into()], |row| {
            Ok(AccountMonth {
                month: row.parsed("month")?,
                labour_cost_in: row.money("labour_cost_in")?,
                other_in: row.money("other_in")?,
                out: row.money("out_sum")?,
                closing_balance: row.money("closing_balance")?,
            })
        })
        .await
    }

    /// The bank batches that paid wages on a project, by number.
    pub async fn batches(&self, project: &ProjectCode) -> Result<Vec<Batch>, ReadModelError> {
        self.ask(sql!("batches"), vec![project.as_str().into()], |row| {
            let lines = row.int_or_null("sealed_lines")?;
            let lines = lines.map(u64::try_from).transpose();
            let lines = lines.map_err(|e| ReadModelError::damaged("batch.lines", e))?;
            Ok(Batch {
                batch: row.text("batch")?,
                employer: row.text("employer")?,
                month: row.parsed("month")?,
                lines: row.number("lines")?,
                amount: row.money("amount")?,
                succeeded: row.number("succeeded")?,
                succeeded_amount: row.money("succeeded_amount")?,
                sealed: lines.zip(row.int_or_null("sealed_amount")?.map(Money::from_fen)),
            })
        })
        .await
    }
}
