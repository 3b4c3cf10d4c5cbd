//! From a month's rows on one project to what early warning needs of them.

use super::doubts::{InMonth, doubts};
use super::site_month::{
    Bare, DayMask, DueDay, Late, Odd, PaidDay, SiteMonth, SubPay, SubPayment, Undated, bit,
};
use crate::projector::MonthDays;
use jiff::ToSpan;
use jiff::civil::Date;
use rules::owed::MinimumWage;
use rules::warning::{Finding, WageRow, attendance_without_wages, unusual_wages};
use rules::{Calendar, DueLine, Money, Month, Pack, PayDay, Region, RuleError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;
use wages::BlindIndex;

/// What of the project the month's figures depend on.
#[derive(Default)]
pub(crate) struct Surroundings {
    pub(crate) region: Option<Region>,
    pub(crate) contractor: Arc<str>,
    pub(crate) account: Option<BlindIndex>,
    pub(crate) pay_day: Option<PayDay>,
    pub(crate) stays: BTreeMap<Uuid, Vec<StayDays>>,
    /// The cards that rosters ever called each worker's own, by fingerprint.
    pub(crate) cards: BTreeMap<Uuid, BTreeSet<BlindIndex>>,
    pub(crate) contracts: BTreeMap<Uuid, Vec<ContractDays>>,
}

/// A stay on the roster.
pub(crate) struct StayDays {
    pub(crate) from: Date,
    pub(crate) to: Option<Date>,
    pub(crate) employer: Arc<str>,
    pub(crate) crew: Uuid,
    /// The entry that said it last.
    pub(crate) seq: i64,
}

impl StayDays {
    pub(crate) fn holds_on(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }
}

/// The days that a contract covers.
pub(crate) struct ContractDays {
    pub(crate) signed_on: Date,
    /// Versions of its terms in the order of their recording: in force from, first day, last day.
    pub(crate) terms: Vec<(Date, Date, Option<Date>)>,
    pub(crate) ended_on: Option<Date>,
}

impl ContractDays {
    fn covers(&self, day: Date) -> bool {
        let terms = self.terms.iter().rev().find(|(from, ..)| *from <= day).or(self.terms.first());
        terms.is_some_and(|(_, starts, ends)| *starts <= day && ends.is_none_or(|end| day <= end))
            && self.ended_on.is_none_or(|end| day <= end)
    }
}

/// When a line is due.
#[derive(Clone, Copy)]
pub(crate) struct Due {
    /// The day agreed.
    pub(crate) nominal: Date,
    /// Moved before rest days.
    pub(crate) on: Option<Date>,
    /// The year whose calendar is missing.
    pub(crate) no_calendar: Option<i16>,
}

/// A wage line in force.
pub(crate) struct Line {
    pub(crate) line: i64,
    pub(crate) version: i64,
    pub(crate) worker: Uuid,
    pub(crate) employer: Arc<str>,
    pub(crate) crew: Uuid,
    pub(crate) gross: i64,
    pub(crate) net: i64,
    pub(crate) due: Due,
    pub(crate) card: Option<BlindIndex>,
}

/// A payment that went through.
#[derive(Clone)]
pub(crate) struct Payment {
    pub(crate) seq: i64,
    pub(crate) worker: Uuid,
    pub(crate) employer: Arc<str>,
    pub(crate) on: Date,
    pub(crate) amount: i64,
    /// The account that paid, and the card that was paid, by fingerprint.
    pub(crate) account: Option<BlindIndex>,
    pub(crate) card: BlindIndex,
    pub(crate) returned_on: Option<Date>,
}

/// A month's rows.
#[derive(Default)]
pub(crate) struct MonthRows {
    /// Days by worker.
    pub(crate) work: BTreeMap<Uuid, MonthDays>,
    /// What the gate said of their times, as one number by worker; 0 = nothing.
    pub(crate) gate: BTreeMap<Uuid, i64>,
    pub(crate) lines: Vec<Line>,
    pub(crate) payments: Vec<Payment>,
}

/// The month, and who worked on which days.
pub(crate) fn digest(
    project: &Surroundings,
    month: Month,
    rows: &MonthRows,
) -> (SiteMonth, Vec<(Uuid, DayMask)>) {
    let mut out = SiteMonth { full_month_days: working_days(month), ..SiteMonth::default() };
    let present = attendance(project, month, rows, &mut out);
    owed(rows, &mut out);
    paid(project, rows, &mut out);
    direct(project, month, rows, &mut out);
    wages(project, month, rows, &mut out);
    let came: InMonth = present.iter().map(|(worker, _)| (*worker, month)).collect();
    let waged: InMonth = rows.lines.iter().map(|line| (line.worker, month)).collect();
    out.no_line = attendance_without_wages(&came, &waged).into_iter().map(|(worker, _)| worker).collect();
    out.doubts = doubts(project, month, rows, &present, (&came, &waged));
    (out, present)
}

/// Working days of a month (国务院办公厅放假通知); `None` where the calendar of the year is not known.
pub(crate) fn working_days(month: Month) -> Option<u32> {
    let days = month.first_day().series(1.day()).take_while(|day| *day <= month.last_day());
    let working: Result<Vec<bool>, _> = days.map(|day| Calendar::china().is_working_day(day)).collect();
    u32::try_from(working.ok()?.into_iter().filter(|working| *working).count()).ok()
}

fn attendance(
    project: &Surroundings,
    month: Month,
    rows: &MonthRows,
    out: &mut SiteMonth,
) -> Vec<(Uuid, DayMask)> {
    let first = month.first_day();
    let mut present = Vec::new();
    for (worker, days) in &rows.work {
        let worked = days.iter().filter(|(_, tenths)| *tenths > 0);
        let days: Vec<Date> =
            worked.filter_map(|(day, _)| Date::new(first.year(), first.month(), day).ok()).collect();
        let mask = days.iter().fold(0, |mask, day| mask | bit(*day));
        if mask == 0 {
            continue;
        }
        present.push((*worker, mask));
        out.days |= mask;
        out.attendees += 1;
        bare(*worker, project.contracts.get(worker), &days, out);
        let stays = project.stays.get(worker).map_or(&[][..], Vec::as_slice);
        let listed = |day: Date| stays.iter().any(|stay| stay.holds_on(day));
        let unlisted = days.iter().filter(|day| !listed(**day)).fold(0, |mask, day| mask | bit(*day));
        if unlisted != 0 {
            out.unlisted.push((*worker, unlisted));
        }
    }
    present
}

fn bare(worker: Uuid, contracts: Option<&Vec<ContractDays>>, days: &[Date], out: &mut SiteMonth) {
    let contracts = contracts.map_or(&[][..], Vec::as_slice);
    let mut bare: BTreeMap<Option<Date>, DayMask> = BTreeMap::new();
    for day in days {
        let signed = contracts.iter().filter(|c| c.covers(*day)).map(|c| c.signed_on).min();
        if signed.is_none_or(|signed| signed > *day) {
            *bare.entry(signed).or_default() |= bit(*day);
        }
    }
    out.bare.extend(bare.into_iter().map(|(until, days)| Bare { worker, days, until }));
}

/// Payments and returns of one worker and employer by day.
type Moves = BTreeMap<Date, i64>;

/// What is owed on which day, and which lines were late.
fn owed(rows: &MonthRows, out: &mut SiteMonth) {
    let mut groups: BTreeMap<(Uuid, &str), (Vec<&Line>, Moves)> = BTreeMap::new();
    for line in &rows.lines {
        groups.entry((line.worker, &line.employer)).or_default().0.push(line);
    }
    for payment in &rows.payments {
        if let Some((_, moves)) = groups.get_mut(&(payment.worker, &*payment.employer)) {
            *moves.entry(payment.on).or_default() += payment.amount;
            if let Some(returned_on) = payment.returned_on {
                *moves.entry(returned_on.max(payment.on)).or_default() -= payment.amount;
            }
        }
    }
    let mut due: BTreeMap<Date, (i64, Moves)> = BTreeMap::new();
    for (lines, moves) in groups.values() {
        for (line, steps) in lines.iter().zip(outstanding(lines, moves)) {
            let Some(due_on) = line.due.on else {
                let earliest = rules::earliest_due(line.due.nominal);
                let at_earliest = late(line, earliest, &steps, rows);
                out.undated.extend(
                    line.due
                        .no_calendar
                        .zip(at_earliest)
                        .map(|(no_calendar, at_earliest)| Undated { no_calendar, at_earliest }),
                );
                continue;
            };
            let day = due.entry(due_on).or_default();
            day.0 += line.net.max(0);
            let mut before = line.net.max(0);
            for (on, left) in &steps {
                *day.1.entry(*on).or_default() += left - before;
                before = *left;
            }
            out.late.extend(late(line, due_on, &steps, rows));
        }
    }
    out.lines = u32::try_from(rows.lines.len()).unwrap_or(u32::MAX);
    out.due = due
        .into_iter()
        .map(|(on, (net, moves))| DueDay {
            on,
            net,
            moves: moves.into_iter().filter(|(_, fen)| *fen != 0).collect(),
        })
        .collect();
}

/// Of each line what is outstanding from a day on, where that changes.
fn outstanding(lines: &[&Line], moves: &Moves) -> Vec<Vec<(Date, i64)>> {
    let due: Vec<DueLine> = lines
        .iter()
        .map(|line| DueLine {
            due_on: line.due.on,
            net: Money::from_fen(line.net),
            recorded: line.line.unsigned_abs(),
        })
        .collect();
    let mut steps = vec![Vec::new(); lines.len()];
    let mut paid = 0;
    for (on, moved) in moves {
        paid += moved;
        let (shares, _) = rules::allocate(Money::from_fen(paid), &due);
        for ((line, share), steps) in lines.iter().zip(shares).zip(&mut steps) {
            let left = line.net.max(0) - share.fen();
            if steps.last().map_or(line.net.max(0), |(_, before)| *before) != left {
                steps.push((*on, left));
            }
        }
    }
    steps
}

/// The line, if anything of it is outstanding on any day after its due day.
fn late(line: &Line, due_on: Date, steps: &[(Date, i64)], rows: &MonthRows) -> Option<Late> {
    let first = due_on.tomorrow().ok()?;
    let then = steps.iter().rev().find(|(on, _)| *on <= first).map_or(line.net.max(0), |(_, left)| *left);
    let later = steps.iter().filter(|(on, _)| *on > first).copied();
    let steps: Vec<(Date, i64)> = std::iter::once((first, then)).chain(later).collect();
    let attends = rows.work.get(&line.worker).is_some_and(|days| days.iter().any(|(_, tenths)| tenths > 0));
    steps.iter().any(|(_, left)| *left > 0).then(|| Late {
        worker: line.worker,
        employer: line.employer.to_string(),
        crew: line.crew,
        version: line.version,
        due_on,
        net: line.net,
        attends,
        steps,
    })
}

/// The account, where it is not the dedicated one; `Some(None)` = nobody said which.
fn other_account(project: &Surroundings, payment: &Payment) -> Option<Option<BlindIndex>> {
    (payment.account != project.account || payment.account.is_none()).then_some(payment.account)
}

fn paid(project: &Surroundings, rows: &MonthRows, out: &mut SiteMonth) {
    /// Day, employer, other account, day of return.
    type Key<'a> = (Date, &'a str, Option<Option<BlindIndex>>, Option<Date>);
    let mut days: BTreeMap<Key<'_>, (i64, Vec<i64>)> = BTreeMap::new();
    for payment in &rows.payments {
        let other = other_account(project, payment);
        let is_other = other.is_some();
        let key = (payment.on, &*payment.employer, other, payment.returned_on);
        let (amount, entries) = days.entry(key).or_default();
        *amount += payment.amount;
        if is_other {
            entries.push(payment.seq);
        }
    }
    out.paid = days
        .into_iter()
        .map(|((on, employer, other, returned_on), (amount, mut entries))| {
            entries.sort_unstable();
            let other = other.map(|account| account.map(|index| index.to_string()).unwrap_or_default());
            PaidDay { on, employer: employer.to_owned(), other, returned_on, amount, entries }
        })
        .collect();
}

