//! What facts about subcontracts, deposits, inspections, complaints and handled warnings change.

use super::Projected;
use super::fold::Place;
use super::out::Out;
use crate::ReadModelError;
use crate::value::{Value, json, word};
use jiff::civil::Date;
use wages::event::{ComplaintFiled, DepositLodged, SiteInspected, SubcontractSigned, WarningKey};
use wages::{Party, Private};

type Folded<'a> = Result<Place<'a>, ReadModelError>;

pub(crate) fn subcontract<'a>(entry: &Projected, e: &'a SubcontractSigned, out: &mut Out) -> Folded<'a> {
    let key = [e.project.to_string(), e.number.to_string()];
    let row = [
        e.project.as_str().into(),
        e.number.as_str().into(),
        e.giver.as_str().into(),
        (&e.giver_name).into(),
        e.taker.as_str().into(),
        (&e.taker_name).into(),
        word(&e.kind),
        e.signed_on.into(),
        e.starts_on.into(),
        e.ends_on.into(),
        e.price.into(),
        entry.seq()?.into(),
    ];
    out.subcontracts.insert(key, row);
    Ok(Place::of(e.project.as_str(), e.taker.as_str()).on(e.signed_on))
}

pub(crate) fn deposit<'a>(entry: &Projected, e: &'a DepositLodged, out: &mut Out) -> Folded<'a> {
    let key = [e.project.to_string(), e.number.to_string()];
    let row = [
        e.project.as_str().into(),
        e.number.as_str().into(),
        e.liable.as_str().into(),
        word(&e.form),
        e.amount.into(),
        (&e.issuer).into(),
        e.valid_from.into(),
        e.valid_to.into(),
        entry.seq()?.into(),
    ];
    out.deposits.insert(key, row);
    Ok(Place::of(e.project.as_str(), e.liable.as_str()).on(e.valid_from))
}

pub(crate) fn inspection<'a>(entry: &Projected, e: &'a SiteInspected, out: &mut Out) -> Folded<'a> {
    let key = [e.project.to_string(), e.on.to_string(), e.by.clone()];
    let row = [
        e.project.as_str().into(),
        e.on.into(),
        (&e.by).into(),
        e.board.into(),
        e.officer.into(),
        e.real_name.into(),
        e.problem.as_ref().into(),
        word(&e.decision),
        e.correct_by.into(),
        e.closed_on.into(),
        entry.seq()?.into(),
    ];
    out.inspections.insert(key, row);
    Ok(Place::project(e.project.as_str()).on(e.on))
}

pub(crate) fn complaint<'a>(entry: &Projected, e: &'a ComplaintFiled, out: &mut Out) -> Folded<'a> {
    let key = [e.project.to_string(), e.number.to_string()];
    let row = [
        e.project.as_str().into(),
        e.number.as_str().into(),
        e.on.into(),
        word(&e.channel),
        e.people.into(),
        e.amount.into(),
        word(&e.state),
        e.closed_on.into(),
        entry.seq()?.into(),
    ];
    out.complaints.insert(key, row);
    Ok(Place::project(e.project.as_str()).on(e.on))
}

/// What somebody did with a warning.
pub(crate) struct Step<'a> {
    pub(crate) kind: &'static str,
    pub(crate) addressee: Option<&'a Party>,
    pub(crate) until: Option<Date>,
}

pub(crate) fn warning<'a>(
    entry: &Projected,
    kind: &'static str,
    of: &'a WarningKey,
    reason: &Private,
    out: &mut Out,
) -> Folded<'a> {
    warning_step(entry, Step { kind, addressee: None, until: None }, of, reason, out)
}

pub(crate) fn warning_step<'a>(
    entry: &Projected,
    step: Step<'_>,
    of: &'a WarningKey,
    reason: &Private,
    out: &mut Out,
) -> Folded<'a> {
    let project = of.project.as_ref().map(|project| project.as_str());
    let employer = of.employer.as_ref().map(|employer| employer.as_str());
    out.warning_steps.push([
        entry.seq()?.into(),
        Value::Word(step.kind),
        of.rule.as_str().into(),
        project.into(),
        employer.into(),
        of.as_of.into(),
        step.addressee.map(json).into(),
        step.until.into(),
        reason.into(),
        entry.subject().into(),
        entry.header.recorded_at.into(),
        entry.source.actor.to_string().into(),
    ]);
    let (project, employer) = (project.map(Into::into), employer.map(Into::into));
    Ok(Place { project, employer, occurred_on: Some(of.as_of), ..Place::default() })
}
