//! What is known of a subject, opened: the fold of its entries as an importer needs it.

use jiff::civil::Date;
use ledger::{Ledger, Recorded};
use rules::Month;
use rules::tax::Deduction;
use std::collections::HashMap;
use uuid::Uuid;
use wages::event::{
    ComplaintFiled, DeductionDeclared, DepositLodged, LineKey, PaymentDetails, ProjectTerms, SiteEntered,
    SiteInspected, SubcontractSigned, WorkDay,
};
use wages::{CreditCode, Event, Private, ProjectCode, Reference};

use super::ImportError;

/// A worker as now known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Worker {
    pub(crate) registered: bool,
    pub(crate) name: String,
    pub(crate) phone: Option<String>,
    pub(crate) card: Option<String>,
    pub(crate) bank: Option<String>,
    /// By project and first day.
    pub(crate) stays: HashMap<(ProjectCode, Date), Stay>,
    /// Days as first recorded, by project.
    pub(crate) days: HashMap<(ProjectCode, Date), WorkDay>,
    /// The command by which the wages of a line first became owed.
    pub(crate) lines: HashMap<LineKey, Uuid>,
    pub(crate) payments: Vec<Paid>,
    /// What bank lines said, by the command that each became.
    pub(crate) bank_lines: HashMap<Uuid, PaymentDetails>,
    /// What he declared to be deducted, as said last: by employer, kind and first month.
    pub(crate) deductions: HashMap<(CreditCode, Deduction, Month), DeductionDeclared>,
    /// The entry of the payment that came back, by the command of the return.
    pub(crate) returns: HashMap<Uuid, u64>,
}

/// A stay on a site.
#[derive(Clone, Debug)]
pub(crate) struct Stay {
    pub(crate) entered: SiteEntered,
    pub(crate) left_on: Option<Date>,
}

/// A payment that went through.
#[derive(Clone, Debug)]
pub(crate) struct Paid {
    pub(crate) command: Uuid,
    pub(crate) seq: u64,
    pub(crate) serial: Option<Reference>,
    pub(crate) details: PaymentDetails,
    pub(crate) returned: bool,
}

/// A project as now known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Project {
    pub(crate) terms: Option<ProjectTerms>,
    /// Sheets with a seal, by number of the correction.
    pub(crate) sheets: Vec<(LineKey, u16)>,
    /// Where a movement of the account stood when it was first read, by its command: statement and place.
    pub(crate) movements: HashMap<Uuid, (Month, u32)>,
    /// As said last, by number; so are deposits and complaints.
    pub(crate) subcontracts: HashMap<Reference, SubcontractSigned>,
    pub(crate) deposits: HashMap<Reference, DepositLodged>,
    /// By day and authority.
    pub(crate) inspections: HashMap<(Date, String), SiteInspected>,
    pub(crate) complaints: HashMap<Reference, ComplaintFiled>,
}

fn plain(private: &Private) -> String {
    private.plain().unwrap_or_default().to_owned()
}

fn plain_option(private: Option<&Private>) -> Option<String> {
    private.and_then(Private::plain).map(str::to_owned)
}

impl Worker {
    fn take(&mut self, entry: &Recorded) {
        let command = Uuid::from_bytes(entry.header.command_id);
        match &entry.event {
            Event::WorkerRegistered(e) => {
                self.registered = true;
                self.name = plain(&e.name);
                self.phone = plain_option(e.phone.as_ref());
                self.card = plain_option(e.card.as_ref());
                self.bank = plain_option(e.bank.as_ref());
            }
            Event::WorkerChanged(e) => {
                self.name = e.name.as_ref().map_or_else(|| self.name.clone(), plain);
                self.phone = plain_option(e.phone.as_ref()).or(self.phone.take());
                self.card = plain_option(e.card.as_ref()).or(self.card.take());
                self.bank = plain_option(e.bank.as_ref()).or(self.bank.take());
            }
            Event::SiteEntered(e) => self.enter(e.clone()),
            Event::SiteLeft(e) => self.leave(&e.project, e.entered_on, e.left_on),
            Event::WorkRecorded(e) => {
                for day in &e.days {
                    self.days.insert((e.project.clone(), day.on), day.clone());
                }
            }
            Event::WagesAccrued(e) => {
                self.lines.insert(e.of.clone(), command);
            }
            Event::DeductionDeclared(e) => {
                self.deductions.insert((e.employer.clone(), e.kind, e.from), e.clone());
            }
            Event::PaymentRecorded(e) => {
                self.bank_lines.insert(command, e.payment.clone());
                self.payments.push(Paid {
                    command,
                    seq: entry.header.seq,
                    serial: e.payment.serial.clone(),
                    details: e.payment.clone(),
                    returned: false,
                });
            }
            Event::PaymentFailed(e) => {
                self.bank_lines.insert(command, e.payment.clone());
            }
            Event::PaymentReturned(e) => {
                self.bank_lines.insert(command, e.payment.clone());
                self.returns.extend(e.returns.entry().map(|seq| (command, seq)));
                let returned = e.returns.entry();
                for paid in self.payments.iter_mut().filter(|paid| Some(paid.seq) == returned) {
                    paid.returned = true;
                }
            }
            // The rest changes nothing that a file is compared with.
            _ => {}
        }
    }

