//! Wages and salaries (工资、薪金所得) of residents: cumulative withholding (累计预扣法).

use super::basic::{Basic, BasicDeduction, BasicLaw};
use super::table::{Table, TableRow};
use crate::step::percent;
use crate::{Cited, Missing, Money, Month, Pack, Provision, Region, RuleError, Step};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// What adds up over the calendar year, per worker and withholding agent, up to and with the payment asked
/// about. All in yuan, exact.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WageTotals {
    /// Wages paid (累计收入).
    pub income: Money,
    /// Exempt income in them (累计免税收入).
    pub exempt: Money,
    /// Own social insurance and housing fund within legal limits (累计专项扣除).
    pub special: Money,
    /// Special additional deductions (累计专项附加扣除).
    pub special_additional: Money,
    /// Other lawful deductions (累计依法确定的其他扣除): annuity, health insurance, personal pension.
    pub other: Money,
    /// Donations that are deducted up to 30 % of taxable income.
    pub donations: Money,
    /// Relief (累计减免税额), an amount.
    pub relief: Money,
    /// Tax really withheld so far (累计已预扣预缴税额), before this payment.
    pub withheld: Money,
}

/// The law of wage withholding as of a day. Cheap to copy; look it up once for a month.
#[derive(Clone, Copy, Debug)]
pub struct WageTax {
    method: &'static Provision,
    rounding: &'static Provision,
    relief: &'static Provision,
    table: Cited<&'static Table>,
    basic: BasicLaw,
    donation_limit: Cited<Decimal>,
}

impl WageTax {
    /// The law on the day of payment.
    pub fn on(day: Date) -> Result<WageTax, Missing> {
        let pack = Pack::china();
        Ok(WageTax {
            method: pack.rule("iit.wages.cumulative", day)?,
            rounding: pack.rule("iit.rounding", day)?,
            relief: pack.rule("iit.relief", day)?,
            table: pack.table("iit.table.annual", Region::CHINA, day)?,
            basic: BasicLaw::on(day)?,
            donation_limit: pack.number("iit.donation_limit", Region::CHINA, day)?,
        })
    }

    /// What is to be withheld from the payment that the totals end with (2018 No. 61 art. 6):
    /// base = income − exempt − basic − special − additional − other, not below zero; tax = base × rate −
    /// quick deduction, half up to the fen; less relief and what was withheld; a negative difference is kept.
    ///
    /// `month` is the month of payment; `basic` says how the basic deduction adds up to it.
    pub fn withhold(
        &self,
        month: Month,
        totals: &WageTotals,
        basic: BasicDeduction,
    ) -> Result<WageWithholding, RuleError> {
        let basic = self.basic.cumulative(basic, month)?;
        let deductions =
            [totals.exempt, basic.amount, totals.special, totals.special_additional, totals.other];
        let before_donations = totals.income.minus(Money::sum(deductions)?)?.or_zero();
        // Hardly anybody gives through his employer: the limit is worked out only for those who do.
        let donations = match totals.donations {
            Money::ZERO => Money::ZERO,
            given => given.min(before_donations.times(self.donation_limit.value)?).or_zero(),
        };
        let taxable = before_donations.minus(donations)?;
        let row = self.table.value.row(taxable);
        let tax = row.tax(taxable)?;
        let due = tax.minus(totals.relief)?.minus(totals.withheld)?;
        Ok(WageWithholding {
            law: *self,
            totals: *totals,
            basic,
            before_donations,
            donations,
            taxable,
            row,
            tax,
            due,
        })
    }
}

/// What is to be withheld from wages, with every figure on the way.
#[derive(Clone, Copy, Debug)]
pub struct WageWithholding {
    law: WageTax,
    /// What went in.
    pub totals: WageTotals,
    /// Cumulative basic deduction.
    pub basic: Basic,
    before_donations: Money,
    /// Donations that are deducted.
    pub donations: Money,
    /// Cumulative taxable income (累计预扣预缴应纳税所得额), not below zero.
    pub taxable: Money,
    /// The row of the table in which it lies.
    pub row: TableRow,
    /// Cumulative tax before relief (累计应纳税额).
    pub tax: Money,
    /// Cumulative tax less relief and less what was withheld; negative when too much was withheld.
    pub due: Money,
}

impl WageWithholding {
    /// What is to be withheld from this payment.
    pub fn withhold(&self) -> Money {
        self.due.or_zero()
    }

    /// What was withheld too much so far; it is not given back within the year but in annual settlement, from
    /// 1 March to 30 June of the next year (IIT Law art. 11).
    pub fn over_withheld(&self) -> Money {
        Money::ZERO.checked_sub(self.due).unwrap_or_default().or_zero()
    }

    /// The computation, step by step.
    pub fn steps(&self) -> Vec<Step> {
        let (law, totals) = (&self.law, &self.totals);
        let mut steps = self.steps_to_taxable();
        steps.push(Step::new(
            (
                "cumulative tax = base × rate - quick deduction",
                "累计应纳税额＝应纳税所得额×预扣率－速算扣除数",
            ),
            self.row.formula(self.taxable),
            self.tax,
            law.table.by,
        ));
        if totals.relief != Money::ZERO {
            steps.push(Step::new(
                ("less cumulative relief", "减除累计减免税额"),
                format!("{} - {}", self.tax, totals.relief),
                self.tax.checked_sub(totals.relief).unwrap_or_default(),
                law.relief,
            ));
        }
        steps.push(Step::new(
            (
                "due = tax - relief - withheld so far; a negative difference is kept",
                "应补（退）税额＝累计应纳税额－累计减免税额－累计已预扣税额；为负值时暂不退税",
            ),
            format!("{} - {} - {}", self.tax, totals.relief, totals.withheld),
            self.due,
            law.rounding,
        ));
        steps.push(Step::new(
            ("to be withheld from this payment", "本次应预扣预缴税额"),
            format!("max(0.00, {})", self.due),
            self.withhold(),
            law.method,
        ));
        steps
    }

    /// The computation up to the taxable income.
    fn steps_to_taxable(&self) -> Vec<Step> {
        let (law, totals) = (&self.law, &self.totals);
        let mut steps = vec![Step::new(
            ("cumulative basic deduction", "累计减除费用"),
            self.basic.formula(),
            self.basic.amount,
            self.basic.by,
        )];
        steps.push(Step::new(
            (
                "cumulative taxable income = income - exempt - basic - special - special additional - other, not below zero",
                "累计预扣预缴应纳税所得额＝累计收入－累计免税收入－累计减除费用－累计专项扣除－累计专项附加扣除－累计其他扣除（不小于零）",
            ),
            format!(
                "{} - {} - {} - {} - {} - {}",
                totals.income,
                totals.exempt,
                self.basic.amount,
                totals.special,
                totals.special_additional,
                totals.other
            ),
            self.before_donations,
            law.method,
        ));
        if totals.donations != Money::ZERO {
            let limit = percent(law.donation_limit.value);
            steps.push(Step::new(
                ("less donations, up to their limit", "减除准予扣除的捐赠额（限额内）"),
                format!(
                    "{} - min({}, {limit} × {})",
                    self.before_donations, totals.donations, self.before_donations
                ),
                self.taxable,
                law.donation_limit.by,
            ));
        }
        steps
    }
}
