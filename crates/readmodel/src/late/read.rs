//! What lateness is worked out from, out of the texts in which the database hands it over.

use crate::ReadModelError;
use crate::engine::Row;
use crate::packed::parts;
use crate::value::Read;
use jiff::civil::Date;
use rules::{Money, Month};
use uuid::Uuid;

/// A wage line in force.
pub(super) struct LineRow<'a> {
    pub(super) line: u64,
    pub(super) worker: Uuid,
    pub(super) employer: &'a str,
    pub(super) crew: Uuid,
    pub(super) gross: Money,
    pub(super) net: Money,
    pub(super) nominal_due: Date,
    pub(super) due_on: Option<Date>,
    /// The year whose calendar is missing.
    pub(super) no_calendar: Option<i16>,
}

/// A payment, or an attempt.
pub(super) struct MoneyRow<'a> {
    pub(super) worker: Uuid,
    pub(super) employer: &'a str,
    pub(super) amount: i64,
    pub(super) value_on: Option<Date>,
    pub(super) returned_on: Option<Date>,
}

impl MoneyRow<'_> {
    /// Whether it ever counted: not where it failed, or came back on the day it was booked or before.
    pub(super) fn counts(&self) -> bool {
        self.value_on.is_some_and(|on| self.returned_on.is_none_or(|back| back > on))
    }
}

/// A stay on the project.
pub(super) struct StayRow<'a> {
    pub(super) worker: Uuid,
    /// Credit code.
    pub(super) employer: &'a str,
    pub(super) entered_on: Date,
    pub(super) left_on: Option<Date>,
}

impl StayRow<'_> {
    /// Its first month, and its last where it has ended.
    pub(super) fn months(&self) -> (Month, Option<Month>) {
        (Month::of(self.entered_on), self.left_on.map(Month::of))
    }
}

/// A month's rows as text.
pub(super) struct Packed {
    pub(super) month: Month,
    text: String,
}

/// Rows by month.
pub(super) fn by_month(rows: &[Row]) -> Result<Vec<Packed>, ReadModelError> {
    rows.iter().map(|row| Ok(Packed { month: row.parsed("month")?, text: row.text("all_of")? })).collect()
}

impl Packed {
    pub(super) fn lines(&self) -> impl Iterator<Item = Result<LineRow<'_>, ReadModelError>> {
        parts(&self.text).map(|mut fields| {
            Ok(LineRow {
                line: fields.parsed()?,
                worker: fields.parsed()?,
                employer: fields.next()?,
                crew: fields.parsed()?,
                gross: Money::from_fen(fields.parsed()?),
                net: Money::from_fen(fields.parsed()?),
                nominal_due: fields.day()?,
                due_on: fields.day_or_none()?,
                no_calendar: fields.parsed_or_none()?,
            })
        })
    }

    pub(super) fn money(&self) -> impl Iterator<Item = Result<MoneyRow<'_>, ReadModelError>> {
        parts(&self.text).map(|mut fields| {
            Ok(MoneyRow {
                worker: fields.parsed()?,
                employer: fields.next()?,
                amount: fields.parsed()?,
                value_on: fields.day_or_none()?,
                returned_on: fields.day_or_none()?,
            })
        })
    }
}

/// Stays of one text.
pub(super) fn stays(text: &str) -> impl Iterator<Item = Result<StayRow<'_>, ReadModelError>> {
    parts(text).map(|mut fields| {
        let (worker, employer, entered_on) = (fields.parsed()?, fields.next()?, fields.day()?);
        Ok(StayRow { worker, employer, entered_on, left_on: fields.day_or_none()? })
    })
}

/// Who signed a contract, and when.
pub(super) fn signed(text: &str) -> impl Iterator<Item = Result<(Uuid, Date), ReadModelError>> {
    parts(text).map(|mut fields| Ok((fields.parsed()?, fields.day()?)))
}
