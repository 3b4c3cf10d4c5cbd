//! A day that somebody asks about: read in one place, for the command line and for pages.

use jiff::civil::{Date, date};

/// The first day that can be asked about: the first of which entries speak as having happened.
pub(crate) const FIRST: Date = date(2015, 1, 1);
/// The last: likewise.
const LAST: Date = date(2100, 12, 31);
/// The first day that facts of law may reach back to: birth, the beginning of work.
const FIRST_OF_LIVES: Date = date(1930, 1, 1);

/// A day as `2026-06-30`, from 2015 to 2100.
pub(crate) fn parse(text: &str) -> Result<Date, String> {
    within(text, FIRST)
}

/// A day that may reach back, from 1930 to 2100.
pub(crate) fn parse_reaching_back(text: &str) -> Result<Date, String> {
    within(text, FIRST_OF_LIVES)
}

/// Whether a text is a day at all, of whatever year.
pub(crate) fn is_day(text: &str) -> bool {
    text.parse::<Date>().is_ok_and(|day| day.to_string() == text)
}

fn within(text: &str, first: Date) -> Result<Date, String> {
    let day = text.parse::<Date>().ok().filter(|day| day.to_string() == text && (first..=LAST).contains(day));
    day.ok_or_else(|| format!("a day from {first} to {LAST} is wanted, as in 2026-06-30"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        for good in ["2015-01-01", "2026-06-30", "2028-02-29", "2100-12-31"] {
            assert_eq!(parse(good).unwrap().to_string(), good);
        }
        for bad in [
            "2014-12-31",
            "2101-01-01",
            "1800-01-01",
            "2200-01-01",
            "9999-12-31",
            "-009999-01-01",
            "2026-02-30",
            "2026-6-30",
            "20260630",
            "2026-06-30T00:00",
            " 2026-06-30",
            "30.06.2026",
            "today",
            "",
        ] {
            let said = parse(bad).unwrap_err();
            assert!(
                said.contains("2026-06-30") && said.contains("2015-01-01") && said.contains("2100-12-31"),
                "{bad}"
            );
        }
        assert!(parse_reaching_back("1968-03-04").is_ok() && parse_reaching_back("1929-12-31").is_err());
    }
}
