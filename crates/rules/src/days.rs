//! Numbers of working days.

use crate::{Digits, ParseError, parse_scaled, serde_as_text};
use std::str::FromStr;

/// A number of 工日 (working days as sites count them) in tenths, exact. Prints and is stored with one
/// decimal: `26.9`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Days(i64);

impl Days {
    /// None.
    pub const ZERO: Days = Days(0);

    /// From tenths of a day.
    pub const fn from_tenths(tenths: i64) -> Days {
        Days(tenths)
    }

    /// In tenths of a day.
    pub const fn tenths(self) -> i64 {
        self.0
    }

    /// The sum of all, unless it is beyond what can be recorded.
    pub fn checked_sum(days: impl IntoIterator<Item = Days>) -> Option<Days> {
        days.into_iter().try_fold(0i64, |sum, d| sum.checked_add(d.0)).map(Days)
    }

    fn digits(self) -> Digits {
        Digits::scaled(self.0, 1)
    }
}

impl FromStr for Days {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Days, ParseError> {
        parse_scaled(text, 1).map(Days)
    }
}

serde_as_text!(Days, r"^-?\d+\.\d$", "working days with one decimal");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths() {
        assert_eq!("1.2".parse::<Days>().unwrap().tenths(), 12);
        assert_eq!("1.0".parse::<Days>().unwrap().to_string(), "1.0");
        assert_eq!("1.25".parse::<Days>(), Err(ParseError::TooManyDecimals(1)));
        assert_eq!("全天".parse::<Days>(), Err(ParseError::NotANumber));
    }
}
