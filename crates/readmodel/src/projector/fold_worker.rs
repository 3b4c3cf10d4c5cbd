//! What facts about workers change.

use super::Projected;
use super::due::{Contract, Terms};
use super::fold::Place;
use super::gate;
use super::out::{Out, SheetKey};
use super::state::{ContractRef, Line, State, Stay, Worker};
use crate::ReadModelError;
use crate::value::{Value, json, word};
use crate::warning::Payment;
use jiff::civil::Date;
use rules::Month;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use wages::event::{
    ContractAmended, ContractEnded, ContractSigned, ContractTerms, DeductionDeclared, LineKey,
    PaymentDetails, PaymentFailed, PaymentRecorded, PaymentReturned, SiteEntered, SiteLeft, TaxWithheld,
    WageLine, WagesDisputed, WorkDay, WorkerChanged, WorkerRegistered,
};
use wages::{BlindIndex, IncomeType, Private, ProjectCode, Refers};

type Folded<'a> = Result<Place<'a>, ReadModelError>;

/// A card that is the worker's own.
fn card(
    entry: &Projected,
    index: Option<BlindIndex>,
    state: &mut State,
    out: &mut Out,
) -> Result<(), ReadModelError> {
    if let Some(index) = index {
        let worker = entry.subject();
        let stored = state.gathered.as_mut().is_none_or(|gathered| !gathered.card(worker, index));
        let row = [worker.into(), index.into(), entry.seq()?.into()];
        match out.worker_cards.entry((worker, index)) {
            Entry::Vacant(new) => drop(new.insert((row, stored))),
            Entry::Occupied(mut known) => known.get_mut().0 = row,
        }
    }
    Ok(())
}

pub(crate) fn registered(
    entry: &Projected,
    e: &WorkerRegistered,
    state: &mut State,
    out: &mut Out,
) -> Folded<'static> {
    card(entry, e.card_index, state, out)?;
    let worker = Worker {
        name: (&e.name).into(),
        id_kind: word(&e.id_kind),
        id_number: (&e.id_number).into(),
        phone: e.phone.as_ref().into(),
        card: e.card.as_ref().into(),
        bank: e.bank.as_ref().into(),
        card_index: e.card_index.into(),
        seq: entry.seq()?,
        changed: true,
        stored: false,
    };
    state.workers.insert(entry.subject(), worker);
    Ok(Place::default())
}

pub(crate) fn changed(
    entry: &Projected,
    e: &WorkerChanged,
    state: &mut State,
    out: &mut Out,
) -> Folded<'static> {
    card(entry, e.card_index, state, out)?;
    let known = state.workers.get_mut(&entry.subject());
    let worker = known.ok_or_else(|| entry.refused("its worker was never registered"))?;
    let fields = [
        (&mut worker.name, Value::from(e.name.as_ref())),
        (&mut worker.phone, e.phone.as_ref().into()),
        (&mut worker.card, e.card.as_ref().into()),
        (&mut worker.bank, e.bank.as_ref().into()),
        (&mut worker.card_index, e.card_index.into()),
    ];
    for (field, said) in fields {
        if said != Value::Null {
            *field = said;
        }
    }
    (worker.seq, worker.changed) = (entry.seq()?, true);
    Ok(Place::default())
}

pub(crate) fn entered<'a>(entry: &Projected, e: &'a SiteEntered, state: &mut State) -> Folded<'a> {
    let employer = state.name(e.employer.as_str());
    let (trade_code, trade) = (state.name(&e.trade_code), state.name(&e.trade));
    let pair = state.pair(entry.subject(), e.project.as_str());
    pair.stays_changed = true;
    // Said again, it replaces what was said of the coming; of the leaving it says nothing.
    let known = pair.stays.get(e.entered_on);
    let (left_on, how, stored) =
        known.map_or((None, None, false), |stay| (stay.left_on, stay.how, stay.stored));
    let stay = Stay {
        employer,
        crew: e.crew,
        left_on,
        how,
        trade_code,
        trade,
        crew_leader: e.crew_leader,
        seq: entry.seq()?,
        changed: true,
        stored,
    };
    pair.stays.insert(e.entered_on, stay);
    Ok(Place::of(e.project.as_str(), e.employer.as_str()).on(e.entered_on))
}

