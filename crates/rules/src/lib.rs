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
mod money;
mod month;
pub mod owed;
mod parameter;
mod region;
mod step;
pub mod tax;
pub mod warning;

pub use arrears::{Bucket, DueLine, allocate, days_overdue};
pub use calendar::{Calendar, CalendarError, NoCalendar};
pub use days::Days;
pub use due::{DUE_MOVES_AT_MOST, PayDay, adjusted_due, due_without_agreement, nominal_due};
pub use money::Money;
pub use month::Month;
pub use parameter::{
    Cited, Confidence, Missing, NotARegion, Pack, PackError, Parameter, Provision, Region, Source, Unit,
    Value,
};
pub use region::region_name;
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
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.') {
        return Err(ParseError::NotANumber);
    }
    let fraction = fraction.trim_end_matches('0');
    let width = usize::try_from(decimals).map_err(|_| ParseError::OutOfRange)?;
    if fraction.len() > width {
        return Err(ParseError::TooManyDecimals(decimals));
    }
    let scaled = format!("{whole}{fraction:0<width$}");
    let value: i64 = scaled.parse().map_err(|_| ParseError::OutOfRange)?;
    if negative { value.checked_neg().ok_or(ParseError::OutOfRange) } else { Ok(value) }
}

/// Writes an integer in units of 10^-`decimals` (1 or 2) with all its decimals.
fn write_scaled(f: &mut std::fmt::Formatter<'_>, value: i64, decimals: u32) -> std::fmt::Result {
    let unit = 10u64.saturating_pow(decimals);
    let (whole, rest) = (value.unsigned_abs().div_euclid(unit), value.unsigned_abs().rem_euclid(unit));
    let width = usize::try_from(decimals).unwrap_or_default();
    write!(f, "{}{whole}.{rest:0width$}", if value < 0 { "-" } else { "" })
}

/// Serde as text, for types that print and parse exactly.
macro_rules! serde_as_text {
    ($type:ty, $pattern:literal, $says:literal) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
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
