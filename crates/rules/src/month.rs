//! Calendar months.

use crate::{Digits, ParseError, serde_as_text};
use jiff::civil::Date;
use std::str::FromStr;

/// A calendar month, as in "the wages of 2026-03". Prints as `2026-03`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    first: Date,
}

impl Month {
    /// The first that there is.
    pub const FIRST: Month = Month { first: jiff::civil::date(1900, 1, 1) };

    /// `year` 1900 to 2199, `month` 1 to 12.
    pub fn new(year: i16, month: i8) -> Option<Month> {
        if !(1900..=2199).contains(&year) {
            return None;
        }
        Date::new(year, month, 1).ok().map(|first| Month { first })
    }

    /// The month in which a day lies.
    pub fn of(day: Date) -> Month {
        Month { first: day.first_of_month() }
    }

    /// Its first day.
    pub fn first_day(self) -> Date {
        self.first
    }

    /// Its last day.
    pub fn last_day(self) -> Date {
        self.first.last_of_month()
    }

    /// Calendar year.
    pub fn year(self) -> i16 {
        self.first.year()
    }

    /// Month of the year, 1 to 12.
    pub fn month(self) -> i8 {
        self.first.month()
    }

    /// The month after.
    pub fn next(self) -> Month {
        Month::of(self.last_day().tomorrow().unwrap_or(self.last_day()))
    }

    /// The month before.
    pub fn previous(self) -> Month {
        Month::of(self.first.yesterday().unwrap_or(self.first))
    }

    /// `2026-03`
    fn digits(self) -> Digits {
        let number = |n: i16| u64::from(n.unsigned_abs());
        let mut digits = Digits::new();
        digits.put_number(number(self.month().into()), 2);
        digits.put(b'-');
        digits.put_number(number(self.year()), 4);
        digits
    }
}

impl FromStr for Month {
    type Err = ParseError;

    /// Reads `2026-03` only; other spellings are for readers of files.
    fn from_str(text: &str) -> Result<Month, ParseError> {
        let (year, month) = text.split_once('-').ok_or(ParseError::NotAMonth)?;
        let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(ParseError::NotAMonth);
        }
        let (year, month) = (year.parse().ok(), month.parse().ok());
        year.zip(month).and_then(|(y, m)| Month::new(y, m)).ok_or(ParseError::NotAMonth)
    }
}

serde_as_text!(Month, r"^\d{4}-\d{2}$", "calendar month");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months() {
        let december: Month = "2025-12".parse().unwrap();
        assert_eq!(december.next().to_string(), "2026-01");
        assert_eq!(december.next().previous(), december);
        assert_eq!("2024-02".parse::<Month>().unwrap().last_day().to_string(), "2024-02-29");
        for bad in ["2026-13", "2026-3", "202603", "2026-00", ""] {
            assert_eq!(bad.parse::<Month>(), Err(ParseError::NotAMonth), "{bad}");
        }
    }
}
