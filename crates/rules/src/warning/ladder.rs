//! What happens after a warning took its colour, and when.

use super::Colour;
use super::pack::WARNINGS;
use crate::{Provision, Region};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;

/// A step: so many calendar days after the warning took its colour, who must have done what.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LadderStep {
    /// Days after the colour was taken.
    pub after_days: u16,
    /// Who must act, in English.
    pub who: String,
    /// Who must act, in Chinese.
    pub who_zh: String,
    /// What, in English.
    pub en: String,
    /// What, in Chinese.
    pub zh: String,
}

/// The step that comes next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NextStep {
    /// Which.
    pub step: &'static LadderStep,
    /// The day on which it is due.
    pub on: Date,
    /// Days from the day asked about to it; 0 on the day itself.
    pub days: i64,
    /// By which provision.
    pub by: &'static Provision,
}

/// The steps after a colour, in a place and time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Ladder {
    pub(super) colour: Colour,
    pub(super) steps: Vec<LadderStep>,
    pub(super) provision: Provision,
}

/// The first step of a colour that is due on `as_of` or later, for a warning that has had its colour since
/// `since` in `region`; `None` without a colour, without a ladder there and then, and after the last step.
pub fn next_step(colour: Colour, since: Date, as_of: Date, region: Region) -> Option<NextStep> {
    let at = |place| {
        let mut all = WARNINGS.ladders.iter().filter(|ladder| ladder.colour == colour);
        all.find(|l| l.provision.jurisdiction == place && l.provision.holds_on(as_of))
    };
    let ladder = region.and_above().find_map(at)?;
    ladder.steps.iter().find_map(|step| {
        let on = since.checked_add(i64::from(step.after_days).days()).ok()?;
        let days = i64::from(as_of.until(on).ok()?.get_days());
        (days >= 0).then_some(NextStep { step, on, days, by: &ladder.provision })
    })
}
