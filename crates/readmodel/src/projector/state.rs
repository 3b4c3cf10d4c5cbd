//! What a batch of entries needs to remember of the rows before it, and what it makes of them.

use super::due::Contract;
use super::few::Few;
use super::gathered::Gathered;
use super::lists::Lists;
use super::month_days::{MonthDays, Said};
use super::plan::{Plan, Touched};
use super::streams::Streams;
use super::tax_year::TaxYears;
use crate::value::Value;
use crate::warning::Touched as TouchedMonths;
use foldhash::{HashMap, HashSet};
use jiff::civil::Date;
use rules::{Month, PayDay, Region};
use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use uuid::Uuid;
use wages::event::LineKey;
use wages::{BlindIndex, Ending};

/// How much is remembered from batch to batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Months of pairs, at about 250 bytes each. When there are more, the oldest third goes.
    pub(crate) months: usize,
    /// Pairs, at about 900 bytes each with a year's wages. When there are more, all of them go.
    pub(crate) pairs: usize,
}

impl Default for Limits {
    /// The workers of a city, and two months of theirs. With what a batch, the lists and the engine take, a rebuild of a
    /// city was seen at 2.3 GB.
    fn default() -> Limits {
        Limits { months: 1_200_000, pairs: 600_000 }
    }
}

/// What is known: the pairs that batches touched, each with some of its months, or all of them.
#[derive(Default)]
pub(crate) struct State {
    limits: Limits,
    /// It began with an empty database: what is neither here nor forgotten is not stored.
    complete: bool,
    /// Fingerprints of the pairs that were here and are no more. Where two pairs share one, too much is read.
    forgotten: HashSet<u64>,
    fingerprints: RandomState,
    /// How many months are remembered.
    months: usize,
    /// By worker, then project: within such a pair days, stays, contracts and lines bear on each other; beyond it
    /// nothing does but the project's pay day.
    pairs: HashMap<Uuid, Vec<(Arc<str>, Pair)>>,
    /// Workers by project.
    people: HashMap<Arc<str>, Vec<Uuid>>,
    /// Codes and trades, each once.
    names: HashSet<Arc<str>>,
    pub(crate) projects: HashMap<String, Project>,
    pub(crate) workers: BTreeMap<Uuid, Worker>,
    /// Contracts by entry of signing.
    pub(crate) contracts: HashMap<i64, ContractRef>,
    /// Versions of lines by entry.
    pub(crate) versions: HashMap<i64, VersionRef>,
    /// Months that early warning must look at anew.
    pub(crate) touched: TouchedMonths,
    /// In a bulk from the first entry on, until pairs are forgotten: what months of early warning are made from.
    pub(crate) gathered: Option<Gathered>,
    /// Audit trails as far as they are not written.
    pub(crate) lists: Lists,
    /// Where subjects' streams end.
    pub(crate) streams: Streams,
}

/// What is known of a project as far as due dates need it; of a bulk, also what early warning needs.
#[derive(Default)]
pub(crate) struct Project {
    pub(crate) pay_day: Option<PayDay>,
    pub(crate) changed: bool,
    pub(crate) region: Option<Region>,
    pub(crate) contractor: Arc<str>,
    /// Fingerprint of its dedicated account.
    pub(crate) account: Option<BlindIndex>,
}

/// One worker on one project.
#[derive(Default)]
pub(crate) struct Pair {
    /// No month from this one on is stored that is not here.
    pub(crate) all_from: Option<Month>,
    /// By first day.
    pub(crate) stays: Few<Date, Stay>,
    pub(crate) stays_changed: bool,
    pub(crate) contracts: Vec<Contract>,
    pub(crate) contracts_changed: bool,
    /// There may be rows of what the contracts say of his employers.
    pub(crate) employments_stored: bool,
    /// The project has another pay day.
    pub(crate) pay_day_changed: bool,
    pub(crate) months: Few<Month, PairMonth>,
    /// The years in which the months are paid that are here, or not stored; of other years, too.
    pub(crate) tax_years: TaxYears,
}

/// One worker's month on one project.
#[derive(Default)]
pub(crate) struct PairMonth {
    /// What was said of its days.
    pub(crate) days: MonthDays,
    /// By which entries.
    pub(crate) said: Said,
    /// What the gate said of their times ([`super::gate`]).
    pub(crate) gate: i64,
    pub(crate) days_changed: bool,
    /// There are rows of these days.
    pub(crate) days_stored: bool,
    pub(crate) lines: Vec<Line>,
    pub(crate) lines_changed: bool,
}

