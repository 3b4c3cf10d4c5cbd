//! `wageledger rules list` and `show`: the parameters of law.

use crate::cli::TableFormat;
use crate::failure::Failure;
use crate::print::{self, Align};
use clap::Args;
use jiff::civil::Date;
use rules::{Pack, Parameter, Provision, Region};
use serde_json::{Value, json};

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only names that begin with this, as in `iit.` or `wage.`
    #[arg(value_name = "PREFIX", default_value = "")]
    prefix: String,
    /// Values that hold on this day [default: every value of all times]
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    /// Values that hold in this region: CN, or six digits
    #[arg(long, value_name = "CODE")]
    region: Option<Region>,
    /// How to print
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    format: TableFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Name of the parameter
    name: String,
    /// How to print
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    format: TableFormat,
}

const COLUMNS: &[(&str, Align)] = &[
    ("name", Align::Left),
    ("value", Align::Right),
    ("unit", Align::Left),
    ("in", Align::Left),
    ("valid_from", Align::Left),
    ("valid_to", Align::Left),
    ("confidence", Align::Left),
    ("zh", Align::Left),
    ("source", Align::Left),
];

pub(super) fn list(args: &List) -> Result<(), Failure> {
    let region = args.region;
    let mut found: Vec<(&Parameter, &Provision)> = Vec::new();
    for parameter in Pack::china().parameters().filter(|p| p.name.starts_with(&args.prefix)) {
        match (args.on, region) {
            // One value: that of the smallest region around.
            (Some(day), Some(region)) => {
                found.extend(Pack::china().provision(&parameter.name, region, day).map(|p| (parameter, p)));
            }
            _ => found.extend(parameter.provisions.iter().filter(|p| holds(p, args)).map(|p| (parameter, p))),
        }
    }
    if found.is_empty() {
        return Err(Failure::Usage(format!("no parameter `{}…` has a value there and then", args.prefix)));
    }
    print_provisions(&found, args.format)
}

fn holds(provision: &Provision, args: &List) -> bool {
    args.on.is_none_or(|day| provision.holds_on(day))
        && args.region.is_none_or(|region| region.and_above().any(|place| place == provision.jurisdiction))
}

pub(super) fn show(args: &Show) -> Result<(), Failure> {
    let Some(parameter) = Pack::china().parameter(&args.name) else {
        let near = Pack::china().parameters().filter(|p| p.name.contains(&args.name));
        let near: Vec<&str> = near.map(|p| p.name.as_str()).collect();
        let hint = if near.is_empty() { "`rules list` has all names".to_owned() } else { near.join(", ") };
        return Err(Failure::Usage(format!("no parameter is called `{}`: {hint}", args.name)));
    };
    if args.format == TableFormat::Table {
        print::out(&format!("{}\n{}\n{}\n\n", parameter.name, parameter.zh, parameter.en))?;
    }
    let all: Vec<_> = parameter.provisions.iter().map(|provision| (parameter, provision)).collect();
    print_provisions(&all, args.format)
}

fn print_provisions(found: &[(&Parameter, &Provision)], format: TableFormat) -> Result<(), Failure> {
    let rows: Vec<Vec<String>> = found.iter().map(|(parameter, p)| cells(parameter, p)).collect();
    print::answer(format, COLUMNS, &rows, || {
        let rows: Vec<Value> = found.iter().map(|(parameter, p)| document(parameter, p)).collect();
        json!({ "rows": rows })
    })
}

fn cells(parameter: &Parameter, provision: &Provision) -> Vec<String> {
    vec![
        parameter.name.clone(),
        provision.value.to_string(),
        parameter.unit.label().to_owned(),
        provision.jurisdiction.to_string(),
        provision.valid_from.to_string(),
        provision.valid_to.map(|day| day.to_string()).unwrap_or_default(),
        provision.confidence.label().to_owned(),
        parameter.zh.clone(),
        provision.citation(),
    ]
}

fn document(parameter: &Parameter, provision: &Provision) -> Value {
    json!({
        "name": parameter.name,
        "zh": parameter.zh,
        "en": parameter.en,
        "unit": parameter.unit.label(),
        "value": provision.value.to_string(),
        "jurisdiction": provision.jurisdiction.to_string(),
        "valid_from": provision.valid_from.to_string(),
        "valid_to": provision.valid_to.map(|day| day.to_string()),
        "source": { "zh": provision.source.zh, "en": provision.source.en, "number": provision.source.number },
        "article": provision.article,
        "confidence": provision.confidence.label(),
    })
}