pub(crate) fn left<'a>(entry: &Projected, e: &'a SiteLeft, state: &mut State) -> Folded<'a> {
    let pair = state.pair(entry.subject(), e.project.as_str());
    pair.stays_changed = true;
    let stay = pair.stays.get_mut(e.entered_on);
    let stay = stay.ok_or_else(|| entry.refused("it ends a stay that never began"))?;
    (stay.left_on, stay.how) = (e.left_on, e.left_on.map(|_| e.how));
    (stay.seq, stay.changed) = (entry.seq()?, true);
    let place = Place::of(e.project.as_str(), stay.employer.to_string());
    Ok(Place { occurred_on: e.left_on, ..place })
}

fn terms(
    entry: &Projected,
    contract: i64,
    from: Date,
    e: &ContractTerms,
    reason: Option<&Private>,
    out: &mut Out,
) -> Result<Terms, ReadModelError> {
    let seq = entry.seq()?;
    out.contract_terms.push([
        seq.into(),
        contract.into(),
        from.into(),
        word(&e.term),
        e.starts_on.into(),
        e.ends_on.into(),
        word(&e.pay_form),
        e.unit_price.into(),
        word(&e.unit),
        word(&e.pay_cycle),
        e.pay_day.into(),
        word(&e.income),
        reason.into(),
    ]);
    let services = e.income == IncomeType::Services;
    Ok(Terms { seq, from, starts_on: e.starts_on, ends_on: e.ends_on, pay_day: e.pay_day, services })
}

pub(crate) fn contract_signed<'a>(
    entry: &Projected,
    e: &'a ContractSigned,
    state: &mut State,
    out: &mut Out,
) -> Folded<'a> {
    let (seq, worker) = (entry.seq()?, entry.subject());
    let (project, employer) = (state.name(e.project.as_str()), state.name(e.employer.as_str()));
    out.contracts.push([
        seq.into(),
        worker.into(),
        e.project.as_str().into(),
        e.employer.as_str().into(),
        e.contract.as_str().into(),
        word(&e.document),
        e.signed_on.into(),
    ]);
    let terms = terms(entry, seq, e.terms.starts_on, &e.terms, None, out)?;
    let pair = state.pair(worker, &project);
    pair.contracts.push(Contract {
        contract: seq,
        employer: employer.clone(),
        signed_on: e.signed_on,
        terms: vec![terms],
        ended: None,
    });
    pair.contracts_changed = true;
    state.contracts.insert(seq, ContractRef { worker, project, employer });
    Ok(Place::of(e.project.as_str(), e.employer.as_str()).on(e.signed_on))
}

/// Where the contract that an entry names belongs, and what is known of it.
fn contract<'a>(
    entry: &Projected,
    named: i64,
    state: &'a mut State,
) -> Result<(&'a mut Contract, Place<'static>), ReadModelError> {
    let unknown = || entry.refused("it names a contract that was never signed");
    let at =
        state.contracts.get(&named).filter(|at| at.worker == entry.subject()).ok_or_else(unknown)?.clone();
    let place = Place::of(at.project.to_string(), at.employer.to_string());
    let pair = state.pair(at.worker, &at.project);
    pair.contracts_changed = true;
    let contract = pair.contracts.iter_mut().find(|c| c.contract == named).ok_or_else(unknown)?;
    Ok((contract, place))
}

pub(crate) fn contract_amended(
    entry: &Projected,
    e: &ContractAmended,
    state: &mut State,
    out: &mut Out,
) -> Folded<'static> {
    let named = entry.named(&e.contract)?;
    let (contract, place) = contract(entry, named, state)?;
    contract.terms.push(terms(entry, named, e.from, &e.terms, Some(&e.reason), out)?);
    Ok(place.on(e.from))
}

