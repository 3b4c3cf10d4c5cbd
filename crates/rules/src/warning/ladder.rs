//! What happens after a warning took its colour, and when.

use super::Colour;
use super::pack::WARNINGS;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;

/// The colours that have a ladder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ladder {
    Yellow,
    Orange,
    Red,
}

/// A step: so many calendar days after the warning took its colour, who must have done what.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LadderStep {
    /// Days after the colour was taken.
    pub after_days: u16,
    /// Who must act.
    pub who: String,
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
}

/// The first step of a colour that is due on `as_of` or later, for a warning that has had its colour since
/// `since`; `None` without a colour, and after the last step.
pub fn next_step(colour: Colour, since: Date, as_of: Date) -> Option<NextStep> {
    let ladder = match colour {
        Colour::Yellow => Ladder::Yellow,
        Colour::Orange => Ladder::Orange,
        Colour::Red => Ladder::Red,
        Colour::None | Colour::Unknown => return None,
    };
    WARNINGS.ladders.get(&ladder)?.iter().find_map(|step| {
        let on = since.checked_add(i64::from(step.after_days).days()).ok()?;
        let days = i64::from(as_of.until(on).ok()?.get_days());
        (days >= 0).then_some(NextStep { step, on, days })
    })
}
