//! The working calendar: which days are rest days.

use jiff::civil::{Date, Weekday};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// There is no calendar for a year that the question needs. Nothing is guessed: a due date moved by a wrong
/// rest day would make punctual pay late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
#[error(
    "no calendar of rest days for {year} is known: the State Council's notice for {year} is not in our data"
)]
pub struct NoCalendar {
    /// The calendar year that is missing.
    pub year: i16,
}

/// Rest days and make-up working days by year, as the State Council announces them each November (regulation
/// on public holidays, 全国年节及纪念日放假办法). Saturdays and Sundays rest unless made up (Decree 174 on
/// working hours, art. 7).
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    years: BTreeMap<i16, Year>,
}

#[derive(Clone, Debug, Default)]
struct Year {
    notice: String,
    rest: BTreeSet<Date>,
    work: BTreeSet<Date>,
}

#[derive(Deserialize)]
struct File {
    year: Vec<FileYear>,
}

#[derive(Deserialize)]
struct FileYear {
    year: i16,
    notice: String,
    rest: Vec<Span>,
    work: Vec<Date>,
}

#[derive(Deserialize)]
struct Span {
    from: Date,
    to: Date,
}

/// Why a text is no calendar.
#[derive(Debug, thiserror::Error)]
#[error("reading a calendar of rest days")]
pub struct CalendarError(#[from] toml::de::Error);

/// Read once. That it can be read is a test's business: were it not, every year would be [`NoCalendar`],
/// which is loud and never wrong.
static CHINA: LazyLock<Calendar> =
    LazyLock::new(|| Calendar::parse(Calendar::CHINA_TEXT).unwrap_or_default());

impl Calendar {
    /// The data behind [`Calendar::china`] as it stands in its file. Whoever stores what was computed from it
    /// stores a fingerprint of this text too, so that a new year shows.
    pub const CHINA_TEXT: &'static str = include_str!("../data/calendar-cn.toml");

    /// The calendar of mainland China.
    pub fn china() -> &'static Calendar {
        &CHINA
    }

    /// Reads the form of `data/calendar-cn.toml`.
    pub fn parse(text: &str) -> Result<Calendar, CalendarError> {
        let file: File = toml::from_str(text)?;
        let mut calendar = Calendar::default();
        for year in file.year {
            let rest = year
                .rest
                .iter()
                .flat_map(|s| s.from.series(jiff::Span::new().days(1)).take_while(|day| *day <= s.to));
            let rest = rest.collect();
            let work = year.work.into_iter().collect();
            calendar.years.insert(year.year, Year { notice: year.notice, rest, work });
        }
        Ok(calendar)
    }

    /// The notice that the year's days come from, with its number.
    pub fn notice(&self, year: i16) -> Result<&str, NoCalendar> {
        self.year(year).map(|y| y.notice.as_str())
    }

    /// Whether `day` is neither a rest day nor a public holiday; a make-up day is a working day.
    pub fn is_working_day(&self, day: Date) -> Result<bool, NoCalendar> {
        let year = self.year(day.year())?;
        if year.work.contains(&day) {
            return Ok(true);
        }
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        Ok(!weekend && !year.rest.contains(&day))
    }

    /// `day` itself when it is a working day, else the last one before it.
    pub fn last_working_day_on_or_before(&self, day: Date) -> Result<Date, NoCalendar> {
        let mut day = day;
        while !self.is_working_day(day)? {
            // Ends at the latest where data end: a year without a working day before it has no calendar.
            day = day.yesterday().map_err(|_| NoCalendar { year: day.year() })?;
        }
        Ok(day)
    }

    fn year(&self, year: i16) -> Result<&Year, NoCalendar> {
        self.years.get(&year).ok_or(NoCalendar { year })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_embedded_data_are_readable_and_of_their_year() {
        let calendar = Calendar::parse(Calendar::CHINA_TEXT).unwrap();
        assert_eq!(calendar.years.keys().copied().collect::<Vec<_>>(), [2025, 2026]);
        for (number, year) in &calendar.years {
            assert!(year.rest.iter().chain(&year.work).all(|day| day.year() == *number));
            assert!(year.rest.is_disjoint(&year.work));
            // Every make-up day lies on a weekend: on a working day it would say nothing.
            assert!(year.work.iter().all(|d| matches!(d.weekday(), Weekday::Saturday | Weekday::Sunday)));
        }
        // The notices' own totals: 28 days off in 2025 and 33 in 2026, made up on 5 and 6 days.
        let counts: Vec<_> = calendar.years.values().map(|y| (y.rest.len(), y.work.len())).collect();
        assert_eq!(counts, [(28, 5), (33, 6)]);
        assert!(Calendar::china().notice(2026).unwrap().contains("国办发明电〔2025〕7号"));
    }

    #[test]
    fn working_days() {
        let working = |y, m, d| Calendar::china().is_working_day(date(y, m, d));
        assert_eq!(working(2026, 2, 13), Ok(true)); // a Friday
        assert_eq!(working(2026, 2, 14), Ok(true)); // a Saturday that is made up
        assert_eq!(working(2026, 2, 16), Ok(false)); // a Monday, Spring Festival
        assert_eq!(working(2026, 3, 1), Ok(false)); // a plain Sunday
        assert_eq!(working(2027, 1, 15), Err(NoCalendar { year: 2027 }));
        assert!(NoCalendar { year: 2027 }.to_string().contains("notice for 2027"));
    }

    #[test]
    fn the_last_working_day() {
        let last = |y, m, d| Calendar::china().last_working_day_on_or_before(date(y, m, d));
        assert_eq!(last(2026, 3, 13), Ok(date(2026, 3, 13)));
        assert_eq!(last(2026, 2, 20), Ok(date(2026, 2, 14)));
        assert_eq!(last(2026, 1, 2), Ok(date(2025, 12, 31)));
        assert_eq!(last(2025, 1, 1), Err(NoCalendar { year: 2024 }));
    }
}
