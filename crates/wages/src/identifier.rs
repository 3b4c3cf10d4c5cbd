//! Identifiers with their check rules.

use crate::IdKind;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, StrExt};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// Why a text is no such identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Wrong length or wrong characters.
    #[error("wrong length or characters")]
    Shape,
    /// The check character does not fit the others.
    #[error("the check character does not fit the others")]
    CheckDigit,
    /// The day of birth in an ID number does not exist, or is none of anybody who works.
    #[error("the day of birth in it does not exist or is not between 1930 and 2100")]
    Birthday,
}

/// Text as it stands in what is read, where it can be (a plain `Cow` would always be copied).
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// A text newtype that can only be made by parsing. Most are short, and stand in every entry: up to 23 bytes take no room of
/// their own.
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $pattern:literal, $parse:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(SmolStr);

        impl $name {
            /// As text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdentifierError;
            fn from_str(text: &str) -> Result<Self, IdentifierError> {
                let parse: fn(&str) -> Result<SmolStr, IdentifierError> = $parse;
                parse(text).map($name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Text::deserialize(deserializer)?;
                text.0.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}

macro_rules! shown_in_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

identifier!(
    /// Citizen ID number, GB 11643-1999: 17 digits and a check character (ISO 7064 MOD 11-2); the digits 7 to 14
    /// are a day of birth that exists, in the years 1930 to 2100. Residence permits of Hong Kong, Macao and Taiwan and foreigners' permanent IDs have the same shape. A small `x`
    /// and spaces inside are read. Personal data: `Debug` shows none of it.
    IdNumber,
    r"^\d{17}[\dX]$",
    parse_id_number
);

impl IdNumber {
    /// Day of birth; never `None`, since no other is read as an ID number.
    pub fn born_on(&self) -> Option<Date> {
        birthday(&self.0)
    }

    /// The digit before the check character is even.
    pub fn is_female(&self) -> bool {
        self.0.as_bytes().get(16).is_some_and(|digit| digit % 2 == 0)
    }

    /// The kind of document, by the region in front: residence permits have 81 (Hong Kong), 82 (Macao) and 83
    /// (Taiwan), foreigners' permanent IDs begin with 9.
    pub fn kind(&self) -> IdKind {
        match (self.0.get(..1), self.0.get(..2)) {
            (Some("9"), _) => IdKind::ForeignPermanentId,
            (_, Some("81" | "82")) => IdKind::HkMacaoResidence,
            (_, Some("83")) => IdKind::TaiwanResidence,
            _ => IdKind::ResidentId,
        }
    }

    /// Nationality or region as tax files want it; `None` for foreigners, of whom the number does not say it.
    pub fn nationality(&self) -> Option<&'static str> {
        match (self.0.get(..1), self.0.get(..2)) {
            (Some("9"), _) => None,
            (_, Some("81")) => Some("中国香港"),
            (_, Some("82")) => Some("中国澳门"),
            (_, Some("83")) => Some("中国台湾"),
            _ => Some("中国"),
        }
    }
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdNumber(…)")
    }
}

identifier!(
    /// Unified social credit code of an organisation, GB 32100-2015: 18 characters, the last a check.
    CreditCode,
    "^[0-9A-HJ-NPQRTUWXY]{18}$",
    parse_credit_code
);

