//! The rule: a command and the subject's history in, a fact or a no out.

mod shape;

use crate::event::{Event, PaymentDetails, PaymentReturned, SiteLeft, WagesCorrected, WorkCorrected};
use crate::state::natural_key;
use crate::{Command, Rejection, State, SubjectKind};

/// The earlier entry that a command names, read and opened for the rule.
#[derive(Clone, Debug)]
pub struct Referenced {
    /// Its sequence.
    pub seq: u64,
    /// What it says.
    pub event: Event,
}

/// Decides one command over the memory of its subject. `referenced` is the entry that
/// [`Event::refers`] names, when it stands on the subject's own stream.
///
/// Pure and total: the same command over the same history gives the same answer, whoever asks when. Whether
/// the command was decided before (same id) is settled before this is asked.
pub fn decide(state: &State, command: Command, referenced: Option<&Referenced>) -> Result<Event, Rejection> {
    let mut event = command.into_event();
    let belongs = belongs(state, &event)?;
    if belongs == Place::Opens && state.entries() > 0 {
        return Err(Rejection::AlreadyRegistered);
    }
    if belongs == Place::Follows && state.entries() == 0 {
        return Err(Rejection::UnknownSubject);
    }
    shape::check(&event)?;
    if event.refers().is_some() {
        event = event.with_reference(referenced.ok_or(Rejection::RefersToUnknownEntry)?.seq);
    }
    if let Some(key) = natural_key(&event)
        && state.knows(&key)
    {
        return Err(Rejection::AlreadyRecorded { what: key.what().into() });
    }
    fits_history(state, &event, referenced)?;
    Ok(event)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The first fact of its subject.
    Opens,
    /// Needs a subject that is known.
    Follows,
}

fn belongs(state: &State, event: &Event) -> Result<Place, Rejection> {
    let expected = event.subject_kind();
    let fits = match (state.kind(), expected) {
        (None, _) => true,
        (Some(kind), SubjectKind::LedgerOrWorker) => {
            matches!(kind, SubjectKind::Ledger | SubjectKind::Worker)
        }
        (Some(kind), SubjectKind::ProjectOrOrganisation) => {
            matches!(kind, SubjectKind::Project | SubjectKind::Organisation)
        }
        (Some(kind), expected) => kind == expected,
    };
    if !fits {
        return Err(Rejection::WrongSubject { expected });
    }
    Ok(match event {
        Event::LedgerCreated(_)
        | Event::WorkerRegistered(_)
        | Event::CrewRegistered(_)
        | Event::ProjectRegistered(_)
        | Event::OrganisationRegistered(_) => Place::Opens,
        Event::FileImported(_)
        | Event::DataRevealed(_)
        | Event::ClockOverridden(_)
        | Event::WorkerChanged(_)
        | Event::SiteEntered(_)
        | Event::SiteLeft(_)
        | Event::ContractSigned(_)
        | Event::ContractAmended(_)
        | Event::ContractEnded(_)
        | Event::WorkRecorded(_)
        | Event::WorkCorrected(_)
        | Event::WagesAccrued(_)
        | Event::WagesCorrected(_)
        | Event::TaxWithheld(_)
        | Event::DeductionDeclared(_)
        | Event::PaymentRecorded(_)
        | Event::PaymentFailed(_)
        | Event::PaymentReturned(_)
        | Event::WagesConfirmed(_)
        | Event::WagesDisputed(_)
        | Event::ProjectChanged(_)
        | Event::SheetSealed(_)
        | Event::BatchSealed(_)
        | Event::AccountMoved(_)
        | Event::SubcontractSigned(_)
        | Event::DepositLodged(_)
        | Event::SiteInspected(_)
        | Event::ComplaintFiled(_)
        | Event::WarningAcknowledged(_)
        | Event::WarningAssigned(_)
        | Event::WarningOrdered(_)
        | Event::WarningExplained(_)
        | Event::WarningResolved(_) => Place::Follows,
    })
}

