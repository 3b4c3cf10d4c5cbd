//! When wages of a month are due.

use crate::{Calendar, Month, NoCalendar};
use jiff::ToSpan;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// The day on which wages of a month are due, as agreed (Decree 724 arts 12–13: the agreed date, which may lie in the
/// following period, art. 14). As JSON: `{"day":15,"of":"following"}`, `{"day":"month_end","of":"same"}`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PayDay {
    /// The day of the month.
    pub day: DayOfMonth,
    /// Of which month.
    pub of: PayMonth,
}

/// A day that every month has: the 1st to the 31st, in a month without such a day its last; or the month's end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DayOfMonth(u8);

/// The month in which wages are due.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayMonth {
    /// The wage month itself (当月).
    Same,
    /// The month after the wage month (次月).
    Following,
}

impl DayOfMonth {
    /// The last day of the month (月末).
    pub const MONTH_END: DayOfMonth = DayOfMonth(32);

    const END_WORD: &str = "month_end";

    /// `None` unless 1 to 31.
    pub fn new(day: u8) -> Option<DayOfMonth> {
        (1..=31).contains(&day).then_some(DayOfMonth(day))
    }

    /// The number, 1 to 31; `None` = the month's end.
    pub fn number(self) -> Option<u8> {
        Some(self.0).filter(|day| *day < DayOfMonth::MONTH_END.0)
    }

    fn in_month(self, month: Month) -> Date {
        let (first, last) = (month.first_day(), month.last_day());
        last.min(first.saturating_add(i64::from(self.0).saturating_sub(1).days()))
    }
}

impl PayDay {
    /// What a code of the same month is more than that of the following.
    const SAME: i64 = 100;

    /// A day of the month after the wage month; `None` unless 1 to 31.
    pub fn following(day: u8) -> Option<PayDay> {
        DayOfMonth::new(day).map(|day| PayDay { day, of: PayMonth::Following })
    }

    /// As one number, for tables: the day, 32 for the month's end; of the wage month itself 100 more.
    pub fn code(self) -> i64 {
        let of = match self.of {
            PayMonth::Following => 0,
            PayMonth::Same => PayDay::SAME,
        };
        i64::from(self.day.0).saturating_add(of)
    }

    /// The pay day of a code; `None` where it is none.
    pub fn from_code(code: i64) -> Option<PayDay> {
        let (of, day) = match code.checked_sub(PayDay::SAME) {
            Some(day) if day > 0 => (PayMonth::Same, day),
            _ => (PayMonth::Following, code),
        };
        let day = DayOfMonth(u8::try_from(day).ok()?);
        (1..=DayOfMonth::MONTH_END.0).contains(&day.0).then_some(PayDay { day, of })
    }
}

impl PayDay {
    const END: &str = "月末";
    const SAME_MONTH: &str = "当月";
    const FOLLOWING_MONTH: &str = "次月";

    /// As files write it: `15`, `月末`, `当月25`, `当月月末`.
    pub fn word(self) -> String {
        let of = match self.of {
            PayMonth::Same => PayDay::SAME_MONTH,
            PayMonth::Following => "",
        };
        match self.day.number() {
            Some(day) => format!("{of}{day}"),
            None => format!("{of}{}", PayDay::END),
        }
    }

    /// Reads what files write; `次月` before it and `日` or `号` after a number say nothing more. Spaces are the caller's.
    pub fn from_word(word: &str) -> Option<PayDay> {
        let (of, day) = match word.strip_prefix(PayDay::SAME_MONTH) {
            Some(day) => (PayMonth::Same, day),
            None => (PayMonth::Following, word.strip_prefix(PayDay::FOLLOWING_MONTH).unwrap_or(word)),
        };
        if day == PayDay::END {
            return Some(PayDay { day: DayOfMonth::MONTH_END, of });
        }
        let number = day.strip_suffix(['日', '号']).unwrap_or(day);
        let is_number = (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        let day = is_number.then(|| number.parse().ok()).flatten().and_then(DayOfMonth::new)?;
        Some(PayDay { day, of })
    }

    /// In Chinese, as in `次月 15 日`.
    pub fn zh(self) -> String {
        let of = match self.of {
            PayMonth::Same => PayDay::SAME_MONTH,
            PayMonth::Following => PayDay::FOLLOWING_MONTH,
        };
        self.day.number().map_or_else(|| format!("{of}{}", PayDay::END), |day| format!("{of} {day} 日"))
    }
}

/// In words, as in `15 of the month after`.
impl fmt::Display for PayDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.day.number() {
            Some(day) => write!(f, "{day}")?,
            None => f.write_str("end")?,
        }
        f.write_str(match self.of {
            PayMonth::Same => " of the wage month",
            PayMonth::Following => " of the month after",
        })
    }
}

impl Serialize for DayOfMonth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.number() {
            Some(day) => serializer.serialize_u8(day),
            None => serializer.serialize_str(DayOfMonth::END_WORD),
        }
    }
}

impl<'de> Deserialize<'de> for DayOfMonth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl de::Visitor<'_> for Either {
            type Value = DayOfMonth;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a day from 1 to 31, or the word month_end")
            }
            fn visit_u64<E: de::Error>(self, day: u64) -> Result<DayOfMonth, E> {
                let known = u8::try_from(day).ok().and_then(DayOfMonth::new);
                known.ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(day), &self))
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<DayOfMonth, E> {
                let is_end = word == DayOfMonth::END_WORD;
                is_end
                    .then_some(DayOfMonth::MONTH_END)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(word), &self))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for DayOfMonth {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DayOfMonth".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "oneOf": [{ "type": "integer", "minimum": 1, "maximum": 31 }, { "const": DayOfMonth::END_WORD }],
            "description": "a day of the month, where the month has none such its last; or the month's end",
        })
    }
}

