//! Labour contracts, work done, wages owed, wages paid and tax withheld, as commands, rules and facts.
//!
//! - A [`Command`] is what somebody asks; [`decide`] says yes with an [`Event`] or no with a [`Rejection`];
//!   [`State::evolve`] folds events into what the rule needs to remember of one subject.
//! - Pure: no clock, no randomness, no storage, no floats. Time, identity and salt enter elsewhere.
//! - `decide` refuses what is malformed or contradicts the *same subject's* own history. It does not judge:
//!   late pay, wrong tax and missing contracts are recorded as they are and found by projections. A ledger
//!   that refuses bad facts hides them.
//! - Events are frozen once released: a changed meaning is a new version, and old ones decode for ever.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::float_arithmetic,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::wildcard_enum_match_arm
    )
)]

mod command;
mod decide;
pub mod event;
mod identifier;
mod party;
mod private;
mod refers;
mod rejection;
mod source;
mod state;
mod word;

pub use command::Command;
pub use decide::{Referenced, decide};
pub use event::{BodyError, Event, EventType, SubjectKind};
pub use identifier::{
    AccountId, CreditCode, IdNumber, IdentifierError, ProjectCode, Reference, RegionCode, luhn_ok,
};
pub use party::Party;
pub use private::{BlindIndex, Escaped, Private, SealedField};
pub use refers::Refers;
pub use rejection::Rejection;
pub use source::{Channel, Known, Source, UNKNOWN, UnknownWord};
pub use state::State;
pub use word::{
    ComplaintChannel, ComplaintState, Component, DepositForm, Direction, DocumentKind, Ending, IdKind,
    IncomeType, InspectionDecision, PayCycle, PayForm, Payer, SubcontractKind, TermKind, Unit,
};
