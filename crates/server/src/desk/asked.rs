//! What stands behind the question mark: every field by its name, once, and of its own form.

use super::lang::Lang;
use super::spot::{At, Mark};
use super::trouble::Trouble;
use crate::asked_day;
use jiff::civil::Date;
use percent_encoding::percent_decode_str;
use readmodel::Filter;
use rules::Bucket;
use wages::{CreditCode, ProjectCode, RegionCode};

/// Longest query that is looked at, in bytes.
const QUERY_LEN_MAX: usize = 1000;

/// A page's query, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) lang: Lang,
    /// The day asked about; today where none is given.
    pub(super) as_of: Option<Date>,
    /// Name of the column to sort by, and whether the largest comes first.
    pub(super) sort: Option<(String, bool)>,
    /// Where the page of the page's longest list begins, or ends.
    pub(super) at: At,
    pub(super) format: Option<Format>,
    /// Which lines.
    pub(super) filter: Filter,
    /// Kind of entry, or a family of kinds: `payment`, `wages.corrected`.
    pub(super) kind: Option<String>,
    /// Entries recorded on this day or later, China date.
    pub(super) from: Option<Date>,
    /// Entries recorded on this day or earlier.
    pub(super) to: Option<Date>,
}

/// A form other than HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Xlsx,
}

impl Asked {
    /// Reads a query. What is not known, given twice, or not of its field's form is refused with the field's name.
    pub(super) fn parse(query: &str) -> Result<Asked, Trouble> {
        let mut asked = Asked::default();
        // First of all, so that what is wrong is said in it.
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            if key == "lang" {
                asked.lang = Lang::from_code(value).unwrap_or_default();
            }
        }
        if query.len() > QUERY_LEN_MAX {
            return Err(Trouble::TooLong(asked.lang));
        }
        let mut seen = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let key = NAMES.iter().find(|name| **name == key);
            let Some(key) = key else { return Err(Trouble::UnknownField(asked.lang)) };
            if seen.contains(key) {
                return Err(Trouble::Twice(asked.lang, key));
            }
            seen.push(*key);
            let value = value.replace('+', " ");
            let value = percent_decode_str(&value).decode_utf8();
            let wrong = Trouble::BadField(asked.lang, key);
            let Ok(value) = value else { return Err(wrong) };
            // An empty field of a form is a field left open.
            if !value.is_empty() && asked.take(key, &value).is_none() {
                let is_day = DAYS.contains(key) && asked_day::is_day(&value);
                return Err(if is_day { Trouble::OutsideDays(asked.lang) } else { wrong });
            }
        }
        Ok(asked)
    }

    fn take(&mut self, key: &str, value: &str) -> Option<()> {
        let filter = &mut self.filter;
        match key {
            "lang" => self.lang = Lang::from_code(value)?,
            "as_of" => self.as_of = Some(day(value)?),
            "from" => self.from = Some(day(value)?),
            "to" => self.to = Some(day(value)?),
            "sort" => {
                let (name, down) = value.strip_prefix('-').map_or((value, false), |name| (name, true));
                self.sort = word(name).map(|name| (name.to_owned(), down)).map(Some)?;
            }
            "format" => {
                self.format = Some(match value {
                    "csv" => Format::Csv,
                    "xlsx" => Format::Xlsx,
                    _ => return None,
                });
            }
            "kind" => self.kind = Some(word(value)?.to_owned()),
            // A page lies on one side of a row.
            "after" if self.at == At::Beginning => self.at = At::After(Mark::parse(value)?),
            "before" if self.at == At::Beginning => self.at = At::Before(Mark::parse(value)?),
            "region" => filter.region = Some(value.parse::<RegionCode>().ok()?.as_str().to_owned()),
            "project" => filter.project = Some(value.parse::<ProjectCode>().ok()?.as_str().to_owned()),
            "employer" => filter.employer = Some(value.parse::<CreditCode>().ok()?.as_str().to_owned()),
            "contractor" => filter.contractor = Some(value.parse::<CreditCode>().ok()?.as_str().to_owned()),
            "owner" => filter.owner = Some(value.parse::<CreditCode>().ok()?.as_str().to_owned()),
            "crew" => filter.crew = Some(value.parse().ok()?),
            "worker" => filter.worker = Some(value.parse().ok()?),
            "bucket" => {
                filter.bucket = Some(Bucket::ALL.into_iter().find(|bucket| bucket.label() == value)?);
            }
            _ => return None,
        }
        Some(())
    }
}

/// Fields that hold a day.
const DAYS: [&str; 3] = ["as_of", "from", "to"];

const NAMES: &[&str] = &[
    "lang",
    "as_of",
    "from",
    "to",
    "sort",
    "after",
    "before",
    "format",
    "kind",
    "region",
    "project",
    "employer",
    "contractor",
    "owner",
    "crew",
    "worker",
    "bucket",
];

/// A day as `2026-06-30`, of those that can be asked about.
pub(super) fn day(text: &str) -> Option<Date> {
    asked_day::parse(text).ok()
}

/// A name of a column or of a kind.
fn word(text: &str) -> Option<&str> {
    let fits = |c: char| c.is_ascii_lowercase() || c == '_' || c == '.';
    ((1..=40).contains(&text.len()) && text.chars().all(fits)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_ones() {
        let asked =
            Asked::parse("as_of=2026-06-30&lang=en&sort=-outstanding&after=5.17&bucket=%3E365&to=").unwrap();
        assert_eq!(asked.lang, Lang::En);
        assert_eq!(asked.as_of.map(|day| day.to_string()).as_deref(), Some("2026-06-30"));
        assert_eq!(asked.sort, Some(("outstanding".to_owned(), true)));
        assert_eq!(asked.at, At::After(Mark::parse("5.17").unwrap()));
        assert_eq!(asked.filter.bucket, Some(Bucket::Over365));
        assert_eq!(Asked::parse("").unwrap(), Asked::default());
    }

    #[test]
    fn bad_ones() {
        for query in [
            "as_of=2026-02-30",
            "as_of=2026-6-30",
            "as_of=-2026-06-30",
            "as_of=20260630",
            "as_of=%ff",
            "as_of=2026-06-30%00",
            "as_of=2026-06-30&as_of=2026-06-30",
            "as_of=9999-01-01",
            "lang=fr",
            "LANG=en",
            "sort=a%20b",
            "sort=<script>",
            "page=2",
            "after=0",
            "after=-1",
            "after=1e9",
            "before=5.x",
            "after=1&before=9",
            "format=pdf",
            "kind='%20OR%20'1'='1",
            "after=18446744073709551616",
            "region=33",
            "project=%E2%80%AE",
            "project=1;DROP+TABLE+entry",
            "employer=91330102XN2TH3BJ0X",
            "contractor=91330102XN2TH3BJ0X",
            "owner=1",
            "crew=1",
            "worker=390309197712206190",
            "bucket=1-8",
            "unknown=1",
            "unknown",
            "%61s_of=2026-06-30",
        ] {
            assert!(Asked::parse(query).is_err(), "{query}");
        }
        assert!(Asked::parse(&"a".repeat(5000)).is_err());
    }
}
