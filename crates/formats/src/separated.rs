//! Cells of separated text: comma-separated with quoted cells (RFC 4180), and bank files, which know no quotes.
//!
//! A quotation mark that nobody closes must not swallow the rows below it. A quoted cell that does not close, after
//! whose closing mark text follows, or that holds as much as a row, is named, and its mark is then read as a character:
//! so every line of text is a row again, and the other faults of the file are found too.

use crate::finding::{Code, Finding, Place};
use crate::header::{Layout, Template, column_letters};
use crate::limits::{CELLS_MAX, COLUMNS_MAX, ROWS_MAX};
use crate::table::{Cell, Line, Table, too_large};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A quoted cell as the text has it.
pub(crate) struct Quoted {
    /// Row and column (from 0) in which it is read.
    pub(crate) row: u32,
    pub(crate) column: u16,
    /// First and last line of text over which it runs.
    pub(crate) lines: (u32, u32),
    /// Separators in it.
    separators: usize,
    /// The most separators in one of its lines after the first.
    most_in_a_line: usize,
    end: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Closed,
    /// The text ends before a mark closes the cell.
    Open,
    /// Text follows the mark that closes the cell.
    Text,
}

impl Quoted {
    /// Whether it holds what may be rows of a template: as many separators as the shortest row has, or half of them in
    /// one line that would be a row by itself.
    pub(crate) fn swallows_rows_of(&self, template: &Template) -> bool {
        let required = template.columns.iter().filter(|column| column.required).count();
        let of_row = required.saturating_sub(1);
        let of_part = of_row.div_euclid(2).max(2);
        self.runs_over() && (self.separators >= of_row || self.most_in_a_line >= of_part)
    }

    fn runs_over(&self) -> bool {
        self.lines.0 < self.lines.1
    }

    /// More lines or separators than a note with a line break in it has.
    fn is_doubtful(&self) -> bool {
        self.lines.1.saturating_sub(self.lines.0) > 1 || (self.runs_over() && self.separators > 1)
    }

    fn fault(&self) -> String {
        let last = self.lines.1;
        let what = match self.end {
            End::Open => format!("nothing closes it before the end of the text (line {last})"),
            End::Text => format!("text follows the mark that closes it (line {last})"),
            End::Closed => {
                format!(
                    "it closes only in line {last}, and rows may be lost in it ({} commas)",
                    self.separators
                )
            }
        };
        let line = self.lines.0;
        format!(
            "a quotation mark opens this cell in line {line}, and {what}: take the mark out, or write it twice inside \
             a quoted cell"
        )
    }
}

/// Something to be said of a cell, before its column has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    line: u32,
    column: u16,
    value: String,
    code: Code,
    message: String,
    is_error: bool,
}

impl Mark {
    /// As a finding; an error is one of the whole file, for its rows are in doubt.
    pub(crate) fn finding(&self, layout: &Layout) -> Finding {
        let place = Place {
            sheet: None,
            line: Some(self.line),
            cell: layout.cell(self.line, self.column),
            column: layout.name_at(self.column).map(str::to_owned),
        };
        let finding = Finding::error(place, Some(self.value.clone()), self.code, self.message.clone());
        if self.is_error { finding.of_whole_file() } else { finding.warning() }
    }
}

/// Reads comma-separated text. `is_broken` is asked of cells that run over lines.
pub(crate) fn read_csv(
    text: &str,
    cell: fn(&str) -> Option<Cell>,
    is_broken: &dyn Fn(&Quoted) -> bool,
) -> Result<Table, Box<Finding>> {
    let mut scanner = Scanner { text, at: 0, line: 1, breaks: 0, is_broken, rows: Rows::new(cell) };
    while scanner.at < text.len() {
        scanner.record()?;
    }
    let Rows { rows, marks, over_lines, .. } = scanner.rows;
    Ok(Table { rows, marks, over_lines, is_text: true, names_cells: true, ..Table::default() })
}