/// One stay of a worker on a site.
#[derive(Clone)]
pub(crate) struct Stay {
    pub(crate) employer: Arc<str>,
    pub(crate) crew: Uuid,
    pub(crate) left_on: Option<Date>,
    /// How he left, where he did.
    pub(crate) how: Option<Ending>,
    pub(crate) trade_code: Arc<str>,
    pub(crate) trade: Arc<str>,
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
    pub(crate) employer: Arc<str>,
    pub(crate) crew: Uuid,
    pub(crate) version: i64,
    pub(crate) correction: i64,
    pub(crate) days_tenths: i64,
    pub(crate) gross: i64,
    pub(crate) net: i64,
    /// Own social insurance and housing fund.
    pub(crate) insurance: i64,
    pub(crate) income_tax: i64,
    /// Fingerprint of the card that it names; none where it was read back.
    pub(crate) card: Option<BlindIndex>,
    /// There is a row of it.
    pub(crate) stored: bool,
}

/// What is known of a worker himself: the columns of his row after the key.
#[derive(Clone)]
pub(crate) struct Worker {
    pub(crate) name: Value,
    pub(crate) id_kind: Value,
    pub(crate) id_number: Value,
    pub(crate) phone: Value,
    pub(crate) card: Value,
    pub(crate) bank: Value,
    pub(crate) card_index: Value,
    pub(crate) seq: i64,
    pub(crate) changed: bool,
    /// There is a row of him.
    pub(crate) stored: bool,
}

/// What of the state goes, because it has become too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forget {
    MonthsBefore(Month),
    Pairs,
}

/// Where a contract belongs.
#[derive(Clone)]
pub(crate) struct ContractRef {
    pub(crate) worker: Uuid,
    pub(crate) project: Arc<str>,
    pub(crate) employer: Arc<str>,
}

/// Where a version of a line belongs.
#[derive(Clone)]
pub(crate) struct VersionRef {
    pub(crate) line: i64,
    pub(crate) project: Arc<str>,
    pub(crate) employer: Arc<str>,
    pub(crate) month: Month,
}

impl State {
    /// Of a database with rows, or of an empty one, in which the bulk comes first or not.
    pub(crate) fn new(is_empty: bool, bulk: bool, limits: Limits) -> State {
        let gathered = (is_empty && bulk).then(Gathered::default);
        State { complete: is_empty, limits, gathered, streams: Streams::new(is_empty), ..State::default() }
    }

    /// Whether a project that is not here is not stored.
    pub(crate) fn knows_projects(&self) -> bool {
        self.complete
    }

    /// Whether a pair or contract that is not here is not stored.
    pub(crate) fn knows_pairs(&self) -> bool {
        self.complete && self.forgotten.is_empty()
    }

    /// Whether a pair may be stored that is not here.
    pub(crate) fn may_be_stored(&self, worker: Uuid, project: &str) -> bool {
        !self.complete || self.forgotten.contains(&self.fingerprints.hash_one((worker, project)))
    }

    /// A code or trade, kept once.
    pub(crate) fn name(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let new: Arc<str> = name.into();
        self.names.insert(new.clone());
        new
    }

    pub(crate) fn pair(&mut self, worker: Uuid, project: &str) -> &mut Pair {
        if self.known(worker, project).is_none() {
            let all_from = (!self.may_be_stored(worker, project)).then_some(Month::FIRST);
            let project = self.name(project);
            let projects = self.pairs.entry(worker).or_default();
            if projects.is_empty() {
                projects.reserve_exact(1);
            }
            projects.push((project.clone(), Pair { all_from, ..Pair::default() }));
            self.people.entry(project).or_default().push(worker);
        }
        let projects = self.pairs.entry(worker).or_default();
        let at = projects.iter().position(|(code, _)| **code == *project).unwrap_or_default();
        &mut projects[at].1
    }

    pub(crate) fn month(&mut self, worker: Uuid, project: &str, month: Month) -> &mut PairMonth {
        if self.known(worker, project).is_none_or(|pair| !pair.months.contains(month)) {
            self.months += 1;
        }
        self.pair(worker, project).months.or_default(month).0
    }

    /// What is remembered of a worker on a project.
    pub(crate) fn known(&self, worker: Uuid, project: &str) -> Option<&Pair> {
        self.pairs.get(&worker)?.iter().find(|(code, _)| **code == *project).map(|(_, pair)| pair)
    }

    /// Remembered workers of a project.
    pub(crate) fn people_of(&self, project: &str) -> &[Uuid] {
        self.people.get(project).map_or(&[], Vec::as_slice)
    }

    /// After a batch: what is read anew each time goes.
    pub(crate) fn rest(&mut self, plan: &Plan) {
        self.workers.clear();
        self.versions.clear();
        for project in plan.pay_days.keys() {
            if let Some(project) = self.projects.get_mut(project) {
                project.changed = false;
            }
        }
    }

