//! Months for which nobody handed in a wage sheet although people were on the roster: the rule of `projections/silent.sql`,
//! worked out once a project, so that a day of it is looked up.

use super::read::StayRow;
use super::{Filter, Lateness};
use jiff::civil::Date;
use rules::{Month, PayDay, Report};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// Wage sheets that did not come although they were expected before a day. Of what is owed in these months nothing is
/// known: it stands beside every sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SilentTotal {
    /// Months of projects in which one employer or several handed in none (项目·月).
    pub site_months: u64,
    /// People on the rosters of these employers in these months, a person once a project.
    pub people: u64,
    /// Of the months, those of projects that never handed in a roster: how many people were there nobody can tell.
    pub without_roster: u64,
}

/// A month for which an employer handed in no wage sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SilentMonth<'a> {
    /// Project code.
    pub project: &'a str,
    /// Credit code of the employer; empty where the project never handed in a roster.
    pub employer: &'a str,
    /// The month.
    pub month: Month,
    /// His people on the roster in the month; `None` = no roster was ever handed in.
    pub people: Option<u64>,
    /// Workers of the project, of whatever employer, with days recorded in the month.
    pub worked: u64,
    /// The last day on which the wage sheet would have been in time.
    pub expected_by: Date,
}

/// Projects without a wage sheet for a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WithoutSheet {
    /// Those that should have handed it in by the day asked about.
    pub silent: u64,
    /// Those that have until the day or a later one.
    pub awaited: u64,
}

/// A project's silent months, whatever the day.
#[derive(Debug, Default)]
pub(super) struct Silence {
    pay_day: Option<PayDay>,
    whole: Gaps,
    units: Vec<Unit>,
}

/// Those of one employer.
#[derive(Debug)]
struct Unit {
    employer: Arc<str>,
    gaps: Gaps,
}

/// Months without a wage sheet.
#[derive(Debug, Default)]
struct Gaps {
    months: Box<[Gap]>,
    /// From this month on all of them, with so many people in each: who is on the roster has not left.
    onward: Option<(Month, u64)>,
}

#[derive(Debug)]
struct Gap {
    month: Month,
    /// People on the roster in the month.
    people: u64,
    /// People on the roster in this silent month or one before it.
    so_far: u64,
}

/// A worker's stays as months, those that touch as one.
type Spans = BTreeMap<Uuid, Vec<(Month, Option<Month>)>>;

impl Gaps {
    /// How many there are up to a month, and how many people were on their rosters.
    fn through(&self, last: Month) -> (u64, u64) {
        let known = self.months.partition_point(|gap| gap.month <= last);
        let people = known.checked_sub(1).and_then(|at| self.months.get(at)).map_or(0, |gap| gap.so_far);
        let onward = self.onward.map_or(0, |(from, _)| months_between(from, last));
        (super::tally::count(known).saturating_add(onward), people)
    }

    fn holds(&self, month: Month) -> bool {
        self.months.binary_search_by_key(&month, |gap| gap.month).is_ok()
            || self.onward.is_some_and(|(from, _)| from <= month)
    }

    /// All of them up to a month, with their people.
    fn up_to(&self, last: Month) -> impl Iterator<Item = (Month, u64)> {
        let known = self.months.iter().map(|gap| (gap.month, gap.people));
        let onward = self.onward.into_iter().flat_map(|(from, people)| {
            std::iter::successors(Some(from), |month| Some(month.next())).map(move |month| (month, people))
        });
        known.chain(onward).take_while(move |(month, _)| *month <= last)
    }

    /// The first one in which a worker was on the roster.
    fn first_of(&self, spans: &[(Month, Option<Month>)]) -> Option<Month> {
        spans.iter().find_map(|(from, to)| {
            let at = self.months.partition_point(|gap| gap.month < *from);
            let first = self.months.get(at).map(|gap| gap.month);
            first.filter(|month| to.is_none_or(|to| *month <= to))
        })
    }

    /// Counts each worker from his first silent month on.
    fn count_people(&mut self, firsts: impl Iterator<Item = Month>) {
        let mut new: BTreeMap<Month, u64> = BTreeMap::new();
        firsts.for_each(|month| *new.entry(month).or_default() += 1);
        let mut sum = 0;
        for gap in &mut self.months {
            sum += new.get(&gap.month).copied().unwrap_or_default();
            gap.so_far = sum;
        }
    }