/// Reads text separated by `|`.
pub(crate) fn read_bars(text: &str, cell: fn(&str) -> Option<Cell>) -> Result<Table, Box<Finding>> {
    let mut rows = Rows::new(cell);
    let mut rest = text;
    let mut number = 1u32;
    while !rest.is_empty() {
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        rows.begin(number);
        for field in line.split('|') {
            rows.unquoted(field)?;
        }
        rows.end()?;
        rest = after.strip_prefix("\r\n").or_else(|| after.strip_prefix(['\n', '\r'])).unwrap_or_default();
        number = number.saturating_add(1);
    }
    Ok(Table { rows: rows.rows, marks: rows.marks, is_text: true, ..Table::default() })
}

/// A cell's name as Excel has it.
pub(crate) fn cell_name(quoted: &Quoted) -> String {
    format!("{}{}", column_letters(quoted.column), quoted.row)
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// The line of text at `at`, from 1.
    line: u32,
    /// Line breaks inside quoted cells so far: Excel shows such a cell in one row.
    breaks: u32,
    is_broken: &'t dyn Fn(&Quoted) -> bool,
    rows: Rows,
}

impl<'t> Scanner<'t> {
    fn record(&mut self) -> Result<(), Box<Finding>> {
        self.rows.begin(self.line.saturating_sub(self.breaks));
        loop {
            self.field()?;
            let rest = self.text.get(self.at..).unwrap_or_default();
            let (next_field, skip) = match rest.as_bytes() {
                [b',', ..] => (true, 1),
                [b'\r', b'\n', ..] => (false, 2),
                [_, ..] => (false, 1),
                [] => return self.rows.end(),
            };
            self.at = self.at.saturating_add(skip);
            if !next_field {
                self.line = self.line.saturating_add(1);
                return self.rows.end();
            }
        }
    }

    /// Reads one cell; what follows it is a separator, a line break or the end.
    fn field(&mut self) -> Result<(), Box<Finding>> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut is_marked = false;
        if let Some(after) = rest.strip_prefix('"') {
            let (quoted, length) = self.quoted(after);
            let content = after.get(..length.content).unwrap_or_default();
            let broken = quoted.end != End::Closed || (quoted.runs_over() && (self.is_broken)(&quoted));
            if !broken {
                if quoted.is_doubtful() {
                    let (first, last) = quoted.lines;
                    let message = format!(
                        "the cell runs over lines {first} to {last} of the text: if a quotation mark was left open, \
                         take it out"
                    );
                    self.rows.mark(content, Code::LINES_IN_CELL, message, false);
                }
                if quoted.runs_over() {
                    self.rows.runs_over(quoted.lines);
                }
                self.line = quoted.lines.1;
                self.breaks = self.breaks.saturating_add(quoted.lines.1.saturating_sub(quoted.lines.0));
                self.at = self.at.saturating_add(1).saturating_add(length.all);
                return self.rows.push(&plain(content));
            }
            let shown = rest.get(..end_of_unquoted(rest)).unwrap_or_default();
            self.rows.mark(shown, Code::STRAY_QUOTE, quoted.fault(), true);
            is_marked = true;
        }
        let field = rest.get(..end_of_unquoted(rest)).unwrap_or_default();
        self.at = self.at.saturating_add(field.len());
        if is_marked { self.rows.push(field) } else { self.rows.unquoted(field) }
    }

    /// Follows a quoted cell from behind its opening mark.
    fn quoted(&self, after: &str) -> (Quoted, Length) {
        let mut quoted = Quoted {
            row: self.line.saturating_sub(self.breaks),
            column: self.rows.column,
            lines: (self.line, self.line),
            separators: 0,
            most_in_a_line: 0,
            end: End::Open,
        };
        let mut in_line = 0usize;
        let mut bytes = after.bytes().enumerate().peekable();
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'"' if bytes.next_if(|(_, next)| *next == b'"').is_some() => {}
                b'"' => {
                    let behind = after.get(at..).unwrap_or_default().get(1..).unwrap_or_default();
                    let rest = behind.trim_start_matches([' ', '\t']);
                    let closed = rest.is_empty() || rest.starts_with([',', '\n', '\r']);
                    quoted.end = if closed { End::Closed } else { End::Text };
                    let blanks = behind.len().saturating_sub(rest.len());
                    return (
                        quoted,
                        Length { content: at, all: at.saturating_add(1).saturating_add(blanks) },
                    );
                }
                b',' => {
                    quoted.separators = quoted.separators.saturating_add(1);
                    in_line = in_line.saturating_add(1);
                    if quoted.runs_over() {
                        quoted.most_in_a_line = quoted.most_in_a_line.max(in_line);
                    }
                }
                b'\n' | b'\r' => {
                    if byte == b'\r' {
                        bytes.next_if(|(_, next)| *next == b'\n');
                    }
                    quoted.lines.1 = quoted.lines.1.saturating_add(1);
                    in_line = 0;
                }
                _ => {}
            }
        }
        (quoted, Length { content: after.len(), all: after.len() })
    }
}

