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

/// A step of a warning, as it stands on a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DueStep {
    /// Which.
    pub step: &'static LadderStep,
    /// The day on which it is due.
    pub on: Date,
    /// Days from the day asked about to it: 0 on the day itself, below 0 where its day has passed.
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

/// All steps of a colour as they stand on `as_of`, in order, for a warning that has had its colour since `since` in
/// `region`; none without a colour, and without a ladder there and then.
pub fn ladder(colour: Colour, since: Date, as_of: Date, region: Region) -> Vec<DueStep> {
    let at = |place| {
        let mut all = WARNINGS.ladders.iter().filter(|ladder| ladder.colour == colour);
        all.find(|l| l.provision.jurisdiction == place && l.provision.holds_on(as_of))
    };
    let Some(ladder) = region.and_above().find_map(at) else { return Vec::new() };
    let steps = ladder.steps.iter().filter_map(|step| {
        let on = since.checked_add(i64::from(step.after_days).days()).ok()?;
        let days = i64::from(as_of.until(on).ok()?.get_days());
        Some(DueStep { step, on, days, by: &ladder.provision })
    });
    steps.collect()
}

/// The step that a warning asks for on `as_of`: the first whose day has not passed; once all have, the last, which
/// stays due until the warning is gone. `None` as with [`ladder`].
pub fn due_step(colour: Colour, since: Date, as_of: Date, region: Region) -> Option<DueStep> {
    let steps = ladder(colour, since, as_of, region);
    steps.iter().find(|step| step.days >= 0).or(steps.last()).copied()
}
