//! Files at the edge: the bytes of one file become typed rows and findings.
//!
//! - Pure: no ledger, no clock, no files; the caller brings the bytes and their name. Who holds the ledger
//!   turns rows into commands and reports what *it* finds at the same places ([`Parsed::finding`]).
//! - Columns are found by their header, never by position. Nothing is guessed and nothing rounded: a cell
//!   that does not say clearly what it means is an error that names the cell and what would be right.
//! - Whatever the bytes, [`parse`] returns: faults are data, and everything has a limit ([`limits`]).
//!
//! The other way round, [`TaxTemplate`] turns records into the files that a tax office takes; its templates are data.
//!
//! One file per template; `sheets` and `separated` know workbooks and text, `header` finds columns, `field` reads
//! cells.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod account;
mod attendance;
mod bank_result;
mod complaints;
mod contracts;
mod csv_text;
mod deductions;
mod error_workbook;
mod field;
mod finding;
mod guarantees;
mod header;
mod hidden;
mod inspections;
pub mod limits;
mod name;
mod number;
mod parsed;
mod projects;
mod reader;
mod roster;
mod separated;
mod sheets;
mod subcontracts;
mod table;
mod tax;
mod text;
mod wage_sheet;
mod when;
mod workbook;

pub use account::{AccountRow, Statement};
pub use attendance::{Attendance, AttendanceRow};
pub use bank_result::{BankFile, BankHeader, BankLine, Outcome};
pub use complaints::ComplaintRow;
pub use contracts::{ContractRow, Contracts};
pub use csv_text::{CsvText, harmless};
pub use deductions::DeductionRow;
pub use error_workbook::{ErrorWorkbookError, error_workbook};
pub use finding::{Code, Finding, Place, Severity, masked};
pub use guarantees::GuaranteeRow;
pub use inspections::InspectionRow;
pub use name::{FileKind, FileName};
pub use parsed::{Content, Located, Parsed, Repeat, parse};
pub use projects::ProjectRow;
pub use roster::{Roster, RosterRow};
pub use subcontracts::{SubcontractRow, Subcontracts};
pub use tax::{OtherVersion, TaxCell, TaxColumn, TaxField, TaxFileError, TaxForm, TaxRecord, TaxTemplate};
pub use wage_sheet::{SheetHeader, Totals, WageLine, WageSheet};

/// The first column in which two rows differ.
fn first_difference(columns: &[(&'static str, bool)]) -> Option<&'static str> {
    columns.iter().find(|(_, differs)| *differs).map(|(column, _)| *column)
}
