//! Days and times of day as this program writes them (ISO 8601), read by place and without a general parser: a month's
//! attendance holds a hundred of them, and a city's year millions. Whatever is written otherwise, the general parser reads,
//! or refuses.

use crate::Digits;
use jiff::civil::{Date, Time};

/// Reads a day, as `2026-03-02`.
pub fn read_day(text: &str) -> Result<Date, jiff::Error> {
    plain_day(text.as_bytes()).map_or_else(|| text.parse(), Ok)
}

/// Reads a time of day, as `07:30` or `07:30:00`.
pub fn read_time(text: &str) -> Result<Time, jiff::Error> {
    plain_time(text.as_bytes()).map_or_else(|| text.parse(), Ok)
}

/// A day as it is written, `2026-03-02`; written otherwise, nothing.
#[inline(always)]
pub fn plain_day(text: &[u8]) -> Option<Date> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else { return None };
    let year = i16::from(two(y1, y2)?).checked_mul(100)?.checked_add(two(y3, y4)?.into())?;
    Date::new(year, two(m1, m2)?, two(d1, d2)?).ok()
}

/// A time of day as it is written, `07:30` or `07:30:00`; written otherwise, nothing.
#[inline(always)]
pub fn plain_time(text: &[u8]) -> Option<Time> {
    let (minutes, second) = match text {
        [minutes @ .., b':', s1, s2] if minutes.len() == 5 => (minutes, two(*s1, *s2)?),
        minutes => (minutes, 0),
    };
    let &[h1, h2, b':', m1, m2] = minutes else { return None };
    Time::new(two(h1, h2)?, two(m1, m2)?, second, 0).ok()
}

/// Does something with a day's text, `2026-03-02`, made without formatting machinery.
pub fn with_day<T>(day: Date, then: impl FnOnce(&str) -> T) -> T {
    match u64::try_from(day.year()) {
        Ok(year) => {
            let mut digits = Digits::new();
            digits.put_number(day.day().unsigned_abs().into(), 2);
            digits.put(b'-');
            digits.put_number(day.month().unsigned_abs().into(), 2);
            digits.put(b'-');
            digits.put_number(year, 4);
            then(digits.as_str())
        }
        Err(_) => then(&day.to_string()),
    }
}

/// A number of two digits.
#[inline(always)]
fn two(tens: u8, ones: u8) -> Option<i8> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| byte.wrapping_sub(b'0'));
    i8::try_from(digit(tens)?.checked_mul(10)?.checked_add(digit(ones)?)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What the quick way reads, the general parser reads alike.
        #[test]
        fn quick_and_general_agree(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-2][0-9]:[0-6][0-9](:[0-6][0-9])?|[0-9:-]{0,10}") {
            if let Some(day) = plain_day(text.as_bytes()) {
                prop_assert_eq!(text.parse().ok(), Some(day));
            }
            if let Some(time) = plain_time(text.as_bytes()) {
                prop_assert_eq!(text.parse().ok(), Some(time));
            }
        }
    }

    #[test]
    fn days_are_written_as_the_general_way_has_them() {
        for day in [Date::MIN, Date::ZERO, Date::constant(-1, 12, 31), Date::constant(7, 7, 7), Date::MAX] {
            assert_eq!(with_day(day, str::to_owned), day.to_string());
        }
    }

    #[test]
    fn what_is_written_is_read_the_quick_way() {
        let (day, time) = (jiff::civil::date(2026, 3, 2), jiff::civil::time(7, 30, 5, 0));
        assert_eq!(plain_day(day.to_string().as_bytes()), Some(day));
        assert_eq!(plain_time(time.to_string().as_bytes()), Some(time));
        assert_eq!(plain_time(b"07:30"), Some(jiff::civil::time(7, 30, 0, 0)));
        for other in ["2026-02-30", "2026-3-02", "20260302", "24:00", "07:30:60", "7:30", ""] {
            assert_eq!((plain_day(other.as_bytes()), plain_time(other.as_bytes())), (None, None), "{other}");
        }
    }
}
