//! Reading many small rows that the database hands over as text: a month of a project's lines is one row, fields parted
//! by spaces, lines by commas. What a row costs through the driver is many times what it costs to part a text.

use crate::ReadModelError;
use crate::engine::Row;
use crate::value::Read;
use jiff::civil::Date;
use std::str::FromStr;

/// The text of the only row; empty where there is none.
pub(crate) fn whole(rows: &[Row]) -> Result<String, ReadModelError> {
    let text = rows.first().map(|row| row.text_or_null("all_of")).transpose()?;
    Ok(text.flatten().unwrap_or_default())
}

/// What stands between commas.
pub(crate) fn parts(text: &str) -> impl Iterator<Item = Fields<'_>> {
    text.split(',').filter(|part| !part.is_empty()).map(|part| Fields(part.split(' ')))
}

pub(crate) struct Fields<'a>(std::str::Split<'a, char>);

impl<'a> Fields<'a> {
    pub(crate) fn next(&mut self) -> Result<&'a str, ReadModelError> {
        self.0.next().ok_or_else(|| ReadModelError::damaged("a packed row", "too few fields"))
    }

    fn read<T, E: ToString>(&mut self, read: impl FnOnce(&str) -> Result<T, E>) -> Result<T, ReadModelError> {
        read(self.next()?).map_err(|e| ReadModelError::damaged("a packed row", e))
    }

    pub(crate) fn parsed<T: FromStr<Err: ToString>>(&mut self) -> Result<T, ReadModelError> {
        self.read(str::parse)
    }

    pub(crate) fn parsed_or_none<T: FromStr<Err: ToString>>(&mut self) -> Result<Option<T>, ReadModelError> {
        self.read(|text| (text != "-").then(|| text.parse()).transpose())
    }

    pub(crate) fn day(&mut self) -> Result<Date, ReadModelError> {
        self.read(rules::read_day)
    }

    pub(crate) fn day_or_none(&mut self) -> Result<Option<Date>, ReadModelError> {
        self.read(|text| (text != "-").then(|| rules::read_day(text)).transpose())
    }
}
