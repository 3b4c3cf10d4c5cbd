//! I03 to I06, I08, I10, I11: attendance, contracts, real names, direct pay, inspections, minimum wage.

use super::digest::working_days;
use super::heads::Heads;
use super::measure::{Measure, Measured, Object, Wanted, amount, unknown};
use super::money::days_of;
use super::site::{Site, Window};
use super::site_month::{DayMask, SiteMonth, SubPay};
use jiff::ToSpan;
use jiff::civil::Date;
use rules::warning::{IndicatorId, Inspection, people_rate};
use rules::{Calendar, Month, RuleError};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use uuid::Uuid;

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// I03: who worked in the last month due and has no line, or one that is overdue.
pub(crate) fn without_pay(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let month = site.last_month_due(as_of);
    let facts = month.and_then(|month| site.month(month));
    let no_line = facts.map_or(&[][..], |facts| &facts.no_line);
    let unpaid = month.map_or(0, |month| site.unpaid_heads(month, as_of));
    let some = count(no_line.len()) + unpaid;
    let of = u64::from(facts.map_or(0, |facts| facts.attendees));
    let mut measured = Measured::of(people_rate(IndicatorId::I03, some, of, true));
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    /// Outstanding, net, entries.
    type Owed = (i64, i64, Vec<u64>);
    let mut unpaid: BTreeMap<Uuid, Owed> = BTreeMap::new();
    for late in facts.iter().flat_map(|facts| &facts.late).filter(|late| late.attends && late.due_on < as_of)
    {
        let outstanding = late.outstanding(as_of);
        if outstanding > 0 {
            let of = unpaid.entry(late.worker).or_default();
            (of.0, of.1) = (of.0 + outstanding, of.1 + late.net);
            of.2.push(late.version.unsigned_abs());
        }
    }
    for worker in no_line {
        measured.object(Object::worker(*worker, json!({ "why": "no_line", "outstanding": amount(0) })));
        measured.days_of.extend(month.map(|month| (*worker, Window::month(month))));
    }
    for (worker, (outstanding, net, entries)) in unpaid {
        let why = if outstanding < net { "part_paid" } else { "unpaid" };
        measured.object(Object::worker(worker, json!({ "why": why, "outstanding": amount(outstanding) })));
        measured.entries.extend(entries);
    }
    Ok(measured.shows(json!({
        "numerator": some,
        "denominator": of,
        "month": month.map(|month| month.to_string()),
    })))
}

/// The day of a month at a place of its mask.
fn day(month: Month, place: u32) -> Date {
    let first = month.first_day();
    let day = i8::try_from(place + 1).ok();
    day.and_then(|day| Date::new(first.year(), first.month(), day).ok()).unwrap_or(first)
}

/// Days that follow each other, each time the first and the last.
fn runs(month: Month, mut days: DayMask) -> impl Iterator<Item = (Date, Date)> {
    std::iter::from_fn(move || {
        if days == 0 {
            return None;
        }
        let first = days.trailing_zeros();
        let last = first + (days >> first).trailing_ones() - 1;
        days &= DayMask::MAX.checked_shl(last + 1).unwrap_or_default();
        Some((day(month, first), day(month, last)))
    })
}

/// First and last day of each worker's days, and how many, within a window.
fn spans(
    window: Window,
    days: impl Iterator<Item = (Uuid, Month, DayMask)>,
) -> BTreeMap<Uuid, (Date, Date, u32)> {
    let mut spans: BTreeMap<Uuid, (Date, Date, u32)> = BTreeMap::new();
    for (worker, month, days) in days {
        let days = days & window.mask(month);
        if days == 0 {
            continue;
        }
        let (first, last) = (day(month, days.trailing_zeros()), day(month, 31 - days.leading_zeros()));
        let span = spans.entry(worker).or_insert((first, last, 0));
        *span = (span.0.min(first), span.1.max(last), span.2 + days.count_ones());
    }
    spans
}

/// Days of a worker in a month that are outside, and from which day on they are not any more.
type Outside = (Uuid, DayMask, Option<Date>);

/// Persons with days outside on a day or in the days before it.
fn heads_outside(site: &Site, days: i64, outside: impl Fn(&SiteMonth) -> Vec<Outside>) -> Heads {
    let mut counted = Vec::new();
    for (month, facts) in &site.months {
        for (worker, mask, until) in outside(facts) {
            for (first, last) in runs(*month, mask) {
                let end = last.saturating_add(days.days());
                counted.push((worker, first, until.map_or(end, |until| end.min(until))));
            }
        }
    }
    Heads::of(counted)
}

