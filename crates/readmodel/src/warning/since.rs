//! Since when a warning has had its colour: judged again for the day before, and the day before that.

use super::{About, Country, Day};
use jiff::civil::Date;
use rules::RuleError;
use rules::warning::{Colour, IndicatorId};

/// So many days are looked back; a colour that is older counts from there.
const LOOK_BACK_DAYS: u16 = 366;

/// Warnings whose beginning is looked for, each by its place among the rows.
pub(crate) struct Pending<'a> {
    of: &'a Country,
    as_of: Date,
    open: Vec<(usize, IndicatorId, About<'a>, Colour)>,
}

impl<'a> Pending<'a> {
    pub(crate) fn new(of: &'a Country, as_of: Date) -> Pending<'a> {
        Pending { of, as_of, open: Vec::new() }
    }

    pub(crate) fn add(&mut self, at: usize, id: IndicatorId, about: About<'a>, colour: Colour) {
        self.open.push((at, id, about, colour));
    }

    /// The first day of each: place and day.
    pub(crate) fn look_back(self) -> Result<Vec<(usize, Date)>, RuleError> {
        let Pending { of, as_of, mut open } = self;
        let mut found = Vec::with_capacity(open.len());
        let mut since = as_of;
        for _ in 1..LOOK_BACK_DAYS {
            let Ok(before) = since.yesterday() else { break };
            if open.is_empty() {
                break;
            }
            let day = Day::new(of, before);
            let mut still = Vec::with_capacity(open.len());
            for (at, id, about, colour) in open {
                if day.colour(id, about)? == colour {
                    still.push((at, id, about, colour));
                } else {
                    found.push((at, since));
                }
            }
            open = still;
            since = before;
        }
        found.extend(open.into_iter().map(|(at, ..)| (at, since)));
        Ok(found)
    }
}
