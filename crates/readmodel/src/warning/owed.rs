//! I12 to I15: unusual amounts, arrears by age and heads, near crime.

use super::Day;
use super::measure::{Measure, Measured, Object, Wanted, amount, fraction};
use super::near::{NearByDay, add_up};
use super::since::LOOK_BACK_DAYS;
use super::site::{Site, UndatedSums};
use super::site_month::{Late, Odd, Undated};
use crate::late::Span;
use jiff::ToSpan;
use jiff::civil::Date;
use rules::warning::{
    Figure, Figures, IndicatorId, NearCrime, OverdueWorker, Ratio, arrears_age, arrears_heads,
};
use rules::{Money, Month, Pack, Region, RuleError};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use uuid::Uuid;

/// Gross of a worker on a project in a calendar year, month by month.
pub(crate) type Years = BTreeMap<(String, Uuid), BTreeMap<Month, (i64, Vec<i64>)>>;

/// I12: unusual amounts. `years` holds the workers who may have one in a year.
pub(crate) fn unusual(site: &Site, years: &Years, as_of: Date, wanted: Wanted) -> Measure {
    let ended = |month: Month| month.last_day() <= as_of;
    let mut months: BTreeSet<Month> = BTreeSet::new();
    let mut objects = Vec::new();
    let mut entries: Vec<i64> = Vec::new();
    for (month, facts) in site.months.iter().filter(|(month, _)| ended(**month)) {
        for odd in &facts.odd {
            months.insert(*month);
            let (object, of) = odd_object(odd, *month);
            objects.push(object);
            entries.extend(of);
        }
    }
    let limit = Pack::china().amount("warning.unusual_year", site.region, as_of)?.value.fen();
    let of_site = (site.project.code.clone(), Uuid::nil())..=(site.project.code.clone(), Uuid::max());
    for ((_, worker), gross) in years.range(of_site) {
        let mut by_year: BTreeMap<i16, (i64, Month, Vec<i64>)> = BTreeMap::new();
        for (month, (fen, of)) in gross.iter().filter(|(month, _)| ended(**month)) {
            let year = by_year.entry(month.year()).or_insert((0, *month, Vec::new()));
            (year.0, year.1) = (year.0 + fen, *month);
            year.2.extend(of);
        }
        for (fen, month, of) in by_year.into_values().filter(|(fen, ..)| *fen > limit) {
            months.insert(month);
            let more = json!({ "kind": "year", "month": month.to_string(), "gross": amount(fen) });
            objects.push(Object::worker(*worker, more));
            entries.extend(of);
        }
    }
    let any = site.months.iter().any(|(month, facts)| ended(*month) && facts.lines > 0);
    let found = i64::try_from(months.len()).unwrap_or(i64::MAX);
    let figure =
        if any { Figure::whole(found) } else { Figure::Missing("no wage line of a month that ended") };
    let mut measured = Measured::of(Figures::new().with("months", figure));
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    measured.objects = objects;
    Ok(measured.entries(entries.into_iter().map(i64::unsigned_abs)).shows(json!({ "months": found })))
}

fn odd_object(odd: &Odd, month: Month) -> (Object, &Vec<i64>) {
    let month = month.to_string();
    match odd {
        Odd::Month { worker, gross, entries } => {
            let more = json!({ "kind": "month", "month": month, "gross": amount(*gross) });
            (Object::worker(*worker, more), entries)
        }
        Odd::Card { workers, entries, .. } => {
            (Object::of(json!({ "kind": "card", "month": month, "workers": workers.len() })), entries)
        }
        Odd::Crew { employer, crew, net, entries } => {
            let more = json!({ "kind": "crew", "month": month, "employer": employer, "net": amount(*net) });
            (Object { crew: Some(*crew), ..Object::of(more) }, entries)
        }
    }
}

/// I13: how old the oldest arrears are.
pub(crate) fn age(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let oldest = site.overdue_sums(as_of).oldest;
    let days = oldest.map_or(0, |due_on| rules::days_overdue(as_of, due_on));
    let known = site.any_due(as_of).then(|| u32::try_from(days).unwrap_or(u32::MAX));
    let mut measured = Measured::of(arrears_age(known));
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    let (mut items, mut sum) = (0_u64, 0);
    for (month, late, outstanding) in site.overdue(as_of) {
        (items, sum) = (items + 1, sum + outstanding);
        measured.entries.push(late.version.unsigned_abs());
        if Some(late.due_on) == oldest {
            let more = json!({
                "employer": late.employer, "month": month.to_string(), "outstanding": amount(outstanding),
            });
            let object = Object::worker(late.worker, more);
            measured.objects.push(Object { crew: Some(late.crew), ..object });
        }
    }
    Ok(measured.shows(json!({ "days_overdue": days, "items": items, "amount": amount(sum) })))
}

