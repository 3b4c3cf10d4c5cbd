//! Days and times of day inside facts.

use crate::identifier::Text;
use jiff::civil::{Date, Time};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

pub(super) fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let Text(text) = Text::deserialize(deserializer)?;
    rules::read_day(&text).map_err(D::Error::custom)
}

pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    let text = Option::<Text<'de>>::deserialize(deserializer)?;
    text.map(|Text(text)| rules::read_time(&text)).transpose().map_err(D::Error::custom)
}
