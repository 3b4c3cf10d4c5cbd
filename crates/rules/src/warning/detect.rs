//! What is odd about rosters, attendance and wage sheets. A finding is no proof: it says where to look.

use crate::{Money, Month, Pack, Region, RuleError};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// A wage line as detection sees it; workers, crews and cards are whatever the caller names them by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WageRow<W, C, K> {
    /// Worker.
    pub worker: W,
    /// Crew, of one employer.
    pub crew: C,
    /// Wage month.
    pub month: Month,
    /// Gross, in yuan.
    pub gross: Money,
    /// Net, in yuan.
    pub net: Money,
    /// Card on the sheet.
    pub card: Option<K>,
}

/// A worker's attendance of a month in one crew.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct AttendanceMonth<W, C, P> {
    /// Worker.
    pub worker: W,
    /// Crew.
    pub crew: C,
    /// How many days.
    pub days: usize,
    /// The days with all that the gate says of them; equal values look equal.
    pub pattern: P,
}

/// An odd thing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Finding<W, C, K> {
    /// A worker's wages of a month are above the unusual amount.
    Month {
        /// Who.
        worker: W,
        /// When.
        month: Month,
        /// How much, in yuan.
        gross: Money,
    },
    /// A worker's wages of a calendar year are.
    Year {
        /// Who.
        worker: W,
        /// The last month with a line.
        month: Month,
        /// How much, in yuan.
        gross: Money,
    },
    /// One card on the lines of several workers in a month.
    Card {
        /// Which.
        card: K,
        /// When.
        month: Month,
        /// Whose lines.
        workers: Vec<W>,
    },
    /// One net amount on all lines of a crew in a month.
    Crew {
        /// Which.
        crew: C,
        /// When.
        month: Month,
        /// The amount, in yuan.
        net: Money,
    },
}

impl<W, C, K> Finding<W, C, K> {
    fn month(&self) -> Month {
        match self {
            Finding::Month { month, .. }
            | Finding::Year { month, .. }
            | Finding::Card { month, .. }
            | Finding::Crew { month, .. } => *month,
        }
    }
}

/// The unusual amounts of I12 among the lines of one project. Its figure `months` is how many different months
/// they fall into: [`unusual_months`].
pub fn unusual_wages<'a, W: Ord + Clone, C: Ord + Clone, K: Ord + Clone>(
    lines: &'a [WageRow<W, C, K>],
    region: Region,
    day: Date,
) -> Result<Vec<Finding<W, C, K>>, RuleError> {
    let pack = Pack::china();
    let of_month = pack.amount("warning.unusual_month", region, day)?.value;
    let of_year = pack.amount("warning.unusual_year", region, day)?.value;
    let least = pack.count("warning.same_amount_crew", region, day)?.value;
    let mut months: BTreeMap<(&W, Month), Money> = BTreeMap::new();
    let mut years: BTreeMap<(&W, i16), (Money, Month)> = BTreeMap::new();
    let mut crews: BTreeMap<(&C, Month), Vec<Money>> = BTreeMap::new();
    for line in lines {
        let month = months.entry((&line.worker, line.month)).or_default();
        *month = month.plus(line.gross)?;
        let year = years.entry((&line.worker, line.month.year())).or_insert((Money::ZERO, line.month));
        *year = (year.0.plus(line.gross)?, year.1.max(line.month));
        crews.entry((&line.crew, line.month)).or_default().push(line.net);
    }
    let mut found = Vec::new();
    for ((worker, month), gross) in months.into_iter().filter(|(_, gross)| *gross > of_month) {
        found.push(Finding::Month { worker: worker.clone(), month, gross });
    }
    for ((worker, _), (gross, month)) in years.into_iter().filter(|(_, (gross, _))| *gross > of_year) {
        found.push(Finding::Year { worker: worker.clone(), month, gross });
    }
    let on_card = |line: &'a WageRow<W, C, K>| Some(((line.card.as_ref()?, line.month), &line.worker));
    for ((card, month), workers) in shared_cards(lines.iter().filter_map(on_card)) {
        found.push(Finding::Card {
            card: card.clone(),
            month,
            workers: workers.into_iter().cloned().collect(),
        });
    }
    for ((crew, month), nets) in crews {
        let many = i64::try_from(nets.len()).is_ok_and(|lines| lines >= least);
        if let Some(net) = nets.first().filter(|net| many && nets.iter().all(|other| other == *net)) {
            found.push(Finding::Crew { crew: crew.clone(), month, net: *net });
        }
    }
    Ok(found)
}