    /// What has to be forgotten, where more is remembered than should be.
    pub(crate) fn too_much(&self) -> Option<Forget> {
        if self.pairs.len() > self.limits.pairs {
            return Some(Forget::Pairs);
        }
        (self.months > self.limits.months).then(|| Forget::MonthsBefore(self.oldest_to_keep()))
    }

    /// Facts come month after month: the oldest months are the ones that will be wanted least.
    fn oldest_to_keep(&self) -> Month {
        let mut counts: BTreeMap<Month, usize> = BTreeMap::new();
        for (_, pair) in self.pairs.values().flatten() {
            pair.months.iter().for_each(|(month, _)| *counts.entry(month).or_default() += 1);
        }
        let (mut first, mut left) = (Month::FIRST, self.months);
        for (month, count) in counts {
            if left <= self.limits.months / 3 * 2 {
                break;
            }
            (first, left) = (month.next(), left - count);
        }
        first
    }

    /// Forgets what [`State::too_much`] says; the rows of it are written, or on their way.
    pub(crate) fn forget(&mut self, what: Forget) {
        match what {
            Forget::Pairs => self.forget_pairs(),
            Forget::MonthsBefore(first) => self.forget_months(first),
        }
    }

    fn forget_months(&mut self, first: Month) {
        for (_, pair) in self.pairs.values_mut().flatten() {
            let gone = pair.months.retain(|month| month >= first);
            if gone > 0 {
                pair.all_from = pair.all_from.map(|from| from.max(first));
            }
            self.months -= gone;
            // Months from this one on are paid in this year or later.
            pair.tax_years.forget_before(first.year());
        }
        if let Some(gathered) = &mut self.gathered {
            gathered.forget_before(first);
        }
    }

    fn forget_pairs(&mut self) {
        let pairs = std::mem::take(&mut self.pairs);
        if self.complete {
            let pairs = pairs.iter().flat_map(|(worker, on)| on.iter().map(|(code, _)| (*worker, &**code)));
            self.forgotten.extend(pairs.map(|pair| self.fingerprints.hash_one(pair)));
        }
        (self.months, self.gathered) = (0, None);
        self.people.clear();
        self.contracts.clear();
        self.names.clear();
    }

    /// Every worker on a project that is remembered, by project.
    pub(crate) fn all_pairs(&self) -> Vec<(Arc<str>, Uuid)> {
        let of = |(project, workers): (&Arc<str>, &Vec<Uuid>)| {
            workers.iter().map(|worker| (project.clone(), *worker)).collect::<Vec<_>>()
        };
        let mut all: Vec<_> = self.people.iter().flat_map(of).collect();
        all.sort_unstable();
        all
    }

    /// A worker's line, by the entry of its first version, where it is remembered.
    pub(crate) fn line_of(&self, worker: Uuid, line: i64) -> Option<VersionRef> {
        self.pairs.get(&worker)?.iter().find_map(|(project, pair)| {
            pair.months.iter().find_map(|(month, cell)| {
                let found = cell.lines.iter().find(|known| known.line == line)?;
                Some(VersionRef { line, project: project.clone(), employer: found.employer.clone(), month })
            })
        })
    }

    /// A new version of a line: in force when its number is the highest so far. Gives the line's id.
    pub(crate) fn line_version(&mut self, worker: Uuid, of: &LineKey, new: Line) -> i64 {
        let (project, employer) = (self.name(of.project.as_str()), new.employer.clone());
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
                if cell.lines.is_empty() {
                    cell.lines.reserve_exact(1);
                }
                cell.lines.push(new);
                line
            }
        };
        self.versions.insert(version, VersionRef { line, project, employer, month: of.month });
        line
    }
}

impl Pair {
    /// Whether everything that a batch touches of it is remembered.
    pub(crate) fn suffices(&self, touched: &Touched) -> bool {
        touched.from.is_none_or(|from| self.has_all_from(from))
            && touched.months.iter().all(|month| self.has(*month))
    }

    /// Whether no month from this one on is stored that is not here.
    pub(crate) fn has_all_from(&self, month: Month) -> bool {
        self.all_from.is_some_and(|from| from <= month)
    }

    /// Whether a month is here, or not stored.
    pub(crate) fn has(&self, month: Month) -> bool {
        self.has_all_from(month) || self.months.contains(month)
    }

    /// From which month on it bears on days whose they are, that a stay began on a day: before the first stay days belong
    /// to that one.
    pub(crate) fn entering_bears_on(&self, entered_on: Date) -> Month {
        let has_earlier = self.stays.iter().next().is_some_and(|(first, _)| first < entered_on);
        if has_earlier { Month::of(entered_on) } else { Month::FIRST }
    }

