//! One-off compensation for ending employment (解除劳动合同一次性补偿收入).

use super::table::{Table, TableRow};
use crate::{Cited, Missing, Money, Pack, Provision, Region, RuleError, Step};
use jiff::civil::Date;

/// The law of taxing severance as of a day.
#[derive(Clone, Copy, Debug)]
pub struct SeveranceTax {
    method: &'static Provision,
    multiple: Cited<i64>,
    table: Cited<&'static Table>,
}

impl SeveranceTax {
    /// The law on the day of payment.
    pub fn on(day: Date) -> Result<SeveranceTax, Missing> {
        let pack = Pack::china();
        Ok(SeveranceTax {
            method: pack.rule("iit.severance.separate", day)?,
            multiple: pack.count("iit.severance.exempt_multiple", Region::CHINA, day)?,
            table: pack.table("iit.table.annual", Region::CHINA, day)?,
        })
    }

    /// What is to be withheld (财税〔2018〕164号 art. 5): `compensation` is exempt up to three times
    /// `local_average_year`, last year's average wage of local employees (a year's figure); the rest is taxed
    /// alone with the annual table. In yuan.
    pub fn withhold(
        &self,
        compensation: Money,
        local_average_year: Money,
    ) -> Result<SeveranceWithholding, RuleError> {
        let exempt = local_average_year.times_count(self.multiple.value)?;
        let taxable = compensation.minus(exempt)?.or_zero();
        let row = self.table.value.row(taxable);
        let tax = row.tax(taxable)?;
        Ok(SeveranceWithholding { law: *self, compensation, local_average_year, exempt, taxable, row, tax })
    }
}

/// What is to be withheld from severance, with every figure on the way.
#[derive(Clone, Copy, Debug)]
pub struct SeveranceWithholding {
    law: SeveranceTax,
    compensation: Money,
    local_average_year: Money,
    /// Exempt up to this amount.
    pub exempt: Money,
    /// Taxable part, not below zero.
    pub taxable: Money,
    /// The row of the annual table.
    pub row: TableRow,
    /// What is to be withheld.
    pub tax: Money,
}

impl SeveranceWithholding {
    /// The computation, step by step.
    pub fn steps(&self) -> Vec<Step> {
        vec![
            Step::new(
                (
                    "exempt: multiple of last year's average wage of local employees",
                    "免税额＝当地上年职工平均工资×3",
                ),
                format!("{} × {}", self.local_average_year, self.law.multiple.value),
                self.exempt,
                self.law.multiple.by,
            ),
            Step::new(
                ("taxable part, not below zero", "超过免税额的部分"),
                format!("{} - {}", self.compensation, self.exempt),
                self.taxable,
                self.law.method,
            ),
            Step::new(
                ("tax = taxable part × rate - quick deduction", "应纳税额＝应纳税所得额×税率－速算扣除数"),
                self.row.formula(self.taxable),
                self.tax,
                self.law.table.by,
            ),
        ]
    }
}
