//! From rows to commands: what a file would have recorded, row by row.

mod attendance;
mod bank;
mod contracts;
mod deductions;
mod oversight;
mod projects;
mod roster;
mod statement;
mod wage_sheet;

use super::ImportError;
use super::ids::Ids;
use super::known::Books;
use formats::{Code, Content, Finding, Parsed};
use ledger::Submission;
use readmodel::ReadModel;
use std::collections::BTreeSet;
use uuid::Uuid;
use wages::event::{CrewRegistered, OrganisationRegistered};
use wages::{BlindIndex, Command, CreditCode, IdNumber, Known, Private, ProjectCode, Source};

/// What a submission does for its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Makes something known that rows need, such as a crew; may be known already.
    Support,
    /// Says what rows say.
    Row,
    /// Closes a sheet or batch; goes out after every row has its receipt.
    Seal,
}

/// One submission and the rows behind it.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) role: Role,
    /// Lines of the file that it says; of a seal, the line that a fault is shown at.
    pub(crate) lines: Vec<u32>,
    /// Column that a fault is shown at when nothing more exact is known.
    pub(crate) column: &'static str,
    /// What stands in that column, where it helps.
    pub(crate) value: Option<String>,
    pub(crate) submission: Submission,
}

/// All that a file would do.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// Lines that say what is known already.
    pub(crate) known: BTreeSet<u32>,
    pub(crate) findings: Vec<Finding>,
    /// ID numbers to be bound to workers before these are registered.
    pub(crate) id_numbers: Vec<(BlindIndex, Uuid)>,
}

/// Code of a finding: the project is not known yet.
pub(crate) const UNKNOWN_PROJECT: Code = Code::other("unknown_project");
/// The worker is not known yet.
pub(crate) const UNKNOWN_WORKER: Code = Code::other("unknown_worker");
/// The sheet to correct is not known yet.
pub(crate) const UNKNOWN_SHEET: Code = Code::other("unknown_sheet");
/// The payment that came back is not known yet.
pub(crate) const UNKNOWN_PAYMENT: Code = Code::other("unknown_payment");
/// The crew is not on the project's roster (a warning).
pub(crate) const UNKNOWN_CREW: Code = Code::other("unknown_crew");
/// The name differs from the one under which the worker is known (a warning).
const OTHER_NAME: Code = Code::other("other_name");

/// Makes plans for files.
pub(crate) struct Planner<'a> {
    pub(crate) parsed: &'a Parsed,
    /// Up to date, where the template needs it.
    pub(crate) model: Option<ReadModel>,
    pub(crate) ids: &'a Ids,
    pub(crate) vault: &'a vault::Vault,
    pub(crate) books: Books<'a>,
    /// Who hands the file in.
    pub(crate) said: &'a Source,
    pub(crate) digest: String,
    pub(crate) plan: Plan,
}

