//! Until when a claim can be brought.

use crate::{Pack, Region, RuleError, Step};
use jiff::ToSpan;
use jiff::civil::Date;

/// What makes the time of arbitration begin anew (Arbitration Law art. 27).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Interruption {
    /// The worker claimed from the employer.
    Claimed(Date),
    /// He asked an authority for help.
    AskedAuthority(Date),
    /// The employer promised to pay.
    Promised(Date),
}

impl Interruption {
    fn on(self) -> Date {
        match self {
            Interruption::Claimed(day) | Interruption::AskedAuthority(day) | Interruption::Promised(day) => {
                day
            }
        }
    }
}

/// The last day for a step, as an estimate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LimitDate {
    /// The last day; `None` while no time runs.
    pub last_day: Option<Date>,
    /// How it comes about.
    pub steps: Vec<Step>,
}

impl LimitDate {
    /// Days left from `as_of` to the last day; negative when it has passed; `None` while no time runs.
    pub fn days_left(&self, as_of: Date) -> Option<i64> {
        self.last_day.map(|last| i64::from(as_of.until(last).unwrap_or_default().get_days()))
    }
}

/// Until when arbitration can be asked for about anything but wages: a year from `known_on`, the day on which
/// the worker knew or had to know, begun anew by each interruption within the time. (Suspension for force
/// majeure is not computed.)
pub fn arbitration(known_on: Date, interruptions: &[Interruption]) -> Result<LimitDate, RuleError> {
    running(known_on, interruptions, Vec::new())
}

/// Until when arbitration can be asked for about unpaid wages: no limit while employed, then a year from
/// `ended_on`, the last day of employment, begun anew by each interruption within the time.
pub fn arbitration_of_wages(
    ended_on: Option<Date>,
    as_of: Date,
    interruptions: &[Interruption],
) -> Result<LimitDate, RuleError> {
    let by = Pack::china().rule("limit.arbitration.wages", as_of)?;
    match ended_on.filter(|end| *end <= as_of) {
        None => {
            let what = ("employed: no limit", "劳动关系存续期间不受时效限制");
            Ok(LimitDate { last_day: None, steps: vec![Step::new(what, as_of.to_string(), "no limit", by)] })
        }
        Some(end) => {
            let what = ("the time runs from the end of employment", "自劳动关系终止之日起计算");
            running(end, interruptions, vec![Step::new(what, end.to_string(), end, by)])
        }
    }
}

fn running(from: Date, interruptions: &[Interruption], mut steps: Vec<Step>) -> Result<LimitDate, RuleError> {
    let pack = Pack::china();
    let limit = pack.count("limit.arbitration", Region::CHINA, from)?;
    let interrupted = pack.rule("limit.arbitration.interrupted", from)?;
    let after = |day: Date| day.checked_add(limit.value.years()).map_err(|_| RuleError::OutOfRange);
    let mut last = after(from)?;
    let what = ("last day to ask for arbitration", "申请仲裁的最后日期");
    steps.push(Step::new(what, format!("{from} + {} year", limit.value), last, limit.by));
    let mut days: Vec<Date> = interruptions.iter().map(|interruption| interruption.on()).collect();
    days.sort();
    // Only what falls into the running time interrupts it: what has run out stays out.
    for day in days.into_iter().filter(|day| *day >= from) {
        if day > last {
            break;
        }
        last = after(day)?;
        let what = ("interrupted: the time begins anew", "时效中断，重新计算");
        steps.push(Step::new(what, format!("{day} + {} year", limit.value), last, interrupted));
    }
    Ok(LimitDate { last_day: Some(last), steps })
}

/// Until when labour inspection looks into a breach: two years from the breach, or from the end of one that goes
/// on; no limit while it goes on. Unpaid wages go on until they are paid.
pub fn inspection(breach_on: Date, goes_on: bool, ended_on: Option<Date>) -> Result<LimitDate, RuleError> {
    let pack = Pack::china();
    let limit = pack.count("limit.inspection", Region::CHINA, breach_on)?;
    let continuing = pack.rule("limit.inspection.continuing", breach_on)?;
    let (from, by) = match (goes_on, ended_on) {
        (true, None) => {
            let what = ("the breach goes on: no time runs", "违法行为处于继续状态");
            let steps = vec![Step::new(what, breach_on.to_string(), "no limit yet", continuing)];
            return Ok(LimitDate { last_day: None, steps });
        }
        (true, Some(end)) => (end, continuing),
        (false, _) => (breach_on, limit.by),
    };
    let last = from.checked_add(limit.value.years()).map_err(|_| RuleError::OutOfRange)?;
    let what = ("last day to complain to labour inspection", "向劳动保障监察投诉的最后日期");
    let steps = vec![Step::new(what, format!("{from} + {} years", limit.value), last, by)];
    Ok(LimitDate { last_day: Some(last), steps })
}