    pub(crate) fn enter(&mut self, entered: SiteEntered) {
        let key = (entered.project.clone(), entered.entered_on);
        let left_on = self.stays.get(&key).and_then(|stay| stay.left_on);
        self.stays.insert(key, Stay { entered, left_on });
    }

    pub(crate) fn leave(&mut self, project: &ProjectCode, entered_on: Date, left_on: Option<Date>) {
        if let Some(stay) = self.stays.get_mut(&(project.clone(), entered_on)) {
            stay.left_on = left_on;
        }
    }
}

impl Project {
    fn take(&mut self, entry: &Recorded) {
        match &entry.event {
            Event::ProjectRegistered(e) => self.terms = Some(e.terms.clone()),
            Event::ProjectChanged(e) => self.terms = Some(e.terms.clone()),
            Event::SheetSealed(e) => self.sheets.push((e.of.clone(), e.correction)),
            Event::AccountMoved(e) => {
                let command = Uuid::from_bytes(entry.header.command_id);
                self.movements.insert(command, (e.statement, e.line));
            }
            Event::SubcontractSigned(e) => drop(self.subcontracts.insert(e.number.clone(), e.clone())),
            Event::DepositLodged(e) => drop(self.deposits.insert(e.number.clone(), e.clone())),
            Event::SiteInspected(e) => drop(self.inspections.insert((e.on, e.by.clone()), e.clone())),
            Event::ComplaintFiled(e) => drop(self.complaints.insert(e.number.clone(), e.clone())),
            _ => {}
        }
    }
}

/// What is known, read as it is asked for and kept for one file.
pub(crate) struct Books<'a> {
    ledger: &'a Ledger,
    workers: HashMap<Uuid, Worker>,
    projects: HashMap<Uuid, Project>,
    present: HashMap<Uuid, bool>,
}

impl<'a> Books<'a> {
    pub(crate) fn new(ledger: &'a Ledger) -> Books<'a> {
        Books { ledger, workers: HashMap::new(), projects: HashMap::new(), present: HashMap::new() }
    }

    async fn stream(&self, subject: Uuid) -> Result<Vec<Recorded>, ImportError> {
        let Some(tail) = self.ledger.tail(subject).await? else { return Ok(Vec::new()) };
        let reader = self.ledger.reader().clone();
        let mut entries = reader.stream(tail.seq)?;
        reader.open(&mut entries).await?;
        Ok(entries)
    }

    /// A worker, to be looked at and, while planning, moved on.
    pub(crate) async fn worker(&mut self, subject: Uuid) -> Result<&mut Worker, ImportError> {
        if !self.workers.contains_key(&subject) {
            let mut worker = Worker::default();
            for entry in self.stream(subject).await? {
                worker.take(&entry);
            }
            self.workers.insert(subject, worker);
        }
        Ok(self.workers.entry(subject).or_default())
    }

    /// A project, likewise.
    pub(crate) async fn project(&mut self, subject: Uuid) -> Result<&mut Project, ImportError> {
        if !self.projects.contains_key(&subject) {
            let mut project = Project::default();
            for entry in self.stream(subject).await? {
                project.take(&entry);
            }
            self.projects.insert(subject, project);
        }
        Ok(self.projects.entry(subject).or_default())
    }

    /// The name under which an organisation is registered.
    pub(crate) async fn organisation(&mut self, subject: Uuid) -> Result<Option<String>, ImportError> {
        let entries = self.stream(subject).await?;
        Ok(entries.iter().find_map(|entry| match &entry.event {
            Event::OrganisationRegistered(e) => Some(e.name.clone()),
            _ => None,
        }))
    }

    /// Whether anything is recorded of a subject, or was planned; from now on it is.
    pub(crate) async fn is_new(&mut self, subject: Uuid) -> Result<bool, ImportError> {
        if self.present.contains_key(&subject) {
            return Ok(false);
        }
        let known = self.ledger.tail(subject).await?.is_some();
        self.present.insert(subject, known);
        Ok(!known)
    }
}
