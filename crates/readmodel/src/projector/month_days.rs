//! The days of one worker's month, and who said so.

use crate::ReadModelError;
use crate::value::add_number;

/// Tenths of a 工日 by day of the month, as far as something was said of the day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MonthDays([i16; 31]);

/// Of the day nothing was said.
const NOTHING: i16 = -1;
/// In text.
const NOTHING_SAID: char = '.';
/// Tenths as text: the character so many places after this one. Of what may be recorded of a day, 3 工日, all are ASCII.
const ZERO: char = '0';
/// Far beyond that.
const TENTHS_MAX: i16 = 9_999;

impl Default for MonthDays {
    fn default() -> MonthDays {
        MonthDays([NOTHING; 31])
    }
}

impl MonthDays {
    /// What is said of a day last is what counts. Nothing, where the day is none of a month's or the number beyond
    /// any day's.
    pub(crate) fn set(&mut self, day: i8, tenths: i64) -> Option<()> {
        let place = self.0.get_mut(usize::try_from(day).ok()?.checked_sub(1)?)?;
        *place = i16::try_from(tenths).ok().filter(|tenths| (0..=TENTHS_MAX).contains(tenths))?;
        Some(())
    }

    /// Days of which something was said, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (i8, i64)> {
        let days = (1i8..).zip(self.0);
        days.filter(|(_, tenths)| *tenths != NOTHING).map(|(day, tenths)| (day, tenths.into()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// A character a day: of its tenths, or a dot.
    pub(crate) fn write(&self) -> String {
        let said = |tenths: i16| char::from_u32(u32::from(ZERO) + u32::try_from(tenths).ok()?);
        self.0.map(|tenths| said(tenths).unwrap_or(NOTHING_SAID)).into_iter().collect()
    }

    /// Reads what [`MonthDays::write`] writes.
    pub(crate) fn read(text: &str) -> Result<MonthDays, ReadModelError> {
        let mut days = MonthDays::default();
        let mut places = days.0.iter_mut();
        for of_day in text.chars() {
            let tenths = match of_day {
                NOTHING_SAID => Some(NOTHING),
                said => {
                    u32::from(said).checked_sub(ZERO.into()).and_then(|tenths| i16::try_from(tenths).ok())
                }
            };
            let tenths = tenths.filter(|tenths| *tenths <= TENTHS_MAX);
            let (Some(place), Some(tenths)) = (places.next(), tenths) else {
                return Err(ReadModelError::damaged("work.days", text));
            };
            *place = tenths;
        }
        Ok(days)
    }
}

/// The entries that said something of a month, each with the last of its days there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said(Vec<(i64, i8)>);

impl Said {
    /// Entries come in ledger order.
    pub(crate) fn add(&mut self, seq: i64, day: i8) {
        match self.0.last_mut() {
            Some((last, of)) if *last == seq => *of = (*of).max(day),
            _ => {
                if self.0.is_empty() {
                    self.0.reserve_exact(1);
                }
                self.0.push((seq, day));
            }
        }
    }

    /// The entries with a day not before this one.
    pub(crate) fn since(&self, day: i8) -> impl Iterator<Item = i64> {
        self.0.iter().filter(move |(_, last)| *last >= day).map(|(seq, _)| *seq)
    }

    /// As `entry:day`, ascending.
    pub(crate) fn write(&self) -> String {
        let mut text = String::new();
        for (seq, day) in &self.0 {
            if !text.is_empty() {
                text.push(' ');
            }
            add_number(&mut text, *seq);
            text.push(':');
            add_number(&mut text, *day);
        }
        text
    }

    /// Reads what [`Said::write`] writes.
    pub(crate) fn read(text: &str) -> Result<Said, ReadModelError> {
        let part = |part: &str| {
            let (seq, day) = part.split_once(':')?;
            Some((seq.parse().ok()?, day.parse().ok()?))
        };
        let said = text.split_ascii_whitespace().map(part).collect::<Option<_>>();
        said.map(Said).ok_or_else(|| ReadModelError::damaged("work.said", text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_as_text() {
        let mut days = MonthDays::default();
        assert!(days.is_empty());
        for (day, tenths) in [(31, 5), (2, 7), (2, 10), (3, 0), (4, 30), (5, 9_999)] {
            days.set(day, tenths).unwrap();
        }
        let text = format!(".:0N\u{273f}{}5", ".".repeat(25));
        assert_eq!(days.write(), text);
        assert_eq!(MonthDays::read(&text).unwrap(), days);
        assert_eq!(days.iter().collect::<Vec<_>>(), [(2, 10), (3, 0), (4, 30), (5, 9_999), (31, 5)]);
        assert!(MonthDays::read("").unwrap().is_empty());
        for (day, tenths) in [(32, 1), (0, 1), (-1, 1), (1, 10_000), (1, -1), (1, 99_999)] {
            assert_eq!(days.set(day, tenths), None, "{day}: {tenths}");
        }
        for bad in ["-", " ", &"1".repeat(32), "\u{2740}"] {
            assert!(MonthDays::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn entries_as_text() {
        let mut said = Said::default();
        for (seq, day) in [(7, 2), (7, 30), (7, 4), (19, 1)] {
            said.add(seq, day);
        }
        assert_eq!(said.write(), "7:30 19:1");
        assert_eq!(Said::read("7:30 19:1").unwrap(), said);
        assert_eq!(said.since(2).collect::<Vec<_>>(), [7]);
        for bad in ["7", "7:x", ":3"] {
            assert!(Said::read(bad).is_err(), "{bad}");
        }
    }
}
