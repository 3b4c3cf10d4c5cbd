//! Double wage without a written contract (未订立书面劳动合同的二倍工资).

use crate::{Money, Month, Pack, Region, RuleError, Step};
use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;

/// The wage of a month, gross, in yuan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MonthWage {
    /// Wage month.
    pub month: Month,
    /// Gross wage of the days worked in it.
    pub gross: Money,
}

/// An estimate of the second wage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DoubleWage {
    /// First and last day for which a second wage is owed; `None` when there is none.
    pub days: Option<(Date, Date)>,
    /// The second wage, in yuan, beside the first.
    pub amount: Money,
    /// Months in it whose wage was not handed in: their part is missing in the amount.
    pub unknown: Vec<Month>,
    /// Whether more than a year has passed without a contract, so that it is deemed open-ended.
    pub deemed_open_ended: bool,
    /// How it comes about.
    pub steps: Vec<Step>,
}

/// The second wage of a worker employed from `first` without written contract (LCL art. 82, Regulation arts 6–7):
/// from the day after the first month to the day before `signed` (to `until`, the day asked about or the last of
/// employment, when none was signed), at most 11 months. Parts of a month count by calendar days.
///
/// Not owed where the worker refused to sign on purpose: whoever knows that leaves the claim out.
pub fn double_wage(
    first: Date,
    signed: Option<Date>,
    until: Date,
    wages: &[MonthWage],
) -> Result<DoubleWage, RuleError> {
    let (pack, out) = (Pack::china(), |_| RuleError::OutOfRange);
    let (rule, part_month) = (pack.rule("double_wage", until)?, pack.rule("double_wage.part_month", until)?);
    let months = pack.count("double_wage.months", Region::CHINA, until)?;
    let from = first.checked_add(1.months()).map_err(out)?;
    let whole = months.value.checked_add(1).ok_or(RuleError::OutOfRange)?;
    let limit = first.checked_add(whole.months()).and_then(|end| end.yesterday()).map_err(out)?;
    let before_signing = signed.map(|day| day.yesterday()).transpose().map_err(out)?;
    let last = [Some(until), Some(limit), before_signing].into_iter().flatten().min().unwrap_or(until);
    let mut found = DoubleWage {
        days: (from <= last).then_some((from, last)),
        amount: Money::ZERO,
        unknown: Vec::new(),
        deemed_open_ended: before_signing.unwrap_or(until).min(until) > limit,
        steps: Vec::new(),
    };
    if found.deemed_open_ended {
        let by = pack.rule("double_wage.open_ended", until)?;
        let what = ("a year without contract: deemed open-ended", "视为已订立无固定期限劳动合同");
        found.steps.push(Step::new(what, format!("{first} + 12 months"), limit, by));
    }
    let Some((from, last)) = found.days else { return Ok(found) };
    let what = ("days of the second wage", "二倍工资期间");
    found.steps.push(Step::new(what, format!("{first} + 1 month"), format!("{from} – {last}"), rule));
    let mut month = Month::of(from);
    while month <= Month::of(last) {
        let (start, end) = (month.first_day().max(from), month.last_day().min(last));
        let whole = start == month.first_day() && end == month.last_day();
        match wages.iter().find(|wage| wage.month == month) {
            None => found.unknown.push(month),
            Some(wage) if whole => {
                found.amount = found.amount.plus(wage.gross)?;
                found.steps.push(Step::new(
                    ("second wage", "另一倍工资"),
                    month.to_string(),
                    wage.gross,
                    rule,
                ));
            }
            Some(wage) => {
                let days = Decimal::from(days(start, end)?);
                let all = Decimal::from(month.last_day().day());
                let share = wage.gross.yuan().checked_mul(days).and_then(|yuan| yuan.checked_div(all));
                let part =
                    share.and_then(|yuan| Money::of(yuan, Decimal::ONE)).ok_or(RuleError::OutOfRange)?;
                found.amount = found.amount.plus(part)?;
                let formula = format!("{month}: {} × {days} / {all}", wage.gross);
                found.steps.push(Step::new(
                    ("second wage, part of a month", "另一倍工资（不足月）"),
                    formula,
                    part,
                    part_month,
                ));
            }
        }
        month = month.next();
    }
    let what = ("second wage in all", "应支付的另一倍工资合计");
    found.steps.push(Step::new(what, format!("at most {} months", months.value), found.amount, months.by));
    Ok(found)
}

/// Days from the first to the last, both counted.
fn days(first: Date, last: Date) -> Result<i64, RuleError> {
    let span = first.until(last).map_err(|_| RuleError::OutOfRange)?;
    i64::from(span.get_days()).checked_add(1).ok_or(RuleError::OutOfRange)
}
