//! The days of one worker's month.

use crate::ReadModelError;
use std::fmt;

/// Tenths of a 工日 by day of the month, as far as something was said of the day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MonthDays([i16; 31]);

/// Of the day nothing was said.
const NOTHING: i16 = i16::MIN;

impl Default for MonthDays {
    fn default() -> MonthDays {
        MonthDays([NOTHING; 31])
    }
}

impl MonthDays {
    /// What is said of a day last is what counts. Nothing, where the day is none of a month's or the number beyond
    /// any day's (what may be recorded ends at 3 工日 a day).
    pub(crate) fn set(&mut self, day: i8, tenths: i64) -> Option<()> {
        let place = self.0.get_mut(usize::try_from(day).ok()?.checked_sub(1)?)?;
        *place = i16::try_from(tenths).ok().filter(|tenths| *tenths != NOTHING)?;
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

    /// Reads what [`fmt::Display`] writes.
    pub(crate) fn read(text: &str) -> Result<MonthDays, ReadModelError> {
        let mut days = MonthDays::default();
        for part in text.split(' ').filter(|part| !part.is_empty()) {
            let said = part
                .split_once(':')
                .and_then(|(day, tenths)| days.set(day.parse().ok()?, tenths.parse().ok()?));
            said.ok_or_else(|| ReadModelError::damaged("work.days", text))?;
        }
        Ok(days)
    }
}

/// As `day:tenths`, ascending.
impl fmt::Display for MonthDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (count, (day, tenths)) in self.iter().enumerate() {
            let space = if count == 0 { "" } else { " " };
            write!(f, "{space}{day}:{tenths}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_as_text() {
        let mut days = MonthDays::default();
        assert!(days.is_empty());
        for (day, tenths) in [(31, 5), (2, 7), (2, 10), (3, 0)] {
            days.set(day, tenths).unwrap();
        }
        assert_eq!(days.to_string(), "2:10 3:0 31:5");
        assert_eq!(MonthDays::read("2:10 3:0 31:5").unwrap(), days);
        assert!(MonthDays::read("").unwrap().is_empty());
        for bad in ["2:ten", "32:1", "0:1", "-1:1", "1:99999", "1"] {
            assert!(MonthDays::read(bad).is_err(), "{bad}");
        }
    }
}
