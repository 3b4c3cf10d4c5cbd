//! Looking things up: projects, organisations, contracts, and what is known of one worker.

use crate::arrears::sql;
use crate::engine::Row;
use crate::value::{Read, of_recorded};
use crate::{ReadModel, ReadModelError};
use jiff::civil::Date;
use rules::{Days, Money, Month};
use uuid::Uuid;
use wages::event::ProjectTerms;
use wages::{CreditCode, IdKind, ProjectCode, Reference, SealedField};

/// A project as it was described last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its code.
    pub code: String,
    /// Its subject.
    pub subject: Uuid,
    /// What is said of it.
    pub terms: ProjectTerms,
    /// The entry that said it.
    pub seq: u64,
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its credit code.
    pub code: String,
    /// Its subject.
    pub subject: Uuid,
    /// Its name.
    pub name: String,
}

/// Who signed a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractHolder {
    /// The worker.
    pub worker: Uuid,
    /// The entry of its signing.
    pub contract: u64,
    /// Project code.
    pub project: String,
    /// Credit code of the employer.
    pub employer: String,
}

/// What is said of a worker himself; all fields sealed with his key under their names here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    /// The worker.
    pub worker: Uuid,
    /// Name.
    pub name: SealedField,
    /// Kind of the identity document.
    pub id_kind: IdKind,
    /// Its number.
    pub id_number: SealedField,
    /// Phone.
    pub phone: Option<SealedField>,
    /// Card.
    pub card: Option<SealedField>,
    /// Bank of the card.
    pub bank: Option<SealedField>,
    /// Fingerprint of the card; not sealed.
    pub card_index: Option<String>,
}

/// A stay on a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Project code.
    pub project: String,
    /// First day.
    pub entered_on: Date,
    /// Last day; `None` = still there.
    pub left_on: Option<Date>,
    /// Credit code of the employer.
    pub employer: String,
    /// The crew.
    pub crew: Uuid,
    /// Code of the trade.
    pub trade_code: String,
    /// The trade in words.
    pub trade: String,
    /// Whether he leads the crew.
    pub crew_leader: bool,
}

/// Days that a worker worked in a month in one crew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkMonth {
    /// Project code.
    pub project: String,
    /// The month.
    pub month: Month,
    /// Credit code of the employer; empty when no stay on the project is known.
    pub employer: String,
    /// The crew, where a stay is known.
    pub crew: Option<Uuid>,
    /// 工日.
    pub days: Days,
    /// Whether no wage line stands for them.
    pub no_line: bool,
}

/// One version of a wage line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WageVersion {
    /// The entry of the line's first version.
    pub line: u64,
    /// Project code.
    pub project: String,
    /// Credit code of the employer.
    pub employer: String,
    /// The crew.
    pub crew: Uuid,
    /// The wage month.
    pub month: Month,
    /// The day agreed.
    pub nominal_due: Date,
    /// Adjusted for rest days; `None` = the calendar is missing.
    pub due_on: Option<Date>,
    /// Whose pay day it is: `contract`, `project`, or `none`.
    pub due_from: String,
    /// The year whose calendar is missing.
    pub no_calendar: Option<i16>,
    /// The entry of this version.
    pub seq: u64,
    /// 0 = the sheet, n = 更正n.
    pub correction: u16,
    /// Whether this version counts.
    pub in_force: bool,
    /// 工日 as the sheet says.
    pub days: Days,
    /// Gross pay.
    pub gross: Money,
    /// Lawful deductions.
    pub deductions: wages::event::Deductions,
    /// Advances.
    pub advances: wages::event::Advances,
    /// Net pay.
    pub net: Money,
}

/// A payment to a worker, or an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerPayment {
    /// The entry.
    pub seq: u64,
    /// Project code.
    pub project: String,
    /// Credit code of the employer.
    pub employer: String,
    /// The wage month.
    pub month: Month,
    /// Day of booking; `None` = it failed.
    pub value_on: Option<Date>,
    /// How much.
    pub amount: Money,
    /// Who paid, as [`wages::Payer`] is recorded.
    pub payer: String,
    /// Number of the bank batch.
    pub batch: String,
    /// Place in it.
    pub number: u32,
    /// Serial of the bank.
    pub serial: Option<String>,
    /// Day on which it came back.
    pub returned_on: Option<Date>,
    /// Why it failed or came back, as the bank says; sealed as field `reason`.
    pub reason: Option<SealedField>,
}

/// A recorded line of a bank batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchLine {
    /// The entry.
    pub seq: u64,
    /// The worker.
    pub worker: Uuid,
    /// Place in the batch, from 1.
    pub number: u64,
    /// Serial of the bank; a failed line may have none.
    pub serial: Option<String>,
    /// `succeeded`, `failed` or `returned`.
    pub state: String,
}

