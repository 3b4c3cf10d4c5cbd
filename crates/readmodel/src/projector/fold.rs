//! What each kind of fact changes: all kinds, and those about the ledger, projects and organisations here;
//! those about workers and about oversight next door.

use super::Projected;
use super::fold_oversight as oversight;
use super::fold_worker as worker;
use super::out::{Out, SheetKey};
use super::state::State;
use crate::ReadModelError;
use crate::value::{Value, json, word};
use jiff::civil::Date;
use rules::Month;
use std::borrow::Cow;
use wages::Event;
use wages::event::{AccountMoved, BatchSealed, FileImported, ProjectTerms, SheetSealed};

/// Where an entry belongs in audit trails, as far as it says.
#[derive(Default)]
pub(crate) struct Place<'a> {
    pub(crate) project: Option<Cow<'a, str>>,
    pub(crate) employer: Option<Cow<'a, str>>,
    pub(crate) month: Option<Month>,
    pub(crate) occurred_on: Option<Date>,
}

impl<'a> Place<'a> {
    pub(crate) fn of(project: impl Into<Cow<'a, str>>, employer: impl Into<Cow<'a, str>>) -> Place<'a> {
        let (project, employer) = (Some(project.into()), Some(employer.into()));
        Place { project, employer, ..Place::default() }
    }

    pub(crate) fn project(project: impl Into<Cow<'a, str>>) -> Place<'a> {
        Place { project: Some(project.into()), ..Place::default() }
    }

    pub(crate) fn employer(employer: impl Into<Cow<'a, str>>) -> Place<'a> {
        Place { employer: Some(employer.into()), ..Place::default() }
    }

    pub(crate) fn month(self, month: Month) -> Place<'a> {
        Place { month: Some(month), ..self }
    }

    pub(crate) fn on(self, day: Date) -> Place<'a> {
        Place { occurred_on: Some(day), ..self }
    }
}

/// Takes one entry in. Entries come in ledger order; a kind of fact that this program learns must find its
/// arm here.
pub(crate) fn fold(entry: &Projected, state: &mut State, out: &mut Out) -> Result<(), ReadModelError> {
    let mut plain = false;
    entry.event.each_private(&mut |_, private| plain |= private.plain().is_some());
    if plain {
        return Err(entry.refused("personal data stands in it unsealed"));
    }
    let seq = entry.seq()?;
    let place = match &entry.event {
        Event::LedgerCreated(e) => {
            let keys = json(&e.keys);
            out.ledgers.push([seq.into(), e.ledger.into(), (&e.origin).into(), e.suite.into(), keys]);
            Place::default()
        }
        Event::FileImported(e) => file_imported(entry, e, out)?,
        Event::DataRevealed(e) => {
            let (to, purpose, question) = (json(&e.to), (&e.purpose).into(), (&e.question).into());
            let subject = entry.subject().into();
            out.reveals.push([
                seq.into(),
                subject,
                to,
                purpose,
                question,
                e.workers.into(),
                (&e.root).into(),
            ]);
            Place::default()
        }
        // It says something of times of recording, of which no row is made.
        Event::ClockOverridden(_) => Place::default(),
        Event::WorkerRegistered(e) => worker::registered(entry, e, state, out)?,
        Event::WorkerChanged(e) => worker::changed(entry, e, state, out)?,
        Event::SiteEntered(e) => worker::entered(entry, e, state)?,
        Event::SiteLeft(e) => worker::left(entry, e, state)?,
        Event::ContractSigned(e) => worker::contract_signed(entry, e, state, out)?,
        Event::ContractAmended(e) => worker::contract_amended(entry, e, state, out)?,
        Event::ContractEnded(e) => worker::contract_ended(entry, e, state, out)?,
        Event::WorkRecorded(e) => worker::work(entry, &e.project, &e.days, state)?,
        Event::WorkCorrected(e) => worker::work(entry, &e.project, &e.days, state)?,
        Event::WagesAccrued(e) => worker::wages(entry, (&e.of, e.correction, &e.line, None), state, out)?,
        Event::WagesCorrected(e) => {
            worker::wages(entry, (&e.of, e.correction, &e.line, Some(&e.reason)), state, out)?
        }
        Event::TaxWithheld(e) => worker::tax(entry, e, out)?,
        Event::DeductionDeclared(e) => worker::deduction(entry, e, out)?,
        Event::PaymentRecorded(e) => worker::paid(entry, e, state, out)?,
        Event::PaymentFailed(e) => worker::failed(entry, e, state, out)?,
        Event::PaymentReturned(e) => worker::returned(entry, e, state, out)?,
        Event::WagesConfirmed(e) => worker::spoken(entry, &e.line, None, state, out)?,
        Event::WagesDisputed(e) => worker::spoken(entry, &e.line, Some(e), state, out)?,
        Event::CrewRegistered(e) => {
            let crew = entry.subject();
            let (project, employer) = (e.project.as_str().into(), e.employer.as_str().into());
            out.crews
                .insert(crew.to_string(), [crew.into(), project, employer, (&e.label).into(), seq.into()]);
            Place::of(e.project.as_str(), e.employer.as_str())
        }
        Event::ProjectRegistered(e) => project(entry, e.code.as_str(), &e.terms, state, out)?,
        Event::ProjectChanged(e) => project(entry, e.code.as_str(), &e.terms, state, out)?,
        Event::SheetSealed(e) => sheet_sealed(entry, e, state, out)?,
        Event::BatchSealed(e) => batch_sealed(entry, e, out)?,
        Event::AccountMoved(e) => account_moved(entry, e, out)?,
        Event::OrganisationRegistered(e) => {
            let code = e.code.as_str();
            let row = [code.into(), entry.subject().into(), (&e.name).into(), seq.into()];
            out.organisations.insert(code.to_owned(), row);
            Place::employer(code)
        }
        Event::SubcontractSigned(e) => oversight::subcontract(entry, e, out)?,
        Event::DepositLodged(e) => oversight::deposit(entry, e, out)?,
        Event::SiteInspected(e) => oversight::inspection(entry, e, out)?,
        Event::ComplaintFiled(e) => oversight::complaint(entry, e, out)?,
        Event::WarningAcknowledged(e) => oversight::warning(entry, "acknowledged", &e.of, &e.reason, out)?,
        Event::WarningAssigned(e) => {
            let step = oversight::Step { kind: "assigned", addressee: Some(&e.to), until: e.until };
            oversight::warning_step(entry, step, &e.of, &e.reason, out)?
        }
        Event::WarningOrdered(e) => {
            let step = oversight::Step { kind: "ordered", addressee: Some(&e.to), until: Some(e.until) };
            oversight::warning_step(entry, step, &e.of, &e.reason, out)?
        }
        Event::WarningExplained(e) => oversight::warning(entry, "explained", &e.of, &e.reason, out)?,
        Event::WarningResolved(e) => oversight::warning(entry, "resolved", &e.of, &e.reason, out)?,
    };
    state.lists.add(entry, &place)
}

