//! Walks the rows of a table: what every template has in common.

use crate::field::Row;
use crate::finding::{Code, Finding, Findings, Place};
use crate::header::{self, Header, Layout, Template};
use crate::hidden::listed;
use crate::table::{Cell, Line, Table};
use crate::text::squeezed;
use crate::{FileKind, FileName, Located, Repeat};
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::ops::Range;
use wages::{CreditCode, IdNumber, IdentifierError};

/// A file whose header was found.
pub(crate) struct Reader<'a> {
    name: &'a FileName,
    table: &'a Table,
    findings: &'a mut Findings,
    header: Header,
    layout: Layout,
    titles: BTreeSet<String>,
    rows: u32,
    repeats: Vec<Repeat>,
    /// Rows that were read though they are hidden.
    hidden_rows: Vec<u32>,
}

/// The columns of a kind of file.
pub(crate) fn template(kind: FileKind) -> &'static Template {
    match kind {
        FileKind::Projects => &crate::projects::TEMPLATE,
        FileKind::Roster => &crate::roster::TEMPLATE,
        FileKind::Contracts => &crate::contracts::TEMPLATE,
        FileKind::Attendance => &crate::attendance::TEMPLATE,
        FileKind::WageSheet => &crate::wage_sheet::TEMPLATE,
        FileKind::BankResult => &crate::bank_result::TEMPLATE,
        FileKind::Account => &crate::account::TEMPLATE,
        FileKind::Subcontracts => &crate::subcontracts::TEMPLATE,
        FileKind::Guarantees => &crate::guarantees::TEMPLATE,
        FileKind::Inspections => &crate::inspections::TEMPLATE,
        FileKind::Complaints => &crate::complaints::TEMPLATE,
        FileKind::Deductions => &crate::deductions::TEMPLATE,
    }
}

