//! Days and times of day inside facts.

use super::worker::WorkDay;
use crate::identifier::Text;
use jiff::civil::{Date, Time};
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

pub(super) fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let Text(text) = Text::deserialize(deserializer)?;
    rules::read_day(&text).map_err(D::Error::custom)
}

pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    let text = Option::<Text<'de>>::deserialize(deserializer)?;
    text.map(|Text(text)| rules::read_time(&text)).transpose().map_err(D::Error::custom)
}

/// Days in a month.
pub(super) const MONTH: usize = 31;

/// Adds to a list. Most are of one, or of a month's days: who adds a second makes room for so many.
fn push<T>(list: &mut Vec<T>, next: T) {
    match list.len() {
        0 => list.reserve_exact(1),
        1 => list.reserve_exact(MONTH - 1),
        _ => {}
    }
    list.push(next);
}

pub(super) fn days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<WorkDay>, D::Error> {
    struct Days;
    impl<'de> Visitor<'de> for Days {
        type Value = Vec<WorkDay>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a sequence")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<WorkDay>, A::Error> {
            let mut days = Vec::new();
            while let Some(day) = seq.next_element()? {
                push(&mut days, day);
            }
            Ok(days)
        }
    }
    deserializer.deserialize_seq(Days)
}
