//! Reading the cells of one row as what they should be.
//!
//! Every function returns `None` after it has reported what is wrong, so that a row's reader asks for all
//! cells first and all faults of a row are reported at once.

use crate::finding::{Code, Finding, Findings};
use crate::header::Layout;
use crate::table::{Cell, Line};
use crate::text::{folded, is_blank, squeezed};
use crate::{number, when};
use jiff::civil::{Date, DateTime, Time};
use rules::{Days, Money};
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::str::FromStr;
use wages::{CreditCode, IdNumber, IdentifierError, luhn_ok};

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
                self.error(column, Code::BAD_ENCODING, "characters were lost (\u{FFFD}): write the cell again");
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
            Err(IdentifierError::Shape) => {
                let message = "a credit code (统一社会信用代码) has 18 digits and capitals without I, O, S, V, Z";
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

    /// A number as plain text, `Some(None)` when the cell is empty.
    fn number(&mut self, column: &str) -> Option<Option<Cow<'a, str>>> {
        if self.layout.column(column).is_none() {
            return Some(None);
        }
        let Some(text) = self.any_text(column)? else { return Some(None) };
        let plain = match self.cell(column) {
            Some(Cell::Moment(_) | Cell::Truth(_)) => None,
            _ => number::plain(&text).map(Cow::into_owned),
        };
        if plain.is_none() {
            let message = "not a number: write it in digits, separators (,) between groups of three only";
            self.error(column, Code::BAD_NUMBER, message);
        }
        plain.map(|plain| Some(Cow::Owned(plain)))
    }

    /// An amount in yuan that is not below 0; an empty cell is 0.00.
    pub(crate) fn money(&mut self, column: &str) -> Option<Money> {
        let amount = self.signed_money(column)?;
        if amount < Money::ZERO {
            self.error(column, Code::OUT_OF_RANGE, format!("{column} cannot be below 0"));
            return None;
        }
        Some(amount)
    }

    /// An amount in yuan; an empty cell is 0.00.
    pub(crate) fn signed_money(&mut self, column: &str) -> Option<Money> {
        match self.number(column)? {
            None => Some(Money::ZERO),
            Some(text) => self.parsed(column, text.parse()),
        }
    }

    /// An amount in yuan above 0.
    pub(crate) fn positive_money(&mut self, column: &str) -> Option<Money> {
        self.some_text(column)?;
        let amount = self.signed_money(column)?;
        if amount <= Money::ZERO {
            self.error(column, Code::OUT_OF_RANGE, format!("{column} must be above 0"));
            return None;
        }
        Some(amount)
    }

    /// A number of days, in tenths, within limits.
    pub(crate) fn days(&mut self, column: &str, least: Days, most: Days) -> Option<Days> {
        self.some_text(column)?;
        let text = self.number(column)?.unwrap_or_default();
        let days = self.parsed(column, text.parse::<Days>())?;
        if days < least || days > most {
            self.error(column, Code::OUT_OF_RANGE, format!("{column} is from {least} to {most}"));
            return None;
        }
        Some(days)
    }

    fn parsed<T>(&mut self, column: &str, read: Result<T, rules::ParseError>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(fault) => {
                let (code, message) = number::fault(&fault);
                self.error(column, code, message);
                None
            }
        }
    }

    /// A unit price; an empty cell is 0, as with every amount.
    pub(crate) fn decimal(&mut self, column: &str, decimals: u32) -> Option<Decimal> {
        Some(self.optional_decimal(column, decimals)?.unwrap_or_default())
    }

    /// A quantity that must be there.
    pub(crate) fn quantity(&mut self, column: &str, decimals: u32) -> Option<Decimal> {
        self.some_text(column)?;
        self.decimal(column, decimals)
    }

    /// A number with so many decimals at most, not below 0, or nothing.
    pub(crate) fn optional_decimal(&mut self, column: &str, decimals: u32) -> Option<Option<Decimal>> {
        let Some(text) = self.number(column)? else { return Some(None) };
        match number::decimal(&text, decimals) {
            Ok(value) => Some(Some(value)),
            Err((code, message)) => {
                self.error(column, code, message);
                None
            }
        }
    }

    /// A whole number within limits.
    pub(crate) fn integer<T: TryFrom<i64>>(&mut self, column: &str, least: i64, most: i64) -> Option<T> {
        self.some_text(column)?;
        let text = self.number(column)?.unwrap_or_default();
        let Ok(value) = text.parse::<i64>() else {
            self.error(column, Code::BAD_NUMBER, format!("a whole number from {least} to {most} is expected"));
            return None;
        };
        match T::try_from(value) {
            Ok(read) if (least..=most).contains(&value) => Some(read),
            _ => {
                self.error(column, Code::OUT_OF_RANGE, format!("{column} is from {least} to {most}"));
                None
            }
        }
    }

    /// 工资发放日: a day that every month has.
    pub(crate) fn pay_day(&mut self, column: &str) -> Option<i8> {
        self.integer(column, 1, 28)
    }

    /// A date.
    pub(crate) fn date(&mut self, column: &str) -> Option<Date> {
        let text = self.some_text(column)?;
        let date = match self.cell(column) {
            Some(Cell::Moment(at)) => Some(at.date()),
            Some(Cell::Number(_)) => None,
            _ => when::date(&text),
        };
        match date {
            None => {
                let message = "not a date that exists: write it as 2026-03-25 or use a date cell";
                self.error(column, Code::BAD_DATE, message);
                None
            }
            Some(date) if !(1949..=2199).contains(&date.year()) => {
                self.error(column, Code::OUT_OF_RANGE, "a date from 1949 to 2199 is expected");
                None
            }
            Some(date) => Some(date),
        }
    }

    /// A date, or nothing.
    pub(crate) fn optional_date(&mut self, column: &str) -> Option<Option<Date>> {
        if self.layout.column(column).is_some() && self.cell(column).is_none() {
            return Some(None);
        }
        self.date(column).map(Some)
    }

    /// A time of day, or nothing.
    pub(crate) fn optional_time(&mut self, column: &str) -> Option<Option<Time>> {
        let Some(text) = self.any_text(column)? else { return Some(None) };
        let time = when::time(&text);
        if time.is_none() {
            self.error(column, Code::BAD_TIME, "not a time of day: write it as 07:05, or leave it empty");
        }
        time.map(Some)
    }

    /// A date and time with seconds.
    pub(crate) fn date_time(&mut self, column: &str) -> Option<DateTime> {
        let text = self.some_text(column)?;
        let at = when::date_time(&text).filter(|at| (1949..=2199).contains(&at.year()));
        if at.is_none() {
            let message = "not a date and time: write it as 2026-04-14 10:32:07";
            self.error(column, Code::BAD_TIME, message);
        }
        at
    }

    /// An end is not before its beginning.
    pub(crate) fn in_order(&mut self, start: Option<Date>, end: (&str, Option<Date>), message: &str) {
        let (column, end) = end;
        if start.zip(end).is_some_and(|(start, end)| end < start) {
            self.error(column, Code::DATE_ORDER, message);
        }
    }
}
