//! What an import came to, as text and as JSON.

use super::{FileOutcome, InFile};
use formats::{Finding, Severity};
use serde::Serialize;
use std::collections::BTreeMap;

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

/// Rows by kind of file and what became of them; every fault with its place.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ImportReport {
    pub(crate) recorded: BTreeMap<&'static str, u64>,
    pub(crate) already_recorded: BTreeMap<&'static str, u64>,
    pub(crate) refused: BTreeMap<&'static str, u64>,
    pub(crate) errors: Vec<PlacedFinding>,
    pub(crate) warnings: Vec<PlacedFinding>,
}

impl ImportReport {
    pub(crate) fn add(&mut self, file: &InFile, outcome: FileOutcome) {
        let kind = outcome.kind.as_str();
        let rows = outcome.rows;
        *self.recorded.entry(kind).or_default() += u64::from(rows.recorded);
        *self.already_recorded.entry(kind).or_default() += u64::from(rows.already_recorded);
        *self.refused.entry(kind).or_default() += u64::from(rows.refused);
        for finding in outcome.findings {
            let severity = finding.severity;
            let placed = PlacedFinding::of(file.path.display().to_string(), finding);
            match severity {
                Severity::Error => self.errors.push(placed),
                Severity::Warning => self.warnings.push(placed),
            }
        }
    }
}

impl PlacedFinding {
    fn of(file: String, finding: Finding) -> PlacedFinding {
        PlacedFinding {
            file,
            sheet: finding.sheet,
            line: finding.line,
            cell: finding.cell,
            column: finding.column,
            value: finding.value,
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