/// Bytes of a quoted cell behind its opening mark: what is in it, and up to where it ends.
struct Length {
    content: usize,
    all: usize,
}

fn end_of_unquoted(text: &str) -> usize {
    text.bytes().position(|byte| matches!(byte, b',' | b'\n' | b'\r')).unwrap_or(text.len())
}

/// The text of a quoted cell: doubled marks are one, and a line break is a line feed.
fn plain(content: &str) -> Cow<'_, str> {
    if content.contains(['"', '\r']) {
        Cow::Owned(content.replace("\"\"", "\"").replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(content)
    }
}

/// Marks that are kept: one more than findings are listed, so that it is said that there are more.
const MARKS_MAX: usize = crate::limits::FINDINGS_MAX + 1;

/// Rows so far, within the limits.
struct Rows {
    rows: Vec<Line>,
    marks: Vec<Mark>,
    cells: usize,
    cell: fn(&str) -> Option<Cell>,
    number: u32,
    column: u16,
    current: Vec<(u16, Cell)>,
    over_lines: BTreeMap<u32, (u32, u32)>,
}

impl Rows {
    fn new(cell: fn(&str) -> Option<Cell>) -> Rows {
        Rows {
            rows: Vec::new(),
            marks: Vec::new(),
            cells: 0,
            cell,
            number: 1,
            column: 0,
            current: Vec::new(),
            over_lines: BTreeMap::new(),
        }
    }

    fn begin(&mut self, number: u32) {
        (self.number, self.column) = (number, 0);
    }

    /// A cell without quotes; a mark in it is a character, which is said.
    fn unquoted(&mut self, field: &str) -> Result<(), Box<Finding>> {
        if field.contains('"') {
            let message =
                "a quotation mark stands in the cell and is taken as a character: if it is none, take it out";
            self.mark(field, Code::STRAY_QUOTE, message.to_owned(), false);
        }
        self.push(field)
    }

    fn mark(&mut self, value: &str, code: Code, message: String, is_error: bool) {
        if self.marks.len() < MARKS_MAX || (is_error && !self.marks.iter().any(|mark| mark.is_error)) {
            let value = value.trim().chars().take(100).collect();
            self.marks.push(Mark { line: self.number, column: self.column, value, code, message, is_error });
        }
    }

    /// Notes that the row runs over lines of text.
    fn runs_over(&mut self, (first, last): (u32, u32)) {
        let lines = self.over_lines.entry(self.number).or_insert((first, last));
        lines.1 = lines.1.max(last);
    }

    /// Empty cells count as columns too: a line of nothing but separators has an end.
    fn push(&mut self, field: &str) -> Result<(), Box<Finding>> {
        if usize::from(self.column) >= COLUMNS_MAX {
            return Err(too_large(Some(self.number), format!("more than {COLUMNS_MAX} columns")));
        }
        if let Some(cell) = (self.cell)(field) {
            self.current.push((self.column, cell));
        }
        self.column = self.column.saturating_add(1);
        Ok(())
    }

