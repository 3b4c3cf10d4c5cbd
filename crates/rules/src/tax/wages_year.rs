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
        let mut year = self.begin();
        payments.iter().map(|payment| year.pay(payment)).collect()
    }

    /// A worker's year with one agent, of which nothing is paid yet.
    pub(super) fn begin(&self) -> RunningYear<'_> {
        RunningYear { law: self, totals: WageTotals::default(), before: None }
    }

    fn law_of(&self, month: Month) -> Result<&WageTax, RuleError> {
        let at = usize::try_from(month.month()).ok().and_then(|number| number.checked_sub(1));
        let law = at.and_then(|at| self.months.get(at)).ok_or(RuleError::OutOfRange)?;
        law.as_ref().map_err(|missing| RuleError::Missing(missing.clone()))
    }
}

/// A year of payments that come one after the other.
pub(super) struct RunningYear<'a> {
    law: &'a WageTaxYear,
    totals: WageTotals,
    before: Option<Month>,
}

impl<'a> RunningYear<'a> {
    /// Works out the next payment. What was really withheld counts for the later ones, where it is known.
    pub(super) fn pay(&mut self, payment: &WagePayment) -> Result<WageWithholding, RuleError> {
        let law = self.add(payment)?;
        let withholding = law.withhold(payment.month, &self.totals, payment.basic)?;
        let withheld = payment.withheld.unwrap_or(withholding.withhold());
        self.totals.withheld = self.totals.withheld.plus(withheld)?;
        Ok(withholding)
    }

    /// Adds the next payment up without working it out: it is known what was withheld.
    pub(super) fn pass(&mut self, payment: &WagePayment, withheld: Money) -> Result<(), RuleError> {
        self.add(payment)?;
        self.totals.withheld = self.totals.withheld.plus(withheld)?;
        Ok(())
    }

    fn add(&mut self, payment: &WagePayment) -> Result<&'a WageTax, RuleError> {
        let (law, month) = (self.law, payment.month);
        let year = law.year;
        if month.year() != year || self.before.is_some_and(|before| month < before) {
            return Err(RuleError::input(format!(
                "a payment of {month} is out of place: payments of {year} in order of time are wanted"
            )));
        }
        self.before = Some(month);
        self.totals = self.totals.and(payment)?;
        law.law_of(month)
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
