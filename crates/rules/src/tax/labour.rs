//! Labour remuneration (劳务报酬所得) of residents, occasional: taxed per occurrence.

use super::table::{Table, TableRow};
use crate::step::percent;
use crate::{Cited, Missing, Money, Pack, Provision, Region, RuleError, Step};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// One occurrence (次): a one-off receipt, or all receipts of one month for a continuing item (IIT Regulation
/// art. 14), up to and with the receipt asked about. In yuan.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Occurrence {
    /// All receipts of the occurrence.
    pub income: Money,
    /// Exempt part.
    pub exempt: Money,
    /// Other lawful deductions and taxes that may be deducted.
    pub other: Money,
    /// Relief of tax.
    pub relief: Money,
    /// Tax withheld from earlier receipts of the occurrence.
    pub withheld: Money,
}

/// The law of occasional labour remuneration as of a day.
#[derive(Clone, Copy, Debug)]
pub struct LabourTax {
    occurrence: &'static Provision,
    table: Cited<&'static Table>,
    flat_up_to: Cited<Money>,
    flat: Cited<Money>,
    share: Cited<Decimal>,
}

impl LabourTax {
    /// The law on the day of payment.
    pub fn on(day: Date) -> Result<LabourTax, Missing> {
        let pack = Pack::china();
        let amount = |name| pack.amount(name, Region::CHINA, day);
        Ok(LabourTax {
            occurrence: pack.rule("iit.labour.occurrence", day)?,
            table: pack.table("iit.table.labour", Region::CHINA, day)?,
            flat_up_to: amount("iit.labour.flat_expense_up_to")?,
            flat: amount("iit.labour.flat_expense")?,
            share: pack.number("iit.labour.expense_rate", Region::CHINA, day)?,
        })
    }

    /// What is to be withheld (2018 No. 61 art. 8): income up to 4,000 less 800, above less 20 %, not below
    /// zero, by the table; less what was withheld in the occurrence.
    pub fn withhold(&self, occurrence: &Occurrence) -> Result<LabourWithholding, RuleError> {
        let flat = occurrence.income <= self.flat_up_to.value;
        let expense = if flat { self.flat.value } else { occurrence.income.times(self.share.value)? };
        let deductions = Money::sum([expense, occurrence.exempt, occurrence.other])?;
        let taxable = occurrence.income.minus(deductions)?.or_zero();
        let row = self.table.value.row(taxable);
        let tax = row.tax(taxable)?;
        let due = tax.minus(occurrence.relief)?.minus(occurrence.withheld)?;
        Ok(LabourWithholding { law: *self, occurrence: *occurrence, flat, expense, taxable, row, tax, due })
    }
}

/// What is to be withheld from an occurrence, with every figure on the way.
#[derive(Clone, Copy, Debug)]
pub struct LabourWithholding {
    law: LabourTax,
    /// What went in.
    pub occurrence: Occurrence,
    flat: bool,
    /// Expense (费用): 800, or 20 % of the income.
    pub expense: Money,
    /// Taxable income (应纳税所得额), not below zero.
    pub taxable: Money,
    /// The row of the table in which it lies.
    pub row: TableRow,
    /// Tax of the whole occurrence.
    pub tax: Money,
    /// Tax less relief and what was withheld; negative when too much was.
    pub due: Money,
}

impl LabourWithholding {
    /// What is to be withheld from this receipt.
    pub fn withhold(&self) -> Money {
        self.due.or_zero()
    }

    /// The computation, step by step.
    pub fn steps(&self) -> Vec<Step> {
        let (law, o) = (&self.law, &self.occurrence);
        let expense = if self.flat {
            Step::new(
                ("expense: flat amount up to the limit", "减除费用（每次收入不超过4000元，按800元）"),
                format!("{} ≤ {}", o.income, law.flat_up_to.value),
                self.expense,
                law.flat.by,
            )
        } else {
            Step::new(
                ("expense: share of the income", "减除费用（每次收入超过4000元，按收入的20%）"),
                format!("{} × {}", o.income, percent(law.share.value)),
                self.expense,
                law.share.by,
            )
        };
        vec![
            Step::new(
                ("income of the occurrence", "每次收入"),
                o.income.to_string(),
                o.income,
                law.occurrence,
            ),
            expense,
            Step::new(
                (
                    "taxable income = income - expense - exempt - other, not below zero",
                    "预扣预缴应纳税所得额（不小于零）",
                ),
                format!("{} - {} - {} - {}", o.income, self.expense, o.exempt, o.other),
                self.taxable,
                law.table.by,
            ),
            Step::new(
                ("tax = base × rate - quick deduction", "应预扣预缴税额＝应纳税所得额×预扣率－速算扣除数"),
                self.row.formula(self.taxable),
                self.tax,
                law.table.by,
            ),
            Step::new(
                (
                    "to be withheld from this receipt = tax - relief - withheld in the occurrence, not below zero",
                    "本次应预扣预缴税额",
                ),
                format!("{} - {} - {}", self.tax, o.relief, o.withheld),
                self.withhold(),
                law.occurrence,
            ),
        ]
    }
}