identifier!(
    /// Code of a project, as the platform or the site gives it: 4 to 32 letters, digits or hyphens. (The
    /// national building-market number has 16 digits; others exist.)
    ProjectCode,
    "^[0-9A-Za-z-]{4,32}$",
    |text| {
        let fits = (4..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if fits { Ok(text.into()) } else { Err(IdentifierError::Shape) }
    }
);

identifier!(
    /// Region code, GB/T 2260: 6 digits, province, city, county. Only the shape is checked here.
    RegionCode,
    r"^[1-9]\d{5}$",
    |text| {
        let fits = text.len() == 6 && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
        if fits { Ok(text.into()) } else { Err(IdentifierError::Shape) }
    }
);

identifier!(
    /// A number that somebody else gave to a paper, batch, serial or contract: 1 to 64 characters, without
    /// control characters and without surrounding spaces.
    Reference,
    "^.{1,64}$",
    |text| {
        let fits = (1..=64).contains(&text.chars().count())
            && text.trim() == text
            && !text.chars().any(char::is_control);
        if fits { Ok(text.into()) } else { Err(IdentifierError::Shape) }
    }
);

identifier!(
    /// An account of the ledger: an opaque id, 1 to 64 letters, digits, points, hyphens or underscores of ASCII, the first a
    /// letter or digit; `unknown` is none. Whose it is, the operator knows: a person's name is never recorded so.
    AccountId,
    "^(?!unknown$)[0-9A-Za-z][0-9A-Za-z._-]{0,63}$",
    |text| {
        let fits = (1..=64).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_alphanumeric())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
            && text != crate::UNKNOWN;
        if fits { Ok(text.into()) } else { Err(IdentifierError::Shape) }
    }
);

shown_in_debug!(CreditCode, ProjectCode, RegionCode, Reference, AccountId);

fn parse_id_number(text: &str) -> Result<SmolStr, IdentifierError> {
    let id: String = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    let (digits, check) = id.split_at_checked(17).ok_or(IdentifierError::Shape)?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) || check.len() != 1 {
        return Err(IdentifierError::Shape);
    }
    if !check.bytes().all(|b| b.is_ascii_digit() || b == b'X') {
        return Err(IdentifierError::Shape);
    }
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &str = "10X98765432";
    let sum = weighted_sum(digits.chars().map(|c| c.to_digit(10)), &WEIGHTS).ok_or(IdentifierError::Shape)?;
    let index = usize::try_from(sum.rem_euclid(11)).map_err(|_| IdentifierError::Shape)?;
    if CHECKS.chars().nth(index) != check.chars().next() {
        return Err(IdentifierError::CheckDigit);
    }
    match birthday(digits) {
        Some(born) if BIRTH_YEARS.contains(&born.year()) => Ok(id.into()),
        _ => Err(IdentifierError::Birthday),
    }
}

/// Years of birth of people whose wages are recorded, without a clock: a year outside them is a mistyped one.
const BIRTH_YEARS: std::ops::RangeInclusive<i16> = 1930..=2100;

