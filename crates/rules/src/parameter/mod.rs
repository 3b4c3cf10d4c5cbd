//! Parameters of law: figures, tables and rules with the days and the place in which they hold, their source,
//! and how sure we are of them. The files lie in `data/law/`; a payroll lawyer can read and correct them.

mod read;

pub use read::PackError;

use crate::Money;
use crate::tax::Table;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// Where something holds: the whole country, or a province, city or district by its code (GB/T 2260). Prints
/// as `CN` or six digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(u32);

impl Region {
    /// The whole country (全国).
    pub const CHINA: Region = Region(0);

    /// From six digits, as `330110`; `None` for a code that cannot be one.
    pub fn of_code(code: u32) -> Option<Region> {
        (110_000..=829_999).contains(&code).then_some(Region(code))
    }

    /// The region and those that it lies in, the nearest first: district, city, province, country.
    pub fn and_above(self) -> impl Iterator<Item = Region> {
        let whole = |unit: u32| Region(self.0.saturating_sub(self.0.checked_rem(unit).unwrap_or_default()));
        let mut chain = vec![self, whole(100), whole(10_000), Region::CHINA];
        chain.dedup();
        chain.into_iter()
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Region::CHINA { f.write_str("CN") } else { write!(f, "{:06}", self.0) }
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text is no region.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no region: CN, or a code of six digits, as in 330100")]
pub struct NotARegion(String);

impl FromStr for Region {
    type Err = NotARegion;

    fn from_str(text: &str) -> Result<Region, NotARegion> {
        let not = || NotARegion(text.to_owned());
        if text == "CN" {
            return Ok(Region::CHINA);
        }
        if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(not());
        }
        text.parse().ok().and_then(Region::of_code).ok_or_else(not)
    }
}

/// How sure we are that a provision says what we say.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Read in the full text of the act.
    Text,
    /// Read in a copy or report of the act; the citation is good, the wording was not compared.
    Copy,
    /// General knowledge of practitioners, not read in a text.
    Knowledge,
    /// Probably right; check the official text before anything hard depends on it.
    Verify,
    /// No law says so: our own choice.
    Convention,
}

impl Confidence {
    /// As it stands in the data files.
    pub fn label(self) -> &'static str {
        match self {
            Confidence::Text => "text",
            Confidence::Copy => "copy",
            Confidence::Knowledge => "knowledge",
            Confidence::Verify => "verify",
            Confidence::Convention => "convention",
        }
    }
}

/// An act: law, regulation, announcement.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Chinese name.
    pub zh: String,
    /// English name, or what it is about.
    pub en: String,
    /// Number of the act, as in 国务院令第724号; empty for our own conventions.
    #[serde(default)]
    pub number: String,
}

/// What a figure is counted in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Yuan with two decimals.
    Yuan,
    /// A part of a whole: 0.20 is 20 %.
    Share,
    /// So many times something.
    Times,
    /// Calendar days.
    Days,
    /// Working days by the calendar.
    WorkingDays,
    /// Months.
    Months,
    /// Years.
    Years,
    /// Hours.
    Hours,
    /// Persons.
    Persons,
    /// Wage lines.
    Lines,
    /// A level of a scale, 1 being the highest.
    Level,
    /// A tax table.
    Table,
    /// No figure: a rule that steps cite.
    Rule,
}

/// The value of a provision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// An amount, for unit yuan.
    Amount(Money),
    /// A number in the parameter's unit.
    Number(Decimal),
    /// A tax table.
    Table(Table),
    /// Nothing but the rule itself.
    Rule,
}

/// One value of a parameter: from when to when, where, by which article, and how sure we are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Provision {
    /// Name of its parameter.
    pub parameter: String,
    /// What it says, in English and in Chinese (those of the parameter).
    pub en: String,
    /// What it says in Chinese.
    pub zh: String,
    /// The figure.
    pub value: Value,
    /// First day on which it holds.
    pub valid_from: Date,
    /// Last day on which it holds; `None` when no end is known.
    pub valid_to: Option<Date>,
    /// Where it holds.
    pub jurisdiction: Region,
    /// The act.
    pub source: Source,
    /// The article in it; empty when it is not known or the act is short.
    pub article: String,
    /// How sure we are.
    pub confidence: Confidence,
}

impl Provision {
    /// Whether it holds on `day`.
    pub fn holds_on(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day <= end)
    }

    /// The citation in one line: act, number, article, and a mark when it is to be checked.
    pub fn citation(&self) -> String {
        let mut text = self.source.zh.clone();
        for part in [&self.source.number, &self.article] {
            if !part.is_empty() {
                text.push(' ');
                text.push_str(part);
            }
        }
        match self.confidence {
            Confidence::Text | Confidence::Copy | Confidence::Convention => {}
            Confidence::Knowledge => text.push_str(" [from knowledge]"),
            Confidence::Verify => text.push_str(" [verify]"),
        }
        text
    }
}

/// A value together with the provision that gives it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cited<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub by: &'static Provision,
}

/// A parameter: its name, what it means, its unit, and its values over time and place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parameter {
    /// Dotted name, as in `iit.basic_deduction_month`.
    pub name: String,
    /// What it means, in English.
    pub en: String,
    /// What it means, in Chinese.
    pub zh: String,
    /// What its figures are counted in.
    pub unit: Unit,
    /// Its values, by place and first day.
    pub provisions: Vec<Provision>,
}