/// The agreed day as it stands in the contract, in the wage month or the one after it.
pub fn nominal_due(month: Month, pay_day: PayDay) -> Date {
    pay_day.day.in_month(match pay_day.of {
        PayMonth::Same => month,
        PayMonth::Following => month.next(),
    })
}

/// The last day on which paying is on time when no day was agreed: the end of the month after the wage
/// month, moved like any other. No law says so (wages are owed at least monthly, Labour Law art. 50): it is
/// the latest reading, so that nobody is called late who may not be, and the contract is defective.
pub fn due_without_agreement(month: Month) -> Date {
    month.next().last_day()
}

/// The day by which money must be there: `nominal`, or the last working day before it when it is a rest day
/// or holiday (Decree 724 art. 14). Paid on that day is on time.
pub fn adjusted_due(nominal: Date, calendar: &Calendar) -> Result<Date, NoCalendar> {
    calendar.last_working_day_on_or_before(nominal)
}

/// How far, in days, a due date can be moved at most: longer than any run of rest days (nine in 2026), so
/// that a nominal due date further in the future than this cannot have passed.
pub const DUE_MOVES_AT_MOST: i64 = 15;

/// A day before any to which rest days can move a nominal due date: on it, and before, nothing is late yet whatever
/// calendar may come.
pub fn earliest_due(nominal: Date) -> Date {
    nominal.saturating_sub(DUE_MOVES_AT_MOST.days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn due_dates() {
        // (wage month, pay day, nominal, adjusted)
        for (month, pay_day, nominal, adjusted) in [
            ("2026-01", 20, date(2026, 2, 20), Ok(date(2026, 2, 14))), // Spring Festival, to a made-up Saturday
            ("2026-03", 15, date(2026, 4, 15), Ok(date(2026, 4, 15))),
            ("2026-04", 10, date(2026, 5, 10), Ok(date(2026, 5, 9))), // a Sunday, to a made-up Saturday
            ("2025-12", 3, date(2026, 1, 3), Ok(date(2025, 12, 31))), // over the turn of the year
            ("2026-12", 15, date(2027, 1, 15), Err(NoCalendar { year: 2027 })),
        ] {
            let due = nominal_due(month.parse().unwrap(), PayDay::following(pay_day).unwrap());
            assert_eq!((due, adjusted_due(due, Calendar::china())), (nominal, adjusted), "{month}");
        }
        assert_eq!(due_without_agreement("2026-01".parse().unwrap()), date(2026, 2, 28));
    }

    #[test]
    fn pay_days() {
        assert_eq!([0, 1, 31, 32].map(|day| DayOfMonth::new(day).is_some()), [false, true, true, false]);
        let table = [
            // (as JSON, due for wages of 2026-01, of 2024-01, of 2026-12)
            (r#"{"day":15,"of":"following"}"#, date(2026, 2, 15), date(2024, 2, 15), date(2027, 1, 15)),
            (r#"{"day":29,"of":"following"}"#, date(2026, 2, 28), date(2024, 2, 29), date(2027, 1, 29)),
            (r#"{"day":31,"of":"following"}"#, date(2026, 2, 28), date(2024, 2, 29), date(2027, 1, 31)),
            (
                r#"{"day":"month_end","of":"following"}"#,
                date(2026, 2, 28),
                date(2024, 2, 29),
                date(2027, 1, 31),
            ),
            (r#"{"day":1,"of":"same"}"#, date(2026, 1, 1), date(2024, 1, 1), date(2026, 12, 1)),
            (r#"{"day":"month_end","of":"same"}"#, date(2026, 1, 31), date(2024, 1, 31), date(2026, 12, 31)),
        ];
        for (written, january, of_2024, december) in table {
            let day: PayDay = serde_json::from_str(written).unwrap();
            assert_eq!(serde_json::to_string(&day).unwrap(), written);
            assert_eq!(PayDay::from_code(day.code()), Some(day));
            assert_eq!(PayDay::from_word(&day.word()), Some(day));
            assert_eq!(PayDay::from_word(&day.zh().replace(' ', "")), Some(day));
            let due = ["2026-01", "2024-01", "2026-12"].map(|month| nominal_due(month.parse().unwrap(), day));
            assert_eq!(due, [january, of_2024, december], "{written}");
        }
        for code in [i64::MIN, -1, 0, 33, 99, 100, 133, i64::MAX] {
            assert_eq!(PayDay::from_code(code), None, "{code}");
        }
        for word in
            ["", "0", "32", "015", "-1", "+5", "1.5", "月中", "当月", "次月", "当月0", "15日号", "当月次月5"]
        {
            assert_eq!(PayDay::from_word(word), None, "{word}");
        }
        for wrong in ["0", "32", "-1", "1.5", "\"end\"", "null", "true"] {
            let written = format!(r#"{{"day":{wrong},"of":"same"}}"#);
            assert!(serde_json::from_str::<PayDay>(&written).is_err(), "{written}");
        }
    }

    /// The bound is true of all that is known, and with room to spare.
    #[test]
    fn no_due_date_moves_further_than_the_bound() {
        let days = date(2025, 1, 2).series(1.day()).take_while(|day| day.year() < 2027);
        let longest = days.map(|day| (day - adjusted_due(day, Calendar::china()).unwrap()).get_days()).max();
        assert!(i64::from(longest.unwrap()) < DUE_MOVES_AT_MOST);
    }
}
