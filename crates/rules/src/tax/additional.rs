//! Special additional deductions (专项附加扣除), 国发〔2018〕41号 as amended: what a month allows.

use crate::{Missing, Money, Month, Pack, Provision, Region, RuleError, Step};
use rust_decimal::Decimal;

/// How parents share a child's deduction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Share {
    /// One parent takes all.
    Whole,
    /// Both take a half.
    Half,
}

/// Where a rented home lies.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Rent {
    /// A municipality, provincial capital or planned city, such as Hangzhou or Ningbo.
    Large,
    /// Another city with more than a million people in its districts.
    Medium,
    /// Elsewhere.
    Small,
}

/// Who cares for the parents.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Parents {
    /// An only child.
    OnlyChild,
    /// One of several, with an agreed share, in yuan a month.
    Shared(Money),
}

/// An item that is deducted month by month. Major illness is none: it is deducted in annual settlement only
/// ([`major_illness`]).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Additional {
    /// Children under three, from the month of birth to the month before the third birthday; from 2022.
    InfantCare {
        /// How many children.
        children: u8,
        /// How the parents share it.
        share: Share,
    },
    /// Children from three to the doctorate.
    ChildEducation {
        /// How many children.
        children: u8,
        /// How the parents share it.
        share: Share,
    },
    /// A degree, for 48 months at most.
    Degree {
        /// Months deducted before this one for the same degree.
        months_before: u16,
    },
    /// A vocational certificate, once in the year in which it was obtained.
    Certificate {
        /// Whether it was deducted already.
        deducted_before: bool,
    },
    /// Interest on the loan for a first home, for 240 months at most; not together with rent.
    HomeLoan {
        /// Months deducted before this one.
        months_before: u16,
    },
    /// Rent, without a home of one's own where one works; not together with a home loan.
    Rent(Rent),
    /// Parents of 60 and over.
    ElderlyCare(Parents),
}

/// What a month allows, with its steps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Allowance {
    /// Sum of all items, in yuan for the month.
    pub amount: Money,
    /// One step an item.
    pub steps: Vec<Step>,
}

/// The special additional deductions of `month` for the items that a worker has declared.
///
/// Errors: rent together with a home loan; an item that did not exist in that month.
pub fn allowance(items: &[Additional], month: Month) -> Result<Allowance, RuleError> {
    let has = |wanted: fn(&Additional) -> bool| items.iter().any(wanted);
    if has(|item| matches!(item, Additional::Rent(_)))
        && has(|item| matches!(item, Additional::HomeLoan { .. }))
    {
        return Err(RuleError::input("rent and interest on a home loan are not deducted in the same month"));
    }
    let mut allowance = Allowance { amount: Money::ZERO, steps: Vec::new() };
    for item in items {
        let step = month_of(*item, month)?;
        allowance.amount = allowance.amount.plus(step.0)?;
        allowance.steps.push(step.1);
    }
    Ok(allowance)
}

fn month_of(item: Additional, month: Month) -> Result<(Money, Step), RuleError> {
    let children = |name, what, children: u8, share| -> Result<(Money, Step), RuleError> {
        let (each, by) = yuan(name, month)?;
        let (part, text) = match share {
            Share::Whole => (Decimal::ONE, "100%"),
            Share::Half => (Decimal::new(5, 1), "50%"),
        };
        let amount = each.times_count(i64::from(children))?.times(part)?;
        Ok((amount, Step::new(what, format!("{each} × {children} × {text}"), amount, by)))
    };
    let months = |name, limit, what, before: u16| -> Result<(Money, Step), RuleError> {
        let (each, by) = yuan(name, month)?;
        let limit = Pack::china().count(limit, Region::CHINA, month.first_day())?;
        let over = i64::from(before) >= limit.value;
        let amount = if over { Money::ZERO } else { each };
        let (formula, by) = if over {
            (format!("{before} of at most {} months are used", limit.value), limit.by)
        } else {
            (each.to_string(), by)
        };
        Ok((amount, Step::new(what, formula, amount, by)))
    };
    match item {
        Additional::InfantCare { children: n, share } => {
            children("iit.additional.infant_care", ("infant care", "3岁以下婴幼儿照护"), n, share)
        }
        Additional::ChildEducation { children: n, share } => {
            children("iit.additional.child_education", ("children's education", "子女教育"), n, share)
        }
        Additional::Degree { months_before } => months(
            "iit.additional.continuing_education_degree",
            "iit.additional.continuing_education_degree_months",
            ("continuing education, degree", "继续教育（学历）"),
            months_before,
        ),
        Additional::HomeLoan { months_before } => months(
            "iit.additional.home_loan",
            "iit.additional.home_loan_months",
            ("interest on a home loan", "住房贷款利息"),
            months_before,
        ),
        Additional::Certificate { deducted_before } => {
            let (all, by) = yuan("iit.additional.continuing_education_certificate", month)?;
            let amount = if deducted_before { Money::ZERO } else { all };
            let what = ("continuing education, certificate", "继续教育（职业资格）");
            Ok((amount, Step::new(what, "once in its year", amount, by)))
        }
        Additional::Rent(place) => {
            let name = match place {
                Rent::Large => "iit.additional.rent_large",
                Rent::Medium => "iit.additional.rent_medium",
                Rent::Small => "iit.additional.rent_small",
            };
            let (amount, by) = yuan(name, month)?;
            Ok((amount, Step::new(("rent", "住房租金"), amount.to_string(), amount, by)))
        }
        Additional::ElderlyCare(parents) => elderly_care(parents, month),
    }
}

fn elderly_care(parents: Parents, month: Month) -> Result<(Money, Step), RuleError> {
    let what = ("care of parents", "赡养老人");
    match parents {
        Parents::OnlyChild => {
            let (amount, by) = yuan("iit.additional.elderly_care", month)?;
            Ok((amount, Step::new(what, amount.to_string(), amount, by)))
        }
        Parents::Shared(share) => {
            let (limit, by) = yuan("iit.additional.elderly_care_share", month)?;
            let amount = share.or_zero().min(limit);
            Ok((amount, Step::new(what, format!("min({share}, {limit})"), amount, by)))
        }
    }
}

fn yuan(name: &str, month: Month) -> Result<(Money, &'static Provision), Missing> {
    let found = Pack::china().amount(name, Region::CHINA, month.first_day())?;
    Ok((found.value, found.by))
}

/// A deduction of the annual settlement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MajorIllness {
    /// Deducted in the year's settlement, in yuan.
    pub amount: Money,
    /// How it comes about.
    pub step: Step,
}

/// Major illness (大病医疗): own cost of `year` above 15,000, up to 80,000. Only in annual settlement: it is never
/// part of what a payer withholds.
pub fn major_illness(own_cost: Money, year: i16) -> Result<MajorIllness, RuleError> {
    let month =
        Month::new(year, 12).ok_or_else(|| RuleError::input(format!("{year} is no year of the calendar")))?;
    let (over, _) = yuan("iit.additional.major_illness_over", month)?;
    let (limit, by) = yuan("iit.additional.major_illness_limit", month)?;
    let amount = own_cost.minus(over)?.or_zero().min(limit);
    let formula = format!("min({own_cost} - {over}, {limit})");
    Ok(MajorIllness {
        amount,
        step: Step::new(("major illness, annual settlement", "大病医疗（汇算清缴）"), formula, amount, by),
    })
}
