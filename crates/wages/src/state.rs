//! What the rule remembers of one subject.

use crate::event::{Event, LineKey, PaymentRecorded, PaymentReturned, SiteEntered, SiteLeft, WorkDay};
use crate::{ProjectCode, SubjectKind};
use jiff::civil::Date;
use std::hash::{DefaultHasher, Hash, Hasher};
use uuid::Uuid;

/// The memory of one subject: the fold of its entries. Small on purpose (about 12 bytes an entry), since a
/// city's workers are kept at once: of each command a 32-bit fingerprint, of each natural key a 64-bit hash,
/// of attendance one bit a day. Whatever more is needed is read from the entries themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    kind: Option<SubjectKind>,
    /// Fingerprints of command ids; the place is the entry's `subject_seq` − 1.
    commands: Vec<u32>,
    /// Hashes of natural keys, in no order.
    keys: Vec<u64>,
    stays: Vec<Stay>,
    attendance: Vec<AttendedMonth>,
    returned: Vec<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Stay {
    project: ProjectCode,
    entered_on: Date,
}

/// Days of one month on one project on which work is recorded: bit 0 = the 1st.
#[derive(Clone, Debug, PartialEq, Eq)]
struct AttendedMonth {
    project: u64,
    first: Date,
    days: u32,
}

/// What a fact is known by, whatever command brought it.
pub(crate) enum NaturalKey<'a> {
    Contract(&'a str),
    Line(&'a LineKey, u16),
    Payment(&'a str, &'a str),
    FailedPayment(&'a str, u32),
    Sheet(&'a LineKey, u16),
    Batch(&'a str),
    Movement(&'a str),
    Declaration(&'a str),
    File(&'a str, Option<&'a str>, u32),
}

impl NaturalKey<'_> {
    pub(crate) fn what(&self) -> &'static str {
        match self {
            NaturalKey::Contract(_) => "contract",
            NaturalKey::Line(..) => "wage line",
            NaturalKey::Payment(..) | NaturalKey::FailedPayment(..) => "bank line",
            NaturalKey::Sheet(..) => "sheet",
            NaturalKey::Batch(_) => "batch",
            NaturalKey::Movement(_) => "account line",
            NaturalKey::Declaration(_) => "tax declaration",
            NaturalKey::File(..) => "file",
        }
    }

    fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.what().hash(&mut hasher);
        match self {
            NaturalKey::Contract(text)
            | NaturalKey::Batch(text)
            | NaturalKey::Movement(text)
            | NaturalKey::Declaration(text) => text.hash(&mut hasher),
            NaturalKey::Line(key, n) | NaturalKey::Sheet(key, n) => (key, n).hash(&mut hasher),
            NaturalKey::Payment(batch, serial) => (batch, serial).hash(&mut hasher),
            NaturalKey::FailedPayment(batch, number) => (batch, number).hash(&mut hasher),
            NaturalKey::File(digest, project, refused) => (digest, project, refused).hash(&mut hasher),
        }
        hasher.finish()
    }
}

impl State {
    /// What kind of subject this is; `None` as long as nothing is recorded of it.
    pub fn kind(&self) -> Option<SubjectKind> {
        self.kind
    }

    /// Number of entries on the subject's stream.
    pub fn entries(&self) -> usize {
        self.commands.len()
    }

    /// Reads a little of everything that deciding will read, for a caller who wants it in the processor's
    /// cache by then; the number means nothing.
    pub fn glance(&self) -> u64 {
        let command = self.commands.first().zip(self.commands.last()).map_or(0, |(a, b)| a ^ b);
        let key = self.keys.first().zip(self.keys.last()).map_or(0, |(a, b)| a ^ b);
        u64::from(command) ^ key
    }

    /// The `subject_seq` (from 1) of entries that may have been caused by this command: a fingerprint fits.
    /// Only these need to be read to know.
    pub fn candidates(&self, command_id: &Uuid) -> impl Iterator<Item = u64> + '_ {
        let wanted = fingerprint(command_id);
        (1u64..).zip(&self.commands).filter(move |(_, print)| **print == wanted).map(|(seq, _)| seq)
    }

    pub(crate) fn knows(&self, key: &NaturalKey<'_>) -> bool {
        self.keys.contains(&key.hash())
    }

    pub(crate) fn has_stay(&self, project: &ProjectCode, entered_on: Date) -> bool {
        self.stays.iter().any(|stay| stay.entered_on == entered_on && stay.project == *project)
    }

    /// Whether work on that day on that project is recorded.
    pub fn attended(&self, project: &ProjectCode, day: Date) -> bool {
        let (project, first) = (hash_of(project), day.first_of_month());
        self.attendance
            .iter()
            .any(|month| month.first == first && month.project == project && month.days & bit(day) != 0)
    }

    /// Whether this sheet of the project is sealed: 0 = the sheet itself, n = 更正n.
    pub fn has_sheet(&self, of: &LineKey, correction: u16) -> bool {
        self.knows(&NaturalKey::Sheet(of, correction))
    }

    pub(crate) fn is_returned(&self, payment: u64) -> bool {
        self.returned.contains(&payment)
    }

    /// Takes the next fact of the subject in. Total: every fact that was accepted folds.
    pub fn evolve(&mut self, command_id: &Uuid, event: &Event) {
        push(&mut self.commands, fingerprint(command_id));
        if self.kind.is_none() {
            self.kind = Some(event.subject_kind());
        }
        if let Some(key) = natural_key(event) {
            push(&mut self.keys, key.hash());
        }
        match event {
            Event::SiteEntered(SiteEntered { project, entered_on, .. }) => {
                if !self.has_stay(project, *entered_on) {
                    self.stays.push(Stay { project: project.clone(), entered_on: *entered_on });
                }
            }
            Event::WorkRecorded(work) => self.attend(&work.project, &work.days),
            Event::PaymentReturned(returned) => self.returned.extend(returned.returns.entry()),
            Event::LedgerCreated(_)
            | Event::FileImported(_)
            | Event::DataRevealed(_)
            | Event::ClockOverridden(_)
            | Event::WorkerRegistered(_)
            | Event::WorkerChanged(_)
            | Event::SiteLeft(SiteLeft { .. })
            | Event::ContractSigned(_)
            | Event::ContractAmended(_)
            | Event::ContractEnded(_)
            | Event::WorkCorrected(_)
            | Event::WagesAccrued(_)
            | Event::WagesCorrected(_)
            | Event::TaxWithheld(_)
            | Event::DeductionDeclared(_)
            | Event::PaymentRecorded(_)
            | Event::PaymentFailed(_)
            | Event::WagesConfirmed(_)
            | Event::WagesDisputed(_)
            | Event::CrewRegistered(_)
            | Event::ProjectRegistered(_)
            | Event::ProjectChanged(_)
            | Event::SheetSealed(_)
            | Event::BatchSealed(_)
            | Event::AccountMoved(_)
            | Event::OrganisationRegistered(_)
            | Event::SubcontractSigned(_)
            | Event::DepositLodged(_)
            | Event::SiteInspected(_)
            | Event::ComplaintFiled(_)
            | Event::WarningAcknowledged(_)
            | Event::WarningAssigned(_)
            | Event::WarningOrdered(_)
            | Event::WarningExplained(_)
            | Event::WarningResolved(_) => {}
        }
    }

    fn attend(&mut self, project: &ProjectCode, days: &[WorkDay]) {
        let project = hash_of(project);
        for day in days {
            let first = day.on.first_of_month();
            match self.attendance.iter_mut().find(|m| m.first == first && m.project == project) {
                Some(month) => month.days |= bit(day.on),
                None => self.attendance.push(AttendedMonth { project, first, days: bit(day.on) }),
            }
        }
    }
}

/// Adds to a list that stays small: it grows by an eighth, not to twice its size, since there are a million such lists.
fn push<T>(list: &mut Vec<T>, more: T) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 8).saturating_add(4));
    }
    list.push(more);
}

