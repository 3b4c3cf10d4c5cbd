//! Reading the cells of one row as what they should be.
//!
//! Every function returns `None` after it has reported what is wrong, so that a row's reader asks for all
//! cells first and all faults of a row are reported at once.

use crate::finding::{Code, Finding, Findings};
use crate::header::Layout;
use crate::number;
use crate::table::{Cell, Line};
use crate::text::{folded, is_blank, squeezed};
use std::borrow::Cow;
use std::str::FromStr;
use wages::{CreditCode, IdNumber, IdentifierError, luhn_ok};

mod figures;

/// What to do about a formula without its result.
pub(crate) const UNCALCULATED: &str =
    "a formula without a stored value: open the file in Excel, save it, and hand it in again";

/// One row while it is being read.
pub(crate) struct Row<'a> {
    line: &'a Line,
    layout: &'a Layout,
    findings: &'a mut Findings,
    /// Its faults are those of the whole file: a total row.
    for_all: bool,
    bad: bool,
}

impl<'a> Row<'a> {
    pub(crate) fn new(line: &'a Line, layout: &'a Layout, findings: &'a mut Findings) -> Row<'a> {
        Row { line, layout, findings, for_all: false, bad: false }
    }

    /// A row that speaks for all others, so that what is wrong with it is wrong with the whole file.
    pub(crate) fn for_all(self) -> Row<'a> {
        Row { for_all: true, ..self }
    }

    /// The row's number.
    pub(crate) fn line(&self) -> u32 {
        self.line.number
    }

    /// Whether an error was found in it.
    pub(crate) fn is_bad(&self) -> bool {
        self.bad
    }

