//! What one withholding agent should have withheld from one worker in a calendar year, beside what his wage sheets
//! show.

use super::declared::{Declared, DeductionGroup, deducted};
use super::labour::{LabourTax, LabourWithholding, Occurrence};
use super::wages::WageWithholding;
use super::wages_year::{RunningYear, WagePayment, WageTaxYear};
use super::{BasicDeduction, MonthsOfYear};
use crate::{Missing, Money, Month, Pack, RuleError, Step};
use jiff::civil::Date;

/// What is paid, for income tax (IIT Law art. 2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Paid {
    /// Wages and salaries (工资、薪金).
    Wages,
    /// Labour remuneration (劳务报酬); here always the occasional kind: all of a month is one occurrence.
    Services,
}

/// What an agent's sheets show for a worker in one month of payment; in yuan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SheetMonth {
    /// The month of payment.
    pub month: Month,
    /// What is paid.
    pub paid: Paid,
    /// Gross pay.
    pub income: Money,
    /// Own social insurance and housing fund.
    pub special: Money,
    /// Tax that was withheld; `None` = as it should have been.
    pub withheld: Option<Money>,
}

/// What should have been withheld, with every figure on the way.
#[derive(Clone, Copy, Debug)]
pub enum RightTax {
    /// From wages, cumulatively.
    Wages(WageWithholding),
    /// From labour remuneration, by the month.
    Services(LabourWithholding),
}

impl RightTax {
    /// What should have been withheld.
    pub fn withhold(&self) -> Money {
        match self {
            RightTax::Wages(right) => right.withhold(),
            RightTax::Services(right) => right.withhold(),
        }
    }

    /// The computation, step by step.
    pub fn steps(&self) -> Vec<Step> {
        match self {
            RightTax::Wages(right) => right.steps(),
            RightTax::Services(right) => right.steps(),
        }
    }
}

/// The law of a calendar year, looked up once for any number of workers.
#[derive(Clone, Debug)]
pub struct AgentTaxYear {
    wages: WageTaxYear,
    /// By month.
    services: Vec<Result<LabourTax, Missing>>,
}

/// From which month on somebody counts as employed by the agent (`iit.basic_deduction.employed_since`, our
/// convention): `since` is the first day of his first contract about wages, `first_paid` the first month of payment in
/// the year, for wages of the month before.
pub fn first_month_employed(since: Option<Date>, first_paid: Month) -> Month {
    let worked = before(first_paid);
    since.map_or(worked, |since| Month::of(since).min(worked))
}

/// How a ledger comes to the month of payment and to the months employed: conventions of ours, as steps.
pub fn assumptions(wage_month: Month, since: Option<Date>, first_paid: Month) -> Result<[Step; 2], Missing> {
    let (pack, paid_in) = (Pack::china(), wage_month.next());
    let day = paid_in.first_day();
    let contract = since.map_or_else(|| "-".to_owned(), |since| since.to_string());
    Ok([
        Step::new(
            ("month of payment", "税款所属月份（发放月）"),
            format!("{wage_month} + 1"),
            paid_in,
            pack.rule("iit.pay_month", day)?,
        ),
        Step::new(
            (
                "employed since: the earlier of first contract and first month of wages",
                "任职受雇起始月（首份合同与首个工资月取早）",
            ),
            format!("min({contract}, {})", before(first_paid)),
            first_month_employed(since, first_paid),
            pack.rule("iit.basic_deduction.employed_since", day)?,
        ),
    ])
}

fn before(month: Month) -> Month {
    Month::of(month.first_day().yesterday().unwrap_or(month.first_day()))
}

impl AgentTaxYear {
    /// The law of `year`. Months whose law is not known give an error when something is paid in them.
    pub fn of(year: i16) -> AgentTaxYear {
        let months = (1..=12).filter_map(|month| Month::new(year, month));
        let services = months.map(|month| LabourTax::on(month.first_day())).collect();
        AgentTaxYear { wages: WageTaxYear::of(year), services }
    }

    /// What should have been withheld in each of the months, in their order. What was really withheld counts for
    /// the later ones, as the law says of wages (2018 No. 61 art. 6). Several payments of a month come one after the
    /// other and are taxed on what has come together.
    ///
    /// Special additional deductions, other deductions and relief are not on wage sheets but what the worker `declared`
    /// to the agent: what is deducted that was not declared makes the right tax less than this.
    ///
    /// Errors: months of another year, or not in order; law or figures that are missing.
    pub fn right(
        &self,
        since: Option<Date>,
        declared: &[Declared],
        months: &[SheetMonth],
    ) -> Result<Vec<RightTax>, RuleError> {
        self.right_of(since, declared, months, |_| true)
    }