/// I12's figure `months`: how many different months the findings fall into. `None` (no line at all) is unknown.
pub fn unusual_months<W, C, K>(findings: Option<&[Finding<W, C, K>]>) -> super::Figures {
    let Some(findings) = findings else { return super::money_inputs::missing("months", "no wage line") };
    let months: BTreeSet<Month> = findings.iter().map(Finding::month).collect();
    let months = i64::try_from(months.len()).unwrap_or(i64::MAX);
    super::Figures::new().with("months", super::Figure::whole(months))
}

/// Workers with wages of a month and no attendance in it (有工资无考勤): padded sheets, or attendance that nobody
/// handed in.
pub fn wages_without_attendance<W: Ord + Clone>(
    wages: &BTreeSet<(W, Month)>,
    attendance: &BTreeSet<(W, Month)>,
) -> Vec<(W, Month)> {
    wages.difference(attendance).cloned().collect()
}

/// Workers with attendance in a month and no wages of it (有考勤无工资).
pub fn attendance_without_wages<W: Ord + Clone>(
    attendance: &BTreeSet<(W, Month)>,
    wages: &BTreeSet<(W, Month)>,
) -> Vec<(W, Month)> {
    attendance.difference(wages).cloned().collect()
}

/// Crews whose attendance of a month looks made by pattern (成批生成的考勤): at least `workers` of a crew have the very
/// same days with the very same details, `days` or more of them. Gives crew and workers.
pub fn generated_attendance<W: Ord + Clone, C: Ord + Clone, P: Ord>(
    rows: &[AttendanceMonth<W, C, P>],
    workers: usize,
    days: usize,
) -> Vec<(C, Vec<W>)> {
    let mut alike: BTreeMap<(&C, &P), BTreeSet<&W>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.days >= days) {
        alike.entry((&row.crew, &row.pattern)).or_default().insert(&row.worker);
    }
    let found = alike.into_iter().filter(|(_, same)| same.len() >= workers.max(2));
    found.map(|((crew, _), same)| (crew.clone(), same.into_iter().cloned().collect())).collect()
}

/// Cards that stand for several workers (一卡多人), each with its workers.
pub fn shared_cards<W: Ord, K: Ord>(uses: impl Iterator<Item = (K, W)>) -> BTreeMap<K, BTreeSet<W>> {
    let mut cards: BTreeMap<K, BTreeSet<W>> = BTreeMap::new();
    for (card, worker) in uses {
        cards.entry(card).or_default().insert(worker);
    }
    cards.retain(|_, workers| workers.len() > 1);
    cards
}

/// A line of a bank statement as detection sees it, in the order of the statement. In yuan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatementLine {
    /// What came in, or nothing.
    pub received: Money,
    /// What went out, or nothing.
    pub paid: Money,
    /// Balance after the line.
    pub balance: Money,
}

/// Where lines are missing from a statement (流水缺失): the places in `lines` whose balance does not follow from the
/// line before, each with the amount by which it is off. The first line follows from `opening`, where that is known.
pub fn statement_breaks(
    opening: Option<Money>,
    lines: &[StatementLine],
) -> Result<Vec<(usize, Money)>, RuleError> {
    let mut before = opening;
    let mut breaks = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some(before) = before {
            let follows = before.plus(line.received)?.minus(line.paid)?;
            if follows != line.balance {
                breaks.push((at, line.balance.minus(follows)?));
            }
        }
        before = Some(line.balance);
    }
    Ok(breaks)
}
