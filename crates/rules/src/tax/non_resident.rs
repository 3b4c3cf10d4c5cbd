//! Non-residents (非居民个人): tax per month or occurrence.

use super::table::{Table, TableRow};
use crate::step::percent;
use crate::{Cited, Missing, Money, Pack, Provision, Region, RuleError, Step};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// What a non-resident's income is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NonResidentIncome {
    /// Wages and salaries: the month's income less the basic deduction.
    Wages,
    /// Labour remuneration, or royalties: the occurrence less 20 %.
    Labour,
    /// Author's remuneration: the occurrence less 20 %, of which 70 % counts.
    Author,
}

/// The law of non-residents as of a day.
#[derive(Clone, Copy, Debug)]
pub struct NonResidentTax {
    method: &'static Provision,
    table: Cited<&'static Table>,
    basic: Cited<Money>,
    expense: Cited<Decimal>,
    author: Cited<Decimal>,
}

impl NonResidentTax {
    /// The law on the day of payment.
    pub fn on(day: Date) -> Result<NonResidentTax, Missing> {
        let pack = Pack::china();
        Ok(NonResidentTax {
            method: pack.rule("iit.non_resident", day)?,
            table: pack.table("iit.table.monthly", Region::CHINA, day)?,
            basic: pack.amount("iit.basic_deduction_month", Region::CHINA, day)?,
            expense: pack.number("iit.labour.expense_rate", Region::CHINA, day)?,
            author: pack.number("iit.non_resident.author_share", Region::CHINA, day)?,
        })
    }

    /// What is to be withheld from a month's wages or an occurrence, up to and with the payment asked about;
    /// `withheld` is what was withheld from earlier payments of that month or occurrence.
    pub fn withhold(
        &self,
        kind: NonResidentIncome,
        income: Money,
        exempt: Money,
        relief: Money,
        withheld: Money,
    ) -> Result<NonResidentWithholding, RuleError> {
        let counted = match kind {
            NonResidentIncome::Wages => income,
            NonResidentIncome::Labour => income.minus(income.times(self.expense.value)?)?,
            NonResidentIncome::Author => {
                income.minus(income.times(self.expense.value)?)?.times(self.author.value)?
            }
        };
        let basic = match kind {
            NonResidentIncome::Wages => self.basic.value,
            NonResidentIncome::Labour | NonResidentIncome::Author => Money::ZERO,
        };
        let taxable = counted.minus(exempt)?.minus(basic)?.or_zero();
        let row = self.table.value.row(taxable);
        let tax = row.tax(taxable)?;
        let due = tax.minus(relief)?.minus(withheld)?;
        Ok(NonResidentWithholding {
            law: *self,
            kind,
            income,
            exempt,
            relief,
            withheld,
            counted,
            taxable,
            row,
            tax,
            due,
        })
    }
}

/// What is to be withheld from a non-resident, with every figure on the way.
#[derive(Clone, Copy, Debug)]
pub struct NonResidentWithholding {
    law: NonResidentTax,
    /// Kind of income.
    pub kind: NonResidentIncome,
    /// The month's or occurrence's income.
    pub income: Money,
    exempt: Money,
    relief: Money,
    withheld: Money,
    /// Income that counts (收入额).
    pub counted: Money,
    /// Taxable income, not below zero.
    pub taxable: Money,
    /// The row of the monthly table.
    pub row: TableRow,
    /// Tax of the month or occurrence.
    pub tax: Money,
    /// Tax less relief and what was withheld.
    pub due: Money,
}

impl NonResidentWithholding {
    /// What is to be withheld from this payment.
    pub fn withhold(&self) -> Money {
        self.due.or_zero()
    }

    /// The computation, step by step.
    pub fn steps(&self) -> Vec<Step> {
        let law = &self.law;
        let share = percent(law.expense.value);
        let income = match self.kind {
            NonResidentIncome::Wages => Step::new(
                (
                    "taxable income = month's income - exempt - basic deduction, not below zero",
                    "应纳税所得额",
                ),
                format!("{} - {} - {}", self.income, self.exempt, law.basic.value),
                self.taxable,
                law.basic.by,
            ),
            NonResidentIncome::Labour => Step::new(
                (
                    "taxable income = income - expense - exempt, not below zero",
                    "应纳税所得额（收入减除20%费用）",
                ),
                format!("{} - {} × {share} - {}", self.income, self.income, self.exempt),
                self.taxable,
                law.expense.by,
            ),
            NonResidentIncome::Author => Step::new(
                (
                    "taxable income = (income - expense) × share that counts - exempt, not below zero",
                    "应纳税所得额（稿酬收入额减按70%）",
                ),
                format!(
                    "({} - {} × {share}) × {} - {}",
                    self.income,
                    self.income,
                    percent(law.author.value),
                    self.exempt
                ),
                self.taxable,
                law.author.by,
            ),
        };
        vec![
            income,
            Step::new(
                (
                    "tax = base × rate - quick deduction, monthly table",
                    "应纳税额＝应纳税所得额×税率－速算扣除数",
                ),
                self.row.formula(self.taxable),
                self.tax,
                law.table.by,
            ),
            Step::new(
                ("to be withheld = tax - relief - withheld in the month or occurrence", "本次应扣缴税额"),
                format!("{} - {} - {}", self.tax, self.relief, self.withheld),
                self.withhold(),
                law.method,
            ),
        ]
    }
}