    /// As [`Pair::entering_bears_on`], that a stay ended on a day, or goes on: days after it may be another stay's.
    pub(crate) fn leaving_bears_on(&self, entered_on: Date, left_on: Option<Date>) -> Month {
        let before = self.stays.get(entered_on).and_then(|stay| stay.left_on);
        Month::of([before, left_on].into_iter().flatten().min().unwrap_or(entered_on).max(entered_on))
    }

    /// From which month on a new contract bears on what is due when: all that came before, unless there is one from
    /// earlier.
    pub(crate) fn signing_bears_on(&self, employer: &str, starts_on: Date) -> Month {
        let earlier = |contract: &&Contract| {
            *contract.employer == *employer && contract.terms.iter().all(|terms| terms.starts_on <= starts_on)
        };
        if self.contracts.iter().any(|contract| earlier(&contract)) {
            Month::of(starts_on)
        } else {
            Month::FIRST
        }
    }

    /// As [`Pair::signing_bears_on`], that a contract has other terms from a day on, or ends on it.
    pub(crate) fn ending_bears_on(&self, contract: i64, day: Date) -> Month {
        let known = self.contracts.iter().find(|known| known.contract == contract);
        let ended = known.and_then(|known| known.ended).map(|(_, day)| day);
        known.map_or(Month::FIRST, |_| Month::of(ended.map_or(day, |ended| ended.min(day))))
    }

    /// The stay to which work on a day belongs: of those in force that day the one that began last; else the
    /// one that began last before; before the first, the first.
    pub(crate) fn stay_of(&self, day: Date) -> Option<&Stay> {
        let before = || self.stays.up_to(day).rev();
        before()
            .find(|stay| stay.left_on.is_none_or(|left| left >= day))
            .or_else(|| before().next())
            .or_else(|| self.stays.iter().next().map(|(_, stay)| stay))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn stay(crew: u128, left_on: Option<Date>) -> Stay {
        Stay {
            employer: "E".into(),
            crew: Uuid::from_u128(crew),
            left_on,
            how: None,
            trade_code: "".into(),
            trade: "".into(),
            crew_leader: false,
            seq: 1,
            changed: false,
            stored: true,
        }
    }

    #[test]
    fn whose_days() {
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

    #[test]
    fn from_which_month_a_fact_bears_on_others() {
        let month = |text: &str| -> Month { text.parse().unwrap() };
        let mut pair = Pair::default();
        assert_eq!(pair.entering_bears_on(date(2026, 4, 5)), Month::FIRST);
        pair.stays.insert(date(2026, 4, 5), stay(1, None));
        pair.stays.insert(date(2026, 6, 5), stay(1, Some(date(2026, 8, 1))));
        // Before the first stay, days are its own: another first one takes them.
        assert_eq!(pair.entering_bears_on(date(2026, 4, 5)), Month::FIRST);
        assert_eq!(pair.entering_bears_on(date(2026, 3, 5)), Month::FIRST);
        assert_eq!(pair.entering_bears_on(date(2026, 5, 31)), month("2026-05"));
        // The earlier of the old end and the new one.
        assert_eq!(pair.leaving_bears_on(date(2026, 4, 5), Some(date(2026, 7, 9))), month("2026-07"));
        assert_eq!(pair.leaving_bears_on(date(2026, 6, 5), Some(date(2026, 9, 9))), month("2026-08"));
        assert_eq!(pair.leaving_bears_on(date(2026, 6, 5), None), month("2026-08"));
        assert_eq!(pair.leaving_bears_on(date(2026, 4, 5), None), month("2026-04"));
        assert_eq!(pair.leaving_bears_on(date(2026, 4, 5), Some(date(2025, 1, 1))), month("2026-04"));
        let terms = |starts_on| super::super::due::Terms {
            seq: 1,
            from: starts_on,
            starts_on,
            ends_on: None,
            pay_day: PayDay::following(10),
            services: false,
        };
        let contract = Contract {
            contract: 7,
            employer: "E".into(),
            signed_on: date(2026, 3, 1),
            terms: vec![terms(date(2026, 3, 1))],
            ended: Some((9, date(2026, 9, 30))),
        };
        assert_eq!(pair.signing_bears_on("E", date(2026, 5, 1)), Month::FIRST);
        pair.contracts.push(contract);
        assert_eq!(pair.signing_bears_on("E", date(2026, 5, 1)), month("2026-05"));
        assert_eq!(pair.signing_bears_on("E", date(2026, 2, 1)), Month::FIRST);
        assert_eq!(pair.signing_bears_on("other", date(2026, 5, 1)), Month::FIRST);
        assert_eq!(pair.ending_bears_on(7, date(2026, 11, 1)), month("2026-09"));
        assert_eq!(pair.ending_bears_on(7, date(2026, 4, 1)), month("2026-04"));
        assert_eq!(pair.ending_bears_on(8, date(2026, 4, 1)), Month::FIRST);
    }
}
