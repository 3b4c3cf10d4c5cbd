//! Since when a warning has had its colour: judged again for the day before, and the day before that.

use super::owed::Debts;
use super::{About, Country, Day};
use jiff::civil::Date;
use rules::RuleError;
use rules::warning::{Colour, IndicatorId};

/// So many days are looked back; a colour that is older counts from there.
const LOOK_BACK_DAYS: u16 = 366;

/// Warnings whose beginning is looked for, each by its place among the rows.
pub(crate) struct Pending<'a> {
    of: &'a Country,
    debts: &'a Debts<'a>,
    as_of: Date,
    /// What may be looked for, by place.
    all: Vec<(IndicatorId, About<'a>)>,
    open: Vec<(usize, IndicatorId, About<'a>, Colour)>,
}

impl<'a> Pending<'a> {
    pub(crate) fn new(of: &'a Country, debts: &'a Debts<'a>, as_of: Date) -> Pending<'a> {
        Pending { of, debts, as_of, all: Vec::new(), open: Vec::new() }
    }

    /// Adds the row at a place; rows come in order.
    pub(crate) fn add(&mut self, at: usize, id: IndicatorId, about: About<'a>, colour: Colour) {
        self.all.push((id, about));
        if matches!(colour, Colour::Yellow | Colour::Orange | Colour::Red) {
            self.open.push((at, id, about, colour));
        }
    }

    /// Looks also for the first day on which a row had no colour any more.
    pub(crate) fn add_gone(&mut self, at: usize) {
        if let Some((id, about)) = self.all.get(at) {
            self.open.push((at, *id, *about, Colour::None));
        }
    }

    /// The first day of each: place and day.
    pub(crate) fn look_back(self) -> Result<Vec<(usize, Date)>, RuleError> {
        let Pending { of, debts, as_of, mut open, .. } = self;
        let mut found = Vec::with_capacity(open.len());
        let mut since = as_of;
        for _ in 1..LOOK_BACK_DAYS {
            let Ok(before) = since.yesterday() else { break };
            if open.is_empty() {
                break;
            }
            let day = Day::new(of, debts, before);
            let mut still = Vec::with_capacity(open.len());
            for (at, id, about, colour) in open {
                if day.has_begun(about) && day.colour(id, about)? == colour {
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
