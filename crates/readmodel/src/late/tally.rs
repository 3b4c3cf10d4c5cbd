//! Adding rows up by whatever tells them apart.

use super::{LateRow, Sums};
use foldhash::HashSet;
use rules::Money;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Keys that are looked for one by one before the others.
const RECENT_MAX: usize = 8;

/// Sums by key.
pub(super) struct Tallies<'a, K> {
    places: BTreeMap<K, usize>,
    all: Vec<Tally<'a>>,
    /// The first keys of the project at hand: its rows come together, and most often have few.
    recent: Vec<(K, usize)>,
    project: &'a str,
}

struct Tally<'a> {
    sums: Sums,
    workers: HashSet<Uuid>,
    last: Option<(&'a str, Uuid)>,
}

impl<K> Default for Tallies<'_, K> {
    fn default() -> Self {
        Tallies { places: BTreeMap::new(), all: Vec::new(), recent: Vec::new(), project: "" }
    }
}

impl<'a, K: Ord + Clone> Tallies<'a, K> {
    /// Adds a row. A project's rows come together, and in it a worker's.
    pub(super) fn add(&mut self, key: K, row: &LateRow<'a>) {
        if self.project != row.project {
            self.project = row.project;
            self.recent.clear();
        }
        let place = match self.recent.iter().find(|(known, _)| *known == key) {
            Some((_, place)) => *place,
            None => {
                let next = self.places.len();
                let place = *self.places.entry(key.clone()).or_insert(next);
                if place == self.all.len() {
                    self.all.push(Tally { sums: Sums::default(), workers: HashSet::default(), last: None });
                }
                if self.recent.len() < RECENT_MAX {
                    self.recent.push((key, place));
                }
                place
            }
        };
        if let Some(tally) = self.all.get_mut(place) {
            tally.add(row);
        }
    }

    pub(super) fn sums(self) -> BTreeMap<K, Sums> {
        let Tallies { places, all, .. } = self;
        let sums = |place: usize| {
            let tally = all.get(place);
            tally.map_or_else(Sums::default, |t| Sums { workers: count(t.workers.len()), ..t.sums })
        };
        places.into_iter().map(|(key, place)| (key, sums(place))).collect()
    }
}

impl<'a> Tally<'a> {
    fn add(&mut self, row: &LateRow<'a>) {
        let sums = &mut self.sums;
        sums.lines += 1;
        sums.outstanding =
            sums.outstanding.checked_add(row.outstanding()).unwrap_or(Money::from_fen(i64::MAX));
        sums.oldest_days = sums.oldest_days.max(row.days_overdue());
        if self.last.is_none_or(|(project, _)| project != row.project) {
            sums.projects += 1;
        }
        if self.last != Some((row.project, row.line.worker)) {
            self.workers.insert(row.line.worker);
        }
        self.last = Some((row.project, row.line.worker));
    }
}

pub(super) fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
