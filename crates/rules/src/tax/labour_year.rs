//! Labour remuneration of residents that is withheld cumulatively: student interns and platform workers.

use super::MonthsOfYear;
use super::basic::{Basic, BasicLaw};
use super::table::{Table, TableRow};
use crate::step::percent;
use crate::{Cited, Missing, Money, Month, Pack, Provision, Region, RuleError, Step};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// Whose labour remuneration is withheld cumulatively, and how the months of the basic deduction are counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CumulativeLabour {
    /// A full-time student on internship (实习学生): the months of the internship with this payer (2020 No. 13
    /// art. 2, from 2020-07-01).
    Student(MonthsOfYear),
    /// A worker on an internet platform (平台内从业人员): the months in which he had income without a break
    /// (2025 No. 16 art. 1, from 2025-10-01), and what a break does.
    Platform(GapPolicy),
}

/// What a month without income on the platform does. The announcement counts the months in which remuneration
/// was received "continuously" and does not say more; no official worked example settles it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum GapPolicy {
    /// Months and totals both begin again after the gap: each run of months is a period of its own. (The
    /// reading of a public implementation, and ours unless told.)
    #[default]
    RestartAll,
    /// Totals go on through the year; only the months of the present run count for the basic deduction. The
    /// reading that takes most.
    RestartMonths,
    /// Totals go on, and every month of the year with income counts. The reading that takes least.
    CountAll,
}

/// One receipt of labour remuneration, in yuan; amounts are its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LabourReceipt {
    /// Month in which it was paid.
    pub month: Month,
    /// Income before expense.
    pub income: Money,
    /// Exempt part.
    pub exempt: Money,
    /// Other lawful deductions.
    pub other: Money,
    /// Relief of tax.
    pub relief: Money,
    /// Cumulative basic deduction to use instead of the counted one.
    pub basic: Option<Money>,
    /// What was really withheld; `None` when it is what should have been.
    pub withheld: Option<Money>,
}

/// What adds up over the period, up to and with the receipt asked about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LabourTotals {
    /// Income before expense (累计收入).
    pub income: Money,
    /// Exempt part (累计免税收入).
    pub exempt: Money,
    /// Other lawful deductions (累计依法确定的其他扣除).
    pub other: Money,
    /// Relief (累计减免税额).
    pub relief: Money,
    /// Tax really withheld so far, before this receipt.
    pub withheld: Money,
}

/// The law of cumulatively withheld labour remuneration as of a day.
#[derive(Clone, Copy, Debug)]
pub struct CumulativeLabourTax {
    whose: CumulativeLabour,
    method: &'static Provision,
    rounding: &'static Provision,
    table: Cited<&'static Table>,
    share: Cited<Decimal>,
    basic: BasicLaw,
    given: &'static Provision,
    gap: Option<&'static Provision>,
}

impl CumulativeLabourTax {
    /// The law on the day of payment; an error before the method existed.
    pub fn on(whose: CumulativeLabour, day: Date) -> Result<CumulativeLabourTax, Missing> {
        let pack = Pack::china();
        let (method, gap) = match whose {
            CumulativeLabour::Student(_) => (pack.rule("iit.labour.cumulative_student", day)?, None),
            CumulativeLabour::Platform(_) => {
                let method = pack.rule("iit.labour.cumulative_platform", day)?;
                (method, Some(pack.rule("iit.labour.platform_gap", day)?))
            }
        };
        Ok(CumulativeLabourTax {
            whose,
            method,
            rounding: pack.rule("iit.rounding", day)?,
            table: pack.table("iit.table.annual", Region::CHINA, day)?,
            share: pack.number("iit.labour.expense_rate", Region::CHINA, day)?,
            basic: BasicLaw::on(day)?,
            given: pack.rule("iit.basic_deduction.as_given", day)?,
            gap,
        })
    }

    /// What is to be withheld from the receipt that the totals end with: base = income − 20 % − exempt −
    /// basic − other, not below zero; tax by the annual table; less relief and what was withheld.
    pub fn withhold(
        &self,
        totals: &LabourTotals,
        basic: Basic,
    ) -> Result<CumulativeLabourWithholding, RuleError> {
        let expense = totals.income.times(self.share.value)?;
        let deductions = Money::sum([expense, totals.exempt, basic.amount, totals.other])?;
        let taxable = totals.income.minus(deductions)?.or_zero();
        let row = self.table.value.row(taxable);
        let tax = row.tax(taxable)?;
        let due = tax.minus(totals.relief)?.minus(totals.withheld)?;
        Ok(CumulativeLabourWithholding {
            law: *self,
            totals: *totals,
            basic,
            new_run: false,
            expense,
            taxable,
            row,
            tax,
            due,
        })
    }

