//! What was overdue of a project's lines, from each day on: added up once, so that a day of it is looked up.

use super::Sums;
use super::book::LateLine;
use jiff::ToSpan;
use jiff::civil::Date;
use rules::{Bucket, Money};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All of a project's lines, and parts of them.
#[derive(Debug, Default)]
pub(super) struct AllSeries {
    pub(super) whole: Series,
    /// By who owes them.
    pub(super) employers: Vec<(Arc<str>, Series)>,
    /// By how long they have been overdue.
    pub(super) ages: Vec<(Bucket, Series)>,
}

/// Sums from each day on; zero before the first.
#[derive(Debug, Default)]
pub(super) struct Series(Box<[Step]>);

#[derive(Debug)]
struct Step {
    from: Date,
    /// Due date of the oldest line.
    oldest: Date,
    lines: u32,
    workers: u32,
    outstanding: Money,
}

impl Series {
    /// What was overdue at the end of a day.
    pub(super) fn at(&self, day: Date) -> Option<Sums> {
        let begun = self.0.partition_point(|step| step.from <= day);
        let step = begun.checked_sub(1).and_then(|at| self.0.get(at)).filter(|step| step.lines > 0)?;
        Some(Sums {
            workers: step.workers.into(),
            projects: 1,
            lines: step.lines.into(),
            outstanding: step.outstanding,
            oldest_days: rules::days_overdue(day, step.oldest),
        })
    }
}

/// A line that had one amount outstanding from one day until another.
#[derive(Clone, Copy)]
struct Piece {
    from: Date,
    until: Date,
    due_on: Date,
    outstanding: Money,
}

/// The pieces of one sum, and since when which workers were in it.
#[derive(Default)]
struct Making {
    pieces: Vec<Piece>,
    changes: Vec<(Date, Change)>,
}

#[derive(Clone, Copy, Default)]
struct Change {
    lines: i64,
    workers: i64,
    fen: i64,
    due_on: Option<Date>,
}

impl Making {
    /// Ends a worker: his pieces become changes, and he counts once while any of them lasts.
    fn end_worker(&mut self) {
        self.pieces.sort_unstable_by_key(|piece| piece.from);
        let mut here: Option<(Date, Date)> = None;
        for piece in std::mem::take(&mut self.pieces) {
            for (day, sign) in [(piece.from, 1), (piece.until, -1)] {
                let fen = sign * piece.outstanding.fen();
                self.change(day, Change { lines: sign, fen, due_on: Some(piece.due_on), workers: 0 });
            }
            match &mut here {
                Some((_, until)) if piece.from <= *until => *until = piece.until.max(*until),
                _ => {
                    self.stayed(here);
                    here = Some((piece.from, piece.until));
                }
            }
        }
        self.stayed(here);
    }

    fn stayed(&mut self, here: Option<(Date, Date)>) {
        for (day, workers) in here.into_iter().flat_map(|(from, until)| [(from, 1), (until, -1)]) {
            self.change(day, Change { workers, ..Change::default() });
        }
    }

    fn change(&mut self, day: Date, change: Change) {
        if day < Date::MAX {
            self.changes.push((day, change));
        }
    }

    fn series(mut self) -> Series {
        self.changes.sort_unstable_by_key(|(day, _)| *day);
        let mut sum = Change::default();
        let mut dues: BTreeMap<Date, i64> = BTreeMap::new();
        let mut steps = Vec::new();
        for of_day in self.changes.chunk_by(|(one, _), (other, _)| one == other) {
            for (_, change) in of_day {
                sum.lines += change.lines;
                sum.workers += change.workers;
                sum.fen += change.fen;
                if let Some(due_on) = change.due_on {
                    let lines = dues.entry(due_on).or_default();
                    *lines += change.lines;
                    if *lines == 0 {
                        dues.remove(&due_on);
                    }
                }
            }
            let Some((from, _)) = of_day.first() else { continue };
            steps.push(Step {
                from: *from,
                oldest: dues.keys().next().copied().unwrap_or(*from),
                lines: u32::try_from(sum.lines).unwrap_or_default(),
                workers: u32::try_from(sum.workers).unwrap_or_default(),
                outstanding: Money::from_fen(sum.fen),
            });
        }
        Series(steps.into_boxed_slice())
    }
}

/// The days of a bucket for a line: from one until another.
fn days_of(bucket: usize, due_on: Date) -> (Date, Date) {
    let begin = |bucket: Option<&Bucket>| {
        bucket.map_or(Date::MAX, |bucket| due_on.saturating_add(bucket.first_day().days()))
    };
    (begin(Bucket::ALL.get(bucket)), begin(Bucket::ALL.get(bucket + 1)))
}

/// While it was owed, piece by piece.
fn pieces(line: &LateLine) -> impl Iterator<Item = Piece> {
    let steps = line.steps();
    let untils = steps.iter().skip(1).map(|(day, _)| *day).chain([Date::MAX]);
    let all = steps.iter().zip(untils).map(|((from, outstanding), until)| Piece {
        from: *from,
        until,
        due_on: line.due_on,
        outstanding: *outstanding,
    });
    all.filter(|piece| piece.outstanding > Money::ZERO)
}

impl AllSeries {
    /// Of late lines, a worker's together.
    pub(super) fn of(late: &[LateLine]) -> AllSeries {
        let mut whole = Making::default();
        let mut employers: BTreeMap<Arc<str>, Making> = BTreeMap::new();
        let mut ages: Vec<Making> = Bucket::ALL.iter().map(|_| Making::default()).collect();
        for of_worker in late.chunk_by(|one, other| one.worker == other.worker) {
            for line in of_worker {
                let of_employer = employers.entry(Arc::clone(&line.employer)).or_default();
                for piece in pieces(line) {
                    whole.pieces.push(piece);
                    of_employer.pieces.push(piece);
                    for (at, age) in ages.iter_mut().enumerate() {
                        let (begin, end) = days_of(at, line.due_on);
                        let (from, until) = (piece.from.max(begin), piece.until.min(end));
                        if from < until {
                            age.pieces.push(Piece { from, until, ..piece });
                        }
                    }
                }
            }
            let all = ages.iter_mut().chain(employers.values_mut()).chain([&mut whole]);
            all.filter(|making| !making.pieces.is_empty()).for_each(Making::end_worker);
        }
        let employers = employers.into_iter().map(|(employer, making)| (employer, making.series()));
        let ages = Bucket::ALL.into_iter().zip(ages).filter(|(_, making)| !making.changes.is_empty());
        AllSeries {
            whole: whole.series(),
            employers: employers.collect(),
            ages: ages.map(|(bucket, making)| (bucket, making.series())).collect(),
        }
    }
}
