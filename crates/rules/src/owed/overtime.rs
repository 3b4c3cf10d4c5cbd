//! Day and hour wages, and overtime.

use crate::step::{half_up, percent};
use crate::{Cited, Missing, Money, Pack, Provision, Region, RuleError, Step};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// What an hour's wage follows from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PayBasis {
    /// A month's wage for normal time; a day is 1/21.75 of it.
    Month(Money),
    /// A day's wage for so many agreed hours (1 工, often 9 or 10 hours).
    Day {
        /// Rate of a 工日, in yuan.
        rate: Money,
        /// Hours agreed for it.
        hours: Decimal,
    },
    /// An hour's wage.
    Hour(Money),
}

/// The system of working time that holds for the worker; all but the first need approval.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum WorkingTime {
    /// Standard (标准工时制).
    Standard,
    /// Comprehensive (综合计算工时工作制): rest days do not count, only what is above the period's total.
    Comprehensive,
    /// Non-fixed (不定时工作制).
    NonFixed,
}

/// Hours of overtime in a month.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Overtime {
    /// Extended hours on working days.
    pub extended: Decimal,
    /// Hours on rest days for which no time off was given.
    pub rest_day: Decimal,
    /// Hours on statutory holidays.
    pub holiday: Decimal,
}

/// The law of working time and overtime as of a day.
#[derive(Clone, Copy, Debug)]
pub struct OvertimeLaw {
    month_days: Cited<Decimal>,
    day_hours: Cited<Decimal>,
    extended: Cited<Decimal>,
    rest_day: Cited<Decimal>,
    holiday: Cited<Decimal>,
    max_month: Cited<Decimal>,
    comprehensive: &'static Provision,
    non_fixed: &'static Provision,
}

/// Pay for overtime.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OvertimePay {
    /// What is owed on top of the normal wage.
    pub amount: Money,
    /// Hours above what a month may have; paid all the same.
    pub over_limit: Decimal,
    /// How it comes about.
    pub steps: Vec<Step>,
}

impl OvertimeLaw {
    /// The law on a day.
    pub fn on(day: Date) -> Result<OvertimeLaw, Missing> {
        let pack = Pack::china();
        let number = |name| pack.number(name, Region::CHINA, day);
        Ok(OvertimeLaw {
            month_days: number("wage.month_days")?,
            day_hours: number("wage.day_hours")?,
            extended: number("wage.overtime.extended")?,
            rest_day: number("wage.overtime.rest_day")?,
            holiday: number("wage.overtime.holiday")?,
            max_month: number("wage.overtime.max_month")?,
            comprehensive: pack.rule("wage.overtime.comprehensive", day)?,
            non_fixed: pack.rule("wage.overtime.non_fixed", day)?,
        })
    }

    /// A month's wage as a day's: month / 21.75, half up to the fen.
    pub fn day_wage(&self, month: Money) -> Result<(Money, Step), RuleError> {
        let wage = month.divided_by(self.month_days.value)?;
        let formula = format!("{month} / {}", self.month_days.value);
        Ok((wage, Step::new(("day wage", "日工资"), formula, wage, self.month_days.by)))
    }

    /// What an hour of normal time earns, half up to the fen. Pay for overtime is worked out from the exact wage.
    pub fn hour_wage(&self, basis: PayBasis) -> Result<(Money, Step), RuleError> {
        let (hour, formula, by) = self.hour(basis)?;
        let wage = Money::of(hour, Decimal::ONE).ok_or(RuleError::OutOfRange)?;
        Ok((wage, Step::new(("hour wage", "小时工资"), formula, wage, by)))
    }

    /// What an hour of normal time earns, exact, with its formula and provision.
    fn hour(&self, basis: PayBasis) -> Result<(Decimal, String, &'static Provision), RuleError> {
        let (yuan, divisor, formula, by) = match basis {
            PayBasis::Month(month) => {
                let hours = self.month_days.value.checked_mul(self.day_hours.value);
                let formula = format!("{month} / {} / {}", self.month_days.value, self.day_hours.value);
                (month.yuan(), hours.unwrap_or_default(), formula, self.month_days.by)
            }
            PayBasis::Day { rate, hours } => {
                (rate.yuan(), hours, format!("{rate} / {hours}"), self.day_hours.by)
            }
            PayBasis::Hour(rate) => (rate.yuan(), Decimal::ONE, rate.to_string(), self.day_hours.by),
        };
        let hour = yuan.checked_div(divisor).filter(|_| divisor > Decimal::ZERO);
        let hour = hour.ok_or_else(|| RuleError::input("the hours of a working day are more than none"))?;
        Ok((hour, formula, by))
    }

    /// Pay for overtime (Labour Law art. 44; piece workers on top of their quota too, 1994 rules art. 13):
    /// 150 % of extended hours, 200 % of rest days without time off, 300 % of statutory holidays on top of the
    /// wage of the holiday. Each kind is rounded once, half up to the fen.
    pub fn pay(
        &self,
        basis: PayBasis,
        hours: &Overtime,
        time: WorkingTime,
    ) -> Result<OvertimePay, RuleError> {
        if [hours.extended, hours.rest_day, hours.holiday].iter().any(|hours| *hours < Decimal::ZERO) {
            return Err(RuleError::input("hours of overtime are not less than none"));
        }
        let (hour, formula, by) = self.hour(basis)?;
        let mut steps = vec![Step::new(("hour wage", "小时工资"), formula, half_up(hour, 4).normalize(), by)];
        let mut amount = Money::ZERO;
        let kinds = [
            (hours.extended, self.extended, ("extended hours", "延长工作时间")),
            (hours.rest_day, self.rest_day, ("rest days without time off", "休息日未补休")),
            (hours.holiday, self.holiday, ("statutory holidays", "法定休假日")),
        ];
        for (kind, (count, times, what)) in kinds.into_iter().enumerate() {
            if count == Decimal::ZERO {
                continue;
            }
            let none = match time {
                WorkingTime::Standard => None,
                // Under comprehensive hours a rest day is a day like any other.
                WorkingTime::Comprehensive => (kind == 1).then_some(self.comprehensive),
                WorkingTime::NonFixed => Some(self.non_fixed),
            };
            if let Some(by) = none {
                steps.push(Step::new(what, format!("{count} h: the rule does not apply"), Money::ZERO, by));
                continue;
            }
            let factor = count.checked_mul(times.value).ok_or(RuleError::OutOfRange)?;
            let pay = Money::of(hour, factor).ok_or(RuleError::OutOfRange)?;
            let formula = format!("{} × {count} h × {}", half_up(hour, 4).normalize(), percent(times.value));
            steps.push(Step::new(what, formula, pay, times.by));
            amount = amount.plus(pay)?;
        }
        let all = hours.extended.checked_add(hours.rest_day).unwrap_or(hours.extended);
        let over_limit = all.checked_sub(self.max_month.value).unwrap_or_default().max(Decimal::ZERO);
        if over_limit > Decimal::ZERO {
            let what =
                ("hours above the month's limit (unlawful, paid all the same)", "超过每月延长工作时间上限");
            let formula = format!("{all} - {}", self.max_month.value);
            steps.push(Step::new(what, formula, over_limit.normalize(), self.max_month.by));
        }
        Ok(OvertimePay { amount, over_limit, steps })
    }
}
