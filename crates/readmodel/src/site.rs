//! What pages ask of one project, crew, wage line or file.

use crate::arrears::sql;
use crate::engine::Row;
use crate::value::{Read, Value};
use crate::{ReadModel, ReadModelError};
use jiff::civil::Date;
use rules::{Money, Month, PayDay};
use uuid::Uuid;
use wages::SealedField;

/// A crew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crew {
    /// Its subject, whose key opens the label.
    pub crew: Uuid,
    /// Project code.
    pub project: String,
    /// Credit code of the employer.
    pub employer: String,
    /// Sealed as field `label`.
    pub label: SealedField,
    /// The entry that registered it.
    pub seq: u64,
}

/// A wage sheet: what was recorded of it, and what its seal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WageSheet {
    /// Credit code of the employer.
    pub employer: String,
    /// The crew.
    pub crew: Uuid,
    /// The wage month.
    pub month: Month,
    /// 0 = the sheet, n = 更正n.
    pub correction: u16,
    /// Lines recorded.
    pub recorded_lines: u64,
    /// Their net pay.
    pub recorded_net: Money,
    /// `None` = the seal is missing, and lines may be too.
    pub seal: Option<SheetSeal>,
}

/// What a sheet's seal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SheetSeal {
    /// The entry of the seal.
    pub seq: u64,
    /// Lines.
    pub lines: u64,
    /// Gross pay.
    pub gross: Money,
    /// Net pay.
    pub net: Money,
}

/// Wage lines of a project in one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthPay {
    /// The month.
    pub month: Month,
    /// Lines in force.
    pub lines: u64,
    /// Workers on them.
    pub workers: u64,
    /// Gross pay.
    pub gross: Money,
    /// Net pay.
    pub net: Money,
}

/// Payments of a project for one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthMoney {
    /// The month.
    pub month: Month,
    /// Payments that had gone through by the day, also those that came back.
    pub paid: u64,
    /// Their sum, without those that had come back.
    pub amount: Money,
    /// Payments that failed.
    pub failed: u64,
    /// Of those that went through, those that had come back by the day.
    pub returned: u64,
}

/// A contract of a worker, on the terms recorded last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerContract {
    /// The entry of its signing.
    pub contract: u64,
    /// Project code.
    pub project: String,
    /// Credit code of the employer.
    pub employer: String,
    /// Its number.
    pub number: String,
    /// Kind of document, as recorded.
    pub document: String,
    /// Day of signing.
    pub signed_on: Date,
    /// First day.
    pub starts_on: Date,
    /// Last day agreed.
    pub ends_on: Option<Date>,
    /// Day on which it ended.
    pub ended_on: Option<Date>,
    /// How pay is counted, as recorded.
    pub pay_form: String,
    /// Yuan per unit.
    pub unit_price: String,
    /// The unit, as recorded.
    pub unit: String,
    /// Day on which wages of a month are due; `None` = the paper names none.
    pub pay_day: Option<PayDay>,
}

/// Tax declared as withheld.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerTax {
    /// The entry.
    pub seq: u64,
    /// Credit code of the employer.
    pub employer: String,
    /// Month of payment.
    pub pay_month: Month,
    /// Income declared.
    pub declared_income: Money,
    /// Tax.
    pub amount: Money,
}

/// A file that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenIn {
    /// The entry that says so.
    pub seq: u64,
    /// SHA-256 in hexadecimal.
    pub digest: String,
    /// Its kind, as recorded.
    pub kind: String,
    /// Its length.
    pub bytes: u64,
    /// Rows recorded.
    pub recorded: u64,
    /// Rows known before.
    pub already_recorded: u64,
    /// Rows refused.
    pub refused: u64,
    /// Who handed it in.
    pub actor: String,
}

impl ReadModel {
    /// A crew.
    pub async fn crew(&self, crew: Uuid) -> Result<Option<Crew>, ReadModelError> {
        Ok(self.ask(sql!("crew"), vec![crew.into()], crew_row).await?.pop())
    }