/// Subcontractors' workers and what they got from where.
fn direct(project: &Surroundings, month: Month, rows: &MonthRows, out: &mut SiteMonth) {
    let mut workers: BTreeMap<Uuid, SubPay> = BTreeMap::new();
    for line in rows.lines.iter().filter(|line| line.employer != project.contractor) {
        let new = SubPay { worker: line.worker, lines: Vec::new(), payments: Vec::new() };
        workers.entry(line.worker).or_insert(new).lines.push(line.version);
    }
    for payment in rows.payments.iter().filter(|payment| payment.employer != project.contractor) {
        if let Some(worker) = workers.get_mut(&payment.worker) {
            worker.payments.push(SubPayment {
                on: payment.on,
                own: other_account(project, payment).is_none(),
                returned_on: payment.returned_on,
                seq: payment.seq,
            });
        }
    }
    out.of_subs = u32::try_from(workers.len()).unwrap_or(u32::MAX);
    let pay_date = project.pay_day.map(|day| rules::nominal_due(month, day));
    let pay_date = pay_date.and_then(|day| rules::adjusted_due(day, Calendar::china()).ok());
    let plain = |worker: &SubPay| {
        worker.payments.iter().all(|p| p.own && p.returned_on.is_none())
            && worker.payments.iter().any(|p| Some(p.on) <= pay_date)
    };
    out.sub_pay = workers.into_values().filter(|worker| !plain(worker)).collect();
    for worker in &mut out.sub_pay {
        worker.lines.sort_unstable();
        worker.payments.sort_by_key(|payment| (payment.on, payment.seq));
    }
}

