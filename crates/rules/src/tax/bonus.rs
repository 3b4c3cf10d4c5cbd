//! The annual one-off bonus (全年一次性奖金).

use super::table::{Table, TableRow};
use crate::{Cited, Missing, Money, Pack, Provision, Region, RuleError, Step};
use jiff::civil::Date;

/// A one-off bonus as it is paid, in yuan.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Bonus {
    /// The bonus.
    pub amount: Money,
    /// Exempt part.
    pub exempt: Money,
    /// Other lawful deductions, donations included.
    pub other: Money,
    /// Relief of tax.
    pub relief: Money,
}

/// The law of separately taxed bonuses as of a day. Merging the bonus into wages instead is always possible: it
/// is then part of the wages of the month ([`crate::tax::WagePayment`]).
#[derive(Clone, Copy, Debug)]
pub struct BonusTax {
    method: &'static Provision,
    months: Cited<i64>,
    table: Cited<&'static Table>,
}

impl BonusTax {
    /// The law on the day of payment; an error when separate treatment does not exist then.
    pub fn on(day: Date) -> Result<BonusTax, Missing> {
        let pack = Pack::china();
        Ok(BonusTax {
            method: pack.rule("iit.bonus.separate", day)?,
            months: pack.count("iit.bonus.months", Region::CHINA, day)?,
            table: pack.table("iit.table.monthly", Region::CHINA, day)?,
        })
    }

    /// What is to be withheld when the bonus is taxed alone (MoF/STA 2023 No. 30): bonus / 12 picks the row of
    /// the monthly table, the rate counts for the whole, the quick deduction once.
    ///
    /// Once per person and calendar year (`earlier_this_year` says whether it was used): a second time is an
    /// error.
    pub fn withhold(&self, bonus: &Bonus, earlier_this_year: bool) -> Result<BonusWithholding, RuleError> {
        if earlier_this_year {
            return Err(RuleError::input(
                "a bonus is taxed alone once per person and year; a second one belongs to the wages of its month",
            ));
        }
        let taxable = bonus.amount.minus(bonus.exempt.plus(bonus.other)?)?.or_zero();
        let row = self.row(taxable)?;
        let tax = row.tax(taxable)?;
        let due = tax.minus(bonus.relief)?;
        Ok(BonusWithholding { law: *self, bonus: *bonus, taxable, row, tax, due })
    }

    /// The row in which a twelfth of the bonus lies. Compared as bonus ≤ 12 × limit: no division, no rounding.
    fn row(&self, taxable: Money) -> Result<TableRow, RuleError> {
        for row in self.table.value.rows() {
            match row.up_to {
                Some(limit) if taxable > limit.times_count(self.months.value)? => {}
                Some(_) | None => return Ok(*row),
            }
        }
        Ok(self.table.value.row(taxable))
    }
}

/// What is to be withheld from a bonus, with every figure on the way.
#[derive(Clone, Copy, Debug)]
pub struct BonusWithholding {
    law: BonusTax,
    /// What went in.
    pub bonus: Bonus,
    /// Taxable bonus, not below zero.
    pub taxable: Money,
    /// The row of the monthly table.
    pub row: TableRow,
    /// Tax before relief.
    pub tax: Money,
    due: Money,
}

impl BonusWithholding {
    /// What is to be withheld.
    pub fn withhold(&self) -> Money {
        self.due.or_zero()
    }

    /// The computation, step by step.
    pub fn steps(&self) -> Vec<Step> {
        let limit = self.row.up_to.map_or_else(|| "above".to_owned(), |limit| format!("≤ {limit}"));
        vec![
            Step::new(
                ("taxable bonus = bonus - exempt - other, not below zero", "应纳税所得额"),
                format!("{} - {} - {}", self.bonus.amount, self.bonus.exempt, self.bonus.other),
                self.taxable,
                self.law.method,
            ),
            Step::new(
                (
                    "a twelfth of it picks the row of the monthly table",
                    "除以12个月，按月度税率表确定税率和速算扣除数",
                ),
                format!("{} / {}", self.taxable, self.law.months.value),
                format!("row {limit}"),
                self.law.months.by,
            ),
            Step::new(
                ("tax = bonus × rate - quick deduction", "应纳税额＝奖金×适用税率－速算扣除数"),
                self.row.formula(self.taxable),
                self.tax,
                self.law.table.by,
            ),
            Step::new(
                ("to be withheld = tax - relief", "应扣缴税额"),
                format!("{} - {}", self.tax, self.bonus.relief),
                self.withhold(),
                self.law.method,
            ),
        ]
    }
}