    /// Crews registered after an entry, in ledger order.
    pub async fn crews(&self, after: u64, limit: u32) -> Result<Vec<Crew>, ReadModelError> {
        self.ask(sql!("crews"), vec![place(after), limit.into()], crew_row).await
    }

    /// A worker's contracts, by day of signing.
    pub async fn contracts_of(&self, worker: Uuid) -> Result<Vec<WorkerContract>, ReadModelError> {
        self.ask(sql!("contracts_of_worker"), vec![worker.into()], |row| {
            Ok(WorkerContract {
                contract: row.number("contract")?,
                project: row.text("project")?,
                employer: row.text("employer")?,
                number: row.text("number")?,
                document: row.text("document")?,
                signed_on: row.parsed("signed_on")?,
                starts_on: row.parsed("starts_on")?,
                ends_on: row.parsed_or_null("ends_on")?,
                ended_on: row.parsed_or_null("ended_on")?,
                pay_form: row.text("pay_form")?,
                unit_price: row.text("unit_price")?,
                unit: row.text("unit")?,
                pay_day: row.int_or_null("pay_day")?.and_then(PayDay::from_code),
            })
        })
        .await
    }

    /// Tax declared as withheld from a worker, by month of payment.
    pub async fn tax_of(&self, worker: Uuid) -> Result<Vec<WorkerTax>, ReadModelError> {
        self.ask(sql!("tax_of_worker"), vec![worker.into()], |row| {
            Ok(WorkerTax {
                seq: row.number("seq")?,
                employer: row.text("employer")?,
                pay_month: row.parsed("pay_month")?,
                declared_income: row.money("declared_income")?,
                amount: row.money("amount")?,
            })
        })
        .await
    }

    /// Files taken in before an entry, the latest first.
    pub async fn files_before(&self, seq: u64, limit: u32) -> Result<Vec<TakenIn>, ReadModelError> {
        self.ask(sql!("files"), vec![place(seq), limit.into()], taken_in).await
    }

    /// Files taken in after an entry, the earliest first.
    pub async fn files_after(&self, seq: u64, limit: u32) -> Result<Vec<TakenIn>, ReadModelError> {
        self.ask(sql!("files_after"), vec![place(seq), limit.into()], taken_in).await
    }
}

fn taken_in(row: &Row) -> Result<TakenIn, ReadModelError> {
    Ok(TakenIn {
        seq: row.number("seq")?,
        digest: row.text("digest")?,
        kind: row.text("kind")?,
        bytes: row.number("bytes")?,
        recorded: row.number("recorded")?,
        already_recorded: row.number("already_recorded")?,
        refused: row.number("refused")?,
        actor: row.text("actor")?,
    })
}

pub(crate) fn sheet(row: &Row) -> Result<WageSheet, ReadModelError> {
    let seal = match row.int_or_null("seal")? {
        None => None,
        Some(_) => Some(SheetSeal {
            seq: row.number("seal")?,
            lines: row.number("lines")?,
            gross: row.money("gross")?,
            net: row.money("net")?,
        }),
    };
    Ok(WageSheet {
        employer: row.text("employer")?,
        crew: row.parsed("crew")?,
        month: row.parsed("month")?,
        correction: row.number("correction")?,
        recorded_lines: row.number("recorded_lines")?,
        recorded_net: row.money("recorded_net")?,
        seal,
    })
}

/// A sequence as a value; one that no entry can have is beyond all.
pub(crate) fn place(seq: u64) -> Value {
    i64::try_from(seq).unwrap_or(i64::MAX).into()
}

fn crew_row(row: &Row) -> Result<Crew, ReadModelError> {
    Ok(Crew {
        crew: row.parsed("crew")?,
        project: row.text("project")?,
        employer: row.text("employer")?,
        label: row.sealed("label")?,
        seq: row.number("seq")?,
    })
}
