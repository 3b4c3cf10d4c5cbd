//! One claim, many payers: what somebody else pays reduces the worker's claim and opens a claim of the payer.

use crate::{Money, Pack, Provision, RuleError};
use jiff::civil::Date;

/// In what capacity somebody pays a worker's wages (付款依据).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PaidBy {
    /// The employer, or the general contractor for it from the dedicated account (总包代发): the debt itself.
    Employer,
    /// The general contractor clears the employer's arrears first (先行清偿).
    GeneralContractor,
    /// The owner advances (先行垫付).
    Owner,
    /// The wage deposit (工资保证金).
    Deposit,
    /// A bank's or insurer's guarantee (保函).
    Guarantee,
    /// The government's emergency fund (应急周转金).
    EmergencyFund,
    /// A court takes it from the employer (强制执行).
    CourtEnforcement,
}

/// A payment on a claim, in the order in which payments were made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClaimPayment {
    /// Code of who paid.
    pub payer: String,
    /// In what capacity.
    pub paid_by: PaidBy,
    /// How much, in yuan; a payment of nothing or less changes nothing.
    pub amount: Money,
}

/// A claim of somebody who paid for another (追偿权).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recourse {
    /// Who paid.
    pub creditor: String,
    /// Who owes it to him.
    pub debtor: String,
    /// How much, in yuan.
    pub amount: Money,
    /// By which provision.
    pub by: &'static Provision,
}

/// A claim after payments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settled {
    /// What the worker still has to get, in yuan.
    pub open: Money,
    /// What was paid on the claim, in yuan.
    pub paid: Money,
    /// What was paid beyond it, in yuan; it opens no claim against the employer.
    pub over: Money,
    /// Claims of those who paid for another, in order of payment.
    pub recourse: Vec<Recourse>,
}

/// Settles a claim of `claim` yuan against `employer` by payments, each up to what is then open.
///
/// The general contractor and the fund recover from the employer. What the deposit or a guarantee pays is the
/// general contractor's money in the end, so that claim is the general contractor's too (the payer's own when
/// `general_contractor` is not known). What the owner advances is set off against the project price that it owes
/// the general contractor.
pub fn settle(
    claim: Money,
    employer: &str,
    general_contractor: Option<&str>,
    payments: &[ClaimPayment],
    day: Date,
) -> Result<Settled, RuleError> {
    let pack = Pack::china();
    let recourse = pack.rule("liability.recourse", day)?;
    let set_off = pack.rule("liability.owner_set_off", day)?;
    let mut settled =
        Settled { open: claim.or_zero(), paid: Money::ZERO, over: Money::ZERO, recourse: Vec::new() };
    for payment in payments {
        let amount = payment.amount.or_zero();
        let part = amount.min(settled.open);
        settled.open = settled.open.minus(part)?;
        settled.paid = settled.paid.plus(part)?;
        settled.over = settled.over.plus(amount.minus(part)?)?;
        let contractor = general_contractor.unwrap_or(&payment.payer);
        let (creditor, debtor, by) = match payment.paid_by {
            PaidBy::Employer | PaidBy::CourtEnforcement => continue,
            PaidBy::GeneralContractor | PaidBy::EmergencyFund => (payment.payer.as_str(), employer, recourse),
            PaidBy::Owner => (payment.payer.as_str(), general_contractor.unwrap_or(employer), set_off),
            PaidBy::Deposit | PaidBy::Guarantee => (contractor, employer, recourse),
        };
        // Nobody has a claim against himself: a general contractor that employs the worker pays its own debt.
        if part > Money::ZERO && creditor != debtor {
            let (creditor, debtor) = (creditor.to_owned(), debtor.to_owned());
            settled.recourse.push(Recourse { creditor, debtor, amount: part, by });
        }
    }
    Ok(settled)
}