impl ReadModel {
    /// A project by its code.
    pub async fn project(&self, code: &ProjectCode) -> Result<Option<Project>, ReadModelError> {
        Ok(self.ask(sql!("project"), vec![code.as_str().into()], project).await?.pop())
    }

    /// Every project, by code.
    pub async fn projects(&self) -> Result<Vec<Project>, ReadModelError> {
        self.ask(sql!("projects"), Vec::new(), project).await
    }

    /// An organisation by its credit code.
    pub async fn organisation(&self, code: &CreditCode) -> Result<Option<Organisation>, ReadModelError> {
        let organisation = |row: &Row| {
            let (code, subject) = (row.text("code")?, row.parsed("subject")?);
            Ok(Organisation { code, subject, name: row.text("name")? })
        };
        Ok(self.ask(sql!("organisation"), vec![code.as_str().into()], organisation).await?.pop())
    }

    /// Projects on which a subcontract with this number stands, each with the entry that says so.
    pub async fn subcontract_holders(
        &self,
        number: &Reference,
    ) -> Result<Vec<(String, u64)>, ReadModelError> {
        self.ask(sql!("subcontract_holders"), vec![number.as_str().into()], holder).await
    }

    /// Projects on which a complaint with this number stands, each with the entry that says so.
    pub async fn complaint_holders(&self, number: &Reference) -> Result<Vec<(String, u64)>, ReadModelError> {
        self.ask(sql!("complaint_holders"), vec![number.as_str().into()], holder).await
    }

    /// Who signed a contract with this number; several when employers use the same numbers.
    pub async fn contract_holders(&self, number: &Reference) -> Result<Vec<ContractHolder>, ReadModelError> {
        self.ask(sql!("contract_holders"), vec![number.as_str().into()], |row| {
            Ok(ContractHolder {
                worker: row.parsed("worker")?,
                contract: row.number("contract")?,
                project: row.text("project")?,
                employer: row.text("employer")?,
            })
        })
        .await
    }

    /// The recorded lines of a bank batch, in ledger order.
    pub async fn batch_lines(&self, batch: &Reference) -> Result<Vec<BatchLine>, ReadModelError> {
        self.ask(sql!("batch_lines"), vec![batch.as_str().into()], |row| {
            Ok(BatchLine {
                seq: row.number("seq")?,
                worker: row.parsed("worker")?,
                number: row.number("number")?,
                serial: row.text_or_null("serial")?,
                state: row.text("state")?,
            })
        })
        .await
    }

    /// The first entry that says that a file with this SHA-256 (hexadecimal) was taken in.
    pub async fn file_known(&self, digest: &str) -> Result<Option<u64>, ReadModelError> {
        let seqs = self.ask(sql!("file_known"), vec![digest.into()], |row| row.int_or_null("seq")).await?;
        let seq = seqs.into_iter().flatten().next();
        seq.map(|seq| u64::try_from(seq).map_err(|e| ReadModelError::damaged("file.seq", e))).transpose()
    }

    /// What is said of a worker now.
    pub async fn worker(&self, worker: Uuid) -> Result<Option<Worker>, ReadModelError> {
        Ok(self.ask(sql!("worker"), vec![worker.into()], self::worker).await?.pop())
    }

    /// Who gave work to whom on a project: credit codes of giver and taker, by day of signing.
    pub async fn subcontracts_on(&self, project: &str) -> Result<Vec<(String, String)>, ReadModelError> {
        let pair = |row: &Row| Ok((row.text("giver")?, row.text("taker")?));
        self.ask(sql!("subcontracts_on"), vec![project.into()], pair).await
    }

    /// Workers with days of work or a wage line on a project in a month.
    pub async fn workers_of_month(&self, project: &str, month: Month) -> Result<Vec<Uuid>, ReadModelError> {
        let values = vec![project.into(), month.into()];
        self.ask(sql!("workers_of_month"), values, |row| row.parsed("worker")).await
    }

    /// A worker's stays on sites, by first day.
    pub async fn stays(&self, worker: Uuid) -> Result<Vec<Stay>, ReadModelError> {
        self.ask(sql!("stays"), vec![worker.into()], |row| {
            Ok(Stay {
                project: row.text("project")?,
                entered_on: row.parsed("entered_on")?,
                left_on: row.parsed_or_null("left_on")?,
                employer: row.text("employer")?,
                crew: row.parsed("crew")?,
                trade_code: row.text("trade_code")?,
                trade: row.text("trade")?,
                crew_leader: row.int("crew_leader")? != 0,
            })
        })
        .await
    }

