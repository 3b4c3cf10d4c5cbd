//! Amounts of money.

use crate::{Digits, ParseError, parse_scaled, serde_as_text};
use rust_decimal::{Decimal, RoundingStrategy};
use std::str::FromStr;

/// An amount in fen (1/100 yuan), exact. Prints and is stored as yuan with two decimals: `1234.50`.
///
/// Nothing here rounds but [`Money::of`], which says how.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

impl Money {
    /// Nothing owed, nothing paid.
    pub const ZERO: Money = Money(0);

    /// From fen.
    pub const fn from_fen(fen: i64) -> Money {
        Money(fen)
    }

    /// In fen.
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// In yuan, exact.
    pub fn yuan(self) -> Decimal {
        Decimal::new(self.0, 2)
    }

    /// `unit_price` × `quantity`, half up to the fen, as wage sheets compute gross pay; `None` when the
    /// product is beyond what can be recorded.
    pub fn of(unit_price: Decimal, quantity: Decimal) -> Option<Money> {
        let yuan = unit_price.checked_mul(quantity)?;
        let fen = yuan.checked_mul(Decimal::ONE_HUNDRED)?;
        let fen = fen.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        i64::try_from(fen).ok().map(Money)
    }

    /// The sum, unless it is beyond what can be recorded.
    pub fn checked_add(self, other: Money) -> Option<Money> {
        self.0.checked_add(other.0).map(Money)
    }

    /// The difference, unless it is beyond what can be recorded.
    pub fn checked_sub(self, other: Money) -> Option<Money> {
        self.0.checked_sub(other.0).map(Money)
    }

    /// The sum of all, unless it is beyond what can be recorded.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Money>) -> Option<Money> {
        amounts.into_iter().try_fold(Money::ZERO, Money::checked_add)
    }

    fn digits(self) -> Digits {
        Digits::scaled(self.0, 2)
    }
}

impl FromStr for Money {
    type Err = ParseError;

    /// Reads yuan: `12`, `12.5`, `-12.50`. No thousands separators: readers of files take those out.
    fn from_str(text: &str) -> Result<Money, ParseError> {
        parse_scaled(text, 2).map(Money)
    }
}

serde_as_text!(Money, r"^-?\d+\.\d{2}$", "yuan with two decimals");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes() {
        for (text, fen, printed) in [
            ("0", 0, "0.00"),
            ("12.5", 1250, "12.50"),
            ("-0.05", -5, "-0.05"),
            ("7.100", 710, "7.10"),
            ("1.2000", 120, "1.20"),
            ("007", 700, "7.00"),
            ("92233720368547758.07", i64::MAX, "92233720368547758.07"),
        ] {
            let money: Money = text.parse().unwrap();
            assert_eq!((money.fen(), money.to_string().as_str()), (fen, printed));
        }
        for (text, error) in [
            ("1.2001", ParseError::TooManyDecimals(2)),
            ("5.0.0", ParseError::NotANumber),
            ("5.", ParseError::NotANumber),
            (".5", ParseError::NotANumber),
            ("-", ParseError::NotANumber),
            ("--1", ParseError::NotANumber),
            ("92233720368547758.08", ParseError::OutOfRange),
            ("92233720368547758.001", ParseError::TooManyDecimals(2)),
            ("99999999999999999999x", ParseError::NotANumber),
            ("", ParseError::NotANumber),
            ("1,000", ParseError::NotANumber),
            (".5", ParseError::NotANumber),
            ("5.", ParseError::NotANumber),
            ("+5", ParseError::NotANumber),
            ("1e3", ParseError::NotANumber),
            ("7277.504", ParseError::TooManyDecimals(2)),
            ("99999999999999999999", ParseError::OutOfRange),
        ] {
            assert_eq!(text.parse::<Money>(), Err(error), "{text}");
        }
    }

    #[test]
    fn product_is_half_up() {
        let of = |a: &str, b: &str| Money::of(a.parse().unwrap(), b.parse().unwrap()).unwrap().to_string();
        assert_eq!(of("333.33", "0.5"), "166.67");
        assert_eq!(of("0.01", "0.5"), "0.01");
        assert_eq!(of("440", "26.9"), "11836.00");
    }
}