pub(crate) fn contract_ended(
    entry: &Projected,
    e: &ContractEnded,
    state: &mut State,
    out: &mut Out,
) -> Folded<'static> {
    let (seq, named) = (entry.seq()?, entry.named(&e.contract)?);
    let (contract, place) = contract(entry, named, state)?;
    contract.ended = Some((seq, e.ended_on));
    let (how, ground, reason) = (word(&e.how), e.ground.get().into(), e.reason.as_ref().into());
    out.contract_ends.push([seq.into(), named.into(), e.ended_on.into(), how, ground, reason]);
    Ok(place.on(e.ended_on))
}

/// Days recorded and days corrected alike: what is said of a day last is what counts.
pub(crate) fn work<'a>(
    entry: &Projected,
    project: &'a ProjectCode,
    days: &[WorkDay],
    state: &mut State,
) -> Folded<'a> {
    let seq = entry.seq()?;
    for days in days.chunk_by(|one, next| Month::of(one.on) == Month::of(next.on)) {
        let Some(first) = days.first() else { continue };
        let month = state.month(entry.subject(), project.as_str(), Month::of(first.on));
        for day in days {
            let set = month.days.set(day.on.day(), day.days.tenths());
            set.ok_or_else(|| entry.refused("it says more of a day than a day can hold"))?;
            month.said.add(seq, day.on.day());
            month.gate = month.gate.wrapping_add(gate::print(day));
        }
        month.days_changed = true;
    }
    let place = Place::project(project.as_str());
    let span = days.iter().map(|day| day.on).min().zip(days.iter().map(|day| day.on).max());
    Ok(span.map_or(Place::default(), |(first, last)| place.month(Month::of(first)).on(last)))
}

pub(crate) fn wages<'a>(
    entry: &Projected,
    (of, correction, line, reason): (&'a LineKey, u16, &WageLine, Option<&Private>),
    state: &mut State,
    out: &mut Out,
) -> Folded<'a> {
    let seq = entry.seq()?;
    let insurance = line.deductions.social_insurance.checked_add(line.deductions.housing_fund);
    let insurance = insurance.ok_or_else(|| entry.refused("its deductions are too large"))?;
    let sheet = SheetKey::of(of, correction, state);
    let version = Line {
        line: seq,
        employer: sheet.employer.clone(),
        crew: of.crew,
        version: seq,
        correction: correction.into(),
        days_tenths: line.days.tenths(),
        gross: line.gross.fen(),
        net: line.net.fen(),
        insurance: insurance.fen(),
        income_tax: line.deductions.income_tax.fen(),
        card: line.account_index,
        stored: false,
    };
    let sheet = out.sheets.entry(sheet).or_default();
    sheet.recorded_lines += 1;
    sheet.recorded_net += version.net;
    let first = state.line_version(entry.subject(), of, version);
    out.wage_versions.push([
        seq.into(),
        first.into(),
        correction.into(),
        line.days.into(),
        line.overtime_hours.into(),
        word(&line.pay_form),
        line.unit_price.into(),
        line.quantity.into(),
        line.gross.into(),
        json(&line.components),
        line.deductions.social_insurance.into(),
        line.deductions.housing_fund.into(),
        line.deductions.income_tax.into(),
        line.deductions.other.into(),
        line.advances.loan.into(),
        line.advances.living_cost.into(),
        line.net.into(),
        line.account.as_ref().into(),
        line.account_index.into(),
        line.remark.as_ref().into(),
        reason.into(),
    ]);
    Ok(Place::of(of.project.as_str(), of.employer.as_str()).month(of.month))
}

pub(crate) fn tax<'a>(entry: &Projected, e: &'a TaxWithheld, out: &mut Out) -> Folded<'a> {
    out.taxes.push([
        entry.seq()?.into(),
        entry.subject().into(),
        e.employer.as_str().into(),
        e.pay_month.into(),
        word(&e.income),
        e.declared_income.into(),
        e.amount.into(),
        e.declaration.as_str().into(),
    ]);
    Ok(Place::employer(e.employer.as_str()).month(e.pay_month))
}

/// Project and employer of a payment.
fn names(e: &PaymentDetails, state: &mut State) -> (Arc<str>, Arc<str>) {
    (state.name(e.project.as_str()), state.name(e.employer.as_str()))
}

