//! Cells that hold amounts, numbers, dates and times.

use super::Row;
use crate::finding::Code;
use crate::table::Cell;
use crate::text::{folded, is_blank};
use crate::{number, when};
use jiff::civil::{Date, DateTime, Time};
use rules::{Days, Money, Month, PayDay};
use rust_decimal::Decimal;
use std::borrow::Cow;

impl<'a> Row<'a> {
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

    /// An amount in yuan; an empty cell is 0.00. Where the column itself is missing that was said once, and
    /// nothing can be checked against it.
    pub(crate) fn signed_money(&mut self, column: &str) -> Option<Money> {
        if self.layout.column(column).is_none() {
            self.bad = true;
            return None;
        }
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
        if self.layout.column(column).is_none() {
            self.bad = true;
            return None;
        }
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
            self.error(
                column,
                Code::BAD_NUMBER,
                format!("a whole number from {least} to {most} is expected"),
            );
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

    /// 工资发放日: `15`, `月末`, `当月25`.
    pub(crate) fn pay_day(&mut self, column: &str) -> Option<PayDay> {
        let text = self.some_text(column)?;
        let written: String = folded(&text).chars().filter(|c| !is_blank(*c)).collect();
        if let Some(day) = PayDay::from_word(&written) {
            return Some(day);
        }
        if written.bytes().all(|byte| byte.is_ascii_digit()) {
            self.error(column, Code::OUT_OF_RANGE, format!("{column} is from 1 to 31, or 月末"));
        } else {
            let message = "a day from 1 to 31 of the month after is expected, or 月末; 当月 before it = of the month itself";
            self.error(column, Code::BAD_NUMBER, message);
        }
        None
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

    /// A month.
    pub(crate) fn month(&mut self, column: &str) -> Option<Month> {
        let text = self.some_text(column)?;
        let month = match self.cell(column) {
            Some(Cell::Moment(at)) => Some(Month::of(at.date())),
            _ => when::month(&text),
        };
        let month = month.filter(|month| (1949..=2199).contains(&month.year()));
        if month.is_none() {
            self.error(column, Code::BAD_DATE, "not a month from 1949 to 2199: write it as 2026-03");
        }
        month
    }

    /// A month, or nothing.
    pub(crate) fn optional_month(&mut self, column: &str) -> Option<Option<Month>> {
        if self.layout.column(column).is_some() && self.cell(column).is_none() {
            return Some(None);
        }
        self.month(column).map(Some)
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