    /// The months of an employer's stays for which he has no sheet. Spelled out until one month after the last change: from
    /// then on everybody who could be counted is.
    fn of_stays(spans: &Spans, sheets: &BTreeSet<Month>) -> Gaps {
        let mut changes: BTreeMap<Month, i64> = BTreeMap::new();
        for (from, to) in spans.values().flatten() {
            *changes.entry(*from).or_default() += 1;
            if let Some(to) = to {
                *changes.entry(to.next()).or_default() -= 1;
            }
        }
        let Some(mut month) = changes.keys().next().copied() else { return Gaps::default() };
        let last_change = changes.keys().next_back().copied().into_iter().chain(sheets.last().copied()).max();
        let end = last_change.unwrap_or(month).next();
        let (mut months, mut people) = (Vec::new(), 0);
        while month <= end {
            people += changes.get(&month).copied().unwrap_or_default();
            if people > 0 && !sheets.contains(&month) {
                months.push(Gap { month, people: people.unsigned_abs(), so_far: 0 });
            }
            month = month.next();
        }
        let onward = (people > 0).then(|| (month, people.unsigned_abs()));
        let mut gaps = Gaps { months: months.into(), onward };
        let firsts: Vec<Month> = spans.values().filter_map(|spans| gaps.first_of(spans)).collect();
        gaps.count_people(firsts.into_iter());
        gaps
    }

    /// The months from one to another for which there is no sheet; who was there is not known.
    fn without_roster(from: Month, to: Month, sheets: &BTreeSet<Month>) -> Gaps {
        let all = std::iter::successors(Some(from), |month| Some(month.next()));
        let silent = all.take_while(|month| *month <= to).filter(|month| !sheets.contains(month));
        let months = silent.map(|month| Gap { month, people: 0, so_far: 0 }).collect();
        Gaps { months, onward: None }
    }

    /// The months in which one of several employers was silent.
    fn of_units(units: &[Unit], spans: &[Spans]) -> Gaps {
        let last = units.iter().filter_map(|unit| {
            let known = unit.gaps.months.last().map(|gap| gap.month);
            known.into_iter().chain(unit.gaps.onward.map(|(from, _)| from)).max()
        });
        let Some(last) = last.max() else { return Gaps::default() };
        let mut people: BTreeMap<Month, u64> = BTreeMap::new();
        let all = units.iter().flat_map(|unit| unit.gaps.up_to(last));
        all.for_each(|(month, of_unit)| *people.entry(month).or_default() += of_unit);
        let months = people.into_iter().map(|(month, people)| Gap { month, people, so_far: 0 }).collect();
        let goes_on = units.iter().filter_map(|unit| unit.gaps.onward);
        let onward = goes_on.map(|(_, people)| people).reduce(|one, other| one + other);
        let mut gaps = Gaps { months, onward: onward.map(|people| (last.next(), people)) };
        let mut firsts: BTreeMap<Uuid, Month> = BTreeMap::new();
        for (unit, spans) in units.iter().zip(spans) {
            for (worker, spans) in spans {
                let Some(first) = unit.gaps.first_of(spans) else { continue };
                firsts.entry(*worker).and_modify(|known| *known = first.min(*known)).or_insert(first);
            }
        }
        gaps.count_people(firsts.into_values());
        gaps
    }
}

/// How many months there are from one to another, both among them.
fn months_between(from: Month, to: Month) -> u64 {
    let number = |month: Month| i64::from(month.year()) * 12 + i64::from(month.month());
    u64::try_from(number(to) - number(from) + 1).unwrap_or_default()
}

/// When a project begins and is planned to end, where it was registered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Planned {
    pub(super) pay_day: Option<PayDay>,
    /// First and last month.
    pub(super) months: Option<(Month, Month)>,
}

