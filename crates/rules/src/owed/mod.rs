//! Money owed to a worker: when wages are due, what hours and deductions do to them, what comes on top at the
//! end of a contract, until when it can be claimed, and from whom.
//!
//! Everything here is an estimate from the figures handed in: each result carries its steps with their articles,
//! and says what it does not know. Where the law leaves room, a provision of our own says what we chose.

mod deductions;
mod double_wage;
mod due;
mod liability;
mod limits;
mod minimum;
mod outstanding;
mod overtime;
mod recourse;
mod service;
mod settlement;
mod severance;

pub use deductions::{Deduction, DeductionKind, Deductions, Judged, deductions};
pub use double_wage::{DoubleWage, MonthWage, double_wage};
pub use due::{ContractKind, Defect, Due, PayCycle, PayForm, deferred, due_date};
pub use liability::{Certainty, Limit, Link, Parties, Who, liability_chain};
pub use limits::{Interruption, LimitDate, arbitration, arbitration_of_wages, inspection};
pub use minimum::{MinimumCheck, MinimumWage, NormalPay};
pub use outstanding::{OpenLine, Outstanding};
pub use overtime::{Overtime, OvertimeLaw, OvertimePay, PayBasis, WorkingTime};
pub use recourse::{ClaimPayment, PaidBy, Recourse, Settled, settle};
pub use service::Service;
pub use settlement::{Item, OpenWage, Settlement, settlement};
pub use severance::{End, Entitlement, Severance, entitlement, extra_compensation, severance};

#[cfg(test)]
mod tests;
