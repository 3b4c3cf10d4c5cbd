//! Sums and lists over what was late on a day.

use super::book::{Book, DueSum, Mark};
use super::tally::{Tallies, count};
use super::{LateLine, Lateness, MissingMonth, Role};
use crate::arrears::UnknownTotal;
use jiff::ToSpan;
use jiff::civil::Date;
use rules::{Bucket, Days, Money, Month};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Which lines an answer is about: those that fit all that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Region code of the project; empty = projects that were never registered.
    pub region: Option<String>,
    /// Project code.
    pub project: Option<String>,
    /// Credit code of the employer.
    pub employer: Option<String>,
    /// Credit code of the project's general contractor.
    pub contractor: Option<String>,
    /// Credit code of the project's owner.
    pub owner: Option<String>,
    /// The crew.
    pub crew: Option<Uuid>,
    /// The worker.
    pub worker: Option<Uuid>,
    /// Age.
    pub bucket: Option<Bucket>,
}

/// Sums over overdue lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Workers with one or more of them.
    pub workers: u64,
    /// Projects with one or more of them.
    pub projects: u64,
    /// Overdue wage lines.
    pub lines: u64,
    /// What is owed on them.
    pub outstanding: Money,
    /// Days overdue of the oldest.
    pub oldest_days: i64,
}

impl Sums {
    /// The first day on which the oldest was overdue: the day after its due date. `None` = nothing is overdue.
    pub fn since(&self, as_of: Date) -> Option<Date> {
        (self.lines > 0).then(|| as_of.saturating_sub((self.oldest_days - 1).days()))
    }
}

/// What is not overdue yet, and still to be paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DueAhead {
    /// What is still to be paid of lines that fall due within the time asked about.
    pub within: Money,
    /// The first day on which something falls due, the day asked about or a later one, how much is still to be paid of
    /// it, and for which month.
    pub next: Option<(Date, Money, Month)>,
}

/// What fell due in a month, and how much of it was paid in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DueShare {
    /// Lines due in the month.
    pub lines: u64,
    /// Their net pay.
    pub net: Money,
    /// Of these, lines whose due date had come by the day asked about.
    pub settled: u64,
    /// Of these, paid in full by the end of their due date.
    pub on_time: u64,
    /// Their net pay.
    pub on_time_net: Money,
    /// Lines that may be due in the month, where nobody knows; they are in no other figure.
    pub undated: u64,
    /// Their net pay.
    pub undated_net: Money,
}

/// A line that is overdue on the day asked about.
#[derive(Clone, Copy, Debug)]
pub struct LateRow<'a> {
    /// Project code.
    pub project: &'a str,
    /// The line.
    pub line: &'a LateLine,
    /// Its due date.
    pub due_on: Date,
    mark: Mark,
    as_of: Date,
}

impl LateRow<'_> {
    /// The entry of the line's first version; known without looking at the line.
    pub fn entry(&self) -> u64 {
        self.mark.line
    }

    /// What of it is outstanding.
    pub fn outstanding(&self) -> Money {
        self.mark.outstanding(self.as_of, self.line)
    }

    /// Calendar days since its due date.
    pub fn days_overdue(&self) -> i64 {
        rules::days_overdue(self.as_of, self.due_on)
    }
}