impl Silence {
    /// Of the roster, and of the months for which each employer handed in a sheet.
    pub(super) fn of(
        planned: Planned,
        stays: &[StayRow<'_>],
        sheets: &BTreeMap<String, BTreeSet<Month>>,
    ) -> Silence {
        let mut by_employer: BTreeMap<&str, Spans> = BTreeMap::new();
        for stay in stays {
            let of = by_employer.entry(stay.employer).or_default().entry(stay.worker).or_default();
            of.push(stay.months());
        }
        let none = BTreeSet::new();
        let (mut units, mut all_spans) = (Vec::new(), Vec::new());
        for (employer, mut spans) in by_employer {
            spans.values_mut().for_each(|stays| *stays = super::months::joined(std::mem::take(stays)));
            let gaps = Gaps::of_stays(&spans, sheets.get(employer).unwrap_or(&none));
            units.push(Unit { employer: employer.into(), gaps });
            all_spans.push(spans);
        }
        if let Some((from, to)) = planned.months.filter(|_| stays.is_empty()) {
            let any: BTreeSet<Month> = sheets.values().flatten().copied().collect();
            units.push(Unit { employer: "".into(), gaps: Gaps::without_roster(from, to, &any) });
            all_spans.push(Spans::new());
        }
        let whole = Gaps::of_units(&units, &all_spans);
        units.retain(|unit| !unit.gaps.months.is_empty());
        Silence { pay_day: planned.pay_day, whole, units }
    }

    /// Employers with a silent month, whatever the day.
    pub(super) fn employers(&self) -> impl Iterator<Item = &Arc<str>> {
        self.units.iter().map(|unit| &unit.employer).filter(|employer| !employer.is_empty())
    }

    /// How many employers were silent about a month by a day, and how many people they had on the roster.
    pub(super) fn of_month(&self, month: Month, as_of: Date) -> (u64, u64) {
        if month > self.last(as_of) {
            return (0, 0);
        }
        let silent = self.units.iter().filter_map(|unit| unit.gaps.up_to(month).last());
        let silent = silent.filter(|(last, _)| *last == month);
        silent.fold((0, 0), |(employers, people), (_, more)| (employers + 1, people + more))
    }

    fn last(&self, as_of: Date) -> Month {
        Report::WageSheet.last_expected(as_of, self.pay_day)
    }

    pub(super) fn total(&self, as_of: Date, employer: Option<&str>) -> SilentTotal {
        let last = self.last(as_of);
        let of = |employer: &str| {
            let unit = self.units.iter().find(|unit| *unit.employer == *employer);
            unit.map_or((0, 0), |unit| unit.gaps.through(last))
        };
        let (site_months, people) = employer.map_or_else(|| self.whole.through(last), of);
        let without_roster = if employer.is_none() { of("").0 } else { 0 };
        SilentTotal { site_months, people, without_roster }
    }
}

impl SilentTotal {
    fn plus(self, other: SilentTotal) -> SilentTotal {
        SilentTotal {
            site_months: self.site_months.saturating_add(other.site_months),
            people: self.people.saturating_add(other.people),
            without_roster: self.without_roster.saturating_add(other.without_roster),
        }
    }
}

impl Filter {
    /// Whether an answer can say which wage sheets are missing. They are an employer's: of a crew those of its employer count,
    /// where the filter names him, and of one worker nobody can tell whether he would stand on one.
    fn tells_sheets(&self) -> bool {
        self.worker.is_none() && (self.crew.is_none() || self.employer.is_some())
    }
}

impl Lateness {
    /// Wage sheets that should have been handed in before the end of a day.
    pub fn silent(&self, as_of: Date, filter: &Filter) -> SilentTotal {
        let books = filter.books(self).filter(|_| filter.tells_sheets());
        let totals = books.map(|(_, book)| book.silence.total(as_of, filter.employer.as_deref()));
        totals.fold(SilentTotal::default(), SilentTotal::plus)
    }

    /// Each of them, by project, employer and month.
    pub fn silent_months<'a>(
        &'a self,
        as_of: Date,
        filter: &Filter,
    ) -> impl Iterator<Item = SilentMonth<'a>> {
        let books = filter.books(self).filter(|_| filter.tells_sheets());
        books.flat_map(move |(project, book)| {
            let silence = &book.silence;
            let last = silence.last(as_of);
            let units = silence.units.iter();
            let units =
                units.filter(move |unit| filter.employer.as_deref().is_none_or(|of| *of == *unit.employer));
            units.flat_map(move |unit| {
                unit.gaps.up_to(last).map(move |(month, people)| SilentMonth {
                    project,
                    employer: &unit.employer,
                    month,
                    people: (!unit.employer.is_empty()).then_some(people),
                    worked: book.months.worked(month),
                    expected_by: Report::WageSheet.expected_by(month, silence.pay_day),
                })
            })
        })
    }

    /// Projects without a wage sheet for one month: those that should have handed it in, and those that still may.
    pub fn without_sheet(&self, month: Month, as_of: Date, filter: &Filter) -> WithoutSheet {
        let mut without = WithoutSheet::default();
        for (_, book) in filter.books(self).filter(|_| filter.tells_sheets()) {
            let silence = &book.silence;
            let lacks = match &filter.employer {
                None => silence.whole.holds(month),
                Some(employer) => {
                    silence.units.iter().any(|unit| *unit.employer == **employer && unit.gaps.holds(month))
                }
            };
            if lacks && month <= silence.last(as_of) {
                without.silent += 1;
            } else if lacks {
                without.awaited += 1;
            }
        }
        without
    }
}
