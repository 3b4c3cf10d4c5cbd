//! Rules of law and trade as pure functions over plain values: money, months, the working calendar, due
//! dates, arrears and their age, income tax, money owed, early warning.
//!
//! A payroll lawyer can read this crate alone. It knows neither events nor storage, no clock and no floats;
//! what the law says lies in dated data files beside the code, each value with its source, its days, its place
//! and how sure we are of it ([`Pack`]). What is not known for a day and place is an error that names it
//! ([`Missing`]). Figures come with their [`Step`]s: what, the formula with its figures, the result, the article.
//!
//! [`tax`] is income tax to withhold, [`owed`] what is owed to a worker and by whom, [`warning`] the indicators of
//! early warning, [`examples`] worked examples that anyone can bring.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::float_arithmetic,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::wildcard_enum_match_arm
    )
)]

mod arrears;
mod calendar;
mod days;
mod due;
pub mod examples;
mod iso;
mod money;
mod month;
pub mod owed;
mod parameter;
mod region;
mod report;
mod step;
pub mod tax;
pub mod warning;
mod word;

pub use arrears::{Bucket, DueLine, allocate, days_overdue};
pub use calendar::{Calendar, CalendarError, NoCalendar};
pub use days::Days;
pub use due::{
    DUE_MOVES_AT_MOST, DayOfMonth, PayDay, PayMonth, adjusted_due, due_without_agreement, earliest_due,
    nominal_due,
};
pub use iso::{plain_day, plain_time, read_day, read_time, with_day};
pub use money::Money;
pub use month::Month;
pub use parameter::{
    Cited, Confidence, Missing, NotARegion, Pack, PackError, Parameter, Provision, Region, Source, Unit,
    Value,
};
pub use region::region_name;
pub use report::{HandedIn, Report};
pub use step::{RuleError, Step};

/// Exact decimal numbers, as hours and rates are handed in.
pub use rust_decimal::Decimal;

/// Why a text is no amount, number of days or month.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not a number at all.
    #[error("not a number")]
    NotANumber,
    /// More decimals than the unit has.
    #[error("more than {0} decimals; nothing is rounded")]
    TooManyDecimals(u32),
    /// Beyond what can be recorded.
    #[error("out of range")]
    OutOfRange,
    /// Not a month.
    #[error("not a month, as in 2026-03")]
    NotAMonth,
}

/// Reads `-?digits(.digits)?` as an integer in units of 10^-`decimals`; the grammar of amounts and days.
fn parse_scaled(text: &str, decimals: u32) -> Result<i64, ParseError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    // Decimals that may still come, after the point; whether a digit came last; whether there are more decimals than may be.
    let (mut value, mut left, mut after_digit, mut too_many) = (Some(0i64), None::<u32>, false, false);
    for byte in digits.bytes() {
        match (byte, left) {
            (b'0'..=b'9', Some(0)) => (after_digit, too_many) = (true, too_many || byte != b'0'),
            (b'0'..=b'9', _) => {
                let digit = i64::from(byte.wrapping_sub(b'0'));
                value = value.and_then(|value| value.checked_mul(10)?.checked_add(digit));
                (after_digit, left) = (true, left.map(|left| left.saturating_sub(1)));
            }
            (b'.', None) if after_digit => (after_digit, left) = (false, Some(decimals)),
            _ => return Err(ParseError::NotANumber),
        }
    }
    if !after_digit {
        return Err(ParseError::NotANumber);
    }
    if too_many {
        return Err(ParseError::TooManyDecimals(decimals));
    }
    let unit = 10i64.checked_pow(left.unwrap_or(decimals));
    let value = value.zip(unit).and_then(|(value, unit)| value.checked_mul(unit));
    let value = value.ok_or(ParseError::OutOfRange)?;
    if negative { value.checked_neg().ok_or(ParseError::OutOfRange) } else { Ok(value) }
}

/// A short number in digits, written from its end without formatting machinery: amounts, days and months are
/// most of what entries hold.
struct Digits {
    bytes: [u8; Digits::ROOM],
    from: usize,
}

impl Digits {
    /// Sign, digits and point of any `i64`.
    const ROOM: usize = 24;

    fn new() -> Digits {
        Digits { bytes: [0; Digits::ROOM], from: Digits::ROOM }
    }

    /// An integer in units of 10^-`decimals`, with all its decimals.
    fn scaled(value: i64, decimals: u32) -> Digits {
        let mut digits = Digits::new();
        let mut rest = value.unsigned_abs();
        if decimals > 0 {
            rest = digits.put_number(rest, decimals);
            digits.put(b'.');
        }
        let mut left = digits.put_number(rest, 1);
        while left > 0 {
            left = digits.put_number(left, 1);
        }
        if value < 0 {
            digits.put(b'-');
        }
        digits
    }

    /// Puts the last `count` digits of a number before what is there; what is left of it.
    fn put_number(&mut self, mut number: u64, count: u32) -> u64 {
        for _ in 0..count {
            // Below ten, so the low bits of the digit's character are free for it.
            self.put(b'0' | u8::try_from(number % 10).unwrap_or_default());
            number /= 10;
        }
        number
    }

    fn put(&mut self, byte: u8) {
        self.from = self.from.saturating_sub(1);
        if let Some(place) = self.bytes.get_mut(self.from) {
            *place = byte;
        }
    }

    fn as_str(&self) -> &str {
        self.bytes.get(self.from..).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

/// Text as it stands in what is read, where it can be (a plain `Cow` would always be copied).
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] std::borrow::Cow<'a, str>);

/// Prints and reads as text, in serde too, for types that have `digits` and parse exactly.
macro_rules! serde_as_text {
    ($type:ty, $pattern:literal, $says:literal) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.digits().as_str())
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = crate::Text::deserialize(deserializer)?;
                text.0.parse().map_err(serde::de::Error::custom)
            }
        }
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.digits().as_str())
            }
        }
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern, "description": $says })
            }
        }
    };
}
pub(crate) use serde_as_text;
