//! The local minimum wage.

use crate::{Cited, Money, Pack, Provision, Region, RuleError, Step};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// Pay for normal working time: without overtime pay, allowances for night shift, heat, underground, toxic or
/// similar work, and legal welfare (Order 21 art. 12). Whether own insurance contributions are inside differs by
/// province: hand in gross pay with them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NormalPay {
    /// A month in which the worker gave full normal time.
    FullMonth(Money),
    /// Part-time work by the hour.
    PartTime {
        /// Pay of the period.
        amount: Money,
        /// Hours worked for it.
        hours: Decimal,
    },
}

/// The minimum wage of a place on a day.
#[derive(Clone, Copy, Debug)]
pub struct MinimumWage {
    rule: &'static Provision,
    normal_time: &'static Provision,
    /// Which of the province's levels holds, 1 being the highest.
    pub level: Cited<i64>,
    /// A month, in yuan.
    pub month: Cited<Money>,
    /// An hour of part-time work, in yuan.
    pub hour: Cited<Money>,
}

/// Pay against the minimum wage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MinimumCheck {
    /// What must be paid at least.
    pub minimum: Money,
    /// By how much less was paid; nothing when it was enough.
    pub short_by: Money,
    /// How it comes about.
    pub steps: Vec<Step>,
}

impl MinimumWage {
    /// What holds in `region` (a district, city or province) on a day; an error where it is not known.
    pub fn on(region: Region, day: Date) -> Result<MinimumWage, RuleError> {
        let pack = Pack::china();
        let level = pack.count("wage.minimum.level", region, day)?;
        Ok(MinimumWage {
            rule: pack.rule("wage.minimum", day)?,
            normal_time: pack.rule("wage.minimum.normal_time", day)?,
            level,
            month: pack.amount(&format!("wage.minimum.month.level_{}", level.value), region, day)?,
            hour: pack.amount(&format!("wage.minimum.hour.level_{}", level.value), region, day)?,
        })
    }

    /// Whether the pay is enough.
    pub fn check(&self, pay: NormalPay) -> Result<MinimumCheck, RuleError> {
        let (paid, minimum, formula, by) = match pay {
            NormalPay::FullMonth(amount) => {
                (amount, self.month.value, self.month.value.to_string(), self.month.by)
            }
            NormalPay::PartTime { amount, hours } => {
                let minimum = self.hour.value.times(hours)?;
                (amount, minimum, format!("{} × {hours} h", self.hour.value), self.hour.by)
            }
        };
        let short_by = minimum.minus(paid)?.or_zero();
        let steps = vec![
            Step::new(
                ("level of the place", "适用档次"),
                self.level.value.to_string(),
                self.level.value,
                self.level.by,
            ),
            Step::new(("minimum", "最低工资标准"), formula, minimum, by),
            Step::new(
                ("pay for normal working time", "正常劳动工资"),
                paid.to_string(),
                paid,
                self.normal_time,
            ),
            Step::new(
                ("short by", "低于最低工资的差额"),
                format!("max(0.00, {minimum} - {paid})"),
                short_by,
                self.rule,
            ),
        ];
        Ok(MinimumCheck { minimum, short_by, steps })
    }
}