/// What contradicts the subject's own history.
fn fits_history(state: &State, event: &Event, referenced: Option<&Referenced>) -> Result<(), Rejection> {
    let earlier = referenced.map(|r| &r.event);
    match event {
        Event::SiteLeft(left) => leaves_a_known_stay(state, left),
        Event::WorkRecorded(work) => {
            match work.days.iter().find(|day| state.attended(&work.project, day.on)) {
                Some(day) => Err(Rejection::DayAlreadyRecorded { day: day.on }),
                None => Ok(()),
            }
        }
        Event::WorkCorrected(work) => corrects_those_days(work, earlier),
        Event::WagesCorrected(wages) => corrects_that_line(wages, earlier),
        Event::PaymentReturned(returned) => returns_that_payment(state, returned, earlier),
        Event::ContractAmended(_) | Event::ContractEnded(_) => match earlier {
            Some(Event::ContractSigned(_)) => Ok(()),
            _ => Err(Rejection::RefersToOtherFact { expected: "the signing of a contract".into() }),
        },
        Event::WagesConfirmed(_) | Event::WagesDisputed(_) => match earlier {
            Some(Event::WagesAccrued(_) | Event::WagesCorrected(_)) => Ok(()),
            _ => Err(Rejection::RefersToOtherFact { expected: "a wage line".into() }),
        },
        Event::LedgerCreated(_)
        | Event::FileImported(_)
        | Event::DataRevealed(_)
        | Event::ClockOverridden(_)
        | Event::WorkerRegistered(_)
        | Event::WorkerChanged(_)
        | Event::SiteEntered(_)
        | Event::ContractSigned(_)
        | Event::WagesAccrued(_)
        | Event::TaxWithheld(_)
        | Event::DeductionDeclared(_)
        | Event::PaymentRecorded(_)
        | Event::PaymentFailed(_)
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
        | Event::WarningResolved(_) => Ok(()),
    }
}

fn leaves_a_known_stay(state: &State, left: &SiteLeft) -> Result<(), Rejection> {
    if state.has_stay(&left.project, left.entered_on) {
        Ok(())
    } else {
        Err(Rejection::LeavesUnknownStay { entered_on: left.entered_on })
    }
}

fn corrects_those_days(work: &WorkCorrected, earlier: Option<&Event>) -> Result<(), Rejection> {
    let covered = match earlier {
        Some(Event::WorkRecorded(old)) => {
            old.project == work.project
                && work.days.iter().all(|day| old.days.iter().any(|known| known.on == day.on))
        }
        _ => false,
    };
    if covered {
        Ok(())
    } else {
        Err(Rejection::RefersToOtherFact { expected: "the record of these days on this project".into() })
    }
}

fn corrects_that_line(wages: &WagesCorrected, earlier: Option<&Event>) -> Result<(), Rejection> {
    match earlier {
        Some(Event::WagesAccrued(old)) if old.of == wages.of && old.correction != wages.correction => Ok(()),
        _ => Err(Rejection::RefersToOtherFact { expected: "the first record of this wage line".into() }),
    }
}

fn returns_that_payment(
    state: &State,
    returned: &PaymentReturned,
    earlier: Option<&Event>,
) -> Result<(), Rejection> {
    let wages_of = |p: &PaymentDetails| (p.project.clone(), p.employer.clone(), p.month, p.amount);
    match earlier {
        Some(Event::PaymentRecorded(paid)) if wages_of(&paid.payment) == wages_of(&returned.payment) => {
            match returned.returns.entry() {
                Some(seq) if state.is_returned(seq) => Err(Rejection::AlreadyReturned),
                _ => Ok(()),
            }
        }
        _ => Err(Rejection::RefersToOtherFact {
            expected: "a payment of the same wages and the same amount that went through".into(),
        }),
    }
}