/// I14: how many workers have arrears, and collective complaints.
pub(crate) fn heads(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    /// Items, outstanding, days overdue of the oldest, entries.
    type Of = (u64, i64, i64, Vec<u64>);
    let mut workers: BTreeMap<Uuid, Of> = BTreeMap::new();
    let heads = site.overdue_sums(as_of).heads;
    let behind = (wanted == Wanted::All).then(|| site.overdue(as_of));
    for (_, late, outstanding) in behind.into_iter().flatten() {
        let of = workers.entry(late.worker).or_default();
        let days = rules::days_overdue(as_of, late.due_on);
        (of.0, of.1, of.2) = (of.0 + 1, of.1 + outstanding, of.2.max(days));
        of.3.push(late.version.unsigned_abs());
    }
    let open = site.complaints.iter();
    let open = open.filter(|c| c.on <= as_of && c.closed_on.is_none_or(|closed| closed > as_of));
    let open: Vec<_> = open.collect();
    let people: Vec<u64> = open.iter().map(|complaint| complaint.people).collect();
    let known = site.any_due(as_of).then_some(heads);
    let figures = if site.handed_in.complaints {
        arrears_heads(known, &people, site.region, as_of)?
    } else {
        Figures::new().with("collective_claims", Figure::Missing("nobody handed in a list of complaints"))
    };
    let mut measured = Measured::of(figures);
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    for (worker, (items, sum, days, entries)) in workers {
        let more = json!({ "items": items, "amount": amount(sum), "days_overdue": days });
        measured.objects.push(Object::worker(worker, more));
        measured.entries.extend(entries);
    }
    let least = Pack::china().count("warning.collective_heads", site.region, as_of)?.value;
    let collective = people.iter().filter(|people| i64::try_from(**people).is_ok_and(|p| p >= least)).count();
    Ok(measured.entries(open.iter().map(|complaint| complaint.seq)).shows(json!({
        "heads": heads,
        "open_complaints": open.len(),
        "collective_claims": collective,
    })))
}

/// A late line of an employer.
struct Debt<'a> {
    worker: Uuid,
    month: Month,
    span: Span,
    late: &'a Late,
}

/// Late lines by employer, over all projects; of each employer by worker and month.
pub(crate) struct Debts<'a> {
    of: BTreeMap<&'a str, OfEmployer<'a>>,
    as_of: Date,
}

#[derive(Default)]
struct OfEmployer<'a> {
    debts: Vec<Debt<'a>>,
    /// Lines of which nobody knows when they are due.
    undated: Vec<&'a Undated>,
    /// How near he is to the figures of the crime on the day asked about.
    now: OnceLock<Result<NearCrime, RuleError>>,
    /// The days before the one asked about, once one of them was asked for.
    before: OnceLock<NearByDay>,
}

impl<'a> Debts<'a> {
    /// To be asked about a day and those before it.
    pub(crate) fn of(sites: &'a [Site], as_of: Date) -> Debts<'a> {
        let mut debts: BTreeMap<&str, OfEmployer<'a>> = BTreeMap::new();
        for site in sites {
            for (month, facts) in &site.months {
                for late in &facts.late {
                    let span = Span::of(late.due_on, &late.steps);
                    let of = debts.entry(&late.employer).or_default();
                    of.debts.push(Debt { worker: late.worker, month: *month, span, late });
                }
                for undated in &facts.undated {
                    debts.entry(&undated.at_earliest.employer).or_default().undated.push(undated);
                }
            }
        }
        for of_employer in debts.values_mut() {
            of_employer.debts.sort_by_key(|debt| (debt.worker, debt.month));
        }
        Debts { of: debts, as_of }
    }

    /// An employer's overdue lines on a day, with what is outstanding.
    fn overdue(&self, employer: &str, as_of: Date) -> impl Iterator<Item = (&Debt<'a>, i64)> {
        let debts = self.of.get(employer).map_or(&[][..], |of| of.debts.as_slice()).iter();
        let debts = debts.filter(move |debt| debt.span.holds(as_of));
        debts.map(move |debt| (debt, debt.late.outstanding(as_of))).filter(|(_, fen)| *fen > 0)
    }

    /// Employers with lines that are overdue on a day, or may be.
    pub(crate) fn employers(&self, as_of: Date) -> impl Iterator<Item = &'a str> {
        self.of.keys().copied().filter(move |employer| {
            self.overdue(employer, as_of).next().is_some() || self.undated(employer, as_of).lines > 0
        })
    }

    /// An employer's lines that may be overdue on a day, where nobody knows when they are due.
    pub(crate) fn undated(&self, employer: &str, as_of: Date) -> UndatedSums {
        let mut sums = UndatedSums::default();
        let undated = self.of.get(employer).map_or(&[][..], |of| of.undated.as_slice());
        undated.iter().for_each(|undated| sums.add(undated, as_of));
        sums
    }

