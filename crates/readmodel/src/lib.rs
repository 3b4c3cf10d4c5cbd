//! Read models: rows made of the ledger's entries, and the questions asked of them.
//!
//! Derived, disposable, deterministic: rows are a pure function of the entries so far, so a read model may be
//! deleted at any time and be rebuilt, and one that was changed by hand shows against a rebuilt one
//! ([`ReadModel::difference`]). Due dates are worked out by `rules` when entries are taken in and again
//! whenever what they depend on changes; SQL only filters and sums. No opened personal data lies here: sealed
//! fields are kept as recorded, and opening them is the caller's business.
//!
//! The SQL lies in `projections/`: the tables in `schema.sql`, one file per question, portable between
//! SQLite and PostgreSQL.

mod arrears;
mod chain;
mod damage;
mod database;
mod difference;
mod engine;
mod error;
mod intake;
mod late;
mod lookup;
mod model;
mod money_trail;
mod packed;
mod peek;
mod projector;
mod raw;
mod recourse;
mod replace;
mod rows;
mod schema;
mod site;
mod status;
mod tables;
mod trail;
mod undated;
mod value;
mod warning;
mod withholding;

pub use arrears::{
    Arrears, ArrearsRows, By, Group, Name, OverdueLine, Person, SilentRow, Total, Unallocated, Unknown,
    UnknownTotal,
};
pub use chain::LiabilityChain;
pub use damage::damage;
pub use database::{Database, Schema};
pub use difference::Difference;
pub use error::ReadModelError;
pub use late::{
    Called, DueAhead, DueShare, Filter, LateLine, LateRow, Lateness, MissingMonth, MonthReports, Overview,
    ProjectMonth, Role, SilentMonth, SilentTotal, Standing, Sums, UndatedLine, UndatedRow, WithoutSheet,
};
pub use lookup::{
    BatchLine, ContractHolder, Organisation, Project, Stay, WageVersion, WorkMonth, Worker, WorkerPayment,
};
pub use model::{Cursor, ReadModel};
pub use money_trail::{AccountMonth, Batch};
pub use projector::{Projected, Unread};
pub use raw::{RawCopy, raw_copy};
pub use recourse::RecourseClaim;
pub use replace::FollowerLock;
pub use site::{Crew, MonthMoney, MonthPay, SheetSeal, TakenIn, WageSheet, WorkerContract, WorkerTax};
pub use status::{
    Attempt, BankPlace, Line, LineDays, LineStatus, MonthStatus, Outcome, Spoken, State, VersionFigures,
};
pub use trail::{About, AuditRow};
pub use undated::{Undated, UndatedGroup, UndatedRows, UndatedWage};
pub use warning::{HandledStep, Object, SealedNames, Warning, Warnings};
pub use withholding::{
    AgentTax, LinePlace, MissingWages, Payee, SplitIncome, TaxedUnpaid, WithheldLine, WithheldLines,
    WithheldTotal, Withholding, WorkerDeduction,
};
