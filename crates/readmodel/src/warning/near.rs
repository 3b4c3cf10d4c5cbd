//! How near an employer's arrears were to the figures of the crime, for every day at once: looking back asks for one
//! after the other, of an employer for all the projects on which he owes.

use super::measure::money;
use super::site_month::Late;
use jiff::civil::Date;
use rules::warning::{NearCrime, OverdueWorker};
use rules::{Money, Month, Region, RuleError};
use uuid::Uuid;

/// A late line of a worker's month.
pub(crate) type OfMonth<'a> = (Uuid, Month, &'a Late);

/// Day after day from the first.
pub(crate) struct NearByDay {
    first: Date,
    days: Vec<Result<NearCrime, RuleError>>,
}

impl NearByDay {
    /// Of late lines in the order of workers and months, from one day to another. A worker is added up anew on a day on
    /// which one of his lines changes, and on no other.
    pub(crate) fn of(late: &[OfMonth<'_>], region: Region, first: Date, last: Date) -> NearByDay {
        let workers: Vec<&[OfMonth<'_>]> = late.chunk_by(|one, next| one.0 == next.0).collect();
        let mut changes: Vec<(Date, usize)> = Vec::new();
        for (at, lines) in workers.iter().enumerate() {
            for (.., late) in *lines {
                changes.extend(late.changes().map(|day| (day, at)));
            }
        }
        changes.sort_unstable();
        changes.dedup();
        let mut changes = changes.into_iter().peekable();
        let mut overdue = vec![OverdueWorker { months: 0, outstanding: Money::ZERO }; workers.len()];
        let mut days = Vec::new();
        for day in first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last) {
            while let Some((_, at)) = changes.next_if(|(from, _)| *from <= day) {
                if let (Some(overdue), Some(lines)) = (overdue.get_mut(at), workers.get(at)) {
                    *overdue = add_up(lines.iter().map(|(_, month, late)| (*month, *late)), day);
                }
            }
            days.push(NearCrime::of(&overdue, region, day));
        }
        NearByDay { first, days }
    }

    /// How near on a day; `None` beyond the days that were worked out.
    pub(crate) fn at(&self, day: Date) -> Option<Result<NearCrime, RuleError>> {
        let at = usize::try_from(rules::days_overdue(day, self.first)).ok()?;
        self.days.get(at).cloned()
    }
}

/// What one worker is owed on a day; lines in the order of months.
pub(crate) fn add_up<'a>(lines: impl Iterator<Item = (Month, &'a Late)>, day: Date) -> OverdueWorker {
    let mut worker = OverdueWorker { months: 0, outstanding: Money::ZERO };
    let mut last = None;
    for (month, late) in lines {
        let fen = late.outstanding(day);
        if fen > 0 {
            worker.months += u32::from(last.replace(month) != Some(month));
            worker.outstanding = worker.outstanding.checked_add(money(fen)).unwrap_or(worker.outstanding);
        }
    }
    worker
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    /// On every day the same as added up for that day alone.
    #[test]
    fn every_day_as_by_itself() {
        let late = |due_on: Date, steps: &[(Date, i64)]| Late {
            worker: Uuid::nil(),
            employer: String::new(),
            crew: Uuid::nil(),
            version: 1,
            due_on,
            net: 0,
            attends: true,
            steps: steps.to_vec(),
        };
        let (from, day) = (date(2026, 3, 16), |d| date(2026, 4, d));
        let lines = [
            late(date(2026, 3, 15), &[(from, 1_500_000), (day(3), 700_000), (day(20), 0)]),
            late(date(2026, 3, 15), &[(from, 900_000)]),
            late(date(2026, 4, 15), &[(day(16), 1_200_000), (day(18), 0), (day(25), 1_200_000)]),
            late(date(2026, 3, 15), &[(from, 2_500_000), (day(9), 0)]),
        ];
        let month = |number| Month::new(2026, number).unwrap();
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let lines = [
            (one, month(2), &lines[0]),
            (one, month(2), &lines[1]),
            (one, month(3), &lines[2]),
            (two, month(2), &lines[3]),
        ];
        let (first, last) = (date(2026, 3, 10), date(2026, 5, 3));
        let region: Region = "330100".parse().unwrap();
        let by_day = NearByDay::of(&lines, region, first, last);
        let mut seen = std::collections::BTreeSet::new();
        for day in first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last) {
            let alone =
                |lines: &[OfMonth<'_>]| add_up(lines.iter().map(|(_, month, late)| (*month, *late)), day);
            let workers = [alone(&lines[..3]), alone(&lines[3..])];
            let alone = NearCrime::of(&workers, region, day).unwrap();
            assert_eq!(by_day.at(day).unwrap().unwrap(), alone, "{day}");
            seen.insert(format!("{alone:?}"));
        }
        assert_eq!(seen.len(), 4, "{seen:?}");
        assert!(by_day.at(date(2026, 3, 9)).is_none() && by_day.at(date(2026, 5, 4)).is_none());
    }
}