    /// A worker's days by month, project and crew.
    pub async fn work(&self, worker: Uuid) -> Result<Vec<WorkMonth>, ReadModelError> {
        let rows = self.read().await?.fetch(sql!("work_of_worker"), vec![worker.into()]).await?;
        let mut months = Vec::new();
        for row in &rows {
            let (project, month, told) = (row.text("project")?, row.parsed("month")?, row.text("by_crew")?);
            for part in told.split(',').filter(|part| !part.is_empty()) {
                let own = work_month(&project, month, part);
                months.push(own.ok_or_else(|| ReadModelError::damaged("work.by_crew", part))?);
            }
        }
        Ok(months)
    }

    /// A worker's wage lines in every version, by month, line and order of arrival.
    pub async fn wage_versions(&self, worker: Uuid) -> Result<Vec<WageVersion>, ReadModelError> {
        self.ask(sql!("versions_of_worker"), vec![worker.into()], wage_version).await
    }

    /// Payments to a worker, failed and returned ones too, in ledger order.
    pub async fn payments(&self, worker: Uuid) -> Result<Vec<WorkerPayment>, ReadModelError> {
        self.ask(sql!("payments_of_worker"), vec![worker.into()], |row| {
            Ok(WorkerPayment {
                seq: row.number("seq")?,
                project: row.text("project")?,
                employer: row.text("employer")?,
                month: row.parsed("month")?,
                value_on: row.parsed_or_null("value_on")?,
                amount: row.money("amount")?,
                payer: row.text("payer")?,
                batch: row.text("batch")?,
                number: row.number("number")?,
                serial: row.text_or_null("serial")?,
                returned_on: row.parsed_or_null("returned_on")?,
                reason: row.sealed_or_null("reason")?,
            })
        })
        .await
    }
}

pub(crate) fn worker(row: &Row) -> Result<Worker, ReadModelError> {
    let id_kind = row.text("id_kind")?;
    Ok(Worker {
        worker: row.parsed("worker")?,
        name: row.sealed("name")?,
        id_kind: of_recorded(&id_kind).ok_or_else(|| ReadModelError::damaged("id_kind", &id_kind))?,
        id_number: row.sealed("id_number")?,
        phone: row.sealed_or_null("phone")?,
        card: row.sealed_or_null("card")?,
        bank: row.sealed_or_null("bank")?,
        card_index: row.text_or_null("card_index")?,
    })
}

pub(crate) fn project(row: &Row) -> Result<Project, ReadModelError> {
    let terms = serde_json::from_str(&row.text("terms")?);
    Ok(Project {
        code: row.text("code")?,
        subject: row.parsed("subject")?,
        terms: terms.map_err(|e| ReadModelError::damaged("project.terms", e))?,
        seq: row.number("seq")?,
    })
}

fn wage_version(row: &Row) -> Result<WageVersion, ReadModelError> {
    Ok(WageVersion {
        line: row.number("line")?,
        project: row.text("project")?,
        employer: row.text("employer")?,
        crew: row.parsed("crew")?,
        month: row.parsed("month")?,
        nominal_due: row.parsed("nominal_due")?,
        due_on: row.parsed_or_null("due_on")?,
        due_from: row.text("due_from")?,
        no_calendar: row.number_or_null("no_calendar")?,
        seq: row.number("seq")?,
        correction: row.number("correction")?,
        in_force: row.int("in_force")? != 0,
        days: row.days("days_tenths")?,
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

fn holder(row: &Row) -> Result<(String, u64), ReadModelError> {
    Ok((row.text("project")?, row.number("seq")?))
}

/// Reads what the projector writes: `employer:crew:tenths:1`, 1 = no wage line covers the days.
fn work_month(project: &str, month: Month, part: &str) -> Option<WorkMonth> {
    let mut fields = part.split(':');
    let (employer, crew) = (fields.next()?, fields.next()?);
    let (days, no_line) = (fields.next()?.parse().ok()?, fields.next()? == "1");
    Some(WorkMonth {
        project: project.to_owned(),
        month,
        employer: employer.to_owned(),
        crew: if crew.is_empty() { None } else { Some(crew.parse().ok()?) },
        days: Days::from_tenths(days),
        no_line,
    })
}

/// The days of one employer and crew, where a part of what [`work_month`] reads is theirs.
pub(crate) fn days_of(part: &str, employer: &str, crew: Uuid) -> Option<Days> {
    let mut fields = part.split(':');
    let is_theirs = fields.next()? == employer && fields.next()?.parse::<Uuid>().is_ok_and(|of| of == crew);
    let tenths = fields.next()?.parse().ok()?;
    is_theirs.then(|| Days::from_tenths(tenths))
}