impl Filter {
    pub(super) fn books<'a>(&self, lateness: &'a Lateness) -> impl Iterator<Item = (&'a str, &'a Book)> {
        let Lateness { projects, firms, .. } = lateness;
        let one = self.project.as_ref().map(|code| projects.get_key_value(code));
        let firm = [
            (Role::Contractor, &self.contractor),
            (Role::Owner, &self.owner),
            (Role::Employer, &self.employer),
        ];
        let firm = firm.into_iter().find_map(|(role, code)| Some((role, code.as_ref()?)));
        let of_firm = firm.filter(|_| one.is_none()).map(|(role, code)| firms.projects(role, code));
        let all = (one.is_none() && of_firm.is_none()).then(|| projects.iter());
        let of_firm = of_firm.into_iter().flatten().filter_map(|code| projects.get_key_value(code));
        let books = one.flatten().into_iter().chain(of_firm).chain(all.into_iter().flatten());
        let books = books.map(|(code, book)| (code.as_str(), book.as_ref()));
        books.filter(|(_, book)| self.takes_project(book))
    }

    /// Whether a project is in the region, and has the general contractor and the owner, that are asked for.
    pub(super) fn takes_project(&self, book: &Book) -> bool {
        let is = |wanted: &Option<String>, known: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| wanted == known.unwrap_or_default())
        };
        is(&self.region, book.region.as_deref())
            && is(&self.contractor, book.contractor.as_deref())
            && is(&self.owner, book.owner.as_deref())
    }

    pub(super) fn takes(&self, employer: &str, crew: Option<Uuid>, worker: Option<Uuid>) -> bool {
        self.employer.as_deref().is_none_or(|wanted| wanted == employer)
            && self.crew.is_none_or(|wanted| crew == Some(wanted))
            && self.worker.is_none_or(|wanted| worker.is_none_or(|worker| worker == wanted))
    }
}

