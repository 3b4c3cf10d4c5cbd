//! A01 to A08: rosters, cards, amounts, attendance and statements that look made up, borrowed or cut. No finding is a proof.

use super::doubts::{CardUse, Doubts};
use super::measure::{Measure, Measured, Object, Wanted, amount};
use super::money::days_of;
use super::site::{LastDue, Site, Window};
use super::site_month::{Odd, SiteMonth};
use jiff::civil::Date;
use rules::warning::{IndicatorId, StatementLine, count_found, people_rate};
use rules::{Month, RuleError};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The months that A02 to A07 look at.
fn months(site: &Site, as_of: Date) -> Result<Vec<(Month, &SiteMonth)>, RuleError> {
    Ok(site.months_due(as_of, days_of("warning.detection_months", site, as_of)?).collect())
}

/// What the figures of A04 to A08 depend on besides the project: while it stays the same from day to day, so do they.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    /// The last of the months looked at, and how many they are.
    Months(LastDue, i64),
    /// So many statement lines.
    Lines(usize),
}

/// The basis of an indicator's figures on a day; `None` where they may change any day.
pub(crate) fn basis(id: IndicatorId, site: &Site, as_of: Date) -> Result<Option<Basis>, RuleError> {
    match id {
        IndicatorId::A04 | IndicatorId::A05 | IndicatorId::A06 | IndicatorId::A07 => {
            let most = days_of("warning.detection_months", site, as_of)?;
            Ok(Some(Basis::Months(site.last_due(as_of), most)))
        }
        IndicatorId::A08 => {
            let known = site.movements.iter().filter(|movement| movement.on <= as_of);
            Ok(Some(Basis::Lines(known.count())))
        }
        IndicatorId::I01
        | IndicatorId::I02
        | IndicatorId::I03
        | IndicatorId::I04
        | IndicatorId::I05
        | IndicatorId::I06
        | IndicatorId::I07
        | IndicatorId::I08
        | IndicatorId::I09
        | IndicatorId::I10
        | IndicatorId::I11
        | IndicatorId::I12
        | IndicatorId::I13
        | IndicatorId::I14
        | IndicatorId::I15
        | IndicatorId::A01
        | IndicatorId::A02
        | IndicatorId::A03 => Ok(None),
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn sum(counts: impl Iterator<Item = u32>) -> u64 {
    counts.map(u64::from).sum()
}

/// First and last of the months looked at, for a person to read.
fn span(months: &[(Month, &SiteMonth)]) -> serde_json::Value {
    let ends = months.first().zip(months.last());
    json!(ends.map(|((first, _), (last, _))| [first.to_string(), last.to_string()]))
}

/// A01: who stood on the roster throughout the last month due, and has not come to the site in it or before.
pub(crate) fn padded_roster(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let month = site.last_month_due(as_of);
    let facts = month.and_then(|month| site.month(month)).filter(|facts| facts.attendees > 0);
    let came_before = |worker: &Uuid| month.is_some_and(|month| site.came_before(worker, month));
    let idle = facts.map_or(&[][..], |facts| &facts.doubts.idle);
    let never: Vec<&(Uuid, i64)> = idle.iter().filter(|(worker, _)| !came_before(worker)).collect();
    let (some, of) = (count(never.len()), facts.map_or(0, |facts| facts.doubts.listed.into()));
    let mut measured = Measured::of(people_rate(IndicatorId::A01, some, of, true));
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    for (worker, seq) in never {
        measured.object(Object::worker(*worker, json!({})));
        measured.entries.push(seq.unsigned_abs());
    }
    Ok(measured.shows(json!({
        "numerator": some,
        "denominator": of,
        "month": month.map(|month| month.to_string()),
    })))
}

/// Who uses a card, and the entries that say so.
#[derive(Default)]
struct Shared {
    workers: BTreeSet<Uuid>,
    entries: Vec<u64>,
}

fn known_by(of: &CardUse, as_of: Date) -> bool {
    of.paid_on.is_none_or(|on| on <= as_of)
}

/// A02: cards that rosters, wage lines of one month or payments of one month's wages give to several workers.
pub(crate) fn shared_cards(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let months = months(site, as_of)?;
    let mut cards: BTreeMap<&str, Shared> = BTreeMap::new();
    for (card, holders) in &site.shared_cards {
        let holders = holders.iter().filter(|holder| holder.from <= as_of);
        let holders: Vec<_> = holders.collect();
        let here = holders.iter().any(|holder| holder.here_from.is_some_and(|from| from <= as_of));
        if here && holders.len() > 1 {
            let shared = cards.entry(card).or_default();
            shared.workers.extend(holders.iter().map(|holder| holder.worker));
            shared.entries.extend(holders.iter().map(|holder| holder.seq));
        }
    }
    for of in months.iter().flat_map(|(_, facts)| &facts.doubts.shared) {
        let uses: Vec<&CardUse> = of.uses.iter().filter(|of| known_by(of, as_of)).collect();
        let workers: BTreeSet<Uuid> = uses.iter().map(|of| of.worker).collect();
        if workers.len() > 1 {
            let shared = cards.entry(&of.card).or_default();
            shared.workers.extend(workers);
            shared.entries.extend(uses.iter().map(|of| of.seq.unsigned_abs()));
        }
    }
    let any = site.has_cards || months.iter().any(|(_, facts)| facts.doubts.carded > 0);
    let found = any.then_some(cards.len());
    let nothing = "no card on any roster, wage line or payment";
    let mut measured = Measured::of(count_found("cards", found, nothing));
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    let workers: BTreeSet<Uuid> = cards.values().flat_map(|shared| &shared.workers).copied().collect();
    let figures = json!({ "cards": cards.len(), "workers": workers.len() });
    for (number, shared) in (1..).zip(cards.into_values()) {
        let number: u64 = number;
        for worker in shared.workers {
            measured.object(Object::worker(worker, json!({ "card": number })));
        }
        measured.entries.extend(shared.entries);
    }
    Ok(measured.shows(figures))
}

/// A03: worker-months in which wages were listed or paid on a card that no roster calls the worker's.
pub(crate) fn foreign_cards(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let months = months(site, as_of)?;
    let mut found: BTreeMap<(Month, Uuid), Vec<&CardUse>> = BTreeMap::new();
    for (month, facts) in &months {
        for of in facts.doubts.foreign.iter().filter(|of| known_by(of, as_of)) {
            found.entry((*month, of.worker)).or_default().push(of);
        }
    }
    let (some, of) = (count(found.len()), sum(months.iter().map(|(_, facts)| facts.doubts.carded)));
    let mut measured = Measured::of(people_rate(IndicatorId::A03, some, of, true));
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    for ((month, worker), uses) in found {
        let paid = uses.iter().filter(|of| of.paid_on.is_some()).count();
        let more = json!({ "month": month.to_string(), "lines": uses.len() - paid, "payments": paid });
        measured.object(Object::worker(worker, more));
        measured.entries.extend(uses.iter().map(|of| of.seq.unsigned_abs()));
    }
    Ok(measured.shows(json!({ "numerator": some, "denominator": of, "months": span(&months) })))
}

/// A04: crews and months with one net amount for all.
pub(crate) fn same_amounts(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let months = months(site, as_of)?;
    let odd = || months.iter().flat_map(|(month, facts)| facts.odd.iter().map(move |odd| (*month, odd)));
    let crews = odd().filter_map(|(month, odd)| match odd {
        Odd::Crew { employer, crew, net, entries } => Some((month, employer, *crew, *net, entries)),
        Odd::Month { .. } | Odd::Card { .. } => None,
    });
    let crews: Vec<_> = crews.collect();
    let any = months.iter().any(|(_, facts)| facts.lines > 0);
    let found = any.then_some(crews.len());
    let mut measured = Measured::of(count_found("crew_months", found, "no wage line in the months due"));
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    let figures = json!({ "crew_months": crews.len(), "months": span(&months) });
    for (month, employer, crew, net, entries) in crews {
        let more = json!({
            "month": month.to_string(), "employer": employer, "net": amount(net), "lines": entries.len(),
        });
        measured.object(Object { crew: Some(crew), ..Object::of(more) });
        measured.entries.extend(entries.iter().map(|seq| seq.unsigned_abs()));
    }
    Ok(measured.shows(figures))
}

/// A05: crews and months in which several workers have the same days with the same gate times.
pub(crate) fn patterns(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let months = months(site, as_of)?;
    let alike = || {
        months.iter().flat_map(|(month, facts)| facts.doubts.alike.iter().map(move |alike| (*month, alike)))
    };
    let crews: BTreeSet<(Month, Uuid)> = alike().map(|(month, alike)| (month, alike.crew)).collect();
    let any = months.iter().any(|(_, facts)| facts.doubts.timed > 0);
    let found = any.then_some(crews.len());
    let nothing = "no attendance with gate times in the months due";
    let mut measured = Measured::of(count_found("crew_months", found, nothing));
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    let mut workers = 0;
    for (month, alike) in alike() {
        workers += alike.workers.len();
        for worker in &alike.workers {
            let more = json!({ "month": month.to_string(), "employer": alike.employer });
            let object = Object::worker(*worker, more);
            measured.object(Object { crew: Some(alike.crew), ..object });
            measured.days_of.push((*worker, Window::month(month)));
        }
    }
    Ok(measured.shows(json!({
        "crew_months": crews.len(),
        "worker_months": workers,
        "months": span(&months),
    })))
}

/// A06: worker-months with a wage line and no day of work, of all with a line; in months in which anybody worked.
pub(crate) fn wages_without_attendance(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let mut months = months(site, as_of)?;
    months.retain(|(_, facts)| facts.attendees > 0);
    fn doubts<'a>(months: &[(Month, &'a SiteMonth)]) -> impl Iterator<Item = (Month, &'a Doubts)> {
        months.iter().map(|(month, facts)| (*month, &facts.doubts))
    }
    let some = count(doubts(&months).map(|(_, doubts)| doubts.absent.len()).sum());
    let of = sum(doubts(&months).map(|(_, doubts)| doubts.waged));
    let mut measured = Measured::of(people_rate(IndicatorId::A06, some, of, true));
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    for (month, doubts) in doubts(&months) {
        for (worker, lines) in &doubts.absent {
            measured.object(Object::worker(*worker, json!({ "month": month.to_string() })));
            measured.entries.extend(lines.iter().map(|seq| seq.unsigned_abs()));
        }
    }
    Ok(measured.shows(json!({ "numerator": some, "denominator": of, "months": span(&months) })))
}

