//! A sheet or text file as rows of cells, before anybody knows what they mean.

use crate::finding::{Code, Finding, Place};
use crate::hidden::Hidden;
use crate::limits::{CELL_CHARS_MAX, FILE_BYTES_MAX};
use crate::reader::template;
use crate::separated::{self, Mark, Quoted};
use crate::text::is_blank;
use crate::{FileKind, number, sheets, text, workbook};
use jiff::civil::{DateTime, Time};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A cell that holds something.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Text, trimmed.
    Text(Box<str>),
    /// A number; workbooks hold floats.
    Number(f64),
    /// A date or time that the workbook marks as such.
    Moment(DateTime),
    /// TRUE or FALSE.
    Truth(bool),
    /// What a formula that failed leaves, as `#REF!`.
    Fault(Box<str>),
    /// A formula, `=A1*2`, without its result: programs that cannot calculate leave such cells.
    Uncalculated(Box<str>),
    /// The beginning of a text that is longer than we read.
    TooLong(Box<str>),
}

impl Cell {
    /// A text, unless nothing is in it.
    pub(crate) fn of_text(text: &str) -> Option<Cell> {
        let text = text.trim_matches(is_blank);
        if text.is_empty() {
            None
        } else if text.len() > CELL_CHARS_MAX && text.chars().count() > CELL_CHARS_MAX {
            Some(Cell::TooLong(text.chars().take(100).collect()))
        } else {
            Some(Cell::Text(text.into()))
        }
    }

    /// As findings show it.
    pub(crate) fn shown(&self) -> Cow<'_, str> {
        match self {
            Cell::Text(text) | Cell::Fault(text) | Cell::Uncalculated(text) | Cell::TooLong(text) => {
                Cow::Borrowed(text)
            }
            Cell::Number(value) => Cow::Owned(number::of_float(*value)),
            Cell::Moment(at) if at.time() == Time::midnight() => Cow::Owned(at.date().to_string()),
            Cell::Moment(at) => Cow::Owned(at.to_string()),
            Cell::Truth(truth) => Cow::Borrowed(if *truth { "TRUE" } else { "FALSE" }),
        }
    }
}

/// A row; only rows and cells that hold something are kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// As Excel numbers rows, from 1.
    pub(crate) number: u32,
    /// By column, from 0, ascending.
    pub(crate) cells: Vec<(u16, Cell)>,
}

impl Line {
    pub(crate) fn cell(&self, column: u16) -> Option<&Cell> {
        let at = self.cells.binary_search_by_key(&column, |(column, _)| *column).ok()?;
        self.cells.get(at).map(|(_, cell)| cell)
    }

    /// The text of all cells, with spaces between.
    pub(crate) fn joined_text(&self) -> String {
        let texts: Vec<_> = self.cells.iter().map(|(_, cell)| cell.shown()).collect();
        texts.join(" ")
    }
}

/// Merged cells: first and last row as Excel numbers them, first and last column from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Merged {
    pub(crate) rows: (u32, u32),
    pub(crate) columns: (u16, u16),
}

impl Merged {
    /// Number of cells that are one.
    pub(crate) fn cells(&self) -> usize {
        let rows = self.rows.1.abs_diff(self.rows.0).saturating_add(1);
        let columns = u32::from(self.columns.1.abs_diff(self.columns.0)).saturating_add(1);
        usize::try_from(rows.saturating_mul(columns)).unwrap_or(usize::MAX)
    }
}

/// What a sheet or text file holds.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) sheet: Option<String>,
    /// Its place in the workbook, from 1, hidden sheets and charts counted.
    pub(crate) sheet_number: Option<u32>,
    pub(crate) rows: Vec<Line>,
    pub(crate) merged: Vec<Merged>,
    /// From a text file.
    pub(crate) is_text: bool,
    /// Whether its cells have names as in Excel.
    pub(crate) names_cells: bool,
    /// What is to be said of cells of a text file.
    pub(crate) marks: Vec<Mark>,
    /// Rows of a text file that run over several of its lines: first and last line.
    pub(crate) over_lines: BTreeMap<u32, (u32, u32)>,
    /// What is to be said of other sheets of the workbook.
    pub(crate) notes: Vec<Finding>,
    /// Rows and columns that nobody sees who opens the workbook.
    pub(crate) hidden: Hidden,
}

/// Reads the cells of a file of a kind.
pub(crate) fn read(kind: FileKind, bytes: &[u8]) -> Result<Table, Box<Finding>> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(too_large(None, format!("more than {} MiB", FILE_BYTES_MAX >> 20)));
    }
    let is_zip = workbook::looks_like_one(bytes);
    match kind {
        FileKind::Roster | FileKind::WageSheet if !is_zip => Err(not_readable(
            "not an .xlsx workbook without password: open it in Excel or WPS and save it as .xlsx",
        )),
        FileKind::Roster => sheets::read(bytes, kind, crate::roster::SHEET),
        FileKind::WageSheet => sheets::read(bytes, kind, crate::wage_sheet::SHEET),
        _ if is_zip => Err(not_readable("this is a workbook: save it as CSV (UTF-8)")),
        FileKind::BankResult => separated::read_bars(&text::decode(bytes)?, Cell::of_text),
        FileKind::Projects
        | FileKind::Contracts
        | FileKind::Attendance
        | FileKind::Account
        | FileKind::Subcontracts
        | FileKind::Guarantees
        | FileKind::Inspections
        | FileKind::Complaints
        | FileKind::Deductions => {
            let swallows = |quoted: &Quoted| quoted.swallows_rows_of(template(kind));
            separated::read_csv(&text::decode(bytes)?, Cell::of_text, &swallows)
        }
    }
}

pub(crate) fn not_readable(message: impl Into<String>) -> Box<Finding> {
    Box::new(Finding::error(Place::default(), None, Code::NOT_READABLE, message).of_whole_file())
}

pub(crate) fn too_large(line: Option<u32>, message: impl Into<String>) -> Box<Finding> {
    let place = Place { line, ..Place::default() };
    let message = format!("{}: split the file", message.into());
    Box::new(Finding::error(place, None, Code::TOO_LARGE, message).of_whole_file())
}
