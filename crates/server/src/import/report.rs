//! What an import came to, as text and as JSON.

use super::InFile;
use super::plan::{UNKNOWN_PAYMENT, UNKNOWN_PROJECT, UNKNOWN_SHEET, UNKNOWN_WORKER};
use super::walk::{Other, UNREADABLE_FILE};
use crate::node::wire::ReceiptOut;
use formats::{Code, FileKind, Finding, Place, Severity};
use ledger::Receipt;
use serde::Serialize;
use std::collections::BTreeMap;
use wages::event::RowCounts;

/// What became of one file.
#[derive(Debug)]
pub(crate) struct FileOutcome {
    pub(crate) kind: FileKind,
    pub(crate) rows: RowCounts,
    pub(crate) skipped: bool,
    pub(crate) findings: Vec<Finding>,
    /// Of the note that the file was taken in: the entry that all its rows stand before.
    pub(crate) receipt: Option<Receipt>,
}

impl FileOutcome {
    /// The system does not let us read it; the other files are taken in all the same.
    pub(crate) fn unreadable(kind: FileKind, fault: &std::io::Error) -> FileOutcome {
        let message = format!("cannot be read: {fault}");
        let finding = Finding::error(Place::default(), None, UNREADABLE_FILE, message);
        let rows = RowCounts { recorded: 0, already_recorded: 0, refused: 0 };
        FileOutcome { kind, rows, skipped: false, findings: vec![finding.of_whole_file()], receipt: None }
    }

    /// Whether it waits for something that another file may bring.
    pub(crate) fn waits(&self) -> bool {
        const MISSING: [Code; 4] = [UNKNOWN_PROJECT, UNKNOWN_WORKER, UNKNOWN_SHEET, UNKNOWN_PAYMENT];
        self.findings.iter().any(|f| f.is_error() && MISSING.contains(&f.code))
    }
}

/// A finding with the file it is about.
#[derive(Debug, Serialize)]
pub(crate) struct PlacedFinding {
    pub(crate) file: String,
    pub(crate) sheet: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) cell: Option<String>,
    pub(crate) column: Option<String>,
    pub(crate) value: Option<String>,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// What became of one file, or of something else that was given.
#[derive(Debug, Serialize)]
pub(crate) struct FileFate {
    pub(crate) file: String,
    /// `recorded`, `already_known`, `refused`, `partly_recorded` (wrong rows left out), `no_rows`; `unrecognised`,
    /// `unreadable`, `not_entered`, `given_twice`, `listed_only` of what was not taken in.
    pub(crate) fate: &'static str,
    pub(crate) kind: Option<&'static str>,
    pub(crate) recorded: u32,
    pub(crate) already_recorded: u32,
    pub(crate) refused: u32,
    /// Why it was not taken in.
    pub(crate) reason: Option<String>,
}

/// Rows by kind of file and what became of them; everything that was given and what became of it; every fault with its
/// place.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ImportReport {
    pub(crate) files: Vec<FileFate>,
    pub(crate) recorded: BTreeMap<&'static str, u64>,
    pub(crate) already_recorded: BTreeMap<&'static str, u64>,
    pub(crate) refused: BTreeMap<&'static str, u64>,
    pub(crate) errors: Vec<PlacedFinding>,
    pub(crate) warnings: Vec<PlacedFinding>,
    /// One a file that was taken in, now or before: `verify --receipt` takes this report as it is.
    pub(crate) receipts: Vec<FileReceipt>,
}

/// The receipt of a file: of the note that it was taken in, which stands behind all its rows.
#[derive(Debug, Serialize)]
pub(crate) struct FileReceipt {
    pub(crate) file: String,
    #[serde(flatten)]
    pub(crate) receipt: ReceiptOut,
}

impl ImportReport {
    pub(crate) fn add(&mut self, file: &InFile, outcome: FileOutcome, origin: &str) {
        if let Some(receipt) = outcome.receipt {
            let (file, receipt) = (file.path.display().to_string(), ReceiptOut::of(receipt, origin));
            self.receipts.push(FileReceipt { file, receipt });
        }
        let kind = outcome.kind.as_str();
        let rows = outcome.rows;
        self.files.push(FileFate {
            file: file.path.display().to_string(),
            fate: fate(&outcome),
            kind: Some(kind),
            recorded: rows.recorded,
            already_recorded: rows.already_recorded,
            refused: rows.refused,
            reason: None,
        });
        *self.recorded.entry(kind).or_default() += u64::from(rows.recorded);
        *self.already_recorded.entry(kind).or_default() += u64::from(rows.already_recorded);
        *self.refused.entry(kind).or_default() += u64::from(rows.refused);
        for finding in outcome.findings {
            self.say(file.path.display().to_string(), finding);
        }
    }

    /// Notes what was given and is not taken in.
    pub(crate) fn add_other(&mut self, other: &Other, ignore_unknown: bool) {
        let file = other.path.display().to_string();
        if let Some(finding) = other.finding(ignore_unknown) {
            self.say(file.clone(), finding);
        }
        let (recorded, already_recorded, refused) = (0, 0, 0);
        let (fate, reason) = (other.fate(), Some(other.reason()));
        self.files.push(FileFate { file, fate, kind: None, recorded, already_recorded, refused, reason });
    }

    fn say(&mut self, file: String, finding: Finding) {
        let severity = finding.severity;
        let placed = PlacedFinding::of(file, finding);
        match severity {
            Severity::Error => self.errors.push(placed),
            Severity::Warning => self.warnings.push(placed),
        }
    }
}

fn fate(outcome: &FileOutcome) -> &'static str {
    let rows = outcome.rows;
    let taken = rows.recorded > 0 || rows.already_recorded > 0;
    if outcome.findings.iter().any(|finding| finding.code == UNREADABLE_FILE) {
        "unreadable"
    } else if outcome.findings.iter().any(Finding::is_error) {
        if taken { "partly_recorded" } else { "refused" }
    } else if rows.recorded > 0 {
        "recorded"
    } else if taken || outcome.skipped {
        "already_known"
    } else {
        "no_rows"
    }
}

impl PlacedFinding {
    fn of(file: String, finding: Finding) -> PlacedFinding {
        let value = finding.shown_value();
        PlacedFinding {
            file,
            sheet: finding.sheet,
            line: finding.line,
            cell: finding.cell,
            column: finding.column,
            value,
            code: finding.code.as_str().to_owned(),
            message: finding.message,
        }
    }

    /// One line: where, what, what would be right.
    pub(crate) fn line(&self) -> String {
        let place = match (&self.cell, self.line) {
            (Some(cell), _) => format!(" {cell}"),
            (None, Some(line)) => format!(" line {line}"),
            (None, None) => String::new(),
        };
        let column = self.column.as_deref().map(|c| format!(" {c}")).unwrap_or_default();
        let value = self.value.as_deref().map(|v| format!(" “{v}”")).unwrap_or_default();
        format!("{}{place}{column}{value}: {} [{}]", self.file, self.message, self.code)
    }
}
