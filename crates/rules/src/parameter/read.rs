//! Reading parameter files.

use super::{Confidence, Pack, Parameter, Provision, Source, Unit, Value};
use crate::Money;
use crate::tax::{Table, TableRow};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Why texts are no set of parameters.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// Not the form of the files.
    #[error("reading parameters of law")]
    Form(#[from] toml::de::Error),
    /// A value of a parameter makes no sense.
    #[error("parameter `{parameter}`, value from {valid_from}: {what}")]
    Value {
        /// Name of the parameter.
        parameter: String,
        /// Which of its values.
        valid_from: Date,
        /// What is wrong and what would be right.
        what: String,
    },
    /// Two parameters of one name.
    #[error("two parameters are called `{0}`")]
    Twice(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    jurisdiction: String,
    source: BTreeMap<String, Source>,
    parameter: Vec<FileParameter>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileParameter {
    name: String,
    en: String,
    zh: String,
    unit: Unit,
    values: Vec<FileValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileValue {
    value: Option<String>,
    table: Option<Vec<TableRow>>,
    valid_from: Date,
    valid_to: Option<Date>,
    jurisdiction: Option<String>,
    source: String,
    #[serde(default)]
    article: String,
    confidence: Confidence,
}

impl Pack {
    /// Reads files of the form of `data/law/*.toml` into one set.
    pub fn parse(texts: &[&str]) -> Result<Pack, PackError> {
        let mut pack = Pack::default();
        for text in texts {
            let file: File = toml::from_str(text)?;
            for parameter in &file.parameter {
                let parameter = read_parameter(parameter, &file)?;
                let name = parameter.name.clone();
                if pack.parameters.insert(name.clone(), parameter).is_some() {
                    return Err(PackError::Twice(name));
                }
            }
        }
        Ok(pack)
    }
}

fn read_parameter(parameter: &FileParameter, file: &File) -> Result<Parameter, PackError> {
    let mut provisions: Vec<Provision> = Vec::new();
    for value in &parameter.values {
        let wrong = |what: String| PackError::Value {
            parameter: parameter.name.clone(),
            valid_from: value.valid_from,
            what,
        };
        let source = file.source.get(&value.source);
        let source = source.ok_or_else(|| wrong(format!("no source is called `{}`", value.source)))?;
        let place = value.jurisdiction.as_ref().unwrap_or(&file.jurisdiction);
        let provision = Provision {
            parameter: parameter.name.clone(),
            en: parameter.en.clone(),
            zh: parameter.zh.clone(),
            value: read_value(parameter.unit, value).map_err(&wrong)?,
            valid_from: value.valid_from,
            valid_to: value.valid_to,
            jurisdiction: place.parse().map_err(|error: super::NotARegion| wrong(error.to_string()))?,
            source: source.clone(),
            article: value.article.clone(),
            confidence: value.confidence,
        };
        if provision.valid_to.is_some_and(|end| end < provision.valid_from) {
            return Err(wrong("ends before it begins".to_owned()));
        }
        if provisions.iter().any(|other| overlap(other, &provision)) {
            return Err(wrong("two values hold on one day in one place".to_owned()));
        }
        provisions.push(provision);
    }
    provisions.sort_by_key(|p| (p.jurisdiction, p.valid_from));
    Ok(Parameter {
        name: parameter.name.clone(),
        en: parameter.en.clone(),
        zh: parameter.zh.clone(),
        unit: parameter.unit,
        provisions,
    })
}

fn overlap(a: &Provision, b: &Provision) -> bool {
    a.jurisdiction == b.jurisdiction && (a.holds_on(b.valid_from) || b.holds_on(a.valid_from))
}

fn read_value(unit: Unit, value: &FileValue) -> Result<Value, String> {
    match (unit, &value.value, &value.table) {
        (Unit::Rule, None, None) => Ok(Value::Rule),
        (Unit::Rule, _, _) => Err("a rule has no value".to_owned()),
        (Unit::Table, None, Some(rows)) => Table::new(rows).map(Value::Table),
        (Unit::Table, _, _) => Err("a table is written as `table = […]`".to_owned()),
        (Unit::Yuan, Some(text), None) => {
            let amount: Money = text.parse().map_err(|error| format!("`{text}` is no amount: {error}"))?;
            Ok(Value::Amount(amount))
        }
        (
            Unit::Share
            | Unit::Times
            | Unit::Days
            | Unit::WorkingDays
            | Unit::Months
            | Unit::Years
            | Unit::Hours
            | Unit::Persons
            | Unit::Lines
            | Unit::Level,
            Some(text),
            None,
        ) => {
            let number = Decimal::from_str_exact(text);
            Ok(Value::Number(number.map_err(|error| format!("`{text}` is no number: {error}"))?))
        }
        (_, None, _) => Err("`value` is missing".to_owned()),
        (_, Some(_), Some(_)) => Err("either `value` or `table`".to_owned()),
    }
}
