//! Early warning (欠薪预警): indicators I01 to I15, detections A01 to A08, their colours, and what happens next.
//!
//! An indicator is judged from figures that somebody else has counted. Thresholds are dated data by region
//! (`data/law/warning-thresholds.toml`), so are the parameters of the figures (`warning.toml`). What nobody has
//! handed in is [`Colour::Unknown`], never green.

mod condition;
mod detect;
mod figures;
mod inputs;
mod ladder;
mod money_inputs;
mod pack;

pub use condition::{Condition, ConditionError, Operator, Way};
pub use detect::{
    AttendanceMonth, Finding, StatementLine, WageRow, attendance_without_wages, generated_attendance,
    shared_cards, statement_breaks, unusual_months, unusual_wages, wages_without_attendance,
};
pub use figures::{Figure, Figures, Ratio};
pub use inputs::{
    Deposit, Inspection, NearCrime, OverdueWorker, arrears_age, arrears_heads, count_found, people_rate,
};
pub use ladder::{DueStep, LadderStep, due_step, ladder};
pub use money_inputs::{AccountCover, LabourCostTransfer, paid_rate};
pub use pack::{Indicator, IndicatorId, Thresholds, WarningPackError};

use crate::{Provision, Region, RuleError};
use jiff::civil::Date;

/// The colour of a warning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Colour {
    /// Nothing to warn of (正常).
    None,
    /// 黄色.
    Yellow,
    /// 橙色.
    Orange,
    /// 红色.
    Red,
    /// Data are missing (未知). It goes before every colour: it is never green.
    Unknown,
}

impl Colour {
    /// As files and programs write it.
    pub fn label(self) -> &'static str {
        match self {
            Colour::None => "none",
            Colour::Yellow => "yellow",
            Colour::Orange => "orange",
            Colour::Red => "red",
            Colour::Unknown => "unknown",
        }
    }
}

/// Why an indicator has its colour.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// The way that holds, as in `rate < 1 and days_left <= 3`; or what is missing.
    pub condition: String,
    /// The figures behind it, as in `rate = 99/100, days_left = 2`.
    pub figures: String,
    /// The provision with the threshold.
    pub by: &'static Provision,
}

/// An indicator judged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judgement {
    /// Which.
    pub indicator: &'static Indicator,
    /// Its colour.
    pub colour: Colour,
    /// Why; one reason for each way that holds, or for each figure that is missing. None when it is none.
    pub reasons: Vec<Reason>,
    /// In how many days the colour gets worse if nothing happens but time; `None` when time alone changes
    /// nothing within two years.
    pub days_to_worse: Option<u16>,
}

/// How far ahead a worse colour is looked for, in days.
const LOOK_AHEAD: u16 = 730;

/// The colour alone, by the thresholds that hold in `region` on `as_of`.
///
/// Errors: as with [`judge`].
pub fn colour(id: IndicatorId, figures: &Figures, region: Region, as_of: Date) -> Result<Colour, RuleError> {
    if figures.missing().next().is_some() {
        return Ok(Colour::Unknown);
    }
    let indicator = Indicator::of(id).ok_or_else(|| crate::Missing::Parameter(id.label().to_owned()))?;
    indicator.thresholds(region, as_of)?.colour(figures)
}

/// Judges an indicator by the thresholds that hold in `region` on `as_of`.
///
/// Errors: thresholds that are missing, figures that a condition asks for and nobody gave.
pub fn judge(
    id: IndicatorId,
    figures: &Figures,
    region: Region,
    as_of: Date,
) -> Result<Judgement, RuleError> {
    let indicator = Indicator::of(id).ok_or_else(|| crate::Missing::Parameter(id.label().to_owned()))?;
    let thresholds = indicator.thresholds(region, as_of)?;
    let missing: Vec<Reason> = figures
        .missing()
        .map(|(name, why)| Reason {
            condition: format!("{name}: {why}"),
            figures: String::new(),
            by: &thresholds.provision,
        })
        .collect();
    if !missing.is_empty() {
        return Ok(Judgement { indicator, colour: Colour::Unknown, reasons: missing, days_to_worse: None });
    }
    let colour = colour(id, figures, region, as_of)?;
    let reasons = thresholds.ways(colour).iter().filter(|way| way.holds(figures).unwrap_or(false));
    let reasons = reasons.map(|way| Reason {
        condition: way.to_string(),
        figures: figures.to_string(),
        by: &thresholds.provision,
    });
    let mut days_to_worse = None;
    if colour < Colour::Red && figures.change_with_time() {
        for days in 1..=LOOK_AHEAD {
            if thresholds.colour(&figures.after(days))? > colour {
                days_to_worse = Some(days);
                break;
            }
        }
    }
    Ok(Judgement { indicator, colour, reasons: reasons.collect(), days_to_worse })
}

#[cfg(test)]
mod tests;
