//! How many persons something is true of, for every day at once: looking back asks for one day after the other.

use jiff::civil::Date;
use uuid::Uuid;

/// So many from a day on, ascending.
#[derive(Default)]
pub(crate) struct Heads(Vec<(Date, u64)>);

impl Heads {
    /// Of the days of each person: from a day on until another, which is not among them. Where they overlap the person
    /// counts once.
    pub(crate) fn of(mut days: Vec<(Uuid, Date, Date)>) -> Heads {
        days.sort_unstable();
        let mut changes: Vec<(Date, bool)> = Vec::with_capacity(2 * days.len());
        let mut counted: Option<(Uuid, Date)> = None;
        for (person, from, until) in days {
            let before = counted.filter(|(of, _)| *of == person).map(|(_, until)| until);
            let from = before.map_or(from, |before| from.max(before));
            if from < until {
                changes.extend([(from, true), (until, false)]);
                counted = Some((person, until));
            }
        }
        changes.sort_unstable();
        let mut heads: Vec<(Date, u64)> = Vec::new();
        let mut now = 0_u64;
        for of_day in changes.chunk_by(|(day, _), (next, _)| day == next) {
            let Some((day, _)) = of_day.first() else { continue };
            let more = of_day.iter().filter(|(_, more)| *more).count();
            let count = |number: usize| u64::try_from(number).unwrap_or_default();
            // Nobody goes who did not come before.
            now = (now + count(more)).saturating_sub(count(of_day.len() - more));
            heads.push((*day, now));
        }
        Heads(heads)
    }

    pub(crate) fn on(&self, day: Date) -> u64 {
        let begun = self.0.partition_point(|(from, _)| *from <= day);
        begun.checked_sub(1).and_then(|at| self.0.get(at)).map_or(0, |(_, heads)| *heads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn of_several_days_at_once_a_person_counts_once() {
        let day = |day| date(2026, 3, day);
        let [one, two] = [1, 2].map(Uuid::from_u128);
        let heads = Heads::of(vec![
            (one, day(10), day(12)),
            (two, day(5), Date::MAX),
            (one, day(3), day(8)),
            (one, day(4), day(6)),
            (one, day(12), day(13)),
            (two, day(4), day(4)),
            (two, day(7), day(9)),
        ]);
        let on = [1, 3, 4, 5, 7, 8, 9, 10, 12, 13, 31].map(|number| heads.on(day(number)));
        assert_eq!(on, [0, 1, 1, 2, 2, 1, 1, 2, 2, 1, 1]);
        assert_eq!(Heads::of(Vec::new()).on(day(1)), 0);
    }
}