    /// The cell of a column, unless it is empty.
    pub(crate) fn cell(&self, column: &str) -> Option<&'a Cell> {
        self.line.cell(self.layout.column(column)?)
    }

    /// Reports an error at a column's cell.
    pub(crate) fn error(&mut self, column: &str, code: Code, message: impl Into<String>) {
        let value = self.cell(column).map(|cell| cell.shown().into_owned()).unwrap_or_default();
        self.error_with(column, value, code, message);
    }

    /// The same, with the value as it should be shown.
    pub(crate) fn error_with(
        &mut self,
        column: &str,
        value: impl Into<String>,
        code: Code,
        message: impl Into<String>,
    ) {
        self.bad = true;
        let place = self.layout.place(self.line.number, column);
        let finding = Finding::error(place, Some(value.into()), code, message);
        self.findings.push(if self.for_all { finding.of_whole_file() } else { finding });
    }

    /// Reports an error that makes the whole file bad, but not this row.
    pub(crate) fn whole_file_error(
        &mut self,
        column: &str,
        value: Option<String>,
        code: Code,
        message: impl Into<String>,
    ) {
        let place = self.layout.place(self.line.number, column);
        self.findings.push(Finding::error(place, value, code, message).of_whole_file());
    }

    /// Reports something worth a look.
    pub(crate) fn warning(&mut self, column: &str, code: Code, message: impl Into<String>) {
        let value = self.cell(column).map(|cell| cell.shown().into_owned());
        let place = self.layout.place(self.line.number, column);
        self.findings.push(Finding::error(place, value, code, message).warning());
    }

    /// The first cell that holds anything.
    pub(crate) fn first_cell(&self) -> Option<&'a Cell> {
        self.line.cells.first().map(|(_, cell)| cell)
    }

    /// Reports that the row as a whole is none of those that the template has, at its first cell.
    pub(crate) fn refuse(&mut self, code: Code, message: impl Into<String>) {
        self.bad = true;
        let mut place = self.layout.place(self.line.number, "");
        place.column = None;
        if let Some((at, _)) = self.line.cells.first() {
            place.cell = self.layout.cell(self.line.number, *at);
            place.column = self.layout.name_at(*at).map(str::to_owned);
        }
        let value = self.first_cell().map(|cell| cell.shown().into_owned());
        self.findings.push(Finding::error(place, value, code, message));
    }

    /// More cells than the header has mean that a cell was split, as by an unquoted `1,234.00`.
    pub(crate) fn refuse_cells_after(&mut self, last_column: u16) {
        if let Some((column, cell)) = self.line.cells.last().filter(|(column, _)| *column > last_column) {
            self.bad = true;
            let mut place = self.layout.place(self.line.number, "");
            (place.cell, place.column) = (self.layout.cell(self.line.number, *column), None);
            let message = "more cells than the header: quote cells that contain the separator";
            let value = Some(cell.shown().into_owned());
            self.findings.push(Finding::error(place, value, Code::TOO_MANY_CELLS, message));
        }
    }

    /// The text of a cell, `Some(None)` when it is empty.
    fn any_text(&mut self, column: &str) -> Option<Option<Cow<'a, str>>> {
        let Some(cell) = self.cell(column) else { return Some(None) };
        match cell {
            Cell::Text(text) if text.contains('\u{FFFD}') => {
                self.error(
                    column,
                    Code::BAD_ENCODING,
                    "characters were lost (\u{FFFD}): write the cell again",
                );
                None
            }
            Cell::TooLong(_) => {
                let message = format!("more than {} characters", crate::limits::CELL_CHARS_MAX);
                self.error(column, Code::TOO_LONG, message);
                None
            }
            Cell::Fault(_) => {
                self.error(column, Code::UNKNOWN_VALUE, "a formula that failed: write the value");
                None
            }
            Cell::Uncalculated(_) => {
                self.error(column, Code::FORMULA_WITHOUT_VALUE, UNCALCULATED);
                None
            }
            Cell::Text(_) | Cell::Number(_) | Cell::Moment(_) | Cell::Truth(_) => Some(Some(cell.shown())),
        }
    }

    /// The text of a cell that must hold some. Where the column itself is missing that was said once.
    fn some_text(&mut self, column: &str) -> Option<Cow<'a, str>> {
        if self.layout.column(column).is_none() {
            self.bad = true;
            return None;
        }
        match self.any_text(column)? {
            Some(text) => Some(text),
            None => {
                self.error(column, Code::MISSING_VALUE, format!("{column} is required"));
                None
            }
        }
    }

    /// Text in one line.
    pub(crate) fn text(&mut self, column: &str) -> Option<String> {
        let text = self.some_text(column)?;
        self.one_line(column, text)
    }

    /// Text in one line, or nothing.
    pub(crate) fn optional_text(&mut self, column: &str) -> Option<Option<String>> {
        match self.any_text(column)? {
            None => Some(None),
            Some(text) => self.one_line(column, text).map(Some),
        }
    }

    /// Free text; line breaks become spaces.
    pub(crate) fn note(&mut self, column: &str) -> Option<Option<String>> {
        let text = self.any_text(column)?;
        Some(text.map(|text| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()))
    }

    fn one_line(&mut self, column: &str, text: Cow<'_, str>) -> Option<String> {
        if text.chars().any(char::is_control) {
            self.error(column, Code::BAD_FORMAT, "a line break or control character in the cell");
            return None;
        }
        Some(text.into_owned())
    }

    /// A person's name. Spaces between Chinese characters, which sheets use to align names of two
    /// characters, are taken out; those in `Anna Li` stay.
    pub(crate) fn person(&mut self, column: &str) -> Option<String> {
        let text = self.text(column)?;
        let wide = |c: Option<char>| c.is_some_and(|c| !c.is_ascii());
        let mut name = String::with_capacity(text.len());
        let mut parts = text.split(is_blank).filter(|part| !part.is_empty()).peekable();
        while let Some(part) = parts.next() {
            name.push_str(part);
            let next = parts.peek().and_then(|next| next.chars().next());
            if next.is_some() && !(wide(part.chars().last()) && wide(next)) {
                name.push(' ');
            }
        }
        Some(name)
    }

    /// Text of a cell where a number would have lost digits.
    fn digits_text(&mut self, column: &str) -> Option<Cow<'a, str>> {
        if let Some(Cell::Number(value)) = self.cell(column) {
            let message = "the number stands in a numeric cell; Excel keeps 15 digits only: format the \
                           column as text and enter it again";
            self.error_with(column, number::scientific(*value), Code::NUMERIC_IDENTIFIER, message);
            return None;
        }
        self.some_text(column)
    }

    /// A citizen ID number.
    pub(crate) fn id_number(&mut self, column: &str) -> Option<IdNumber> {
        let text = self.digits_text(column)?;
        match squeezed(&text).parse() {
            Ok(id) => Some(id),
            Err(IdentifierError::CheckDigit) => {
                let message = "the check digit of this ID number is wrong (ISO 7064 MOD 11-2)";
                self.error(column, Code::BAD_CHECK_DIGIT, message);
                None
            }
            Err(IdentifierError::Birthday) => {
                let message = "the day of birth in this ID number (digits 7 to 14, as in 19900131) does not exist or is \
                               not between 1930 and 2100";
                self.error(column, Code::BAD_DATE, message);
                None
            }
            Err(IdentifierError::Shape) => {
                self.error(column, Code::BAD_FORMAT, "an ID number has 17 digits and a digit or X");
                None
            }
        }
    }

    /// A unified social credit code.
    pub(crate) fn credit_code(&mut self, column: &str) -> Option<CreditCode> {
        let text = self.digits_text(column)?;
        match squeezed(&text).parse() {
            Ok(code) => Some(code),
            Err(IdentifierError::CheckDigit) => {
                let message = "the last character does not fit the other 17 (GB 32100)";
                self.error(column, Code::BAD_CHECK_DIGIT, message);
                None
            }
            Err(IdentifierError::Shape | IdentifierError::Birthday) => {
                let message =
                    "a credit code (统一社会信用代码) has 18 digits and capitals without I, O, S, V, Z";
                self.error(column, Code::BAD_FORMAT, message);
                None
            }
        }
    }

    /// Any other number or code that somebody gave.
    pub(crate) fn identifier<T: FromStr<Err = IdentifierError>>(&mut self, column: &str) -> Option<T> {
        let text = self.digits_text(column)?;
        let read = folded(&text).trim().parse();
        if read.is_err() {
            self.error(column, Code::BAD_FORMAT, format!("not a valid {column}: wrong length or characters"));
        }
        read.ok()
    }

    /// The same, where the cell may be empty.
    pub(crate) fn optional_identifier<T: FromStr<Err = IdentifierError>>(
        &mut self,
        column: &str,
    ) -> Option<Option<T>> {
        match self.cell(column) {
            None => Some(None),
            Some(_) => self.identifier(column).map(Some),
        }
    }

    /// A personal card: 13 to 19 digits. A failed Luhn check is only warned of.
    pub(crate) fn card(&mut self, column: &str) -> Option<String> {
        let card = self.digits(column, 13, 19)?;
        if !luhn_ok(&card) {
            let message = "the last digit of the card number does not fit; check for a typing mistake";
            self.warning(column, Code::LUHN, message);
        }
        Some(card)
    }

    /// A bank account, of a person or a company: 6 to 32 digits.
    pub(crate) fn account(&mut self, column: &str) -> Option<String> {
        self.digits(column, 6, 32)
    }

    fn digits(&mut self, column: &str, least: usize, most: usize) -> Option<String> {
        let text = self.digits_text(column)?;
        let digits: String = squeezed(&text).chars().filter(|c| *c != '-').collect();
        if (least..=most).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
            Some(digits)
        } else {
            self.error(column, Code::BAD_FORMAT, format!("{least} to {most} digits are expected"));
            None
        }
    }

    /// A mobile phone. Another shape is only warned of: no wage depends on it.
    pub(crate) fn phone(&mut self, column: &str) -> Option<String> {
        let text = self.some_text(column)?;
        let phone = squeezed(&text).into_owned();
        let mut bytes = phone.bytes();
        let mobile = phone.len() == 11
            && phone.bytes().all(|b| b.is_ascii_digit())
            && bytes.next() == Some(b'1')
            && bytes.next().is_some_and(|b| b >= b'3');
        if !mobile {
            self.warning(column, Code::BAD_FORMAT, "a mobile number has 11 digits and begins with 13 to 19");
        }
        Some(phone)
    }

    /// A work type (工种代码) of 3 digits; a numeric cell has lost its leading zeros, which are known.
    pub(crate) fn work_type_code(&mut self, column: &str) -> Option<String> {
        let is_number = matches!(self.cell(column), Some(Cell::Number(_)));
        let text = self.some_text(column)?;
        let code = squeezed(&text).into_owned();
        let code = if is_number { format!("{code:0>3}") } else { code };
        if code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit()) {
            Some(code)
        } else {
            self.error(column, Code::BAD_FORMAT, "a work type code has 3 digits, as in 020");
            None
        }
    }

    /// 是 or 否.
    pub(crate) fn yes_or_no(&mut self, column: &str) -> Option<bool> {
        self.word(column, &[true, false], |yes| if yes { "是" } else { "否" })
    }

    /// One of the words that the template lists.
    pub(crate) fn word<T: Copy>(
        &mut self,
        column: &str,
        all: &[T],
        word: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let text = self.some_text(column)?;
        let text = squeezed(&text);
        let found = all.iter().copied().find(|member| word(*member) == text);
        if found.is_none() {
            let allowed: Vec<&str> = all.iter().map(|member| word(*member)).collect();
            self.error(column, Code::UNKNOWN_VALUE, format!("allowed are {}", allowed.join(", ")));
        }
        found
    }
}
