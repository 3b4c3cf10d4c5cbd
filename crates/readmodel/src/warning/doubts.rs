//! What detections (A01 to A07) need of one month on one project: kept in the month's row like the rest, because it is a
//! pure function of the same entries. What nothing is wrong with is only counted.

use super::digest::{MonthRows, StayDays, Surroundings};
use super::site_month::DayMask;
use jiff::civil::Date;
use rules::warning::{AttendanceMonth, generated_attendance, shared_cards, wages_without_attendance};
use rules::{Month, Pack, Region, RuleError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;
use wages::BlindIndex;

/// What may be wrong with a month's roster, cards, attendance and wages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Doubts {
    /// Persons on the roster on every day of the month.
    pub(crate) listed: u32,
    /// Of these, who did not come on any of them, with the entry of the stay.
    pub(crate) idle: Vec<(Uuid, i64)>,
    /// Cards that stand on the lines of several workers, or were paid the wages of several.
    pub(crate) shared: Vec<SharedCard>,
    /// Workers with a line or a payment, and a card of their own on a roster.
    pub(crate) carded: u32,
    /// Uses of cards that no roster calls theirs.
    pub(crate) foreign: Vec<CardUse>,
    /// Workers with days whose times the gate told.
    pub(crate) timed: u32,
    /// Workers of one crew with the same days and the same times.
    pub(crate) alike: Vec<Alike>,
    /// Workers with a wage line.
    pub(crate) waged: u32,
    /// Of these, who have no day of work, with the entries of the lines; empty where nobody has one.
    pub(crate) absent: Vec<(Uuid, Vec<i64>)>,
}

/// A card of several workers, by fingerprint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SharedCard {
    pub(crate) card: String,
    pub(crate) uses: Vec<CardUse>,
}

/// A wage line that names a card, or a payment to one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CardUse {
    pub(crate) worker: Uuid,
    /// Day of the payment; none of a line.
    pub(crate) paid_on: Option<Date>,
    pub(crate) seq: i64,
}

/// Workers whose months look alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Alike {
    pub(crate) employer: String,
    pub(crate) crew: Uuid,
    pub(crate) workers: Vec<Uuid>,
}

/// Workers in a month.
pub(crate) type InMonth = BTreeSet<(Uuid, Month)>;

/// Of a month; `present` says who worked on which days, `came` who came at all, `waged` who has a line.
pub(crate) fn doubts(
    project: &Surroundings,
    month: Month,
    rows: &MonthRows,
    present: &[(Uuid, DayMask)],
    (came, waged): (&InMonth, &InMonth),
) -> Doubts {
    let mut out = Doubts { waged: count(waged.len()), ..Doubts::default() };
    let whole = |stay: &&StayDays| stay.holds_on(month.first_day()) && stay.holds_on(month.last_day());
    for (worker, stays) in &project.stays {
        let Some(stay) = stays.iter().find(whole) else { continue };
        out.listed += 1;
        if !came.contains(&(*worker, month)) {
            out.idle.push((*worker, stay.seq));
        }
    }
    cards(project, rows, &mut out);
    let region = project.region.unwrap_or(Region::CHINA);
    out.alike = alike(project, month, rows, present, region).unwrap_or_default();
    out.timed = count(present.iter().filter(|(worker, _)| gate(rows, *worker) != 0).count());
    if !came.is_empty() {
        let lines_of = |worker: Uuid| {
            let lines = rows.lines.iter().filter(|line| line.worker == worker);
            lines.map(|line| line.version).collect::<Vec<_>>()
        };
        let absent = wages_without_attendance(waged, came).into_iter();
        out.absent = absent.map(|(worker, _)| (worker, lines_of(worker))).collect();
    }
    out
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn gate(rows: &MonthRows, worker: Uuid) -> i64 {
    rows.gate.get(&worker).copied().unwrap_or_default()
}

fn cards(project: &Surroundings, rows: &MonthRows, out: &mut Doubts) {
    let lines = rows.lines.iter().filter_map(|line| {
        Some((line.card?, CardUse { worker: line.worker, paid_on: None, seq: line.version }))
    });
    let payments = rows.payments.iter().map(|payment| {
        let (worker, seq) = (payment.worker, payment.seq);
        (payment.card, CardUse { worker, paid_on: Some(payment.on), seq })
    });
    let uses: Vec<(BlindIndex, CardUse)> = lines.chain(payments).collect();
    let shared = shared_cards(uses.iter().map(|(card, of)| (*card, of.worker)));
    let mut carded = BTreeSet::new();
    let mut by_card: BTreeMap<BlindIndex, Vec<CardUse>> = BTreeMap::new();
    for (card, of) in uses {
        if let Some(own) = project.cards.get(&of.worker) {
            carded.insert(of.worker);
            if !own.contains(&card) {
                out.foreign.push(of.clone());
            }
        }
        if shared.contains_key(&card) {
            by_card.entry(card).or_default().push(of);
        }
    }
    out.carded = count(carded.len());
    out.shared =
        by_card.into_iter().map(|(card, uses)| SharedCard { card: card.to_string(), uses }).collect();
}

fn alike(
    project: &Surroundings,
    month: Month,
    rows: &MonthRows,
    present: &[(Uuid, DayMask)],
    region: Region,
) -> Result<Vec<Alike>, RuleError> {
    let count = |name: &str| {
        let counted = Pack::china().count(name, region, month.last_day())?;
        Ok::<_, RuleError>(usize::try_from(counted.value).unwrap_or(usize::MAX))
    };
    let (workers, days) = (count("warning.pattern_workers")?, count("warning.pattern_days")?);
    let row = |(worker, mask): &(Uuid, DayMask)| {
        let gate = Some(gate(rows, *worker)).filter(|gate| *gate != 0)?;
        let first = i8::try_from(mask.trailing_zeros() + 1).ok()?;
        let first = Date::new(month.year(), month.first_day().month(), first).ok()?;
        let stay = project.stays.get(worker)?.iter().find(|stay| stay.holds_on(first))?;
        Some(AttendanceMonth {
            worker: *worker,
            crew: (&*stay.employer, stay.crew),
            days: usize::try_from(mask.count_ones()).ok()?,
            pattern: (rows.work.get(worker)?, gate),
        })
    };
    let months: Vec<_> = present.iter().filter_map(row).collect();
    let found = generated_attendance(&months, workers, days).into_iter();
    Ok(found
        .map(|((employer, crew), workers)| Alike { employer: employer.to_owned(), crew, workers })
        .collect())
}
