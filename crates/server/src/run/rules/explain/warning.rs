//! An indicator of early warning, on figures given as arguments.

use super::{Explained, refused};
use crate::failure::Failure;
use crate::given;
use clap::Args;
use jiff::civil::Date;
use rules::warning::{Colour, Figure, Figures, Indicator, Ratio};
use rules::{Region, Step};

/// Names of figures that conditions use.
const FIGURES: [&str; 14] = [
    "rate",
    "rate_then",
    "days_left",
    "days_since",
    "missing",
    "age_days",
    "months",
    "days_overdue",
    "heads",
    "collective_claims",
    "ratio",
    "cards",
    "crew_months",
    "breaks",
];

#[derive(Debug, Args)]
pub(super) struct Warning {
    /// The indicator, I01 to I15, or the detection, A01 to A08
    indicator: String,
    /// Its figures, as in rate=19/20 days_left=3; `unknown` for one that is not known
    #[arg(value_name = "FIGURE=NUMBER", required = true)]
    figures: Vec<String>,
    /// Region of the project
    #[arg(long, value_name = "CODE", value_parser = given::region, default_value_t = Region::CHINA)]
    region: Region,
    /// As of this day
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse)]
    as_of: Date,
}

pub(super) fn explain(args: &Warning) -> Result<Explained, Failure> {
    let indicator = Indicator::all().find(|indicator| indicator.id.label() == args.indicator);
    let indicator = indicator.ok_or_else(|| {
        Failure::Usage(format!("no indicator is called `{}`; I01 to I15 and A01 to A08 are", args.indicator))
    })?;
    let mut figures = Figures::new();
    for text in &args.figures {
        let (name, figure) = figure(text).ok_or_else(|| {
            Failure::Usage(format!(
                "`{text}` is no figure; as in rate=19/20; names are {}",
                FIGURES.join(", ")
            ))
        })?;
        figures = figures.with(name, figure);
    }
    let judgement =
        rules::warning::judge(indicator.id, &figures, args.region, args.as_of).map_err(refused)?;
    let heading =
        format!("{} {} {}: {}", indicator.id.label(), indicator.zh, indicator.en, judgement.colour.label());
    let thresholds = indicator.thresholds(args.region, args.as_of)?;
    let mut steps = vec![Step {
        en: "thresholds",
        zh: "预警标准",
        formula: figures.to_string(),
        result: thresholds.text(),
        by: &thresholds.provision,
    }];
    let (en, zh) = match judgement.colour {
        Colour::Unknown => ("not known", "不明"),
        Colour::None | Colour::Yellow | Colour::Orange | Colour::Red => ("holds", "符合"),
    };
    steps.extend(judgement.reasons.iter().map(|reason| Step {
        en,
        zh,
        formula: reason.condition.clone(),
        result: judgement.colour.label().to_owned(),
        by: reason.by,
    }));
    Ok(Explained { heading, steps })
}

fn figure(text: &str) -> Option<(&'static str, Figure)> {
    let (name, value) = text.split_once('=')?;
    let name = FIGURES.into_iter().find(|known| *known == name)?;
    if value == "unknown" {
        return Some((name, Figure::Missing("not known")));
    }
    let (numerator, denominator) = value.split_once('/').unwrap_or((value, "1"));
    let parts = numerator.parse().ok().zip(denominator.parse::<i64>().ok());
    let (numerator, denominator) = parts?;
    Some((name, Ratio::new(numerator, denominator).map_or(Figure::NoRate, Figure::Known)))
}