/// I04 and I05: of all persons with attendance in the window those without a single day outside.
fn on_each_day(
    (id, known): (IndicatorId, bool),
    site: &Site,
    as_of: Date,
    heads: &OnceLock<(i64, Heads)>,
    outside: impl Fn(&SiteMonth) -> Vec<Outside>,
    wanted: Wanted,
) -> Measure {
    let days = days_of("warning.people_window", site, as_of)?;
    let (of_days, heads) = heads.get_or_init(|| (days, heads_outside(site, days, &outside)));
    let found =
        if *of_days == days { heads.on(as_of) } else { heads_outside(site, days, &outside).on(as_of) };
    let all = site.persons(as_of, days);
    let some = all.saturating_sub(found);
    let figures = if known || all == 0 {
        people_rate(id, some, all, true)
    } else {
        unknown("nobody handed in contracts, or a roster, of the project")
    };
    let mut measured = Measured::of(figures);
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    let window = Window::until(as_of, days);
    let months = site.months.range(Month::of(window.from)..=Month::of(window.to));
    let outside = months.flat_map(|(month, facts)| {
        let still = outside(facts).into_iter().filter(|(.., until)| until.is_none_or(|until| as_of < until));
        still.map(move |(worker, days, _)| (worker, *month, days))
    });
    for (worker, (first, last, days)) in spans(window, outside) {
        let span = json!({ "first": first.to_string(), "last": last.to_string(), "days": days });
        measured.object(Object::worker(worker, span));
        measured.days_of.push((worker, window));
    }
    Ok(measured.shows(json!({
        "numerator": some,
        "denominator": all,
        "period": [window.from.to_string(), window.to.to_string()],
    })))
}

/// I04: contracts.
pub(crate) fn contract_rate(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let bare =
        |facts: &SiteMonth| facts.bare.iter().map(|bare| (bare.worker, bare.days, bare.until)).collect();
    let of = (IndicatorId::I04, site.has_contracts);
    on_each_day(of, site, as_of, &site.bare_heads, bare, wanted)
}

/// I05: real names.
pub(crate) fn real_name_rate(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let unlisted =
        |facts: &SiteMonth| facts.unlisted.iter().map(|(worker, days)| (*worker, *days, None)).collect();
    let of = (IndicatorId::I05, site.has_roster);
    on_each_day(of, site, as_of, &site.unlisted_heads, unlisted, wanted)
}

/// The period of I06: from the third working day, counted backwards from the day and with it.
pub(crate) fn update_period(site: &Site, as_of: Date) -> Result<Window, RuleError> {
    let working_days = days_of("warning.attendance_working_days", site, as_of)?;
    let mut from = as_of;
    let mut left = working_days;
    loop {
        if Calendar::china().is_working_day(from)? {
            left -= 1;
        }
        if left <= 0 {
            return Ok(Window::of(from, as_of));
        }
        from = from.yesterday().map_err(|_| RuleError::OutOfRange)?;
    }
}

/// Whether work goes on, and whether anybody attended in the period.
pub(crate) fn updated(site: &Site, as_of: Date, window: Window) -> (bool, bool) {
    let terms = &site.project.terms;
    let active = terms.starts_on <= as_of && as_of <= terms.planned_end;
    let attended = site.months.iter().any(|(month, facts)| facts.days & window.mask(*month) != 0);
    (active, attended)
}

/// I06 over projects.
pub(crate) fn attendance_update<'a>(
    sites: impl Iterator<Item = &'a Site>,
    as_of: Date,
    window: Window,
    wanted: Wanted,
) -> Measure {
    let (mut some, mut of, mut silent) = (0, 0, Vec::new());
    for site in sites {
        let (active, attended) = updated(site, as_of, window);
        of += u64::from(active);
        some += u64::from(active && attended);
        if active && !attended {
            silent.push(site);
        }
    }
    let mut measured = Measured::of(people_rate(IndicatorId::I06, some, of, true));
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    for site in silent {
        measured.object(Object::of(json!({ "project": site.project.code })));
        measured.entries.push(site.project.seq);
    }
    Ok(measured.shows(json!({
        "numerator": some,
        "denominator": of,
        "period": [window.from.to_string(), window.to.to_string()],
    })))
}