impl<'a> Reader<'a> {
    /// Finds the header and says which columns are missing, unknown or there twice.
    pub(crate) fn new(
        name: &'a FileName,
        table: &'a Table,
        findings: &'a mut Findings,
    ) -> Option<Reader<'a>> {
        let template = template(name.kind);
        let layout = Layout {
            sheet: table.sheet.clone(),
            sheet_number: table.sheet_number,
            columns: Vec::new(),
            names_cells: table.names_cells,
        };
        for note in &table.notes {
            findings.push(note.clone());
        }
        let Some(header) = header::find(table, template) else {
            for mark in &table.marks {
                findings.push(mark.finding(&layout));
            }
            let names: Vec<&str> = template.columns.iter().map(|column| column.name).collect();
            let place = Place { sheet: layout.sheet, ..Place::default() };
            let message = format!("no header line with the columns {}", names.join(", "));
            findings.push(Finding::error(place, None, Code::MISSING_HEADER, message).of_whole_file());
            return None;
        };
        let titles = table.rows.iter().take(header.first).map(Line::joined_text).collect();
        let mut reader = Reader {
            name,
            table,
            findings,
            header,
            layout,
            titles,
            rows: 0,
            repeats: Vec::new(),
            hidden_rows: Vec::new(),
        };
        reader.place_columns(template);
        for mark in &table.marks {
            reader.findings.push(mark.finding(&reader.layout));
        }
        reader.refuse_rows_above();
        Some(reader)
    }

    /// The rows above the header are titles. A row among them would be lost without a word: a worker's, or, in
    /// comma-separated text, which has no titles of several cells, one that is half as wide as the header.
    fn refuse_rows_above(&mut self) {
        let width = self.header.names.len();
        for line in self.titles() {
            let is_wide = self.table.is_text
                && self.table.names_cells
                && line.cells.len() >= 3
                && line.cells.len().saturating_mul(2) >= width;
            let id = line.cells.iter().find(|(_, cell)| match cell {
                Cell::Text(text) => {
                    let text = squeezed(text);
                    let is_id = matches!(text.parse::<IdNumber>(), Ok(_) | Err(IdentifierError::Birthday));
                    // An employer's credit code may have digits only.
                    is_id && text.parse::<CreditCode>().is_err()
                }
                Cell::Number(value) => *value > 1e16 && line.cells.len() >= 5,
                _ => false,
            });
            let first = line.cells.first().filter(|_| is_wide);
            let Some((at, cell)) = id.or(first) else { continue };
            let what = if id.is_some() { "a row with an ID number" } else { "a row" };
            let place = Place {
                sheet: self.layout.sheet.clone(),
                line: Some(line.number),
                cell: self.layout.cell(line.number, *at),
                column: self.layout.name_at(*at).map(str::to_owned),
            };
            let message = format!("{what} above the header line {}: move it below", self.header.line);
            let value = Some(cell.shown().into_owned());
            self.findings.push(Finding::error(place, value, Code::ROW_ABOVE_HEADER, message).of_whole_file());
        }
    }

    fn place_columns(&mut self, template: &Template) {
        let line = self.header.line;
        for (at, text) in &self.header.names {
            let place = Place {
                sheet: self.layout.sheet.clone(),
                line: Some(line),
                cell: self.layout.cell(line, *at),
                column: Some(text.clone()),
            };
            let value = Some(text.clone());
            match template.column(text) {
                None => {
                    let message = "a column that this template does not have; it is ignored";
                    self.findings.push(Finding::error(place, value, Code::UNKNOWN_COLUMN, message).warning());
                }
                Some(column) => match self.layout.column(column.name) {
                    None => self.layout.columns.push((column.name, *at)),
                    Some(first) => {
                        let message = format!(
                            "the column {text} is there twice, first in {}: remove one",
                            header::column_letters(first)
                        );
                        let finding = Finding::error(place, value, Code::DUPLICATE_COLUMN, message);
                        self.findings.push(finding.of_whole_file());
                    }
                },
            }
        }
        for column in template.columns {
            if column.required && self.layout.column(column.name).is_none() {
                let place = self.layout.place(line, column.name);
                let message = format!("the header line has no column {}", column.name);
                self.findings
                    .push(Finding::error(place, None, Code::MISSING_COLUMN, message).of_whole_file());
            }
        }
    }

    /// What the file's name says.
    pub(crate) fn name(&self) -> &'a FileName {
        self.name
    }

    /// The rows above the header.
    pub(crate) fn titles(&self) -> impl Iterator<Item = &'a Line> + use<'a> {
        self.table.rows.iter().take(self.header.first)
    }

    /// All rows below the header, as indexes.
    pub(crate) fn data(&self) -> Range<usize> {
        self.header.end..self.table.rows.len()
    }

    /// Rows of the sheet that are hidden.
    pub(crate) fn hidden_rows(&self) -> &'a BTreeSet<u32> {
        &self.table.hidden.rows
    }

    /// A row of the table by its index.
    pub(crate) fn line(&self, index: usize) -> Option<&'a Line> {
        self.table.rows.get(index)
    }

    /// A row for reading cells; it does not count as one of the file's rows.
    pub(crate) fn row<'r>(&'r mut self, line: &'a Line) -> Row<'r>
    where
        'a: 'r,
    {
        Row::new(line, &self.layout, self.findings)
    }

    /// Reads all rows below the header.
    pub(crate) fn rows<T>(&mut self, read: impl FnMut(&mut Row<'_>) -> Option<T>) -> Vec<Located<T>> {
        self.rows_in(self.data(), read)
    }

    /// Reads rows, leaving out repeated headers and titles (page breaks of printed sheets). Rows with an
    /// error count, but are left out of the result.
    pub(crate) fn rows_in<T>(
        &mut self,
        range: Range<usize>,
        mut read: impl FnMut(&mut Row<'_>) -> Option<T>,
    ) -> Vec<Located<T>> {
        let mut good = Vec::new();
        for line in self.table.rows.get(range).unwrap_or_default() {
            if self.is_header_again(line) {
                continue;
            }
            self.rows = self.rows.saturating_add(1);
            if self.table.hidden.rows.contains(&line.number) {
                self.hidden_rows.push(line.number);
            }
            let mut row = Row::new(line, &self.layout, self.findings);
            if self.table.is_text {
                let last = self.header.names.keys().next_back().copied().unwrap_or(u16::MAX);
                row.refuse_cells_after(last);
            }
            let read = read(&mut row);
            let is_bad = row.is_bad();
            if is_bad {
                self.refuse_over_lines(line);
            }
            if let (Some(read), false) = (read, is_bad) {
                good.push(Located { line: line.number, row: read });
            }
        }
        good
    }

    /// A wrong row that runs over several lines of text may be several rows, put together by stray marks.
    fn refuse_over_lines(&mut self, line: &Line) {
        let Some((first, last)) = self.table.over_lines.get(&line.number) else { return };
        let message = format!(
            "this row runs over lines {first} to {last} of the text, and is wrong: if a quotation mark was left open, \
             take it out"
        );
        let place = Place { line: Some(line.number), ..Place::default() };
        self.findings.push(Finding::error(place, None, Code::STRAY_QUOTE, message).of_whole_file());
    }

    /// Most rows are told from a header by their first text.
    fn is_header_again(&self, line: &Line) -> bool {
        let first_text = line.cells.iter().find_map(|(column, cell)| match cell {
            Cell::Text(text) => Some((column, text)),
            _ => None,
        });
        let Some((column, text)) = first_text else { return false };
        if line.cells.len() == 1 && !self.titles.is_empty() && self.titles.contains(&**text) {
            return true;
        }
        let header_rows = self.table.rows.get(self.header.first..self.header.end).unwrap_or_default();
        let squeezed = squeezed(text);
        let headers: Vec<_> = header_rows.iter().map(|row| row.cell(*column)).collect();
        let same = |cell: &&Cell| matches!(cell, Cell::Text(text) if crate::text::squeezed(text) == squeezed);
        if !headers.into_iter().flatten().any(|cell| same(&cell)) {
            return false;
        }
        let texts = header::own_texts(line);
        // Each line of the header, and both as one.
        let all = header_rows.iter().map(header::own_texts).chain([self.header.names.clone()]);
        all.into_iter().any(|names| {
            let equal = texts.iter().filter(|(column, text)| names.get(column) == Some(text)).count();
            equal >= 2 && equal.saturating_mul(2) > line.cells.len()
        })
    }

    /// Of rows with the same key only the first is kept. A later one that says the same is a repeat; one
    /// that says something else is a conflict at the column that `difference` names.
    pub(crate) fn distinct<T, K: Hash + Eq>(
        &mut self,
        rows: Vec<Located<T>>,
        key: impl Fn(&T) -> K,
        difference: impl Fn(&T, &T) -> Option<&'static str>,
    ) -> Vec<Located<T>> {
        let mut repeats = Vec::new();
        let rows = self.first_of_each(
            rows,
            |row| Some(key(row)),
            difference,
            |_, line, of_line| {
                repeats.push(Repeat { line, of_line });
            },
        );
        self.repeats.append(&mut repeats);
        rows
    }

    /// The same, where rows are added up, so that a repeat is an error too, at `column`.
    pub(crate) fn unique<T, K: Hash + Eq>(
        &mut self,
        rows: Vec<Located<T>>,
        key: impl Fn(&T) -> Option<K>,
        column: &'static str,
        difference: impl Fn(&T, &T) -> Option<&'static str>,
    ) -> Vec<Located<T>> {
        self.first_of_each(rows, key, difference, |reader, line, of_line| {
            let message = format!("the same as line {of_line}: it would count twice");
            reader.error_at(line, column, Code::DUPLICATE_ROW, message);
        })
    }

    fn first_of_each<T, K: Hash + Eq>(
        &mut self,
        rows: Vec<Located<T>>,
        key: impl Fn(&T) -> Option<K>,
        difference: impl Fn(&T, &T) -> Option<&'static str>,
        mut again: impl FnMut(&mut Self, u32, u32),
    ) -> Vec<Located<T>> {
        let mut seen: HashMap<K, usize> = HashMap::with_capacity(rows.len());
        let mut kept: Vec<Located<T>> = Vec::with_capacity(rows.len());
        for later in rows {
            let Some(key) = key(&later.row) else {
                kept.push(later);
                continue;
            };
            let first = seen.get(&key).and_then(|at| kept.get(*at));
            match first {
                None => {
                    seen.insert(key, kept.len());
                    kept.push(later);
                }
                Some(first) => match difference(&first.row, &later.row) {
                    None => again(self, later.line, first.line),
                    Some(column) => {
                        let was = self.shown(first.line, column);
                        let message = format!(
                            "the same key as line {}, but not {column} {was}: one is wrong",
                            first.line
                        );
                        self.error_at(later.line, column, Code::CONFLICT, message);
                    }
                },
            }
        }
        kept
    }

    /// An error at a cell.
    pub(crate) fn error_at(&mut self, line: u32, column: &str, code: Code, message: impl Into<String>) {
        let value = self.shown(line, column);
        let place = self.layout.place(line, column);
        self.findings.push(Finding::error(place, Some(value), code, message));
    }

    /// An error about the whole file, at a line where there is one.
    pub(crate) fn whole_file(
        &mut self,
        line: Option<u32>,
        column: Option<&str>,
        value: Option<String>,
        code: Code,
        message: impl Into<String>,
    ) {
        let finding = self.finding_outside(line, column, value, code, message);
        self.findings.push(finding.of_whole_file());
    }

    /// A warning about the file.
    pub(crate) fn warn(
        &mut self,
        line: Option<u32>,
        column: Option<&str>,
        value: Option<String>,
        code: Code,
        message: impl Into<String>,
    ) {
        let finding = self.finding_outside(line, column, value, code, message);
        self.findings.push(finding.warning());
    }

    /// Outside the columns: a title row of a sheet is named by its first cell.
    fn finding_outside(
        &self,
        line: Option<u32>,
        column: Option<&str>,
        value: Option<String>,
        code: Code,
        message: impl Into<String>,
    ) -> Finding {
        let first = line.and_then(|line| self.find_line(line)).and_then(|row| row.cells.first());
        let cell = line.zip(first).and_then(|(line, (at, _))| self.layout.cell(line, *at));
        let column = column.map(str::to_owned);
        let place = Place { sheet: self.layout.sheet.clone(), line, cell, column };
        Finding::error(place, value, code, message)
    }

    /// The file's name lacks something that only it can say.
    pub(crate) fn bad_name(&mut self, pattern: &str) {
        self.whole_file(None, None, None, Code::BAD_NAME, format!("the file must be called {pattern}"));
    }

    fn find_line(&self, number: u32) -> Option<&'a Line> {
        let at = self.table.rows.binary_search_by_key(&number, |row| row.number).ok()?;
        self.table.rows.get(at)
    }

    fn shown(&self, line: u32, column: &str) -> String {
        let cell = self.layout.column(column).and_then(|at| self.find_line(line)?.cell(at));
        cell.map(|cell| cell.shown().into_owned()).unwrap_or_default()
    }

    /// Hidden rows and columns are read like all others, for they count in totals and payments; but nobody who
    /// looks at the sheet sees them.
    fn warn_of_hidden(&mut self) {
        if let Some(first) = self.hidden_rows.first().copied() {
            let (rows, is, it) = match self.hidden_rows.as_slice() {
                [_] => ("row", "is", "it"),
                _ => ("rows", "are", "them"),
            };
            let message = format!(
                "{rows} {} {is} hidden in the workbook and read like all others: show {it}, or take {it} out",
                listed(&self.hidden_rows)
            );
            let place = Place { sheet: self.layout.sheet.clone(), line: Some(first), ..Place::default() };
            self.findings.push(Finding::error(place, None, Code::HIDDEN_ROWS, message).warning());
        }
        let hidden = self.layout.columns.iter().filter(|(_, at)| self.table.hidden.columns.contains(at));
        let hidden: Vec<(&str, u16)> = hidden.copied().collect();
        if let Some((first, at)) = hidden.first().copied() {
            let named = |(name, at): &(&str, u16)| format!("{name} ({})", header::column_letters(*at));
            let names: Vec<String> = hidden.iter().map(named).collect();
            let message = format!("hidden in the workbook, and read: {}", names.join(", "));
            let line = self.header.line;
            let place = Place {
                sheet: self.layout.sheet.clone(),
                line: Some(line),
                cell: self.layout.cell(line, at),
                column: Some(first.to_owned()),
            };
            self.findings.push(Finding::error(place, None, Code::HIDDEN_COLUMNS, message).warning());
        }
    }

    /// Number of rows, repeats, and where the columns stand.
    pub(crate) fn finish(mut self) -> (u32, Vec<Repeat>, Layout) {
        self.warn_of_hidden();
        (self.rows, self.repeats, self.layout)
    }
}