    fn end(&mut self) -> Result<(), Box<Finding>> {
        if self.current.is_empty() {
            return Ok(());
        }
        self.cells = self.cells.saturating_add(self.current.len());
        let cells = std::mem::take(&mut self.current);
        self.rows.push(Line { number: self.number, cells });
        if self.rows.len() > ROWS_MAX || self.cells > CELLS_MAX {
            let message = format!("more than {ROWS_MAX} rows or {CELLS_MAX} cells");
            return Err(too_large(Some(self.number), message));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Column;

    const SIX: Template = Template::one_line(&[
        Column::required("a"),
        Column::required("b"),
        Column::required("c"),
        Column::required("d"),
        Column::required("e"),
        Column::required("f"),
    ]);

    /// Rows as `number:cell|cell`, then marks as `line column error`.
    fn read(text: &str) -> (Vec<String>, Vec<(u32, u16, bool)>) {
        let table = read_csv(text, Cell::of_text, &|quoted| quoted.swallows_rows_of(&SIX)).unwrap();
        let row = |row: &Line| {
            let cells: Vec<String> = row.cells.iter().map(|(_, cell)| cell.shown().into_owned()).collect();
            format!("{}:{}", row.number, cells.join("|"))
        };
        let marks = table.marks.iter().map(|mark| (mark.line, mark.column, mark.is_error)).collect();
        (table.rows.iter().map(row).collect(), marks)
    }

    #[test]
    fn rows_are_numbered_as_excel_does() {
        let numbers = |text: &str| {
            let rows = read_csv(text, Cell::of_text, &|_| false).unwrap().rows;
            rows.iter().map(|row| (row.number, row.cells.len())).collect::<Vec<_>>()
        };
        assert_eq!(numbers("a,b\r\n\r\n , \r\nc,d\r\n"), [(1, 2), (4, 2)]);
        assert_eq!(numbers("a\rb\r"), [(1, 1), (2, 1)]);
        assert_eq!(numbers("a,\"b\nb\",c\nd\n\n\"e\n\n\",f\ng"), [(1, 3), (2, 1), (4, 2), (5, 1)]);
    }

    #[test]
    fn marks_swallow_nothing() {
        let none: [(u32, u16, bool); 0] = [];
        // What is quoted well is read, a note with a line break too.
        let (rows, marks) = read("1,\"a,\"\"b\"\"\",\"c\r\nd\" ,\n2,\"\",x");
        assert_eq!(
            (rows, marks.as_slice()),
            (vec!["1:1|a,\"b\"|c\nd".into(), "2:2|x".into()], none.as_slice())
        );
        for (text, expect_rows, expect_marks) in [
            ("1,\"a\n2,b\n", vec!["1:1|\"a", "2:2|b"], vec![(1, 1, true)]),
            ("1,\"a\n2,\"b\n", vec!["1:1|\"a", "2:2|\"b"], vec![(1, 1, true), (2, 1, true)]),
            ("1,a\"b\n", vec!["1:1|a\"b"], vec![(1, 1, false)]),
            ("1,\"a\"b\n", vec!["1:1|\"a\"b"], vec![(1, 1, true)]),
            // Closed, but over what would be a row: six columns have five separators, and half of them are two.
            (
                "1,\"a\n2,b,c,d,e,f\n3\",x\n",
                vec!["1:1|\"a", "2:2|b|c|d|e|f", "3:3\"|x"],
                vec![(1, 1, true), (3, 0, false)],
            ),
            (
                "1,\"a\n2,b,c\n3\",x\n",
                vec!["1:1|\"a", "2:2|b|c", "3:3\"|x"],
                vec![(1, 1, true), (3, 0, false)],
            ),
            ("1,\"a\n2\n3\",x\n", vec!["1:1|a\n2\n3|x"], vec![(1, 1, false)]),
            ("\"", vec!["1:\""], vec![(1, 0, true)]),
        ] {
            let (rows, marks) = read(text);
            assert_eq!(
                (rows.iter().map(String::as_str).collect(), marks),
                (expect_rows, expect_marks),
                "{text}"
            );
        }
    }

    #[test]
    fn empty_columns_are_limited() {
        let commas = ",".repeat(COLUMNS_MAX);
        assert_eq!(read_csv(&commas, Cell::of_text, &|_| false).unwrap_err().code, Code::TOO_LARGE);
        assert!(read_csv(&commas[1..], Cell::of_text, &|_| false).is_ok());
        let bars = "|".repeat(COLUMNS_MAX);
        assert_eq!(read_bars(&bars, Cell::of_text).unwrap_err().code, Code::TOO_LARGE);
    }
}
