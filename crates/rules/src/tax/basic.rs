//! Which basic deduction (减除费用) counts.

use super::MonthsOfYear;
use crate::{Cited, Missing, Money, Month, Pack, Provision, Region, RuleError};
use jiff::civil::Date;

/// How the basic deduction of wages adds up over the year.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BasicDeduction {
    /// 5,000 for each month employed with this payer, up to the month (2018 No. 61 art. 6). The months are the
    /// whole year's; those after the month asked about do not count.
    MonthsEmployed(MonthsOfYear),
    /// 5,000 for each month from January: first wages of the calendar year (2020 No. 13 art. 1; needs the
    /// worker's statement).
    FromJanuary,
    /// 60,000 from January: one employer and not more than 60,000 in the whole year before (2020 No. 19;
    /// [`qualifies_for_whole_year`]).
    WholeYear,
    /// The cumulative amount that was handed in, whatever rule it follows.
    Given(Money),
}

/// The provisions about the basic deduction as of a day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BasicLaw {
    day: Date,
    month: Cited<Money>,
    year: Cited<Money>,
    employed: &'static Provision,
    given: &'static Provision,
    // Younger than the rest: `None` where they do not hold yet.
    from_january: Option<&'static Provision>,
    whole_year: Option<&'static Provision>,
}

impl BasicLaw {
    pub(crate) fn on(day: Date) -> Result<BasicLaw, Missing> {
        let pack = Pack::china();
        Ok(BasicLaw {
            day,
            month: pack.amount("iit.basic_deduction_month", Region::CHINA, day)?,
            year: pack.amount("iit.basic_deduction_year", Region::CHINA, day)?,
            employed: pack.rule("iit.basic_deduction.months_employed", day)?,
            given: pack.rule("iit.basic_deduction.as_given", day)?,
            from_january: pack.rule("iit.basic_deduction.first_job_of_year", day).ok(),
            whole_year: pack.rule("iit.basic_deduction.whole_year", day).ok(),
        })
    }

    /// The cumulative deduction of `month`, how it comes about, and by which provision.
    pub(crate) fn cumulative(&self, rule: BasicDeduction, month: Month) -> Result<Basic, RuleError> {
        match rule {
            BasicDeduction::MonthsEmployed(months) => {
                self.months(months.count_to(month.month()), self.employed)
            }
            BasicDeduction::FromJanuary => {
                let by = self.held(self.from_january, "iit.basic_deduction.first_job_of_year")?;
                self.months(u8::try_from(month.month()).map_err(|_| RuleError::OutOfRange)?, by)
            }
            BasicDeduction::WholeYear => {
                let by = self.held(self.whole_year, "iit.basic_deduction.whole_year")?;
                Ok(Basic { amount: self.year.value, count: None, by })
            }
            BasicDeduction::Given(amount) => Ok(Basic { amount, count: None, by: self.given }),
        }
    }

    /// So many months' deductions, by a rule that says which months count.
    pub(crate) fn months(&self, count: u8, by: &'static Provision) -> Result<Basic, RuleError> {
        let amount = self.month.value.times_count(i64::from(count))?;
        Ok(Basic { amount, count: Some((self.month.value, count)), by })
    }

    fn held(&self, by: Option<&'static Provision>, name: &str) -> Result<&'static Provision, Missing> {
        by.map_or_else(|| Pack::china().rule(name, self.day), Ok)
    }
}

/// A cumulative basic deduction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Basic {
    /// Cumulative amount.
    pub amount: Money,
    /// Monthly amount and number of months, where it is a product.
    pub count: Option<(Money, u8)>,
    /// By which provision.
    pub by: &'static Provision,
}

impl Basic {
    /// `5000.00 × 7`, or the amount.
    pub(crate) fn formula(&self) -> String {
        self.count.map_or_else(|| self.amount.to_string(), |(month, count)| format!("{month} × {count}"))
    }
}

/// The whole year before, as the 60,000 rule asks about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LastYear {
    /// Months of that year for which this employer filed a return for the worker, zero tax included.
    pub months_filed: MonthsOfYear,
    /// Whether he had wages from another employer in it.
    pub other_employers: bool,
    /// His wages of that year, bonus included, nothing deducted.
    pub income: Money,
}

/// Whether the 60,000 rule (2020 No. 19 art. 1) holds in `year`: in the whole year before the worker worked for
/// this employer alone, every month was filed, and the year's wages were not more than 60,000.
pub fn qualifies_for_whole_year(year: i16, last: &LastYear) -> Result<bool, Missing> {
    let missing = || Missing::Parameter(format!("a calendar of the year {year}"));
    let day = Month::new(year, 1).ok_or_else(missing)?.first_day();
    let limit = Pack::china().amount("iit.basic_deduction.whole_year_limit", Region::CHINA, day)?;
    Ok(!last.other_employers && last.months_filed.count_to(12) == 12 && last.income <= limit.value)
}
