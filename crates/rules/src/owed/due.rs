//! When wages of a period are due, for every pay form.

use crate::{
    Calendar, DUE_MOVES_AT_MOST, Month, Pack, PayDay, Region, RuleError, Step, adjusted_due,
    due_without_agreement, nominal_due,
};
use jiff::ToSpan;
use jiff::civil::Date;

/// Kinds of labour contract (LCL arts 12–15). A written work agreement (用工书面协议) of a worker without
/// employment relationship and a dispatch contract are papers of their own, with one of these terms.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ContractKind {
    /// Fixed term (固定期限).
    FixedTerm,
    /// Open-ended (无固定期限).
    OpenEnded,
    /// Until a stated task is done (以完成一定工作任务为期限).
    Task,
}

impl ContractKind {
    /// The code of the national worker platform (contractPeriodType): 0 fixed term, 1 task; `None` for what its
    /// dictionary does not have.
    pub fn national_code(self) -> Option<u8> {
        match self {
            ContractKind::FixedTerm => Some(0),
            ContractKind::Task => Some(1),
            ContractKind::OpenEnded => None,
        }
    }
}

impl PayForm {
    /// The code of settlement of the national worker platform: 0 hour, 1 day, 2 quantity, 3 month, 5 other (a
    /// lump sum for a task has none of its own).
    pub fn national_code(self) -> u8 {
        match self {
            PayForm::Hourly => 0,
            PayForm::Daily => 1,
            PayForm::Piece => 2,
            PayForm::Monthly => 3,
            PayForm::Task => 5,
        }
    }
}

/// How pay accrues on sites.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PayForm {
    /// Month wage (月薪).
    Monthly,
    /// Day rate × 工日 (点工).
    Daily,
    /// Hours × rate.
    Hourly,
    /// Measured quantity × unit price (计件、按量).
    Piece,
    /// A lump sum for a task, shared in the crew (包工).
    Task,
}

/// The agreed cycle and pay day. Day-rate and piece workers have the cycle that was agreed, mostly a month.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PayCycle {
    /// A calendar month, paid on a day of the month after; `None` when no day was agreed.
    Monthly(Option<PayDay>),
    /// A week, paid so many days after its last day (0 to 7); `None` when no day was agreed.
    Weekly(Option<u8>),
    /// Hourly part-time work: a cycle of so many days, paid on its last day.
    PartTime {
        /// Length of the cycle that was agreed, in days.
        days: u8,
    },
    /// Paid when the task is done.
    OnCompletion,
}

/// What is wrong with what was agreed. Wages are owed all the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Defect {
    /// No pay day was agreed (Decree 724 art. 6 wants one).
    NoDateAgreed,
    /// The cycle is longer than the law allows.
    CycleTooLong,
    /// The task takes longer than a month, and wages are owed monthly at least.
    TaskLongerThanMonth,
}

/// When wages of a period are due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Due {
    /// The day that was agreed, or that the law sets.
    pub nominal: Date,
    /// The day by which money must be there: before a rest day. Late is from the day after.
    pub adjusted: Date,
    /// What is wrong with what was agreed.
    pub defects: Vec<Defect>,
    /// How it comes about.
    pub steps: Vec<Step>,
}

/// When the wages of the days `first` to `last` are due.
///
/// `last` is the last day of the month, week, cycle or task; `ended_on` the last day of employment, when it has
/// ended: everything is then due on that day, without waiting for a pay day (1994 rules art. 9), and is not moved.
///
/// Errors: a period that ends before it begins, no calendar, law that is missing.
pub fn due_date(
    first: Date,
    last: Date,
    cycle: PayCycle,
    ended_on: Option<Date>,
    calendar: &Calendar,
) -> Result<Due, RuleError> {
    if last < first {
        return Err(RuleError::input(format!("the period {first} to {last} ends before it begins")));
    }
    let rule = |name| Pack::china().rule(name, last);
    let mut defects = Vec::new();
    let agreed = rule("wage.due.agreed")?;
    let nothing_agreed = rule("wage.due.nothing_agreed")?;
    let (nominal, by) = match cycle {
        PayCycle::Monthly(Some(day)) => (nominal_due(Month::of(last), day), agreed),
        PayCycle::Weekly(Some(after)) => (later(last, i64::from(after.min(7)))?, agreed),
        PayCycle::Monthly(None) | PayCycle::Weekly(None) => {
            defects.push(Defect::NoDateAgreed);
            (due_without_agreement(Month::of(last)), nothing_agreed)
        }
        PayCycle::PartTime { days } => {
            let limit = Pack::china().count("wage.due.part_time_cycle", Region::CHINA, last)?;
            let cycle = i64::from(days.max(1));
            if cycle > limit.value {
                defects.push(Defect::CycleTooLong);
            }
            (later(first, cycle.min(limit.value).saturating_sub(1))?, limit.by)
        }
        PayCycle::OnCompletion => {
            if later(first, 31)? <= last {
                defects.push(Defect::TaskLongerThanMonth);
            }
            (last, rule("wage.due.task")?)
        }
    };
    let mut steps =
        vec![Step::new(("nominal due day", "约定支付日期"), format!("{first} – {last}"), nominal, by)];
    if let Some(end) = ended_on.filter(|end| *end < nominal) {
        // Where the pay day is far off no calendar is needed to see that the end comes first.
        let far = later(end, DUE_MOVES_AT_MOST)? < nominal;
        if far || end < adjusted_due(nominal, calendar)? {
            let what = ("employment ended: everything at once", "终止劳动关系，一次付清");
            steps.push(Step::new(what, format!("min({nominal}, {end})"), end, rule("wage.due.end")?));
            return Ok(Due { nominal: end, adjusted: end, defects, steps });
        }
    }
    let adjusted = adjusted_due(nominal, calendar)?;
    if adjusted != nominal {
        let what = ("a rest day: the last working day before it", "遇休息日提前至最近工作日");
        steps.push(Step::new(what, nominal.to_string(), adjusted, rule("wage.due.moved_back")?));
    }
    Ok(Due { nominal, adjusted, defects, steps })
}

/// The due day after a deferral of so many days that was agreed with the union or the workers' representatives
/// (劳部发〔1995〕226号 art. 4): at most as long as the province allows. From then on pay is late.
///
/// Errors: the province's longest deferral is not known.
pub fn deferred(due: Date, agreed_days: u16, region: Region) -> Result<(Date, Step), RuleError> {
    let limit = Pack::china().count("wage.due.deferral", region, due)?;
    let days = i64::from(agreed_days).min(limit.value);
    let day = later(due, days)?;
    let formula = format!("{due} + min({agreed_days}, {}) days", limit.value);
    Ok((day, Step::new(("deferred with the workers' agreement", "协商延期支付"), formula, day, limit.by)))
}

pub(super) fn later(day: Date, days: i64) -> Result<Date, RuleError> {
    day.checked_add(days.days()).map_err(|_| RuleError::OutOfRange)
}
