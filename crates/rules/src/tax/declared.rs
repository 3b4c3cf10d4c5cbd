//! What a worker declared to his withholding agent, so that it is deducted month by month.
//!
//! The agent takes the declaration as it is (IIT Law art. 11: he may not refuse it); whether the worker is entitled to
//! it is between him and the tax office. What the law allows a month is told by [`Deduction::allowed`].

use super::MonthsOfYear;
use crate::{Cited, Missing, Money, Month, Pack, Provision, Region, RuleError, Step, words};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words!(
    /// What is deducted. Major illness is not among it: it is deducted in annual settlement only.
    Deduction {
        /// Care of children under three.
        InfantCare = "3岁以下婴幼儿照护",
        /// Children's education.
        ChildEducation = "子女教育",
        /// Continuing education: a degree, or once a vocational certificate.
        ContinuingEducation = "继续教育",
        /// Interest on the loan for a first home.
        HomeLoan = "住房贷款利息",
        /// Rent.
        Rent = "住房租金",
        /// Care of parents.
        ElderlyCare = "赡养老人",
        /// Personal pension.
        PersonalPension = "个人养老金",
        /// Enterprise annuity.
        Annuity = "企业年金",
        /// Commercial health insurance.
        HealthInsurance = "商业健康保险",
        /// Tax-deferred commercial pension insurance.
        DeferredPension = "税延养老保险",
        /// Relief of tax for disabled people, lonely elderly and martyrs' families: an amount of tax, not of income.
        Relief = "减免税额",
    }
);

/// Where a deduction stands in the computation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeductionGroup {
    /// Special additional deductions (专项附加扣除), from income.
    SpecialAdditional,
    /// Other lawful deductions (依法确定的其他扣除), from income.
    Other,
    /// Relief (减免税额), from tax.
    Relief,
}

impl DeductionGroup {
    /// All three.
    pub const ALL: [DeductionGroup; 3] =
        [DeductionGroup::SpecialAdditional, DeductionGroup::Other, DeductionGroup::Relief];
}

impl Deduction {
    /// Where it stands in the computation.
    pub fn group(self) -> DeductionGroup {
        match self {
            Deduction::InfantCare
            | Deduction::ChildEducation
            | Deduction::ContinuingEducation
            | Deduction::HomeLoan
            | Deduction::Rent
            | Deduction::ElderlyCare => DeductionGroup::SpecialAdditional,
            Deduction::PersonalPension
            | Deduction::Annuity
            | Deduction::HealthInsurance
            | Deduction::DeferredPension => DeductionGroup::Other,
            Deduction::Relief => DeductionGroup::Relief,
        }
    }

    /// What the law allows at most in a month, where that is one amount for everybody: not for children, whose number
    /// we do not know, nor for what depends on the wage.
    pub fn allowed(self, month: Month) -> Result<Option<Cited<Money>>, Missing> {
        let name = match self {
            // For a certificate all of the year's amount counts in one month.
            Deduction::ContinuingEducation => "iit.additional.continuing_education_certificate",
            Deduction::HomeLoan => "iit.additional.home_loan",
            Deduction::Rent => "iit.additional.rent_large",
            Deduction::ElderlyCare => "iit.additional.elderly_care",
            Deduction::PersonalPension => "iit.other.personal_pension_year",
            Deduction::HealthInsurance => "iit.other.health_insurance_month",
            Deduction::InfantCare
            | Deduction::ChildEducation
            | Deduction::Annuity
            | Deduction::DeferredPension
            | Deduction::Relief => return Ok(None),
        };
        Pack::china().amount(name, Region::CHINA, month.first_day()).map(Some)
    }

    /// Its name in English.
    pub fn en(self) -> &'static str {
        match self {
            Deduction::InfantCare => "infant care",
            Deduction::ChildEducation => "children's education",
            Deduction::ContinuingEducation => "continuing education",
            Deduction::HomeLoan => "interest on a home loan",
            Deduction::Rent => "rent",
            Deduction::ElderlyCare => "care of parents",
            Deduction::PersonalPension => "personal pension",
            Deduction::Annuity => "enterprise annuity",
            Deduction::HealthInsurance => "commercial health insurance",
            Deduction::DeferredPension => "tax-deferred pension insurance",
            Deduction::Relief => "relief of tax",
        }
    }
}