fn file_imported(
    entry: &Projected,
    e: &FileImported,
    out: &mut Out,
) -> Result<Place<'static>, ReadModelError> {
    let bytes = i64::try_from(e.bytes).map_err(|_| entry.refused("its file is too long"))?;
    out.files.push([
        entry.seq()?.into(),
        (&e.digest).into(),
        (&e.kind).into(),
        (&e.name).into(),
        bytes.into(),
        e.rows.recorded.into(),
        e.rows.already_recorded.into(),
        e.rows.refused.into(),
        entry.source.actor.to_string().into(),
    ]);
    Ok(Place::default())
}

fn project<'a>(
    entry: &Projected,
    code: &'a str,
    terms: &ProjectTerms,
    state: &mut State,
    out: &mut Out,
) -> Result<Place<'a>, ReadModelError> {
    let known = state.projects.entry(code.to_owned()).or_default();
    if known.pay_day != Some(terms.pay_day) {
        known.pay_day = Some(terms.pay_day);
        known.changed = true;
    }
    (known.region, known.contractor) = (terms.region.as_str().parse().ok(), terms.contractor.as_str().into());
    known.account = Some(terms.account_index);
    let row: [Value; 13] = [
        code.into(),
        entry.subject().into(),
        (&terms.name).into(),
        terms.region.as_str().into(),
        terms.owner.as_str().into(),
        terms.contractor.as_str().into(),
        terms.account_index.into(),
        terms.agreed_labour_cost.into(),
        terms.pay_day.into(),
        terms.starts_on.into(),
        terms.planned_end.into(),
        json(terms),
        entry.seq()?.into(),
    ];
    out.projects.insert(code.to_owned(), row);
    Ok(Place::project(code))
}

fn sheet_sealed<'a>(
    entry: &Projected,
    e: &'a SheetSealed,
    state: &mut State,
    out: &mut Out,
) -> Result<Place<'a>, ReadModelError> {
    out.sheets.entry(SheetKey::of(&e.of, e.correction, state)).or_default().seal = Some([
        entry.seq()?.into(),
        e.lines.into(),
        e.gross.into(),
        e.deductions.into(),
        e.advances.into(),
        e.net.into(),
        (&e.root).into(),
    ]);
    Ok(Place::of(e.of.project.as_str(), e.of.employer.as_str()).month(e.of.month))
}

fn batch_sealed<'a>(
    entry: &Projected,
    e: &'a BatchSealed,
    out: &mut Out,
) -> Result<Place<'a>, ReadModelError> {
    out.batches.push([
        entry.seq()?.into(),
        e.project.as_str().into(),
        e.employer.as_str().into(),
        e.month.into(),
        e.batch.as_str().into(),
        (&e.payer_account).into(),
        e.payer_account_index.into(),
        (&e.payer_holder).into(),
        e.lines.into(),
        e.amount.into(),
        (&e.root).into(),
    ]);
    Ok(Place::of(e.project.as_str(), e.employer.as_str()).month(e.month))
}

fn account_moved<'a>(
    entry: &Projected,
    e: &'a AccountMoved,
    out: &mut Out,
) -> Result<Place<'a>, ReadModelError> {
    out.account_movements.push([
        entry.seq()?.into(),
        e.project.as_str().into(),
        e.on.into(),
        word(&e.direction),
        e.amount.into(),
        e.balance.into(),
        e.counterparty.as_ref().into(),
        e.memo.as_ref().into(),
        e.labour_cost.into(),
        e.serial.as_str().into(),
        e.statement.into(),
        e.line.into(),
    ]);
    Ok(Place::project(e.project.as_str()).month(e.statement).on(e.on))
}