/// A07: worker-months with days of work and no wage line of any employer, of all with days.
pub(crate) fn attendance_without_wages(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let months = months(site, as_of)?;
    let some = count(months.iter().map(|(_, facts)| facts.no_line.len()).sum());
    let of = sum(months.iter().map(|(_, facts)| facts.attendees));
    let mut measured = Measured::of(people_rate(IndicatorId::A07, some, of, true));
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    for (month, facts) in &months {
        for worker in &facts.no_line {
            measured.object(Object::worker(*worker, json!({ "month": month.to_string() })));
            measured.days_of.push((*worker, Window::month(*month)));
        }
    }
    Ok(measured.shows(json!({ "numerator": some, "denominator": of, "months": span(&months) })))
}

/// A08: where the balance of the dedicated account does not follow from the line before.
pub(crate) fn statement_breaks(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let mut known: Vec<_> = site.movements.iter().filter(|movement| movement.on <= as_of).collect();
    known.sort_by_key(|movement| movement.place);
    let lines = known.iter().map(|movement| StatementLine {
        received: movement.received,
        paid: movement.paid,
        balance: movement.balance,
    });
    let lines: Vec<StatementLine> = lines.collect();
    let breaks = rules::warning::statement_breaks(None, &lines)?;
    let found = (!lines.is_empty()).then_some(breaks.len());
    let nothing = "no statement line of the dedicated account";
    let mut measured = Measured::of(count_found("breaks", found, nothing));
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    for (at, off) in &breaks {
        // A break is never at the first line: nothing is known of what was before it.
        let before = at.checked_sub(1).and_then(|before| known.get(before));
        let Some((before, after)) = before.zip(known.get(*at)) else { continue };
        measured.object(Object::of(json!({
            "after": before.on.to_string(),
            "before": after.on.to_string(),
            "off_by": off.to_string(),
        })));
        measured.entries.extend([before.seq, after.seq]);
    }
    Ok(measured.shows(json!({ "breaks": breaks.len(), "lines": lines.len() })))
}
