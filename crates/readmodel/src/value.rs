//! Values on their way into and out of the database: whole numbers, text, nothing. No floats.

use crate::ReadModelError;
use crate::engine::Row;
use jiff::civil::Date;
use rules::{Days, Money, Month, PayDay};
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::{DeserializeOwned, IntoDeserializer};
use smol_str::{SmolStr, SmolStrBuilder, ToSmolStr};
use std::fmt::{self, Write};
use std::sync::Arc;
use uuid::Uuid;
use uuid::fmt::Hyphenated;
use wages::{BlindIndex, Private, SealedField};

/// One value of one column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(Box<str>),
    /// Text too, which where it is short takes no room of its own.
    Short(SmolStr),
    /// Text too, in the form that ids have; kept short until it is written.
    Id(Uuid),
    /// Text too, ISO 8601.
    Day(Date),
    /// Text too, YYYY-MM.
    Month(Month),
    /// Text too, in hexadecimal.
    Index(BlindIndex),
    /// Text too, of the program itself.
    Word(&'static str),
    /// Text too, that stands in many rows.
    Name(Arc<str>),
}

macro_rules! value_from {
    ($($type:ty: $from:expr;)*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Value {
                let from: fn($type) -> Value = $from;
                from(value)
            }
        }
    )*};
}

value_from! {
    i64: Value::Int;
    i16: |v| Value::Int(v.into());
    u8: |v| Value::Int(v.into());
    u16: |v| Value::Int(v.into());
    u32: |v| Value::Int(v.into());
    bool: |v| Value::Int(v.into());
    String: |v| if v.contains('\0') { shown_nul(&v) } else { Value::Text(v.into()) };
    &str: |v| if v.contains('\0') { shown_nul(v) } else { Value::Short(v.into()) };
    Decimal: |v| Value::Short(v.to_smolstr());
    &String: |v| v.as_str().into();
    &Arc<str>: |v| if v.contains('\0') { shown_nul(v) } else { Value::Name(v.clone()) };
    Uuid: Value::Id;
    Date: Value::Day;
    Month: Value::Month;
    BlindIndex: Value::Index;
    Money: |v| Value::Int(v.fen());
    Days: |v| Value::Int(v.tenths());
    PayDay: |v| Value::Int(v.code());
    &Private: sealed;
}

impl Value {
    /// Does something with the text that it is, which where it is short is made without room of its own.
    pub(crate) fn with_text<T>(&self, then: impl FnOnce(&str) -> T) -> Option<T> {
        Some(match self {
            Value::Null => return None,
            Value::Int(number) => then(itoa::Buffer::new().format(*number)),
            Value::Text(text) => then(text),
            Value::Short(text) => then(text),
            Value::Id(id) => then(id.hyphenated().encode_lower(&mut [0; Hyphenated::LENGTH])),
            Value::Day(day) => rules::with_day(*day, then),
            Value::Month(month) => then(&month.to_smolstr()),
            Value::Index(index) => then(str::from_utf8(&index.digits()).unwrap_or_default()),
            Value::Word(word) => then(word),
            Value::Name(name) => then(name),
        })
    }

    /// The text that it is; of a number, that of the number.
    pub(crate) fn into_text(self) -> Option<String> {
        match self {
            Value::Text(text) => Some(text.into()),
            other => other.with_text(str::to_owned),
        }
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// PostgreSQL has no text with the character NUL in it: it is shown by its picture, on either engine.
fn shown_nul(text: &str) -> Value {
    Value::Text(text.replace('\0', "\u{2400}").into())
}

/// The recorded form. Plain fields never come here: an entry that holds one is refused before.
fn sealed(private: &Private) -> Value {
    private.sealed().map_or(Value::Null, |sealed| Value::Name(sealed.json().clone()))
}

/// Adds a whole number in digits, without the machinery of formatting: months and years of a bulk are put together of
/// millions of them.
pub(crate) fn add_number(text: &mut String, number: impl itoa::Integer) {
    text.push_str(itoa::Buffer::new().format(number));
}

/// As JSON; only for values whose serialisation cannot fail (structures of text and numbers).
pub(crate) fn json(value: &impl Serialize) -> Value {
    serde_json::to_string(value).map_or(Value::Null, |text| Value::Text(text.into()))
}

/// The recorded word of an enum, without the quotation marks of JSON.
pub(crate) fn word(value: &impl Serialize) -> Value {
    let mut word = SmolStrBuilder::new();
    // A structure cannot be written so.
    match write!(word, "{}", Bare(value)) {
        Ok(()) => Value::Short(word.finish()),
        Err(fmt::Error) => Value::Null,
    }
}

struct Bare<'a, T>(&'a T);

impl<T: Serialize> fmt::Display for Bare<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(f)
    }
}

/// As [`word`], to be compared with what was read.
pub(crate) fn recorded(value: &impl Serialize) -> String {
    word(value).into_text().unwrap_or_default()
}

/// Reads what [`recorded`] gives.
pub(crate) fn of_recorded<T: DeserializeOwned>(word: &str) -> Option<T> {
    T::deserialize(IntoDeserializer::<serde::de::value::Error>::into_deserializer(word)).ok()
}

