//! A year of wage payments, one after the other.

use super::basic::BasicDeduction;
use super::wages::{WageTax, WageTotals, WageWithholding};
use crate::{Missing, Money, Month, RuleError};

/// One payment of wages of a worker by one withholding agent. Amounts are this payment's own, in yuan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WagePayment {
    /// Month in which it was paid; there may be several payments in a month.
    pub month: Month,
    /// Wages paid, before deductions.
    pub income: Money,
    /// Exempt part.
    pub exempt: Money,
    /// Own social insurance and housing fund.
    pub special: Money,
    /// Special additional deductions.
    pub special_additional: Money,
    /// Other lawful deductions.
    pub other: Money,
    /// Donations that are deducted up to 30 % of taxable income.
    pub donations: Money,
    /// Relief of tax.
    pub relief: Money,
    /// How the basic deduction adds up as of this payment.
    pub basic: BasicDeduction,
    /// What was really withheld; `None` when it is what should have been.
    pub withheld: Option<Money>,
}

impl WagePayment {
    /// A payment of `income` in `month` without anything else.
    pub fn new(month: Month, income: Money, basic: BasicDeduction) -> WagePayment {
        let zero = Money::ZERO;
        WagePayment {
            month,
            income,
            exempt: zero,
            special: zero,
            special_additional: zero,
            other: zero,
            donations: zero,
            relief: zero,
            basic,
            withheld: None,
        }
    }
}

/// The law of wage withholding for the months of a calendar year, looked up once for any number of workers.
///
/// A month's law is that of its first day, and holds for everything that has added up by then. That is right as
/// long as the law changes on the first day of a month, and amounts a month and tables on 1 January: a test holds
/// the data to it. (New rules that reach back to January, such as 2020 No. 13 from July 2020, are meant so.)
#[derive(Clone, Debug)]
pub struct WageTaxYear {
    year: i16,
    months: Vec<Result<WageTax, Missing>>,
}

impl WageTaxYear {
    /// The law of `year`, each month by its first day. Months whose law is not known give an error when a payment falls into them.
    pub fn of(year: i16) -> WageTaxYear {
        let months = (1..=12).filter_map(|month| Month::new(year, month));
        WageTaxYear { year, months: months.map(|month| WageTax::on(month.first_day())).collect() }
    }

    /// What should have been withheld from each payment of the year to one worker by one agent, in order of
    /// payment. Several payments in a month are taxed on the month's total, so that splitting changes nothing;
    /// what was really withheld counts for the later ones.
    ///
    /// Errors: payments of another year, or not in order; law or figures that are missing.
    pub fn withhold(&self, payments: &[WagePayment]) -> Result<Vec<WageWithholding>, RuleError> {
        self.withhold_some(payments, |_| true)
    }

    /// As [`WageTaxYear::withhold`], of the wanted payments only. Of the others only those are worked out of which it
    /// is not known what was withheld.
    pub(super) fn withhold_some(
        &self,
        payments: &[WagePayment],
        wanted: impl Fn(&WagePayment) -> bool,
    ) -> Result<Vec<WageWithholding>, RuleError> {
        let mut totals = WageTotals::default();
        let mut before: Option<Month> = None;
        let mut withholdings = Vec::new();
        for payment in payments {
            let month = payment.month;
            if month.year() != self.year || before.is_some_and(|before| month < before) {
                return Err(RuleError::input(format!(
                    "a payment of {month} is out of place: payments of {} in order of time are wanted",
                    self.year
                )));
            }
            before = Some(month);
            totals = totals.and(payment)?;
            let law = self.law_of(month)?;
            let withheld = match payment.withheld {
                Some(withheld) if !wanted(payment) => withheld,
                known => {
                    let withholding = law.withhold(month, &totals, payment.basic)?;
                    if wanted(payment) {
                        withholdings.push(withholding);
                    }
                    known.unwrap_or(withholding.withhold())
                }
            };
            totals.withheld = totals.withheld.plus(withheld)?;
        }
        Ok(withholdings)
    }

    fn law_of(&self, month: Month) -> Result<&WageTax, RuleError> {
        let at = usize::try_from(month.month()).ok().and_then(|number| number.checked_sub(1));
        let law = at.and_then(|at| self.months.get(at)).ok_or(RuleError::OutOfRange)?;
        law.as_ref().map_err(|missing| RuleError::Missing(missing.clone()))
    }
}

impl WageTotals {
    /// With the figures of one more payment; what was withheld is added by whoever knows it.
    fn and(&self, payment: &WagePayment) -> Result<WageTotals, RuleError> {
        Ok(WageTotals {
            income: self.income.plus(payment.income)?,
            exempt: self.exempt.plus(payment.exempt)?,
            special: self.special.plus(payment.special)?,
            special_additional: self.special_additional.plus(payment.special_additional)?,
            other: self.other.plus(payment.other)?,
            donations: self.donations.plus(payment.donations)?,
            relief: self.relief.plus(payment.relief)?,
            withheld: self.withheld,
        })
    }
}
