//! Dates, months and times as people write them.

use crate::text::squeezed;
use jiff::civil::{Date, DateTime, Time};
use rules::Month;

/// `2026-03-25`, `2026/3/25`, `2026.3.25`, `2026年3月25日`; `None` when it is none of these or does not exist.
pub(crate) fn date(text: &str) -> Option<Date> {
    let text = squeezed(text);
    let (year, month, day) = match text.split_once('年') {
        Some((year, rest)) => {
            let (month, day) = rest.split_once('月')?;
            (year, month, day.strip_suffix('日')?)
        }
        None => {
            let separator = ['-', '/', '.'].into_iter().find(|separator| text.contains(*separator))?;
            let (year, rest) = text.split_once(separator)?;
            let (month, day) = rest.split_once(separator)?;
            (year, month, day)
        }
    };
    let year = digits(year, 4, 4)?;
    Date::new(year, digits(month, 1, 2)?, digits(day, 1, 2)?).ok()
}

/// `2026-03`, `202603`, `2026年3月`.
pub(crate) fn month(text: &str) -> Option<Month> {
    let text = squeezed(text);
    let (year, month) = match text.split_once('年') {
        Some((year, month)) => (year, month.strip_suffix('月')?),
        None => match text.split_once('-') {
            Some(parts) => parts,
            None => text.split_at_checked(4).filter(|(_, month)| month.len() == 2)?,
        },
    };
    Month::new(digits(year, 4, 4)?, digits(month, 1, 2)?)
}

/// `7:05`, `07:05`, `07:05:30`.
pub(crate) fn time(text: &str) -> Option<Time> {
    let text = squeezed(text);
    let (hour, rest) = text.split_once(':')?;
    let (minute, second) = rest.split_once(':').unwrap_or((rest, "00"));
    Time::new(digits(hour, 1, 2)?, digits(minute, 2, 2)?, digits(second, 2, 2)?, 0).ok()
}

/// A date and a time with seconds: `2026-04-14 10:32:07`. Seconds decide whether money came in time.
pub(crate) fn date_time(text: &str) -> Option<DateTime> {
    let (day, at) = text.trim().split_once([' ', 'T', '\u{3000}'])?;
    let seconds = at.chars().filter(|c| matches!(c, ':' | '：')).count() == 2;
    if seconds { Some(date(day)?.to_datetime(time(at)?)) } else { None }
}

fn digits<T: std::str::FromStr>(text: &str, least: usize, most: usize) -> Option<T> {
    let good = (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if good { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        for text in [
            "2026-03-25",
            "2026/3/25",
            "2026.3.25",
            "2026年3月25日",
            " 2026 年 3 月 25 日",
            "２０２６－３－２５",
        ] {
            assert_eq!(date(text).map(|d| d.to_string()).as_deref(), Some("2026-03-25"), "{text}");
        }
        for text in [
            "2026/2/30",
            "26-3-25",
            "2026-03",
            "2026-3/25",
            "20260325",
            "2026-03-25x",
            "2026年3月25",
            "",
            "-",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
        for text in ["2026-03", "202603", "2026年3月", "2026年03月", "2026-3"] {
            assert_eq!(month(text).map(|m| m.to_string()).as_deref(), Some("2026-03"), "{text}");
        }
        for text in ["2026-13", "2026年3", "20263", "2026", "2026-03-01", ""] {
            assert_eq!(month(text), None, "{text}");
        }
        assert_eq!(time("7:05").map(|t| t.to_string()).as_deref(), Some("07:05:00"));
        assert_eq!(time("07：05").map(|t| t.to_string()).as_deref(), Some("07:05:00"));
        for text in ["25:10", "24:00", "7", "7:5", "07:60", "07:05:60", ""] {
            assert_eq!(time(text), None, "{text}");
        }
        let at = date_time("2026-04-14 10:32:07").map(|t| t.to_string());
        assert_eq!(at.as_deref(), Some("2026-04-14T10:32:07"));
        for text in ["2026-04-14", "2026-04-14 10:32", "2026-04-31 10:32:07"] {
            assert_eq!(date_time(text), None, "{text}");
        }
    }
}