/// The day in the digits 7 to 14 of an ID number.
fn birthday(id: &str) -> Option<Date> {
    let digits = |from: usize, to: usize| id.get(from..to)?.parse::<i16>().ok();
    let (year, month, day) = (digits(6, 10)?, digits(10, 12)?, digits(12, 14)?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn parse_credit_code(text: &str) -> Result<SmolStr, IdentifierError> {
    const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let code: SmolStr = text.to_ascii_uppercase_smolstr();
    if code.len() != 18 || !code.bytes().all(|byte| credit_code_value(byte).is_some()) {
        return Err(IdentifierError::Shape);
    }
    let sum =
        weighted_sum(code.bytes().take(17).map(credit_code_value), &WEIGHTS).ok_or(IdentifierError::Shape)?;
    let check = 31u32.saturating_sub(sum.rem_euclid(31)).rem_euclid(31);
    if code.bytes().last().and_then(credit_code_value) == Some(check) {
        Ok(code)
    } else {
        Err(IdentifierError::CheckDigit)
    }
}

/// What a character of a social credit code counts (GB 32100-2015, table 2): digits and letters without I, O, S, V and Z.
/// Codes stand in every entry, and each is checked when it is read.
fn credit_code_value(byte: u8) -> Option<u32> {
    let (first, counts) = match byte {
        b'0'..=b'9' => (b'0', 0),
        b'A'..=b'H' => (b'A', 10),
        b'J'..=b'N' => (b'J', 18),
        b'P'..=b'R' => (b'P', 23),
        b'T'..=b'U' => (b'T', 26),
        b'W'..=b'Y' => (b'W', 28),
        _ => return None,
    };
    u32::from(byte).checked_sub(u32::from(first))?.checked_add(counts)
}

fn weighted_sum(values: impl Iterator<Item = Option<u32>>, weights: &[u32]) -> Option<u32> {
    values.zip(weights).try_fold(0u32, |sum, (value, weight)| sum.checked_add(value?.checked_mul(*weight)?))
}

/// Whether a card number's last digit fits (Luhn, ISO/IEC 7812-1). Personal cards have it; accounts of
/// companies and dedicated accounts need not.
pub fn luhn_ok(number: &str) -> bool {
    let mut sum = 0u32;
    for (place, c) in number.chars().rev().enumerate() {
        let Some(digit) = c.to_digit(10) else { return false };
        let doubled = if place & 1 == 1 { digit.saturating_mul(2) } else { digit };
        sum = sum.saturating_add(if doubled > 9 { doubled.saturating_sub(9) } else { doubled });
    }
    !number.is_empty() && sum.rem_euclid(10) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples() {
        for good in ["11010519491231002X", "11010519491231002x", "1101 0519491231002X"] {
            assert!(good.parse::<IdNumber>().is_ok(), "{good}");
        }
        assert_eq!("110105194912310021".parse::<IdNumber>(), Err(IdentifierError::CheckDigit));
        assert_eq!("11010519491231002".parse::<IdNumber>(), Err(IdentifierError::Shape));
        assert_eq!("1101051949123100２X".parse::<IdNumber>(), Err(IdentifierError::Shape));
        for good in ["91350100M000100Y43", "91330100799655058B", "914403001922038216", "9144030071526726XG"] {
            assert!(good.parse::<CreditCode>().is_ok(), "{good}");
        }
        assert_eq!("91330106XN1PN9LJ80".parse::<CreditCode>(), Err(IdentifierError::CheckDigit));
        assert_eq!("91330106XN1PN9LJ8".parse::<CreditCode>(), Err(IdentifierError::Shape));
        assert!(luhn_ok("6222020000000000000") && !luhn_ok("6222020000000000001") && !luhn_ok(""));
    }

    #[test]
    fn accounts() {
        for good in ["a", "uid-1000", "7", "A.b_c-9", &"a".repeat(64), "unknown1", "Unknown"] {
            assert!(good.parse::<AccountId>().is_ok(), "{good}");
        }
        for bad in ["", "unknown", "-a", ".a", "张伟", "zhang wei", "a@b", "a\n", &"a".repeat(65)] {
            assert!(bad.parse::<AccountId>().is_err(), "{bad}");
        }
    }

    /// Every day of the calendar, and days that it does not have, each with its right check character.
    #[test]
    fn days_of_birth_exist() {
        let with_check = |born: &str| {
            let digits = format!("390101{born}001");
            let sum = digits.bytes().fold(0u32, |sum, b| (sum + u32::from(b - b'0')) * 2 % 11);
            let check = (12 - sum) % 11;
            format!("{digits}{}", if check == 10 { "X".to_owned() } else { check.to_string() })
        };
        for year in [1880, 1929, 1930, 1985, 1999, 2000, 2024, 2100, 2101] {
            for month in 0..=13 {
                for day in 0..=32 {
                    let born = format!("{year:04}{month:02}{day:02}");
                    let exists = Date::new(year, month, day).is_ok() && (1930..=2100).contains(&year);
                    let read = with_check(&born).parse::<IdNumber>();
                    let expect = if exists { Ok(()) } else { Err(IdentifierError::Birthday) };
                    assert_eq!(read.map(|_| ()), expect, "{born}");
                }
            }
        }
        // A published example of the standard: whoever it was, he is on no site any more.
        assert_eq!("440524188001010014".parse::<IdNumber>(), Err(IdentifierError::Birthday));
    }

    #[test]
    fn personal_numbers_do_not_show_in_debug() {
        let id: IdNumber = "11010519491231002X".parse().unwrap();
        assert!(!format!("{id:?}").contains("1949"));
    }

    #[test]
    fn what_an_id_number_says() {
        let id: IdNumber = "11010519491231002X".parse().unwrap();
        assert_eq!(id.born_on(), Some(jiff::civil::date(1949, 12, 31)));
        assert!(id.is_female());
        assert_eq!((id.kind(), id.nationality()), (IdKind::ResidentId, Some("中国")));
    }
}