impl Planner<'_> {
    pub(crate) async fn plan(mut self) -> Result<Plan, ImportError> {
        let parsed = self.parsed;
        match &parsed.content {
            Content::Projects(rows) => self.projects(rows).await?,
            Content::Roster(roster) => self.roster(roster).await?,
            Content::Contracts(contracts) => self.contracts(contracts).await?,
            Content::Attendance(attendance) => self.attendance(attendance).await?,
            Content::WageSheet(sheet) => self.wage_sheet(sheet).await?,
            Content::BankResult(file) => self.bank(file).await?,
            Content::Account(statement) => self.statement(statement).await?,
            Content::Subcontracts(subcontracts) => self.subcontracts(subcontracts).await?,
            Content::Guarantees(rows) => self.guarantees(rows).await?,
            Content::Inspections(rows) => self.inspections(rows).await?,
            Content::Complaints(rows) => self.complaints(rows).await?,
            Content::Deductions(rows) => self.deductions(rows).await?,
        }
        Ok(self.plan)
    }

    /// Who says a row.
    fn source(&self, line: Option<u32>) -> Source {
        let mut source = self.said.clone();
        source.file = self.digest.as_str().into();
        source.row = Known::from(line);
        source.sheet = Known::from(line.and_then(|_| self.parsed.sheet_number()));
        source
    }

    fn step(
        &mut self,
        role: Role,
        lines: &[u32],
        column: &'static str,
        subject: Uuid,
        command_id: Uuid,
        command: Command,
    ) {
        let source = self.source(lines.first().copied());
        let submission = Submission { subject, command_id, command, source };
        self.plan.steps.push(Step { role, lines: lines.to_vec(), column, value: None, submission });
    }

    /// A row, or what stands behind several.
    fn row(&mut self, line: u32, column: &'static str, subject: Uuid, command_id: Uuid, command: Command) {
        self.step(Role::Row, &[line], column, subject, command_id, command);
    }

    /// What stands in the column of the step planned last.
    fn with_value(&mut self, value: &str) {
        if let Some(step) = self.plan.steps.last_mut() {
            step.value = Some(value.to_owned());
        }
    }

    /// The id of a changing event: with digest and row, so that A → B → A is three facts.
    fn change_id(&self, kind: &str, key: &[&str], line: u32) -> Uuid {
        let line = line.to_string();
        let key: Vec<&str> = key.iter().copied().chain([self.digest.as_str(), line.as_str()]).collect();
        self.ids.command(kind, &key)
    }

    fn error(
        &mut self,
        line: u32,
        column: &'static str,
        value: &str,
        code: Code,
        message: impl Into<String>,
    ) {
        let finding = self.parsed.finding(line, column, Some(value.to_owned()), code, message);
        self.plan.findings.push(finding);
    }

    fn warning(&mut self, line: u32, column: &'static str, value: &str, code: Code, message: String) {
        let finding = self.parsed.finding(line, column, Some(value.to_owned()), code, message).warning();
        self.plan.findings.push(finding);
    }

    /// Warns of a row that names a known worker otherwise than he is known. Of one who is not known others speak.
    async fn compare_name(&mut self, line: u32, subject: Uuid, name: &str) -> Result<(), ImportError> {
        let known = self.books.worker(subject).await?;
        if known.registered && known.name != name {
            let message = format!("the worker with this ID number is known as {}", known.name);
            self.warning(line, "姓名", name, OTHER_NAME, message);
        }
        Ok(())
    }

    /// The worker whom a row names, when he is known.
    async fn worker_of_row(
        &mut self,
        line: u32,
        id: &IdNumber,
        name: &str,
    ) -> Result<Option<Uuid>, ImportError> {
        let subject = self.ids.worker(id);
        if !self.books.worker(subject).await?.registered {
            let message = "no worker with this ID number is known: hand in his roster first";
            self.error(line, "证件号码", id.as_str(), UNKNOWN_WORKER, message);
            return Ok(None);
        }
        self.compare_name(line, subject, name).await?;
        Ok(Some(subject))
    }

    /// Makes an organisation known.
    async fn organisation(&mut self, line: u32, code: &CreditCode, name: &str) -> Result<(), ImportError> {
        let subject = self.ids.organisation(code);
        if self.books.is_new(subject).await? {
            let event = OrganisationRegistered { code: code.clone(), name: name.to_owned() };
            let command = Command::RegisterOrganisation(event);
            self.step(Role::Support, &[line], "", subject, subject, command);
        }
        Ok(())
    }

    /// Makes a crew known; whether it was not.
    async fn crew(
        &mut self,
        line: u32,
        project: &ProjectCode,
        employer: &CreditCode,
        label: &str,
    ) -> Result<(Uuid, bool), ImportError> {
        let crew = self.ids.crew(project, employer, label);
        let new = self.books.is_new(crew).await?;
        if new {
            let event = CrewRegistered {
                project: project.clone(),
                employer: employer.clone(),
                label: Private::from(label),
            };
            self.step(Role::Support, &[line], "班组", crew, crew, Command::RegisterCrew(event));
        }
        Ok((crew, new))
    }

    /// The project that a file is about, when it is known; else a finding about the whole file.
    async fn known_project(
        &mut self,
        project: Option<&ProjectCode>,
    ) -> Result<Option<ProjectCode>, ImportError> {
        // The reader has complained already when neither name nor header says the project.
        let Some(project) = project else { return Ok(None) };
        let subject = self.ids.project(project);
        if self.books.project(subject).await?.terms.is_some() {
            return Ok(Some(project.clone()));
        }
        let message = format!("project {project} is not known: hand in projects.csv with it first");
        let place = formats::Place::default();
        let finding = Finding::error(place, Some(project.to_string()), UNKNOWN_PROJECT, message);
        self.plan.findings.push(finding.of_whole_file());
        Ok(None)
    }

    fn account_index(&self, account: &str) -> BlindIndex {
        self.vault.blind_index(vault::Purpose::Account, account)
    }
}

/// Text of a cell that may be empty.
fn private(text: &str) -> Option<Private> {
    (!text.is_empty()).then(|| Private::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained() {
        let explained = include_str!("../../../../docs/findings.md");
        use super::super::walk::{FOLDER_NOT_ENTERED, UNKNOWN_FILE, UNREADABLE_FILE};
        let own = [UNKNOWN_PROJECT, UNKNOWN_WORKER, UNKNOWN_SHEET, UNKNOWN_PAYMENT, UNKNOWN_CREW, OTHER_NAME];
        let of_files = [UNKNOWN_FILE, UNREADABLE_FILE, FOLDER_NOT_ENTERED];
        for code in Code::ALL.iter().chain(&own).chain(&of_files) {
            assert!(explained.contains(&format!("\n| `{code}` | ")), "{code}");
        }
    }
}
