//! What a batch of entries needs to remember of the rows before it, and what it makes of them.

use super::due::Contract;
use super::plan::{Plan, Touched};
use super::tax_year::TaxYear;
use crate::ReadModelError;
use crate::value::Value;
use jiff::civil::Date;
use rules::{Month, PayDay};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use uuid::Uuid;
use wages::event::LineKey;

/// Months of pairs that are remembered from batch to batch, each up to a kilobyte with what belongs to it. Beyond
/// that everything is forgotten, and read again where it is wanted.
const MONTHS_MAX: usize = 300_000;

/// What is known: the pairs that batches touched, each with the months that were wanted, or all of them.
#[derive(Default)]
pub(crate) struct State {
    /// The database holds no pair and no project that is not here.
    knows_all: bool,
    /// How many months are remembered, at most.
    months: usize,
    /// By worker, then project: within such a pair days, stays, contracts and lines bear on each other; beyond it
    /// nothing does but the project's pay day.
    pairs: HashMap<Uuid, Vec<(String, Pair)>>,
    /// Workers by project.
    people: HashMap<String, Vec<Uuid>>,
    pub(crate) projects: HashMap<String, Project>,
    pub(crate) workers: BTreeMap<Uuid, Worker>,
    /// Contracts by entry of signing.
    pub(crate) contracts: HashMap<i64, ContractRef>,
    /// Versions of lines by entry.
    pub(crate) versions: HashMap<i64, VersionRef>,
}

/// What is known of a project as far as due dates need it.
#[derive(Default)]
pub(crate) struct Project {
    pub(crate) pay_day: Option<PayDay>,
    pub(crate) changed: bool,
}

/// One worker on one project.
#[derive(Default)]
pub(crate) struct Pair {
    /// No month is stored that is not here.
    pub(crate) has_all_months: bool,
    /// By first day.
    pub(crate) stays: BTreeMap<Date, Stay>,
    pub(crate) stays_changed: bool,
    pub(crate) contracts: Vec<Contract>,
    pub(crate) contracts_changed: bool,
    pub(crate) months: BTreeMap<Month, PairMonth>,
    /// By employer and calendar year of payment; all of them.
    pub(crate) tax_years: BTreeMap<(String, i16), TaxYear>,
}

/// One worker's month on one project.
#[derive(Default)]
pub(crate) struct PairMonth {
    /// Tenths of a 工日 by day of the month.
    pub(crate) days: BTreeMap<i8, i64>,
    pub(crate) days_changed: bool,
    /// There are rows of these days.
    pub(crate) days_stored: bool,
    pub(crate) lines: Vec<Line>,
    pub(crate) lines_changed: bool,
}

/// One stay of a worker on a site.
#[derive(Clone)]
pub(crate) struct Stay {
    pub(crate) employer: String,
    pub(crate) crew: Uuid,
    pub(crate) left_on: Option<Date>,
    pub(crate) trade_code: String,
    pub(crate) trade: String,
    pub(crate) crew_leader: bool,
    pub(crate) seq: i64,
    pub(crate) changed: bool,
    /// There is a row of it.
    pub(crate) stored: bool,
}

/// A wage line as it is in force; amounts in fen.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) line: i64,
    pub(crate) employer: String,
    pub(crate) crew: Uuid,
    pub(crate) version: i64,
    pub(crate) correction: i64,
    pub(crate) days_tenths: i64,
    pub(crate) gross: i64,
    pub(crate) net: i64,
    /// Own social insurance and housing fund.
    pub(crate) insurance: i64,
    pub(crate) income_tax: i64,
    /// There is a row of it.
    pub(crate) stored: bool,
}

/// What is known of a worker himself: the columns of his row after the key.
#[derive(Clone)]
pub(crate) struct Worker {
    pub(crate) name: Value,
    pub(crate) id_number: Value,
    pub(crate) phone: Value,
    pub(crate) card: Value,
    pub(crate) bank: Value,
    pub(crate) card_index: Value,
    pub(crate) seq: i64,
    pub(crate) changed: bool,
}

/// Where a contract belongs.
#[derive(Clone)]
pub(crate) struct ContractRef {
    pub(crate) worker: Uuid,
    pub(crate) project: String,
    pub(crate) employer: String,
}

/// Where a version of a line belongs.
#[derive(Clone)]
pub(crate) struct VersionRef {
    pub(crate) line: i64,
    pub(crate) project: String,
    pub(crate) employer: String,
    pub(crate) month: Month,
}

impl State {
    /// Of a database with rows, or of an empty one.
    pub(crate) fn new(knows_all: bool) -> State {
        State { knows_all, ..State::default() }
    }

    /// Whether what is not here does not exist.
    pub(crate) fn knows_all(&self) -> bool {
        self.knows_all
    }

    pub(crate) fn pair(&mut self, worker: Uuid, project: &str) -> &mut Pair {
        let projects = self.pairs.entry(worker).or_default();
        let at = projects.iter().position(|(code, _)| code == project).unwrap_or_else(|| {
            let pair = Pair { has_all_months: self.knows_all, ..Pair::default() };
            projects.push((project.to_owned(), pair));
            match self.people.get_mut(project) {
                Some(people) => people.push(worker),
                None => drop(self.people.insert(project.to_owned(), vec![worker])),
            }
            projects.len() - 1
        });
        &mut projects[at].1
    }