impl Lateness {
    /// The overdue lines of a day, in no order that is promised.
    pub fn overdue<'a>(&'a self, as_of: Date, filter: &Filter) -> impl Iterator<Item = LateRow<'a>> {
        let whole = filter.employer.is_none() && filter.crew.is_none() && filter.worker.is_none();
        filter.books(self).flat_map(move |(project, book)| {
            book.marks.iter().zip(&book.late).filter_map(move |(mark, line)| {
                let due_on = mark.due_before(as_of, line)?;
                if !whole && !filter.takes(&line.employer, Some(line.crew), Some(line.worker)) {
                    return None;
                }
                let row = LateRow { project, line, due_on, mark: *mark, as_of };
                let fits = filter.bucket.is_none_or(|bucket| Bucket::of(row.days_overdue()) == Some(bucket));
                fits.then_some(row)
            })
        })
    }

    /// Sums of a day's overdue lines by whatever `key` tells them apart.
    pub fn sums<'a, K: Ord + Clone>(
        &'a self,
        as_of: Date,
        filter: &Filter,
        key: impl Fn(&LateRow<'a>) -> K,
    ) -> BTreeMap<K, Sums> {
        let mut tallies = Tallies::default();
        for row in self.overdue(as_of, filter) {
            tallies.add(key(&row), &row);
        }
        tallies.sums()
    }

    /// All of a day's overdue lines that fit.
    pub fn total(&self, as_of: Date, filter: &Filter) -> Sums {
        self.sums(as_of, filter, |_| ()).remove(&()).unwrap_or_default()
    }

    /// What was owed and late at the end of a day, and nothing else of it.
    pub fn amount(&self, as_of: Date, filter: &Filter) -> Money {
        // Of whole projects and employers it is kept, so that a year's month ends are looked up and not added up.
        let whole = filter.crew.is_none() && filter.worker.is_none() && filter.bucket.is_none();
        let sum = if whole && filter.employer.is_none() {
            let sums = filter.books(self).filter_map(|(_, book)| book.series.whole.at(as_of));
            Money::checked_sum(sums.map(|sums| sums.outstanding))
        } else if whole {
            let books = filter.books(self).flat_map(|(_, book)| &book.amounts);
            let own = books.filter(|amounts| filter.takes(&amounts.employer, None, None));
            Money::checked_sum(own.map(|amounts| amounts.at(as_of)))
        } else {
            Money::checked_sum(self.overdue(as_of, filter).map(|row| row.outstanding()))
        };
        sum.unwrap_or(Money::from_fen(i64::MAX))
    }

    /// Work without a wage line that would be overdue on the day, with its project.
    pub fn missing<'a>(
        &'a self,
        as_of: Date,
        filter: &Filter,
    ) -> impl Iterator<Item = (&'a str, &'a MissingMonth)> {
        filter.books(self).flat_map(move |(project, book)| {
            let fits = move |m: &&MissingMonth| {
                m.due_on.is_some_and(|due_on| due_on < as_of)
                    && filter.takes(&m.employer, m.crew, Some(m.worker))
            };
            book.missing.iter().filter(fits).map(move |missing| (project, missing))
        })
    }

    /// What could change a day's sum and is not known.
    pub fn unknown(&self, as_of: Date, filter: &Filter) -> UnknownTotal {
        let mut worker_months = 0;
        let days = self.missing(as_of, filter).map(|(_, missing)| {
            worker_months += 1;
            missing.days.tenths()
        });
        let days = Days::from_tenths(days.sum());
        let unsealed = filter.books(self).flat_map(|(_, book)| &book.unsealed);
        let unsealed =
            unsealed.filter(|l| l.due_on < as_of && filter.takes(&l.employer, Some(l.crew), Some(l.worker)));
        let (silent, undated) = (self.silent(as_of, filter), self.undated_total(as_of, filter));
        UnknownTotal { worker_months, days, unsealed_lines: count(unsealed.count()), silent, undated }
    }

    /// Paid up to the day, and taken by no line. A payment names no crew: with a crew asked for there is none.
    pub fn over(&self, as_of: Date, filter: &Filter) -> Money {
        let over = filter.books(self).flat_map(|(_, book)| &book.over);
        let over = over.filter(|over| filter.takes(&over.employer, None, Some(over.worker)));
        let amounts = over.map(|over| over.at(as_of));
        Money::checked_sum(amounts).unwrap_or(Money::from_fen(i64::MAX))
    }

    /// What falls due on the day or later, as far as it is not paid yet: up to a last day, and on the first of the days.
    pub fn due_ahead(&self, as_of: Date, last: Date, filter: &Filter) -> DueAhead {
        let mut ahead = DueAhead::default();
        let plus = |sum: Money, open: Money| sum.checked_add(open).unwrap_or(Money::from_fen(i64::MAX));
        for due in filter.books(self).flat_map(|(_, book)| &book.due) {
            if due.due_on < as_of || !filter.takes(&due.employer, Some(due.crew), None) {
                continue;
            }
            let open = due.open(as_of);
            if open == Money::ZERO {
                continue;
            }
            if due.due_on <= last {
                ahead.within = plus(ahead.within, open);
            }
            ahead.next = match ahead.next {
                Some((day, sum, month)) if day == due.due_on => {
                    Some((day, plus(sum, open), month.min(due.month)))
                }
                Some(next) if next.0 < due.due_on => Some(next),
                _ => Some((due.due_on, open, due.month)),
            };
        }
        ahead
    }

    /// What falls due in a month, and how much of what had come due by the day was paid in time.
    pub fn due(&self, month: Month, as_of: Date, filter: &Filter) -> DueShare {
        let mut share = DueShare::default();
        let add = |to: &mut Money, fen: i64| {
            *to = to.checked_add(Money::from_fen(fen)).unwrap_or(Money::from_fen(i64::MAX));
        };
        let sums = filter.books(self).flat_map(|(_, book)| &book.due);
        let fits =
            |d: &&DueSum| Month::of(d.due_on) == month && filter.takes(&d.employer, Some(d.crew), None);
        for due in sums.filter(fits) {
            share.lines += due.lines;
            add(&mut share.net, due.net);
            if due.due_on <= as_of {
                share.settled += due.lines;
                share.on_time += due.on_time;
                add(&mut share.on_time_net, due.on_time_net);
            }
        }
        let undated = filter.books(self).flat_map(|(_, book)| &book.undated);
        let undated = undated.filter(|line| line.may_be_due_in(month));
        for line in undated.filter(|line| filter.takes(&line.employer, Some(line.crew), Some(line.worker))) {
            share.undated += 1;
            add(&mut share.undated_net, line.net.fen());
        }
        share
    }
}