/// What the rules do not know.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Missing {
    /// No parameter has this name.
    #[error("no parameter is called `{0}`")]
    Parameter(String),
    /// The parameter has no value for the day and place.
    #[error(
        "no value of `{parameter}` ({zh}) for {region} on {day}: {known}; a value with its source belongs into \
         crates/rules/data/law"
    )]
    Value {
        /// Name of the parameter.
        parameter: String,
        /// Its Chinese name.
        zh: String,
        /// Where a value was asked for.
        region: Region,
        /// For which day.
        day: Date,
        /// What is known, in words.
        known: String,
    },
}

/// A set of parameters, read from files of the form of `data/law/*.toml`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pack {
    parameters: BTreeMap<String, Parameter>,
}

/// Read once; that it can be read is a test's business. Were it not, every figure would be [`Missing`].
static CHINA: LazyLock<Pack> = LazyLock::new(|| Pack::parse(Pack::CHINA_TEXTS).unwrap_or_default());

impl Pack {
    /// The files behind [`Pack::china`]. Whoever stores what was computed from them stores a fingerprint of
    /// these texts too, so that changed law shows.
    pub const CHINA_TEXTS: &'static [&'static str] = &[
        include_str!("../../data/law/iit.toml"),
        include_str!("../../data/law/wages.toml"),
        include_str!("../../data/law/claims.toml"),
        include_str!("../../data/law/warning.toml"),
    ];

    /// The law as we know it.
    pub fn china() -> &'static Pack {
        &CHINA
    }

    /// All parameters, by name.
    pub fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.values()
    }

    /// The parameter of that name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.get(name)
    }

    /// The provision that holds on `day` in `region`: that of the smallest region around it.
    pub fn provision(&self, name: &str, region: Region, day: Date) -> Result<&Provision, Missing> {
        let parameter = self.parameter(name).ok_or_else(|| Missing::Parameter(name.to_owned()))?;
        let holds = |place| {
            let mut all = parameter.provisions.iter();
            all.find(|p: &&Provision| p.jurisdiction == place && p.holds_on(day))
        };
        if region == Region::CHINA {
            return holds(region).ok_or_else(|| parameter.missing(region, day));
        }
        region.and_above().find_map(holds).ok_or_else(|| parameter.missing(region, day))
    }

    /// An amount in yuan.
    pub fn amount(&'static self, name: &str, region: Region, day: Date) -> Result<Cited<Money>, Missing> {
        let by = self.provision(name, region, day)?;
        match &by.value {
            Value::Amount(amount) => Ok(Cited { value: *amount, by }),
            Value::Number(_) | Value::Table(_) | Value::Rule => {
                Err(Missing::Parameter(format!("{name} (yuan)")))
            }
        }
    }

    /// A number in the parameter's unit.
    pub fn number(&'static self, name: &str, region: Region, day: Date) -> Result<Cited<Decimal>, Missing> {
        let by = self.provision(name, region, day)?;
        match &by.value {
            Value::Number(number) => Ok(Cited { value: *number, by }),
            Value::Amount(_) | Value::Table(_) | Value::Rule => {
                Err(Missing::Parameter(format!("{name} (number)")))
            }
        }
    }

    /// A whole number in the parameter's unit.
    pub fn count(&'static self, name: &str, region: Region, day: Date) -> Result<Cited<i64>, Missing> {
        let number = self.number(name, region, day)?;
        let value = i64::try_from(number.value)
            .ok()
            .filter(|whole| Decimal::from(*whole) == number.value)
            .ok_or_else(|| Missing::Parameter(format!("{name} (whole number)")))?;
        Ok(Cited { value, by: number.by })
    }

    /// A tax table.
    pub fn table(
        &'static self,
        name: &str,
        region: Region,
        day: Date,
    ) -> Result<Cited<&'static Table>, Missing> {
        let by = self.provision(name, region, day)?;
        match &by.value {
            Value::Table(table) => Ok(Cited { value: table, by }),
            Value::Amount(_) | Value::Number(_) | Value::Rule => {
                Err(Missing::Parameter(format!("{name} (table)")))
            }
        }
    }

    /// A rule without a figure; an error when it does not hold on `day`.
    pub fn rule(&'static self, name: &str, day: Date) -> Result<&'static Provision, Missing> {
        self.provision(name, Region::CHINA, day)
    }
}

impl Parameter {
    fn missing(&self, region: Region, day: Date) -> Missing {
        let places: Vec<Region> = region.and_above().collect();
        let spans = self.provisions.iter().filter(|p| places.contains(&p.jurisdiction)).map(|p| {
            let end = p.valid_to.map_or_else(|| "today's knowledge".to_owned(), |end| end.to_string());
            format!("known in {} from {} to {end}", p.jurisdiction, p.valid_from)
        });
        let known = spans.collect::<Vec<_>>().join(", ");
        Missing::Value {
            parameter: self.name.clone(),
            zh: self.zh.clone(),
            region,
            day,
            known: if known.is_empty() { "none is known there at any time".to_owned() } else { known },
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Amount(amount) => amount.fmt(f),
            Value::Number(number) => number.fmt(f),
            Value::Table(table) => table.fmt(f),
            Value::Rule => f.write_str("rule"),
        }
    }
}

impl Unit {
    /// As it stands in the data files.
    pub fn label(self) -> &'static str {
        match self {
            Unit::Yuan => "yuan",
            Unit::Share => "share",
            Unit::Times => "times",
            Unit::Days => "days",
            Unit::WorkingDays => "working_days",
            Unit::Months => "months",
            Unit::Years => "years",
            Unit::Hours => "hours",
            Unit::Persons => "persons",
            Unit::Lines => "lines",
            Unit::Level => "level",
            Unit::Table => "table",
            Unit::Rule => "rule",
        }
    }
}

#[cfg(test)]
mod tests;