/// I08: workers of subcontractors paid from the dedicated account alone.
pub(crate) fn direct_pay_rate(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let month = site.last_month_due(as_of);
    let facts = month.and_then(|month| site.month(month));
    let fault = |worker: &SubPay| {
        let mut kept = worker
            .payments
            .iter()
            .filter(|p| p.on <= as_of && p.returned_on.is_none_or(|on| on > as_of))
            .peekable();
        match (kept.peek().is_some(), kept.all(|payment| payment.own)) {
            (false, _) => Some("not_paid"),
            (true, false) => Some("paid_from_other_account"),
            (true, true) => None,
        }
    };
    let faults = facts.iter().flat_map(|facts| &facts.sub_pay);
    let faults: Vec<(&SubPay, &str)> = faults.filter_map(|w| Some((w, fault(w)?))).collect();
    let of = u64::from(facts.map_or(0, |facts| facts.of_subs));
    let some = of.saturating_sub(count(faults.len()));
    let mut measured = Measured::of(people_rate(IndicatorId::I08, some, of, true));
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    for (worker, why) in faults {
        measured.object(Object::worker(worker.worker, json!({ "why": why })));
        let payments = worker.payments.iter().filter(|p| p.on <= as_of && !p.own).map(|p| p.seq);
        measured.entries.extend(worker.lines.iter().copied().chain(payments).map(i64::unsigned_abs));
    }
    Ok(measured.shows(json!({
        "numerator": some,
        "denominator": of,
        "month": month.map(|month| month.to_string()),
    })))
}

/// I10: what the latest inspection found missing, and how long ago anybody saw it.
pub(crate) fn inspection(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let latest = site.inspections.iter().map(|i| i.on).filter(|on| *on <= as_of).max();
    let of_day = || site.inspections.iter().filter(|inspection| Some(inspection.on) == latest);
    let closed = |closed_on: Option<Date>| closed_on.filter(|day| *day <= as_of);
    let mut missing = BTreeSet::new();
    for inspection in of_day().filter(|inspection| closed(inspection.closed_on).is_none()) {
        missing.extend((!inspection.board).then_some("board"));
        missing.extend((!inspection.officer).then_some("officer"));
    }
    let seen_on = of_day().map(|inspection| closed(inspection.closed_on).unwrap_or(inspection.on)).max();
    let found = seen_on
        .map(|seen_on| Inspection { missing: u8::try_from(missing.len()).unwrap_or(u8::MAX), seen_on });
    let measured = Measured::of(Inspection::figures(found, as_of));
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    let entries: Vec<u64> = of_day().map(|inspection| inspection.seq).collect();
    Ok(measured.entries(entries).shows(json!({
        "missing": latest.map(|_| missing),
        "age_days": seen_on.map(|seen_on| rules::days_overdue(as_of, seen_on)),
        "inspected": latest.map(|day| day.to_string()),
    })))
}

/// I11: full-month workers below the minimum wage.
pub(crate) fn minimum_wage(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let month = site.last_month_due(as_of);
    let facts = month.and_then(|month| site.month(month));
    let lines = facts.is_some_and(|facts| facts.lines > 0);
    let low = facts.and_then(|facts| facts.low.as_ref());
    let of = u64::from(facts.map_or(0, |facts| facts.full));
    let some = count(low.map_or(0, Vec::len));
    let figures = if lines && low.is_none() {
        unknown("the minimum wage of the place, or its calendar, is not known")
    } else {
        people_rate(IndicatorId::I11, some, of, lines)
    };
    let mut measured = Measured::of(figures);
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    for (worker, gross) in low.into_iter().flatten() {
        measured.object(Object::worker(*worker, json!({ "gross": amount(*gross) })));
        measured.days_of.extend(month.map(|month| (*worker, Window::month(month))));
    }
    Ok(measured.shows(json!({
        "numerator": some,
        "denominator": of,
        "month": month.map(|month| month.to_string()),
        "full_month_days": month.and_then(working_days),
    })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn runs_of_days() {
        let march = Month::of(date(2026, 3, 1));
        let runs =
            |days| runs(march, days).map(|(first, last)| (first.day(), last.day())).collect::<Vec<_>>();
        assert_eq!(runs(0), []);
        assert_eq!(runs(0b1101), [(1, 1), (3, 4)]);
        assert_eq!(runs(u32::MAX >> 1), [(1, 31)]);
        assert_eq!(runs(1 << 30), [(31, 31)]);
    }
}