/// What the lines alone say: minimum wage, unusual amounts.
fn wages(project: &Surroundings, month: Month, rows: &MonthRows, out: &mut SiteMonth) {
    let mut gross: BTreeMap<Uuid, (i64, Vec<i64>)> = BTreeMap::new();
    for line in &rows.lines {
        let (sum, entries) = gross.entry(line.worker).or_default();
        *sum += line.gross;
        entries.push(line.version);
    }
    let region = project.region.unwrap_or(Region::CHINA);
    let day = month.last_day();
    if let Some(days) = out.full_month_days {
        let tenths = |worker: &Uuid| {
            rows.work.get(worker).map_or(0, |days| days.iter().map(|(_, tenths)| tenths).sum::<i64>())
        };
        let full: Vec<(Uuid, i64)> = gross
            .iter()
            .filter(|(worker, _)| tenths(worker) >= i64::from(days) * 10)
            .map(|(worker, (gross, _))| (*worker, *gross))
            .collect();
        out.full = u32::try_from(full.len()).unwrap_or(u32::MAX);
        let minimum = MinimumWage::on(region, day).ok().map(|minimum| minimum.month.value.fen());
        out.low = minimum.map(|least| full.into_iter().filter(|(_, gross)| *gross < least).collect());
    }
    let of_year = Pack::china().amount("warning.unusual_year", region, day).map(|cited| cited.value.fen());
    if let Ok(of_year) = of_year {
        let high = gross.iter().filter(|(_, (gross, _))| *gross > of_year / 12);
        out.high = high.map(|(worker, _)| *worker).collect();
    }
    out.odd = odd(&rows.lines, &gross, month, region, day).unwrap_or_default();
}