/// Reading typed values out of a row. What cannot be read was changed by somebody else: damage.
pub(crate) trait Read {
    fn int(&self, column: &'static str) -> Result<i64, ReadModelError>;
    fn int_or_null(&self, column: &'static str) -> Result<Option<i64>, ReadModelError>;
    fn text(&self, column: &'static str) -> Result<String, ReadModelError>;
    fn text_or_null(&self, column: &'static str) -> Result<Option<String>, ReadModelError>;

    fn parsed<T: std::str::FromStr<Err: ToString>>(&self, column: &'static str) -> Result<T, ReadModelError> {
        self.text(column)?.parse().map_err(|e: T::Err| ReadModelError::damaged(column, e))
    }

    fn parsed_or_null<T: std::str::FromStr<Err: ToString>>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, ReadModelError> {
        let text = self.text_or_null(column)?;
        text.map(|t| t.parse().map_err(|e: T::Err| ReadModelError::damaged(column, e))).transpose()
    }

    fn number<T: TryFrom<i64, Error: ToString>>(&self, column: &'static str) -> Result<T, ReadModelError> {
        T::try_from(self.int(column)?).map_err(|e| ReadModelError::damaged(column, e))
    }

    fn number_or_null<T: TryFrom<i64, Error: ToString>>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, ReadModelError> {
        let number = self.int_or_null(column)?;
        number.map(|n| T::try_from(n).map_err(|e| ReadModelError::damaged(column, e))).transpose()
    }

    fn money(&self, column: &'static str) -> Result<Money, ReadModelError> {
        self.int(column).map(Money::from_fen)
    }

    fn days(&self, column: &'static str) -> Result<Days, ReadModelError> {
        self.int(column).map(Days::from_tenths)
    }

    fn json_or_null<T: DeserializeOwned>(&self, column: &'static str) -> Result<Option<T>, ReadModelError> {
        let text = self.text_or_null(column)?;
        text.map(|t| serde_json::from_str(&t).map_err(|e| ReadModelError::damaged(column, e))).transpose()
    }

    fn sealed(&self, column: &'static str) -> Result<SealedField, ReadModelError> {
        serde_json::from_str(&self.text(column)?).map_err(|e| ReadModelError::damaged(column, e))
    }

    fn sealed_or_null(&self, column: &'static str) -> Result<Option<SealedField>, ReadModelError> {
        self.json_or_null(column)
    }
}

/// No value where there must be one.
const NOTHING: &str = "nothing stands there";

impl Read for Row {
    fn int(&self, column: &'static str) -> Result<i64, ReadModelError> {
        self.int_or_null(column)?.ok_or_else(|| ReadModelError::damaged(column, NOTHING))
    }

    fn int_or_null(&self, column: &'static str) -> Result<Option<i64>, ReadModelError> {
        self.number_at(column).map_err(|e| ReadModelError::damaged(column, e))
    }

    fn text(&self, column: &'static str) -> Result<String, ReadModelError> {
        self.text_or_null(column)?.ok_or_else(|| ReadModelError::damaged(column, NOTHING))
    }

    fn text_or_null(&self, column: &'static str) -> Result<Option<String>, ReadModelError> {
        self.text_at(column).map_err(|e| ReadModelError::damaged(column, e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;

    #[test]
    fn days_and_months_as_they_print() {
        let mut day = date(1999, 12, 28);
        while day < date(2001, 3, 2) {
            assert_eq!(Value::from(day).into_text().unwrap(), day.to_string());
            let month = Month::of(day);
            assert_eq!(Value::from(month).into_text().unwrap(), month.to_string());
            day = day.saturating_add(1.days());
        }
        for day in [Date::MIN, Date::ZERO, date(-1, 12, 31), date(7, 7, 7), Date::MAX] {
            assert_eq!(Value::from(day).into_text().unwrap(), day.to_string());
        }
        assert_eq!(Value::from(Month::FIRST).into_text().unwrap(), "1900-01");
    }

    #[test]
    fn short_texts() {
        assert_eq!(size_of::<Value>(), size_of::<String>());
        assert_eq!(word(&wages::Payer::GeneralContractor).into_text().unwrap(), "general_contractor");
        assert_eq!(word(&[7]), Value::Null);
        let price: Decimal = "12345678901234567890.12345678".parse().unwrap();
        assert_eq!(Value::from(price).into_text().unwrap(), price.to_string());
        let (id, index) = (Uuid::from_u128(7), BlindIndex([0xa7; 16]));
        assert_eq!(Value::from(id).into_text().unwrap(), id.to_string());
        assert_eq!(Value::from(index).into_text().unwrap(), index.to_string());
        assert_eq!(Value::from(-5_i64).into_text().unwrap(), "-5");
        assert_eq!(Value::from(None::<Date>).into_text(), None);
    }

    #[test]
    fn sealed_as_json() {
        for (c, x) in [("aZ09+/", "b"), ("", ""), ("a", "工")] {
            let field = SealedField::from_base64(c, x).unwrap();
            assert_eq!(sealed(&Private::Sealed(field.clone())).into_text(), json(&field).into_text());
        }
    }
}
