//! Since when a warning has had its colour: judged again for the day before, and the day before that.

use super::detect::Basis;
use super::owed::Debts;
use super::pace::Pace;
use super::{About, Country, Day};
use jiff::civil::Date;
use rules::RuleError;
use rules::warning::{Colour, Figures, IndicatorId};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// So many days are looked back; a colour that is older counts from there.
pub(crate) const LOOK_BACK_DAYS: u16 = 366;

/// So many cores look back at once.
const CORES_MAX: usize = 8;

/// Warnings whose beginning is looked for, each by its place among the rows.
pub(crate) struct Pending<'a> {
    of: &'a Country,
    debts: &'a Debts<'a>,
    as_of: Date,
    /// What may be looked for, by place.
    all: Vec<(IndicatorId, About<'a>)>,
    open: Vec<Open<'a>>,
}

/// A row whose beginning is looked for: its place, what it judges, the colour that it has.
type Open<'a> = (usize, IndicatorId, About<'a>, Colour);

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

    /// The first day of each: place and day. Objects are shared out among cores: they do not bear on each other.
    pub(crate) fn look_back(self, pace: &Pace) -> Result<Vec<(usize, Date)>, RuleError> {
        let Pending { of, debts, as_of, open, .. } = self;
        let cores = pace.cores.clamp(1, CORES_MAX);
        let mut shares: Vec<Vec<Open<'a>>> = (0..cores).map(|_| Vec::new()).collect();
        let mut objects: BTreeMap<About<'a>, usize> = BTreeMap::new();
        for row in open {
            let next = objects.len() % cores;
            // What is asked of an object is worked out once for all its indicators.
            let share = *objects.entry(row.2).or_insert(next);
            if let Some(share) = shares.get_mut(share) {
                share.push(row);
            }
        }
        std::thread::scope(|scope| {
            let look = |share| scope.spawn(move || look_back(of, debts, as_of, share, pace));
            let looking: Vec<_> = shares.into_iter().map(look).collect();
            let mut found = Vec::new();
            for looked in looking {
                match looked.join() {
                    Ok(share) => found.extend(share?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok(found)
        })
    }
}

/// The first day of each of these: place and day. Object after object: what is known of one stays near.
fn look_back<'a>(
    of: &'a Country,
    debts: &'a Debts<'a>,
    as_of: Date,
    mut open: Vec<Open<'a>>,
    pace: &Pace,
) -> Result<Vec<(usize, Date)>, RuleError> {
    let mut found = Vec::with_capacity(open.len());
    open.sort_by_key(|(_, _, about, _)| *about);
    for of_object in open.chunk_by(|(_, _, one, _), (_, _, next, _)| one == next) {
        look_back_of_one(of, debts, as_of, of_object.to_vec(), pace, &mut found)?;
    }
    Ok(found)
}

fn look_back_of_one<'a>(
    of: &'a Country,
    debts: &'a Debts<'a>,
    as_of: Date,
    mut open: Vec<Open<'a>>,
    pace: &Pace,
    found: &mut Vec<(usize, Date)>,
) -> Result<(), RuleError> {
    let mut kept: BTreeMap<usize, (Basis, Figures)> = BTreeMap::new();
    let mut since = as_of;
    for _ in 1..LOOK_BACK_DAYS {
        let Ok(before) = since.yesterday() else { break };
        if open.is_empty() {
            break;
        }
        pace.step();
        let day = Day::new(of, debts, before);
        let mut still = Vec::with_capacity(open.len());
        for (at, id, about, colour) in open {
            if day.has_begun(about) && colour_on(&day, id, about, kept.entry(at))? == colour {
                still.push((at, id, about, colour));
            } else {
                found.push((at, since));
            }
        }
        open = still;
        since = before;
    }
    found.extend(open.into_iter().map(|(at, ..)| (at, since)));
    Ok(())
}

/// The colour on a day; figures are worked out again only where they may have changed since the day after.
fn colour_on(
    day: &Day<'_>,
    id: IndicatorId,
    about: About<'_>,
    kept: Entry<'_, usize, (Basis, Figures)>,
) -> Result<Colour, RuleError> {
    let Some(basis) = day.basis(id, about)? else { return day.colour(id, about) };
    let figures = match kept {
        Entry::Occupied(kept) if kept.get().0 == basis => &kept.into_mut().1,
        Entry::Occupied(mut kept) => {
            kept.insert((basis, day.figures(id, about)?));
            &kept.into_mut().1
        }
        Entry::Vacant(new) => &new.insert((basis, day.figures(id, about)?)).1,
    };
    day.colour_of(id, about, figures)
}
