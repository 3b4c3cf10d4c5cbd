//! `wageledger rules list` and `show`: the parameters of law.

use crate::cli::TableFormat;
use crate::failure::Failure;
use crate::given;
use crate::print::{self, Align};
use clap::Args;
use jiff::civil::Date;
use rules::warning::{Indicator, Thresholds};
use rules::{Pack, Provision, Region, Value as Figure};
use serde_json::{Value, json};

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only names that begin with this, as in `iit.` or `wage.`
    #[arg(value_name = "PREFIX", default_value = "")]
    prefix: String,
    /// Values that hold on this day [default: every value of all times]
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse_reaching_back)]
    on: Option<Date>,
    /// Values that hold in this region: CN, or six digits
    #[arg(long, value_name = "CODE", value_parser = given::region)]
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

/// A value as it is printed: of a parameter, or the thresholds of an indicator.
struct Row {
    unit: &'static str,
    value: String,
    /// The value in a few characters, for a table of many.
    short: String,
    provision: &'static Provision,
}

impl Row {
    fn of(unit: &'static str, provision: &'static Provision) -> Row {
        let value = provision.value.to_string();
        let short = match &provision.value {
            Figure::Table(table) => format!("{} rows", table.rows().len()),
            Figure::Amount(_) | Figure::Number(_) | Figure::Rule => value.clone(),
        };
        Row { unit, value, short, provision }
    }

    fn of_thresholds(thresholds: &'static Thresholds) -> Row {
        let value = thresholds.text();
        Row { unit: "thresholds", short: value.clone(), value, provision: &thresholds.provision }
    }
}

/// Every value of every parameter, and the thresholds of every indicator.
fn all_rows() -> impl Iterator<Item = Row> {
    let parameters = Pack::china().parameters();
    let parameters = parameters
        .flat_map(|parameter| parameter.provisions.iter().map(|p| Row::of(parameter.unit.label(), p)));
    let thresholds = Indicator::all().flat_map(|indicator| indicator.all_thresholds.iter());
    parameters.chain(thresholds.map(Row::of_thresholds))
}

pub(super) fn list(args: &List) -> Result<(), Failure> {
    let mut rows: Vec<Row> = all_rows()
        .filter(|row| row.provision.parameter.starts_with(&args.prefix) && holds(row.provision, args))
        .collect();
    if args.on.is_some() && args.region.is_some() {
        // One value a parameter: that of the smallest region around, which has the greatest code.
        let places: Vec<(&str, Region)> =
            rows.iter().map(|row| (row.provision.parameter.as_str(), row.provision.jurisdiction)).collect();
        rows.retain(|row| {
            let own = (row.provision.parameter.as_str(), row.provision.jurisdiction);
            !places.iter().any(|(name, place)| *name == own.0 && *place > own.1)
        });
    }
    if rows.is_empty() {
        return Err(Failure::Usage(format!("no parameter `{}…` has a value there and then", args.prefix)));
    }
    print_rows(&rows, args.format, true)
}

fn holds(provision: &Provision, args: &List) -> bool {
    args.on.is_none_or(|day| provision.holds_on(day))
        && args.region.is_none_or(|region| region.and_above().any(|place| place == provision.jurisdiction))
}

pub(super) fn show(args: &Show) -> Result<(), Failure> {
    let rows: Vec<Row> = all_rows().filter(|row| row.provision.parameter == args.name).collect();
    let Some(first) = rows.first() else {
        let mut near: Vec<&str> = all_rows().map(|row| row.provision.parameter.as_str()).collect();
        near.retain(|name| name.contains(&args.name));
        near.dedup();
        let hint = if near.is_empty() { "`rules list` has all names".to_owned() } else { near.join(", ") };
        return Err(Failure::Usage(format!("no parameter is called `{}`: {hint}", args.name)));
    };
    if args.format == TableFormat::Table {
        let about = first.provision;
        print::out(&format!("{}\n{}\n{}\n\n", about.parameter, about.zh, about.en))?;
    }
    print_rows(&rows, args.format, false)
}

fn print_rows(rows: &[Row], format: TableFormat, short: bool) -> Result<(), Failure> {
    let short = short && format == TableFormat::Table;
    let cells: Vec<Vec<String>> = rows.iter().map(|row| cells(row, short)).collect();
    print::answer(format, COLUMNS, &cells, || {
        let rows: Vec<Value> = rows.iter().map(document).collect();
        json!({ "rows": rows })
    })
}

fn cells(row: &Row, short: bool) -> Vec<String> {
    let provision = row.provision;
    vec![
        provision.parameter.clone(),
        if short { row.short.clone() } else { row.value.clone() },
        row.unit.to_owned(),
        provision.jurisdiction.to_string(),
        provision.valid_from.to_string(),
        provision.valid_to.map(|day| day.to_string()).unwrap_or_default(),
        provision.confidence.label().to_owned(),
        provision.zh.clone(),
        provision.citation(),
    ]
}

fn document(row: &Row) -> Value {
    let provision = row.provision;
    json!({
        "name": provision.parameter,
        "zh": provision.zh,
        "en": provision.en,
        "unit": row.unit,
        "value": row.value,
        "jurisdiction": provision.jurisdiction.to_string(),
        "valid_from": provision.valid_from.to_string(),
        "valid_to": provision.valid_to.map(|day| day.to_string()),
        "source": { "zh": provision.source.zh, "en": provision.source.en, "number": provision.source.number },
        "article": provision.article,
        "confidence": provision.confidence.label(),
    })
}