    /// As [`AgentTaxYear::right`], of what is paid in one month only: the months before it are added up, and not worked
    /// out unless it is not known what was withheld.
    pub fn right_in(
        &self,
        month: Month,
        since: Option<Date>,
        declared: &[Declared],
        months: &[SheetMonth],
    ) -> Result<Vec<RightTax>, RuleError> {
        self.right_of(since, declared, months, |of| of == month)
    }

    fn right_of(
        &self,
        since: Option<Date>,
        declared: &[Declared],
        months: &[SheetMonth],
        wanted: impl Fn(Month) -> bool,
    ) -> Result<Vec<RightTax>, RuleError> {
        let mut right = Vec::new();
        let mut wages = Wages::of(self, since, declared, months);
        let mut occurrence: Option<(Month, Occurrence)> = None;
        for paid in months {
            let wanted = wanted(paid.month);
            match paid.paid {
                Paid::Wages => right.extend(wages.pay(paid, wanted)?.map(RightTax::Wages)),
                Paid::Services if wanted => {
                    right.push(RightTax::Services(self.services(paid, &mut occurrence)?));
                }
                Paid::Services => {}
            }
        }
        Ok(right)
    }

    /// One receipt of services; `occurrence` is what came before it in its month.
    fn services(
        &self,
        paid: &SheetMonth,
        occurrence: &mut Option<(Month, Occurrence)>,
    ) -> Result<LabourWithholding, RuleError> {
        let before = occurrence.filter(|(month, _)| *month == paid.month).map(|(_, before)| before);
        let before = before.unwrap_or_default();
        let sum = Occurrence { income: before.income.plus(paid.income)?, ..before };
        let right = self.services_law(paid.month)?.withhold(&sum)?;
        let withheld = sum.withheld.plus(paid.withheld.unwrap_or(right.withhold()))?;
        *occurrence = Some((paid.month, Occurrence { withheld, ..sum }));
        Ok(right)
    }

    fn services_law(&self, month: Month) -> Result<&LabourTax, RuleError> {
        let at = usize::try_from(month.month()).ok().and_then(|number| number.checked_sub(1));
        let law = at.and_then(|at| self.services.get(at)).ok_or(RuleError::OutOfRange)?;
        law.as_ref().map_err(|missing| RuleError::Missing(missing.clone()))
    }
}

/// The months of the year in which somebody is taken to be employed by the agent: all that come after the first
/// ([`first_month_employed`]), since nobody says when a job ended but by paying no more.
pub fn months_employed(since: Option<Date>, first_paid: Month) -> MonthsOfYear {
    let december = Month::new(first_paid.year(), 12).unwrap_or(first_paid);
    MonthsOfYear::from_to(first_month_employed(since, first_paid), december)
}

/// The wages of a year as they are paid.
struct Wages<'a> {
    year: RunningYear<'a>,
    declared: &'a [Declared],
    employed: MonthsOfYear,
    /// The last payment for which it was looked at what was declared.
    looked_at: Option<Month>,
}

impl<'a> Wages<'a> {
    fn of(
        law: &'a AgentTaxYear,
        since: Option<Date>,
        declared: &'a [Declared],
        months: &[SheetMonth],
    ) -> Wages<'a> {
        let first = months.iter().find(|paid| paid.paid == Paid::Wages);
        let employed = first.map_or(MonthsOfYear::NONE, |first| months_employed(since, first.month));
        Wages { year: law.wages.begin(), declared, employed, looked_at: None }
    }

    /// What should have been withheld from the next payment, where that is wanted.
    fn pay(&mut self, paid: &SheetMonth, wanted: bool) -> Result<Option<WageWithholding>, RuleError> {
        let basic = BasicDeduction::MonthsEmployed(self.employed);
        let mut payment = WagePayment {
            special: paid.special,
            withheld: paid.withheld,
            ..WagePayment::new(paid.month, paid.income, basic)
        };
        if let Some(withheld) = paid.withheld.filter(|_| !wanted) {
            // What was declared adds up to the same, whether it is looked at here or with a later payment.
            return self.year.pass(&payment, withheld).map(|()| None);
        }
        for of_kind in deducted(self.declared, self.employed, self.looked_at, paid.month)? {
            let group = match of_kind.kind.group() {
                DeductionGroup::SpecialAdditional => &mut payment.special_additional,
                DeductionGroup::Other => &mut payment.other,
                DeductionGroup::Relief => &mut payment.relief,
            };
            *group = group.plus(of_kind.new)?;
        }
        self.looked_at = Some(paid.month);
        let withholding = self.year.pay(&payment)?;
        Ok(wanted.then_some(withholding))
    }
}
