//! The result of reading a file.

use crate::finding::{Code, Finding, Findings, Place};
use crate::header::Layout;
use crate::reader::Reader;
use crate::{
    Attendance, BankFile, ComplaintRow, Contracts, DeductionRow, FileKind, FileName, GuaranteeRow,
    InspectionRow, ProjectRow, Roster, Statement, Subcontracts, WageSheet, table,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// A row and the line it stands in: the row as Excel numbers them, from 1, header included. (In a text file
/// this is the text line, unless a quoted cell before it holds a line break.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// Line.
    pub line: u32,
    /// What stands there.
    pub row: T,
}

/// A row that says word for word what an earlier one says; it is not in the content a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Line of the repeat.
    pub line: u32,
    /// Line that it repeats.
    pub of_line: u32,
}

/// What one file says. Rows with an error are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Template 1.1
    Projects(Vec<Located<ProjectRow>>),
    /// Template 1.2
    Roster(Roster),
    /// Template 1.3
    Contracts(Contracts),
    /// Template 1.4
    Attendance(Attendance),
    /// Template 1.5
    WageSheet(WageSheet),
    /// Template 1.6
    BankResult(BankFile),
    /// Template 1.7
    Account(Statement),
    /// Template 1.8
    Subcontracts(Subcontracts),
    /// Template 1.9
    Guarantees(Vec<Located<GuaranteeRow>>),
    /// Template 1.10
    Inspections(Vec<Located<InspectionRow>>),
    /// Template 1.11
    Complaints(Vec<Located<ComplaintRow>>),
    /// Declarations of deductions
    Deductions(Vec<Located<DeductionRow>>),
}

impl Content {
    /// Number of good rows, repeats not counted.
    pub fn len(&self) -> usize {
        match self {
            Content::Projects(rows) => rows.len(),
            Content::Roster(roster) => roster.rows.len(),
            Content::Contracts(contracts) => contracts.rows.len(),
            Content::Attendance(attendance) => attendance.rows.len(),
            Content::WageSheet(sheet) => sheet.lines.len(),
            Content::BankResult(file) => file.lines.len(),
            Content::Account(statement) => statement.rows.len(),
            Content::Subcontracts(subcontracts) => subcontracts.rows.len(),
            Content::Guarantees(rows) => rows.len(),
            Content::Inspections(rows) => rows.len(),
            Content::Complaints(rows) => rows.len(),
            Content::Deductions(rows) => rows.len(),
        }
    }

    /// Whether no row is good.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn nothing(kind: FileKind) -> Content {
        match kind {
            FileKind::Projects => Content::Projects(Vec::new()),
            FileKind::Roster => Content::Roster(Roster { project: None, rows: Vec::new() }),
            FileKind::Contracts => Content::Contracts(Contracts { project: None, rows: Vec::new() }),
            FileKind::Attendance => {
                Content::Attendance(Attendance { project: None, month: None, rows: Vec::new() })
            }
            FileKind::WageSheet => {
                Content::WageSheet(WageSheet { header: None, lines: Vec::new(), totals: None })
            }
            FileKind::BankResult => Content::BankResult(BankFile { header: None, lines: Vec::new() }),
            FileKind::Account => Content::Account(Statement { project: None, month: None, rows: Vec::new() }),
            FileKind::Subcontracts => Content::Subcontracts(Subcontracts { project: None, rows: Vec::new() }),
            FileKind::Guarantees => Content::Guarantees(Vec::new()),
            FileKind::Inspections => Content::Inspections(Vec::new()),
            FileKind::Complaints => Content::Complaints(Vec::new()),
            FileKind::Deductions => Content::Deductions(Vec::new()),
        }
    }
}

/// A file as read.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// SHA-256 of the bytes.
    pub digest: [u8; 32],
    /// Template.
    pub kind: FileKind,
    /// All rows, good, bad and repeated; blank lines, headers and totals are no rows.
    pub rows_in_file: u32,
    /// The good rows.
    pub content: Content,
    /// What is wrong, line by line; what concerns no line comes first.
    pub findings: Vec<Finding>,
    /// Rows that say again what an earlier one says.
    pub repeats: Vec<Repeat>,
    layout: Layout,
}

impl Parsed {
    /// Where a column of a line stands, for what is found later. A column that the file does not have gives
    /// no cell.
    pub fn place(&self, line: u32, column: &str) -> Place {
        self.layout.place(line, column)
    }

    /// The place in the workbook, from 1, of the sheet that was read; `None` = no workbook.
    pub fn sheet_number(&self) -> Option<u32> {
        self.layout.sheet_number
    }

    /// An error found later, against what is known, at its cell.
    pub fn finding(
        &self,
        line: u32,
        column: &str,
        value: Option<String>,
        code: Code,
        message: impl Into<String>,
    ) -> Finding {
        Finding::error(self.place(line, column), value, code, message)
    }

    /// Whether anything is wrong that is more than a warning.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(Finding::is_error)
    }

    /// Whether the file as a whole is bad, so that not even its good rows may be recorded.
    pub fn is_bad_as_a_whole(&self) -> bool {
        self.findings.iter().any(|finding| finding.is_error() && finding.whole_file)
    }

    /// Lines of the rows that are bad.
    pub fn bad_lines(&self) -> BTreeSet<u32> {
        self.findings.iter().filter(|f| f.is_error() && !f.whole_file).filter_map(|f| f.line).collect()
    }
}

/// Reads a file whole. Whatever the bytes are, this returns; what is wrong stands in the findings.
pub fn parse(name: &FileName, bytes: &[u8]) -> Parsed {
    let digest = Sha256::digest(bytes).into();
    let kind = name.kind;
    let mut findings = Findings::default();
    let (content, rows_in_file, repeats, layout) = match table::read(kind, bytes) {
        Err(finding) => {
            findings.push(*finding);
            (Content::nothing(kind), 0, Vec::new(), Layout::default())
        }
        Ok(table) => match Reader::new(name, &table, &mut findings) {
            None => (Content::nothing(kind), 0, Vec::new(), Layout::default()),
            Some(mut reader) => {
                let content = match kind {
                    FileKind::Projects => crate::projects::read(&mut reader),
                    FileKind::Roster => crate::roster::read(&mut reader),
                    FileKind::Contracts => crate::contracts::read(&mut reader),
                    FileKind::Attendance => crate::attendance::read(&mut reader),
                    FileKind::WageSheet => crate::wage_sheet::read(&mut reader),
                    FileKind::BankResult => crate::bank_result::read(&mut reader),
                    FileKind::Account => crate::account::read(&mut reader),
                    FileKind::Subcontracts => crate::subcontracts::read(&mut reader),
                    FileKind::Guarantees => crate::guarantees::read(&mut reader),
                    FileKind::Inspections => crate::inspections::read(&mut reader),
                    FileKind::Complaints => crate::complaints::read(&mut reader),
                    FileKind::Deductions => crate::deductions::read(&mut reader),
                };
                let (rows, repeats, layout) = reader.finish();
                (content, rows, repeats, layout)
            }
        },
    };
    Parsed { digest, kind, rows_in_file, content, findings: findings.into_list(), repeats, layout }
}
