//! Figures of the indicators about people, deposits, inspections and arrears: I03 to I06, I08 to I11, I13 to I15.

use super::IndicatorId;
use super::figures::{Figure, Figures, Ratio};
use super::money_inputs::{count, days, missing};
use crate::{Money, Pack, Region, RuleError};
use jiff::civil::Date;

/// The indicators that are a rate of two counts: I03 (without pay / attending), I04 (with contract / attending),
/// I05 (on the roster / attending), I06 (projects with attendance / active), I08 (paid from the dedicated
/// account / workers of subcontractors), I11 (below the minimum / full-month workers; `lines` there says whether
/// the month has any line), A01 (never came / on the roster), A03 (on another's card / with a card of their own),
/// A06 (worker-months without attendance / with wages), A07 (without wages / with attendance).
///
/// `of` = 0 is unknown; only for I11, with lines and no full-month worker, there is no rate and no colour.
pub fn people_rate(id: IndicatorId, some: u64, of: u64, lines: bool) -> Figures {
    let why = match id {
        IndicatorId::I03 => "no attendees in the month",
        IndicatorId::I04 | IndicatorId::I05 => "no attendance in the window",
        IndicatorId::I06 => "no active project",
        IndicatorId::I08 => "no line of a subcontractor's worker in the month",
        IndicatorId::I11 if lines => return Figures::new().with("rate", Figure::rate(some, of)),
        IndicatorId::I11 => "no line of the month",
        IndicatorId::A01 => "nobody on the roster throughout the month, or no attendance in it",
        IndicatorId::A03 => "no wage line or payment of a worker whose card is on a roster",
        IndicatorId::A06 => "no month with both wage lines and attendance",
        IndicatorId::A07 => "no attendance in the months due",
        IndicatorId::I01
        | IndicatorId::I02
        | IndicatorId::I07
        | IndicatorId::I09
        | IndicatorId::I10
        | IndicatorId::I12
        | IndicatorId::I13
        | IndicatorId::I14
        | IndicatorId::I15
        | IndicatorId::A02
        | IndicatorId::A04
        | IndicatorId::A05
        | IndicatorId::A08 => "this indicator is no rate of two counts",
    };
    if of == 0 { missing("rate", why) } else { Figures::new().with("rate", Figure::rate(some, of)) }
}

/// The detections that count what was found: A02 (`cards`), A04 and A05 (`crew_months`), A08 (`breaks`). `None` where
/// there is nothing to look at, which is unknown because of `nothing`.
pub fn count_found(name: &'static str, found: Option<usize>, nothing: &'static str) -> Figures {
    match found {
        None => missing(name, nothing),
        Some(found) => Figures::new().with(name, Figure::whole(i64::try_from(found).unwrap_or(i64::MAX))),
    }
}

/// A wage deposit or guarantee of the general contractor for a project.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deposit {
    /// Amount, in yuan.
    pub amount: Money,
    /// First day on which it is valid.
    pub from: Date,
    /// Last day on which it is valid; `None` when it has no end.
    pub to: Option<Date>,
}

impl Deposit {
    /// The deposit that a project needs: contract price × rate of the region, half up to the fen, at most the
    /// cap. Reductions and increases for earlier conduct are not in it.
    pub fn required(price: Money, region: Region, day: Date) -> Result<Money, RuleError> {
        let rate = Pack::china().number("warning.deposit_rate", region, day)?;
        let cap = Pack::china().amount("warning.deposit_cap", region, day)?;
        Ok(price.times(rate.value)?.min(cap.value))
    }

    /// I09: figures `rate` = valid today / required and `rate_then` = still valid after the notice days /
    /// required. `deposits` is `None` when no list of deposits was handed in; an empty list means that there is
    /// none.
    pub fn figures(
        price: Option<Money>,
        deposits: Option<&[Deposit]>,
        region: Region,
        as_of: Date,
    ) -> Result<Figures, RuleError> {
        let (Some(price), Some(deposits)) = (price, deposits) else {
            return Ok(missing("rate", "no list of deposits, or no contract price"));
        };
        let required = Deposit::required(price, region, as_of)?;
        let notice = count("warning.deposit_notice", region, as_of)?;
        let valid: Vec<&Deposit> =
            deposits.iter().filter(|d| d.from <= as_of && d.to.is_none_or(|to| as_of <= to)).collect();
        let now = Money::sum(valid.iter().map(|d| d.amount))?;
        let later = valid.iter().filter(|d| d.to.is_none_or(|to| days(as_of, to) >= notice));
        let then = Money::sum(later.map(|d| d.amount))?;
        let rates = (Figure::money_rate(now, required), Figure::money_rate(then, required));
        Ok(Figures::new().with("rate", rates.0).with("rate_then", rates.1))
    }

    /// The first day on which one of the deposits that are valid today runs out.
    pub fn next_expiry(deposits: &[Deposit], as_of: Date) -> Option<Date> {
        let valid = deposits.iter().filter(|d| d.from <= as_of);
        valid.filter_map(|d| d.to).filter(|to| as_of <= *to).min()
    }
}

