//! What is owed when employment ends (离职结算).

use super::Severance;
use crate::{Money, Month, Pack, RuleError, Step};
use jiff::civil::Date;

/// Wages of a month that are not fully paid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenWage {
    /// Wage month.
    pub month: Month,
    /// Net pay, advances already taken out; `None` when no wage sheet says it.
    pub net: Option<Money>,
    /// Paid so far.
    pub paid: Money,
}

/// What an item of a settlement is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Item {
    /// Wages of a month.
    Wages(Month),
    /// Overtime that was not paid.
    Overtime,
    /// Deductions that were not lawful.
    UnlawfulDeductions,
    /// Severance.
    Severance,
    /// Second wage without written contract.
    DoubleWage,
}

/// Everything owed at the end of employment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settlement {
    /// Last day of employment: everything is due then (1994 rules art. 9).
    pub due_on: Date,
    /// Items with their amounts, in yuan.
    pub items: Vec<(Item, Money)>,
    /// Their sum. Severance is paid when work is handed over (LCL art. 50), which is not later than asked here.
    pub total: Money,
    /// Months whose wages are not known: the sum is at least what it says.
    pub unknown: Vec<Month>,
    /// How it comes about.
    pub steps: Vec<Step>,
}

/// Adds up what is owed when employment ends on `ended_on`: open wages of all months, other items, severance.
pub fn settlement(
    ended_on: Date,
    wages: &[OpenWage],
    others: &[(Item, Money)],
    severance: Option<&Severance>,
) -> Result<Settlement, RuleError> {
    let by = Pack::china().rule("wage.due.end", ended_on)?;
    let mut found = Settlement {
        due_on: ended_on,
        items: Vec::new(),
        total: Money::ZERO,
        unknown: Vec::new(),
        steps: Vec::new(),
    };
    for wage in wages {
        let Some(net) = wage.net else {
            found.unknown.push(wage.month);
            continue;
        };
        let open = net.minus(wage.paid)?.or_zero();
        if open > Money::ZERO {
            let formula = format!("{}: {net} - {}", wage.month, wage.paid);
            found.steps.push(Step::new(("open wages", "未付工资"), formula, open, by));
            found.items.push((Item::Wages(wage.month), open));
        }
    }
    for (item, amount) in others.iter().filter(|(_, amount)| *amount > Money::ZERO) {
        let what = match item {
            Item::Wages(_) => ("open wages", "未付工资"),
            Item::Overtime => ("overtime", "加班工资"),
            Item::UnlawfulDeductions => ("unlawful deductions", "违法扣款"),
            Item::Severance => ("severance", "经济补偿"),
            Item::DoubleWage => ("second wage", "二倍工资差额"),
        };
        found.steps.push(Step::new(what, "", amount, by));
        found.items.push((*item, *amount));
    }
    if let Some(severance) = severance.filter(|severance| severance.amount > Money::ZERO) {
        found.steps.extend(severance.steps.iter().cloned());
        found.items.push((Item::Severance, severance.amount));
    }
    found.total = Money::sum(found.items.iter().map(|(_, amount)| *amount))?;
    found.steps.push(Step::new(("due at once", "一次付清"), ended_on.to_string(), found.total, by));
    Ok(found)
}