    /// Each worker of an employer with arrears on a day.
    fn workers(&self, employer: &str, as_of: Date) -> Vec<(Uuid, OverdueWorker)> {
        let debts = self.of.get(employer).map_or(&[][..], |of| of.debts.as_slice());
        let of_worker = |debts: &[Debt<'a>]| {
            let late = debts.iter().filter(|debt| debt.span.holds(as_of)).map(|debt| (debt.month, debt.late));
            Some((debts.first()?.worker, add_up(late, as_of)))
        };
        let workers = debts.chunk_by(|one, next| one.worker == next.worker).filter_map(of_worker);
        workers.filter(|(_, of)| of.outstanding > Money::ZERO).collect()
    }

    /// How near an employer is to the figures of the crime in a region, which is always the same.
    pub(crate) fn near(&self, employer: &str, region: Region, as_of: Date) -> Result<NearCrime, RuleError> {
        let Some(of) = self.of.get(employer) else { return NearCrime::of(&[], region, as_of) };
        if as_of < self.as_of {
            let before = of.before.get_or_init(|| {
                let late: Vec<_> = of.debts.iter().map(|debt| (debt.worker, debt.month, debt.late)).collect();
                let first = self.as_of.saturating_sub(i64::from(LOOK_BACK_DAYS).days());
                NearByDay::of(&late, region, first, self.as_of)
            });
            if let Some(near) = before.at(as_of) {
                return near;
            }
        }
        let now = || {
            let workers: Vec<_> = self.workers(employer, as_of).into_iter().map(|(_, of)| of).collect();
            NearCrime::of(&workers, region, as_of)
        };
        if as_of == self.as_of { of.now.get_or_init(now).clone() } else { now() }
    }

    /// What is behind I15 of an employer.
    pub(crate) fn behind(&self, employer: &str, near: &NearCrime, region: Region, as_of: Date) -> Measure {
        let workers = self.workers(employer, as_of);
        let mut worst: Option<(Ratio, OverdueWorker, Vec<Uuid>)> = None;
        for (worker, of) in &workers {
            let ratio = NearCrime::of(&[*of], region, as_of)?.ratio_one;
            let key = (ratio, of.outstanding);
            match &mut worst {
                Some((r, o, _)) if (*r, o.outstanding) > key => {}
                // Between equals the greater ID number is named, which is sealed: all of them are handed on.
                Some((r, o, equals)) if (*r, o.outstanding) == key => equals.push(*worker),
                _ => worst = Some((ratio, *of, vec![*worker])),
            }
        }
        let total = Money::checked_sum(workers.iter().map(|(_, of)| of.outstanding));
        let mut measured = Measured::of(NearCrime::figures(Some(near)));
        measured.entries =
            self.overdue(employer, as_of).map(|(debt, _)| debt.late.version.unsigned_abs()).collect();
        let (months, sum) = worst.as_ref().map_or((0, Money::ZERO), |(_, of, _)| (of.months, of.outstanding));
        for worker in worst.into_iter().flat_map(|(.., equals)| equals) {
            measured.objects.push(Object::worker(worker, json!({})));
        }
        Ok(measured.shows(json!({
            "ratio": fraction(near.ratio()),
            "workers": workers.len(),
            "amount": total.ok_or(RuleError::OutOfRange)?.to_string(),
            "ratio_many": fraction(near.ratio_many),
            "worst_months": months,
            "worst_amount": sum.to_string(),
            "ratio_one": fraction(near.ratio_one),
        })))
    }
}

/// I15 of a project: the worst of the employers with overdue lines on it.
pub(crate) fn near_crime_on(day: &Day<'_>, site: &Site, wanted: Wanted) -> Measure {
    let as_of = day.as_of;
    let sums = site.overdue_sums(as_of);
    let mut worst = NearCrime { ratio_one: Ratio::whole(0), ratio_many: Ratio::whole(0) };
    let mut of_employers = Vec::new();
    for employer in &sums.employers {
        let near = day.near(employer)?;
        if near.ratio() > worst.ratio() {
            worst = near;
        }
        of_employers.push((employer, near));
    }
    let known = site.any_due(as_of).then_some(&worst);
    let mut measured = Measured::of(NearCrime::figures(known));
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    for (employer, near) in of_employers {
        let figures = NearCrime::figures(Some(&near));
        let colour = rules::warning::colour(IndicatorId::I15, &figures, site.region, as_of)?;
        let more = json!({
            "employer": employer, "colour": colour.label(), "ratio": fraction(near.ratio()),
        });
        measured.objects.push(Object::of(more));
    }
    let entries = site.overdue(as_of).map(|(_, late, _)| late.version.unsigned_abs()).collect::<Vec<_>>();
    Ok(measured.entries(entries).shows(json!({ "ratio": fraction(worst.ratio()) })))
}
