//! How many people worked on a site in the days up to any day: worked out for all days at once, because looking back
//! asks for one after the other.

use super::site_month::DayMask;
use jiff::civil::Date;
use rules::Month;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Persons with work on a day or in the days before it.
pub(crate) struct Presence {
    /// So many days in all.
    pub(crate) days: i64,
    /// The first day of the first month, and how many there are from it on.
    first: Date,
    on: Vec<u64>,
}

impl Presence {
    /// For windows of so many days. The workers of a month are in order.
    pub(crate) fn of(present: &BTreeMap<Month, Vec<(Uuid, DayMask)>>, days: i64) -> Presence {
        let none = Presence { days, first: Date::MIN, on: Vec::new() };
        let (Some(first), Some(last)) = (present.keys().next(), present.keys().next_back()) else {
            return none;
        };
        let first = first.first_day();
        let length = rules::days_overdue(last.last_day(), first) + 1 + days;
        let mut changes = vec![0_i64; usize::try_from(length).unwrap_or_default() + 1];
        // A worker counts from each day of his for so many days; days that overlap count once. Until when each counts
        // is kept in the order of workers, which is that of every month.
        let mut counted: Vec<(Uuid, i64)> = Vec::new();
        for (month, workers) in present {
            let begin = rules::days_overdue(month.first_day(), first);
            let mut before =
                std::mem::take(&mut counted).into_iter().filter(|(_, until)| *until > begin).peekable();
            for (worker, mask) in workers {
                while let Some(other) = before.next_if(|(other, _)| other < worker) {
                    counted.push(other);
                }
                let mut until = before.next_if(|(same, _)| same == worker).map_or(0, |(_, until)| until);
                for bit in (0..31).filter(|bit| mask & (1 << bit) != 0) {
                    let (from, to) = ((begin + bit).max(until), begin + bit + days);
                    change(&mut changes, from, 1);
                    change(&mut changes, to, -1);
                    until = to;
                }
                counted.push((*worker, until));
            }
            counted.extend(before);
        }
        let mut sum = 0;
        let add = |change: i64| {
            sum += change;
            u64::try_from(sum).unwrap_or_default()
        };
        Presence { days, first, on: changes.into_iter().map(add).collect() }
    }

    pub(crate) fn at(&self, day: Date) -> u64 {
        let at = usize::try_from(rules::days_overdue(day, self.first)).ok();
        at.and_then(|at| self.on.get(at)).copied().unwrap_or_default()
    }
}

fn change(changes: &mut [i64], at: i64, by: i64) {
    if let Some(change) = usize::try_from(at).ok().and_then(|at| changes.get_mut(at)) {
        *change += by;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warning::site::Window;
    use jiff::ToSpan;
    use jiff::civil::date;

    /// As counted worker by worker.
    #[test]
    fn persons_of_every_window() {
        let mut dice = 1_u64;
        let mut roll = || {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u32::try_from(dice >> 33).unwrap()
        };
        let months =
            ["2025-12", "2026-01", "2026-02", "2026-04"].map(|month| month.parse::<Month>().unwrap());
        let mut present: BTreeMap<Month, Vec<(Uuid, DayMask)>> = BTreeMap::new();
        for month in months {
            let whole = Window::month(month).mask(month);
            let days =
                (0..20).map(|worker| (Uuid::from_u128(worker), roll() & roll() & roll() & roll() & whole));
            present.insert(month, days.collect());
        }
        for days in [1, 7, 30, 45] {
            let presence = Presence::of(&present, days);
            for ago in 0..200 {
                let day = date(2025, 11, 20).saturating_add(i64::from(ago).days());
                let window = Window::until(day, days);
                let mut workers: Vec<Uuid> = Vec::new();
                for (month, of) in &present {
                    let here = of.iter().filter(|(_, mask)| mask & window.mask(*month) != 0);
                    workers.extend(here.map(|(worker, _)| *worker));
                }
                workers.sort_unstable();
                workers.dedup();
                assert_eq!(presence.at(day), workers.len() as u64, "{days} days up to {day}");
            }
        }
        assert_eq!(Presence::of(&BTreeMap::new(), 30).at(date(2026, 1, 1)), 0);
    }
}