/// The natural key of a fact that has one.
pub(crate) fn natural_key(event: &Event) -> Option<NaturalKey<'_>> {
    match event {
        Event::FileImported(e) => {
            Some(NaturalKey::File(&e.digest, e.project.as_ref().map(ProjectCode::as_str), e.rows.refused))
        }
        Event::ContractSigned(e) => Some(NaturalKey::Contract(e.contract.as_str())),
        Event::WagesAccrued(e) => Some(NaturalKey::Line(&e.of, e.correction)),
        Event::WagesCorrected(e) => Some(NaturalKey::Line(&e.of, e.correction)),
        Event::TaxWithheld(e) => Some(NaturalKey::Declaration(e.declaration.as_str())),
        Event::PaymentRecorded(PaymentRecorded { payment, .. })
        | Event::PaymentReturned(PaymentReturned { payment, .. }) => Some(match &payment.serial {
            Some(serial) => NaturalKey::Payment(payment.batch.as_str(), serial.as_str()),
            None => NaturalKey::FailedPayment(payment.batch.as_str(), payment.number),
        }),
        // A bank numbers what it booked; what failed is known by its place.
        Event::PaymentFailed(e) => {
            Some(NaturalKey::FailedPayment(e.payment.batch.as_str(), e.payment.number))
        }
        Event::SheetSealed(e) => Some(NaturalKey::Sheet(&e.of, e.correction)),
        Event::BatchSealed(e) => Some(NaturalKey::Batch(e.batch.as_str())),
        Event::AccountMoved(e) => Some(NaturalKey::Movement(e.serial.as_str())),
        Event::LedgerCreated(_)
        | Event::DataRevealed(_)
        | Event::ClockOverridden(_)
        | Event::WorkerRegistered(_)
        | Event::WorkerChanged(_)
        | Event::SiteEntered(_)
        | Event::SiteLeft(_)
        | Event::ContractAmended(_)
        | Event::ContractEnded(_)
        | Event::WorkRecorded(_)
        | Event::WorkCorrected(_)
        | Event::DeductionDeclared(_)
        | Event::WagesConfirmed(_)
        | Event::WagesDisputed(_)
        | Event::CrewRegistered(_)
        | Event::ProjectRegistered(_)
        | Event::ProjectChanged(_)
        | Event::OrganisationRegistered(_)
        | Event::SubcontractSigned(_)
        | Event::DepositLodged(_)
        | Event::SiteInspected(_)
        | Event::ComplaintFiled(_)
        | Event::WarningAcknowledged(_)
        | Event::WarningAssigned(_)
        | Event::WarningOrdered(_)
        | Event::WarningExplained(_)
        | Event::WarningResolved(_) => None,
    }
}

fn fingerprint(command_id: &Uuid) -> u32 {
    let [.., a, b, c, d] = *command_id.as_bytes();
    u32::from_be_bytes([a, b, c, d])
}

fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn bit(day: Date) -> u32 {
    let place = u32::from(day.day().unsigned_abs()).saturating_sub(1);
    1u32.checked_shl(place).unwrap_or_default()
}
