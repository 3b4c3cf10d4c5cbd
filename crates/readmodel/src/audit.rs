//! Audit trails: which entries concern whom, in ledger order.

use crate::arrears::sql;
use crate::engine::Row;
use crate::site::place;
use crate::value::{Read, Value};
use crate::{ReadModel, ReadModelError};
use jiff::civil::Date;
use rules::Month;
use uuid::Uuid;
use wages::{CreditCode, ProjectCode};

/// Whom an audit trail is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A project: everything that names it, its workers' entries included.
    Project(ProjectCode),
    /// An employer: everything that names it. Days worked name no employer and stand in the project's and
    /// the worker's trails only.
    Employer(CreditCode),
    /// A worker, or any other subject: his own stream.
    Subject(Uuid),
}

/// An entry in an audit trail; what it says in full stands in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// The entry.
    pub seq: u64,
    /// Type of the fact, as in `payment.recorded`.
    pub type_name: String,
    /// Whose stream it stands on.
    pub subject: Uuid,
    /// Project code, where the fact names one.
    pub project: Option<String>,
    /// Credit code of the employer, where the fact names one.
    pub employer: Option<String>,
    /// The month that it is about, where it is about one.
    pub month: Option<Month>,
    /// When it happened, where the fact says a day; of several days the last.
    pub occurred_on: Option<Date>,
    /// When the ledger says it learned it, µs since 1970-01-01 UTC.
    pub recorded_at: i64,
    /// Account of who handed it in.
    pub actor: String,
}

impl ReadModel {
    /// The entries about somebody after sequence `after`, at most `limit` of them, in ledger order: the next
    /// page begins after the last row's `seq`.
    pub async fn audit(
        &self,
        about: &About,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditRow>, ReadModelError> {
        self.ask(about.question(), vec![about.key(), place(after), limit.into()], row).await
    }

    /// How many entries there are about somebody between two sequences, counted up to `limit`.
    pub async fn audit_count(
        &self,
        about: &About,
        after: u64,
        before: u64,
        limit: u32,
    ) -> Result<u64, ReadModelError> {
        let sql = format!("SELECT COUNT(*) AS entries FROM ({}) AS found WHERE seq < $4", about.question());
        let values = vec![about.key(), place(after), limit.into(), place(before)];
        let rows = self.read().await?.fetch(sql, values).await?;
        rows.first().map_or(Ok(0), |row| row.number("entries"))
    }

    /// The last entries about somebody before sequence `before`, at most `limit` of them, the latest first.
    pub async fn audit_before(
        &self,
        about: &About,
        before: u64,
        limit: u32,
    ) -> Result<Vec<AuditRow>, ReadModelError> {
        let sql = match about {
            About::Project(_) => sql!("audit_by_project_before"),
            About::Employer(_) => sql!("audit_by_employer_before"),
            About::Subject(_) => sql!("audit_by_subject_before"),
        };
        self.ask(sql, vec![about.key(), place(before), limit.into()], row).await
    }
}

impl About {
    fn question(&self) -> &'static str {
        match self {
            About::Project(_) => sql!("audit_by_project"),
            About::Employer(_) => sql!("audit_by_employer"),
            About::Subject(_) => sql!("audit_by_subject"),
        }
    }

    fn key(&self) -> Value {
        match self {
            About::Project(code) => code.as_str().into(),
            About::Employer(code) => code.as_str().into(),
            About::Subject(subject) => (*subject).into(),
        }
    }
}

fn row(row: &Row) -> Result<AuditRow, ReadModelError> {
    Ok(AuditRow {
        seq: row.number("seq")?,
        type_name: row.text("type")?,
        subject: row.parsed("subject")?,
        project: row.text_or_null("project")?,
        employer: row.text_or_null("employer")?,
        month: row.parsed_or_null("month")?,
        occurred_on: row.parsed_or_null("occurred_on")?,
        recorded_at: row.int("recorded_at")?,
        actor: row.text("actor")?,
    })
}
