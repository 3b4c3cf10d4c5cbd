//! Audit trails: which entries concern whom, in ledger order.

use crate::arrears::sql;
use crate::value::Read;
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
        let (sql, whom) = match about {
            About::Project(code) => (sql!("audit_by_project"), code.as_str().into()),
            About::Employer(code) => (sql!("audit_by_employer"), code.as_str().into()),
            About::Subject(subject) => (sql!("audit_by_subject"), (*subject).into()),
        };
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        self.ask(sql, vec![whom, after.into(), limit.into()], |row| {
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
        })
        .await
    }
}