fn payment<'a>(
    entry: &Projected,
    e: &'a PaymentDetails,
    value_on: Option<Date>,
    reason: Option<&Private>,
    (project, employer): &(Arc<str>, Arc<str>),
    out: &mut Out,
) -> Folded<'a> {
    out.payments.push([
        entry.seq()?.into(),
        entry.subject().into(),
        project.into(),
        employer.into(),
        e.month.into(),
        value_on.into(),
        e.amount.into(),
        word(&e.payer),
        e.payer_account_index.into(),
        e.batch.as_str().into(),
        e.number.into(),
        e.serial.as_ref().map(|serial| serial.as_str()).into(),
        (&e.payee_account).into(),
        e.payee_account_index.into(),
        (&e.payee_holder).into(),
        reason.into(),
    ]);
    let place = Place::of(e.project.as_str(), e.employer.as_str()).month(e.month);
    Ok(Place { occurred_on: value_on, ..place })
}

pub(crate) fn deduction<'a>(entry: &Projected, e: &'a DeductionDeclared, out: &mut Out) -> Folded<'a> {
    let (worker, employer) = (entry.subject(), e.employer.to_string());
    let row = [
        worker.into(),
        (&employer).into(),
        word(&e.kind),
        e.from.into(),
        e.until.into(),
        e.monthly.into(),
        e.declared_on.into(),
        entry.seq()?.into(),
    ];
    out.deductions.insert((worker, employer, e.kind, e.from), row);
    Ok(Place::employer(e.employer.as_str()).month(e.from).on(e.declared_on))
}

pub(crate) fn paid<'a>(
    entry: &Projected,
    e: &'a PaymentRecorded,
    state: &mut State,
    out: &mut Out,
) -> Folded<'a> {
    let (details, on) = (&e.payment, e.value_at.date());
    let names = names(details, state);
    if let Some(gathered) = &mut state.gathered {
        let paid = Payment {
            seq: entry.seq()?,
            worker: entry.subject(),
            employer: names.1.clone(),
            on,
            amount: details.amount.fen(),
            account: details.payer_account_index,
            card: details.payee_account_index,
            returned_on: None,
        };
        gathered.payment(names.0.clone(), details.month, paid);
    }
    payment(entry, details, Some(on), None, &names, out)
}

pub(crate) fn failed<'a>(
    entry: &Projected,
    e: &'a PaymentFailed,
    state: &mut State,
    out: &mut Out,
) -> Folded<'a> {
    payment(entry, &e.payment, None, e.reason.as_ref(), &names(&e.payment, state), out)
}

pub(crate) fn returned<'a>(
    entry: &Projected,
    e: &'a PaymentReturned,
    state: &mut State,
    out: &mut Out,
) -> Folded<'a> {
    let (returned_on, payment) = (e.returned_at.date(), entry.named(&e.returns)?);
    if let Some(gathered) = &mut state.gathered {
        gathered.returned(payment, returned_on);
    }
    out.payment_returns.push([
        entry.seq()?.into(),
        payment.into(),
        entry.subject().into(),
        e.payment.project.as_str().into(),
        returned_on.into(),
        e.payment.amount.into(),
        e.payment.batch.as_str().into(),
        e.payment.number.into(),
        e.payment.serial.as_ref().map(|serial| serial.as_str()).into(),
        e.reason.as_ref().into(),
    ]);
    let place = Place::of(e.payment.project.as_str(), e.payment.employer.as_str());
    Ok(place.month(e.payment.month).on(returned_on))
}

/// The worker says that a line is true, or (with `dispute`) that it is not.
pub(crate) fn spoken(
    entry: &Projected,
    line: &Refers,
    dispute: Option<&WagesDisputed>,
    state: &State,
    out: &mut Out,
) -> Folded<'static> {
    let version = entry.named(line)?;
    let at = state.versions.get(&version);
    let at = at.ok_or_else(|| entry.refused("it speaks of a wage line that was never recorded"))?;
    out.statements.push([
        entry.seq()?.into(),
        entry.subject().into(),
        at.line.into(),
        version.into(),
        dispute.is_some().into(),
        dispute.and_then(|d| d.claimed_net).into(),
        dispute.map(|d| &d.statement).into(),
    ]);
    Ok(Place::of(at.project.to_string(), at.employer.to_string()).month(at.month))
}