/// I10, the latest inspection of a site.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Inspection {
    /// How many of notice board and labour officer were missing and have not been put right.
    pub missing: u8,
    /// The latest day on which they were seen: the inspection's, or the day on which it was closed.
    pub seen_on: Date,
}

impl Inspection {
    /// Figures `missing` and `age_days`; unknown when nobody ever inspected.
    pub fn figures(latest: Option<Inspection>, as_of: Date) -> Figures {
        match latest {
            None => missing("missing", "never inspected"),
            Some(inspection) => Figures::new()
                .with("missing", Figure::whole(i64::from(inspection.missing)))
                .with_daily("age_days", Figure::whole(days(inspection.seen_on, as_of)), 1),
        }
    }
}

/// A worker's arrears with one employer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OverdueWorker {
    /// Different wage months with overdue lines.
    pub months: u32,
    /// Outstanding of the overdue lines, in yuan.
    pub outstanding: Money,
}

/// I15: how near an employer's arrears come to the figures of the crime of refusing to pay (法释〔2013〕3号
/// art. 3). Both conditions must come near, so the smaller share counts. Whether an order to pay was disobeyed is
/// not in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NearCrime {
    /// The greatest over the workers of the smaller of months / 3 and amount / the province's figure.
    pub ratio_one: Ratio,
    /// The smaller of heads / 10 and total / the province's figure.
    pub ratio_many: Ratio,
}

impl NearCrime {
    /// From the arrears of an employer's workers; workers without arrears may be left out or in.
    pub fn of(workers: &[OverdueWorker], region: Region, day: Date) -> Result<NearCrime, RuleError> {
        let pack = Pack::china();
        let months = count("warning.crime_months", region, day)?;
        let heads = count("warning.crime_heads", region, day)?;
        let one = pack.amount("warning.crime_amount_one", region, day)?.value;
        let many = pack.amount("warning.crime_amount_many", region, day)?.value;
        let ratio = |part: i64, of: i64| Ratio::new(part, of).ok_or(RuleError::OutOfRange);
        let mut found = NearCrime { ratio_one: Ratio::whole(0), ratio_many: Ratio::whole(0) };
        let overdue: Vec<_> = workers.iter().filter(|w| w.outstanding > Money::ZERO).collect();
        for worker in &overdue {
            let by_months = ratio(i64::from(worker.months), months)?;
            let by_amount = ratio(worker.outstanding.fen(), one.fen())?;
            found.ratio_one = found.ratio_one.max(by_months.min(by_amount));
        }
        found.ratio_one = found.ratio_one.reduced();
        let total = Money::sum(overdue.iter().map(|worker| worker.outstanding))?;
        let people = i64::try_from(overdue.len()).map_err(|_| RuleError::OutOfRange)?;
        found.ratio_many = ratio(people, heads)?.min(ratio(total.fen(), many.fen())?).reduced();
        Ok(found)
    }

    /// The greater of the two, in lowest terms.
    pub fn ratio(&self) -> Ratio {
        self.ratio_one.max(self.ratio_many).reduced()
    }

    /// Figure `ratio`; unknown when no line has a due day in the past.
    pub fn figures(near: Option<&NearCrime>) -> Figures {
        match near {
            None => missing("ratio", "no line with a due day in the past"),
            Some(near) => Figures::new().with("ratio", Figure::Known(near.ratio())),
        }
    }
}

/// I13: days since the due day of the oldest overdue line, 0 without one; unknown when no line has a due day
/// in the past.
pub fn arrears_age(days_overdue: Option<u32>) -> Figures {
    match days_overdue {
        None => missing("days_overdue", "no line with a due day in the past"),
        // Only what is overdue grows older; what is not may yet be paid in time.
        Some(0) => Figures::new().with("days_overdue", Figure::whole(0)),
        Some(days) => Figures::new().with_daily("days_overdue", Figure::whole(i64::from(days)), 1),
    }
}

/// I14: workers with overdue lines (`None` when no line has a due day in the past), and the people of each
/// open complaint, of which those of ten and more are collective.
pub fn arrears_heads(
    heads: Option<u64>,
    complaints: &[u64],
    region: Region,
    day: Date,
) -> Result<Figures, RuleError> {
    let least = count("warning.collective_heads", region, day)?;
    let collective = complaints.iter().filter(|people| i64::try_from(**people).is_ok_and(|p| p >= least));
    let collective = i64::try_from(collective.count()).map_err(|_| RuleError::OutOfRange)?;
    if heads.is_none() && collective == 0 {
        return Ok(missing("heads", "no line with a due day in the past, and no collective complaint"));
    }
    let heads = i64::try_from(heads.unwrap_or_default()).map_err(|_| RuleError::OutOfRange)?;
    Ok(Figures::new()
        .with("heads", Figure::whole(heads))
        .with("collective_claims", Figure::whole(collective)))
}