    pub(crate) fn month(&mut self, worker: Uuid, project: &str, month: Month) -> &mut PairMonth {
        self.pair(worker, project).months.entry(month).or_default()
    }

    /// What is remembered of a worker on a project.
    pub(crate) fn known(&self, worker: Uuid, project: &str) -> Option<&Pair> {
        self.pairs.get(&worker)?.iter().find(|(code, _)| code == project).map(|(_, pair)| pair)
    }

    /// Remembered workers of a project.
    pub(crate) fn people_of(&self, project: &str) -> &[Uuid] {
        self.people.get(project).map_or(&[], Vec::as_slice)
    }

    /// After a batch: what is read anew each time goes, and everything when there is too much of it.
    pub(crate) fn rest(&mut self, plan: &Plan) {
        self.workers.clear();
        self.versions.clear();
        for project in plan.pay_days.keys() {
            if let Some(project) = self.projects.get_mut(project) {
                project.changed = false;
            }
        }
        self.months += plan.all().map(|(_, _, touched)| touched.months.len() + 1).sum::<usize>();
        if self.months > MONTHS_MAX {
            *self = State::new(false);
        }
    }

    /// A new version of a line: in force when its number is the highest so far. Gives the line's id.
    pub(crate) fn line_version(&mut self, worker: Uuid, of: &LineKey, new: Line) -> i64 {
        let cell = self.month(worker, of.project.as_str(), of.month);
        cell.lines_changed = true;
        let version = new.version;
        let known = cell.lines.iter_mut().find(|l| l.crew == new.crew && l.employer == new.employer);
        let line = match known {
            Some(line) => {
                if (new.correction, new.version) > (line.correction, line.version) {
                    *line = Line { line: line.line, stored: line.stored, ..new };
                }
                line.line
            }
            None => {
                let line = new.line;
                cell.lines.push(new);
                line
            }
        };
        let (project, employer) = (of.project.to_string(), of.employer.to_string());
        self.versions.insert(version, VersionRef { line, project, employer, month: of.month });
        line
    }
}

impl Pair {
    /// Whether everything that a batch touches of it is remembered.
    pub(crate) fn suffices(&self, touched: &Touched) -> bool {
        self.has_all_months
            || !touched.whole && touched.months.iter().all(|month| self.months.contains_key(month))
    }

    /// The stay to which work on a day belongs: of those in force that day the one that began last; else the
    /// one that began last before; before the first, the first.
    pub(crate) fn stay_of(&self, day: Date) -> Option<&Stay> {
        let before = || self.stays.range(..=day).rev().map(|(_, stay)| stay);
        before()
            .find(|stay| stay.left_on.is_none_or(|left| left >= day))
            .or_else(|| before().next())
            .or_else(|| self.stays.values().next())
    }
}

/// Days of a month as `day:tenths`, ascending.
pub(crate) fn write_days(days: &BTreeMap<i8, i64>) -> String {
    let mut text = String::with_capacity(days.len() * 6);
    for (day, tenths) in days {
        let space = if text.is_empty() { "" } else { " " };
        // Writing into a text cannot fail.
        let _ = write!(text, "{space}{day}:{tenths}");
    }
    text
}

/// Reads what [`write_days`] writes.
pub(crate) fn read_days(text: &str) -> Result<BTreeMap<i8, i64>, ReadModelError> {
    let part = |part: &str| {
        let (day, tenths) = part.split_once(':')?;
        Some((day.parse().ok()?, tenths.parse().ok()?))
    };
    let days: Option<_> = text.split(' ').filter(|p| !p.is_empty()).map(part).collect();
    days.ok_or_else(|| ReadModelError::damaged("work.days", text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_as_text() {
        let days = BTreeMap::from([(2, 10), (31, 5)]);
        assert_eq!(write_days(&days), "2:10 31:5");
        assert_eq!(read_days("2:10 31:5").unwrap(), days);
        assert!(read_days("").unwrap().is_empty());
        assert!(read_days("2:ten").is_err());
    }

    #[test]
    fn whose_days() {
        let stay = |crew: u128, left_on| Stay {
            employer: "E".to_owned(),
            crew: Uuid::from_u128(crew),
            left_on,
            trade_code: String::new(),
            trade: String::new(),
            crew_leader: false,
            seq: 1,
            changed: false,
            stored: true,
        };
        let mut pair = Pair::default();
        let crew = |pair: &Pair, d| pair.stay_of(date(2026, 4, d)).map(|s| s.crew.as_u128());
        assert_eq!(crew(&pair, 1), None);
        pair.stays.insert(date(2026, 4, 5), stay(1, Some(date(2026, 4, 14))));
        pair.stays.insert(date(2026, 4, 20), stay(2, Some(date(2026, 4, 22))));
        // before the first, within, after an end and before the next, at the next, after all
        assert_eq!([1, 10, 16, 20, 28].map(|d| crew(&pair, d)), [1, 1, 1, 2, 2].map(Some));
        // lent to another crew while the first stay goes on: back to the first afterwards
        pair.stays.insert(date(2026, 4, 5), stay(1, None));
        assert_eq!([19, 21, 28].map(|d| crew(&pair, d)), [1, 2, 1].map(Some));
    }
}