/// A declaration: so much a month, from one month to another. Of several of one kind that which begins last counts, and
/// of those the one declared last: a later one ends the earlier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Declared {
    /// What is deducted.
    pub kind: Deduction,
    /// So much a month, in yuan.
    pub monthly: Money,
    /// First month.
    pub from: Month,
    /// Last month; `None` = until something else is said.
    pub until: Option<Month>,
    /// When the worker told his agent: before this month the agent could not know.
    pub declared_on: Date,
}

/// What has added up of one kind by a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deducted {
    /// What is deducted.
    pub kind: Deduction,
    /// All of the year so far, in yuan.
    pub total: Money,
    /// What comes new with this payment; less than zero where less was declared afterwards.
    pub new: Money,
    /// A month's amount, and in how many months it counts; as they follow each other.
    pub months: Vec<(Money, i64)>,
}

impl Deducted {
    /// How the total comes about.
    pub fn step(&self, paid_in: Month) -> Result<Step, Missing> {
        let terms: Vec<String> =
            self.months.iter().map(|(monthly, months)| format!("{monthly} × {months}")).collect();
        Ok(Step::new((self.kind.en(), self.kind.word()), terms.join(" + "), self.total, self.by(paid_in)?))
    }

    fn by(&self, paid_in: Month) -> Result<&'static Provision, Missing> {
        let name = match self.kind.group() {
            DeductionGroup::SpecialAdditional | DeductionGroup::Other => "iit.declared",
            DeductionGroup::Relief => "iit.relief",
        };
        Pack::china().rule(name, paid_in.first_day())
    }
}

/// What has added up by a payment of `paid_in`, kind by kind, over the months of the year in which the worker was
/// `employed` by the agent. `before` is the month of the payment before it in the year: what counted then is not new.
pub fn deducted(
    declared: &[Declared],
    employed: MonthsOfYear,
    before: Option<Month>,
    paid_in: Month,
) -> Result<Vec<Deducted>, RuleError> {
    let mut of_kinds = Vec::new();
    for kind in Deduction::ALL.iter().copied().filter(|kind| declared.iter().any(|d| d.kind == *kind)) {
        let mut months: Vec<(Money, i64)> = Vec::new();
        for monthly in monthly(kind, declared, employed, paid_in) {
            match months.last_mut() {
                Some((same, count)) if *same == monthly => *count = count.saturating_add(1),
                _ => months.push((monthly, 1)),
            }
        }
        let total = Money::sum(monthly(kind, declared, employed, paid_in))?;
        let known = before.map(|before| Money::sum(monthly(kind, declared, employed, before)));
        let new = total.minus(known.unwrap_or(Ok(Money::ZERO))?)?;
        if total != Money::ZERO || new != Money::ZERO {
            of_kinds.push(Deducted { kind, total, new, months });
        }
    }
    Ok(of_kinds)
}

/// The amounts of the months up to that of a payment that count, with what was declared by then.
fn monthly(
    kind: Deduction,
    declared: &[Declared],
    employed: MonthsOfYear,
    paid_in: Month,
) -> impl Iterator<Item = Money> {
    let known = declared.iter().filter(move |d| d.kind == kind && Month::of(d.declared_on) <= paid_in);
    let months = (1..=paid_in.month()).filter(move |number| employed.contains(*number));
    let months = months.filter_map(move |number| Month::new(paid_in.year(), number));
    let monthly = months.filter_map(move |month| {
        let begun = known.clone().filter(|d| d.from <= month);
        let in_force = begun.max_by_key(|d| (d.from, d.declared_on))?;
        in_force.until.is_none_or(|until| month <= until).then_some(in_force.monthly)
    });
    monthly.filter(|monthly| *monthly != Money::ZERO)
}