    /// What should have been withheld from each receipt of one calendar year from one payer or platform, in
    /// order of payment. A month of receipts of nothing is a month without income.
    ///
    /// Errors: receipts of several years, or not in order; law or figures that are missing.
    pub fn withhold_year(
        whose: CumulativeLabour,
        receipts: &[LabourReceipt],
    ) -> Result<Vec<CumulativeLabourWithholding>, RuleError> {
        let mut totals = LabourTotals::default();
        let mut with_income = MonthsOfYear::NONE;
        let mut last_income: Option<i8> = None;
        let mut before: Option<Month> = None;
        let mut withholdings = Vec::with_capacity(receipts.len());
        for receipt in receipts {
            let month = receipt.month;
            if before.is_some_and(|before| month < before || month.year() != before.year()) {
                return Err(RuleError::input(format!(
                    "a receipt of {month} is out of place: receipts of one year in order of time are wanted"
                )));
            }
            before = Some(month);
            let law = CumulativeLabourTax::on(whose, month.first_day())?;
            let mut new_run = false;
            if receipt.income > Money::ZERO {
                let number = month.month();
                new_run =
                    last_income.is_some_and(|last| last != number && last.checked_add(1) != Some(number));
                last_income = Some(number);
                with_income = with_income.with(number);
            }
            if new_run && whose == CumulativeLabour::Platform(GapPolicy::RestartAll) {
                totals = LabourTotals::default();
            }
            totals.income = totals.income.plus(receipt.income)?;
            totals.exempt = totals.exempt.plus(receipt.exempt)?;
            totals.other = totals.other.plus(receipt.other)?;
            totals.relief = totals.relief.plus(receipt.relief)?;
            let basic = law.basic_of(month, with_income, last_income, receipt.basic)?;
            let mut withholding = law.withhold(&totals, basic)?;
            withholding.new_run = new_run;
            totals.withheld = totals.withheld.plus(receipt.withheld.unwrap_or(withholding.withhold()))?;
            withholdings.push(withholding);
        }
        Ok(withholdings)
    }

    fn basic_of(
        &self,
        month: Month,
        with_income: MonthsOfYear,
        last_income: Option<i8>,
        given: Option<Money>,
    ) -> Result<Basic, RuleError> {
        if let Some(amount) = given {
            return Ok(Basic { amount, count: None, by: self.given });
        }
        let count = match self.whose {
            CumulativeLabour::Student(months) => months.count_to(month.month()),
            CumulativeLabour::Platform(GapPolicy::RestartAll | GapPolicy::RestartMonths) => {
                // A receipt of nothing changes nothing: the run is that of the last income.
                last_income.map_or(0, |last| with_income.run_to(last))
            }
            CumulativeLabour::Platform(GapPolicy::CountAll) => with_income.count_to(month.month()),
        };
        self.basic.months(count, self.method)
    }
}

/// What is to be withheld from a receipt, with every figure on the way.
#[derive(Clone, Copy, Debug)]
pub struct CumulativeLabourWithholding {
    law: CumulativeLabourTax,
    /// What went in.
    pub totals: LabourTotals,
    /// Cumulative basic deduction.
    pub basic: Basic,
    /// Whether a run of months begins here after a month without income.
    pub new_run: bool,
    /// Cumulative expense, 20 % of the income.
    pub expense: Money,
    /// Cumulative taxable income, not below zero.
    pub taxable: Money,
    /// The row of the table in which it lies.
    pub row: TableRow,
    /// Cumulative tax before relief.
    pub tax: Money,
    /// Cumulative tax less relief and what was withheld; negative when too much was.
    pub due: Money,
}

impl CumulativeLabourWithholding {
    /// What is to be withheld from this receipt.
    pub fn withhold(&self) -> Money {
        self.due.or_zero()
    }

    /// The computation, step by step.
    pub fn steps(&self) -> Vec<Step> {
        let (law, totals) = (&self.law, &self.totals);
        let mut steps = Vec::new();
        if let (true, Some(gap)) = (self.new_run, law.gap) {
            steps.push(Step::new(
                ("a new run of months begins after a month without income", "中断后重新起算"),
                match law.whose {
                    CumulativeLabour::Platform(GapPolicy::RestartAll) => "months and totals begin again",
                    CumulativeLabour::Platform(GapPolicy::RestartMonths) => {
                        "months begin again, totals go on"
                    }
                    CumulativeLabour::Platform(GapPolicy::CountAll) => "months and totals go on",
                    CumulativeLabour::Student(_) => "months and totals go on",
                },
                self.basic.amount,
                gap,
            ));
        }
        steps.extend([
            Step::new(
                ("cumulative expense", "累计费用（收入的20%）"),
                format!("{} × {}", totals.income, percent(law.share.value)),
                self.expense,
                law.share.by,
            ),
            Step::new(
                ("cumulative basic deduction", "累计减除费用"),
                self.basic.formula(),
                self.basic.amount,
                self.basic.by,
            ),
            Step::new(
                (
                    "cumulative taxable income = income - expense - exempt - basic - other, not below zero",
                    "累计预扣预缴应纳税所得额＝累计收入－累计费用－累计免税收入－累计减除费用－累计其他扣除（不小于零）",
                ),
                format!(
                    "{} - {} - {} - {} - {}",
                    totals.income, self.expense, totals.exempt, self.basic.amount, totals.other
                ),
                self.taxable,
                law.method,
            ),
            Step::new(
                ("cumulative tax = base × rate - quick deduction", "累计应纳税额＝应纳税所得额×预扣率－速算扣除数"),
                self.row.formula(self.taxable),
                self.tax,
                law.table.by,
            ),
            Step::new(
                (
                    "to be withheld = tax - relief - withheld so far, not below zero",
                    "本次应预扣预缴税额＝累计应纳税额－累计减免税额－累计已预扣税额（不小于零）",
                ),
                format!("{} - {} - {}", self.tax, totals.relief, totals.withheld),
                self.withhold(),
                law.rounding,
            ),
        ]);
        steps
    }
}