fn odd(
    lines: &[Line],
    gross: &BTreeMap<Uuid, (i64, Vec<i64>)>,
    month: Month,
    region: Region,
    day: Date,
) -> Result<Vec<Odd>, RuleError> {
    let rows: Vec<WageRow<Uuid, (&str, Uuid), BlindIndex>> = lines
        .iter()
        .map(|line| WageRow {
            worker: line.worker,
            crew: (&*line.employer, line.crew),
            month,
            gross: Money::from_fen(line.gross),
            net: Money::from_fen(line.net),
            card: line.card,
        })
        .collect();
    let entries = |of: &dyn Fn(&Line) -> bool| {
        let mut entries: Vec<i64> = lines.iter().filter(|l| of(l)).map(|l| l.version).collect();
        entries.sort_unstable();
        entries
    };
    let found = unusual_wages(&rows, region, day)?.into_iter();
    Ok(found
        .filter_map(|finding| match finding {
            Finding::Month { worker, gross: sum, .. } => {
                let entries = gross.get(&worker).map(|(_, entries)| entries.clone()).unwrap_or_default();
                Some(Odd::Month { worker, gross: sum.fen(), entries })
            }
            Finding::Card { card, workers, .. } => {
                let entries = entries(&|line| line.card == Some(card));
                Some(Odd::Card { card: card.to_string(), workers, entries })
            }
            Finding::Crew { crew: (employer, crew), net, .. } => {
                let entries = entries(&|line| *line.employer == *employer && line.crew == crew);
                Some(Odd::Crew { employer: employer.to_owned(), crew, net: net.fen(), entries })
            }
            // A year is more than a month's lines.
            Finding::Year { .. } => None,
        })
        .collect())
}
