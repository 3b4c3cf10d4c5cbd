//! Which rows a batch of entries needs to see, so that they can be read by few questions.

use super::Projected;
use super::state::State;
use crate::ReadModelError;
use rules::{Month, PayDay};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;
use wages::Event;
use wages::event::WorkDay;

/// Keys of what a batch touches.
#[derive(Default)]
pub(crate) struct Plan {
    /// By project and worker.
    pub(crate) pairs: BTreeMap<String, BTreeMap<Uuid, Touched>>,
    pub(crate) projects: BTreeSet<String>,
    /// Pay days that projects have after the batch.
    pub(crate) pay_days: BTreeMap<String, u8>,
    /// Workers of whom only some fields are said anew.
    pub(crate) workers: BTreeSet<Uuid>,
    /// Contracts named by the entry of their signing.
    pub(crate) contracts: BTreeSet<i64>,
    /// Lines named by the entry of one of their versions.
    pub(crate) versions: BTreeSet<i64>,
}

/// What is touched of a worker on a project.
#[derive(Default)]
pub(crate) struct Touched {
    /// Every month: a stay or a contract says something new.
    pub(crate) whole: bool,
    /// Single months, where not all are.
    pub(crate) months: BTreeSet<Month>,
}

impl Plan {
    pub(crate) fn of(entries: &[Projected]) -> Result<Plan, ReadModelError> {
        let mut plan = Plan::default();
        for entry in entries {
            plan.add(entry)?;
        }
        Ok(plan)
    }

    fn add(&mut self, entry: &Projected) -> Result<(), ReadModelError> {
        let worker = Uuid::from_bytes(entry.header.subject);
        match &entry.event {
            Event::WorkerChanged(_) => {
                self.workers.insert(worker);
            }
            Event::SiteEntered(e) => self.whole(worker, e.project.as_str()),
            Event::SiteLeft(e) => self.whole(worker, e.project.as_str()),
            Event::ContractSigned(e) => self.whole(worker, e.project.as_str()),
            Event::ContractAmended(e) => {
                self.contracts.insert(entry.named(&e.contract)?);
            }
            Event::ContractEnded(e) => {
                self.contracts.insert(entry.named(&e.contract)?);
            }
            Event::WorkRecorded(e) => self.days(worker, e.project.as_str(), &e.days),
            Event::WorkCorrected(e) => self.days(worker, e.project.as_str(), &e.days),
            Event::WagesAccrued(e) => self.month(worker, e.of.project.as_str(), e.of.month),
            Event::WagesCorrected(e) => self.month(worker, e.of.project.as_str(), e.of.month),
            Event::WagesConfirmed(e) => {
                self.versions.insert(entry.named(&e.line)?);
            }
            Event::WagesDisputed(e) => {
                self.versions.insert(entry.named(&e.line)?);
            }
            Event::ProjectRegistered(e) => self.pay_day(e.code.as_str(), e.terms.pay_day),
            Event::ProjectChanged(e) => self.pay_day(e.code.as_str(), e.terms.pay_day),
            Event::LedgerCreated(_)
            | Event::FileImported(_)
            | Event::DataRevealed(_)
            | Event::WorkerRegistered(_)
            | Event::TaxWithheld(_)
            | Event::DeductionDeclared(_)
            | Event::PaymentRecorded(_)
            | Event::PaymentFailed(_)
            | Event::PaymentReturned(_)
            | Event::CrewRegistered(_)
            | Event::SheetSealed(_)
            | Event::BatchSealed(_)
            | Event::AccountMoved(_)
            | Event::OrganisationRegistered(_)
            | Event::SubcontractSigned(_)
            | Event::DepositLodged(_)
            | Event::SiteInspected(_)
            | Event::ComplaintFiled(_)
            | Event::WarningAcknowledged(_)
            | Event::WarningAssigned(_)
            | Event::WarningOrdered(_)
            | Event::WarningExplained(_)
            | Event::WarningResolved(_) => {}
        }
        Ok(())
    }

    /// Adds what follows from contracts and projects that are remembered.
    pub(crate) fn add_from(&mut self, state: &State) {
        let contracts: Vec<_> = self.contracts.iter().filter_map(|c| state.contracts.get(c)).collect();
        for at in contracts {
            self.whole(at.worker, &at.project);
        }
        if state.knows_pairs() {
            for project in self.moved(state) {
                for worker in state.people_of(&project) {
                    self.whole(*worker, &project);
                }
            }
        }
    }

    /// Projects of which the batch says another pay day than was known: all their due dates are open again.
    pub(crate) fn moved(&self, state: &State) -> Vec<String> {
        let known = |project: &str| state.projects.get(project).and_then(|p| p.pay_day).map(PayDay::day);
        let moved = self.pay_days.iter().filter(|(project, day)| known(project) != Some(**day));
        moved.map(|(project, _)| project.clone()).collect()
    }

    /// Whether everything that the batch needs of the database is remembered.
    pub(crate) fn is_known(&self, state: &State) -> bool {
        if !self.workers.is_empty() || !self.versions.is_empty() {
            return false;
        }
        // Where pairs are known, everybody of a project that moved is among the pairs.
        (state.knows_pairs() || self.moved(state).is_empty())
            && (state.knows_pairs() || self.contracts.iter().all(|c| state.contracts.contains_key(c)))
            && (state.knows_projects() || self.projects.iter().all(|p| state.projects.contains_key(p)))
            && self.all().all(|(project, worker, touched)| match state.known(worker, project) {
                Some(pair) => pair.suffices(touched),
                None => !state.may_be_stored(worker, project),
            })
    }

    /// Every project and worker that the batch touches.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, Uuid, &Touched)> {
        let workers = self.pairs.iter().map(|(project, workers)| (project.as_str(), workers));
        workers.flat_map(|(project, workers)| {
            workers.iter().map(move |(worker, touched)| (project, *worker, touched))
        })
    }

    pub(crate) fn whole(&mut self, worker: Uuid, project: &str) {
        self.pair(worker, project).whole = true;
    }

    fn pay_day(&mut self, project: &str, pay_day: u8) {
        self.projects.insert(project.to_owned());
        self.pay_days.insert(project.to_owned(), pay_day);
    }

    fn days(&mut self, worker: Uuid, project: &str, days: &[WorkDay]) {
        let mut last = None;
        for month in days.iter().map(|day| Month::of(day.on)) {
            if last.replace(month) != Some(month) {
                self.month(worker, project, month);
            }
        }
    }

    fn month(&mut self, worker: Uuid, project: &str, month: Month) {
        self.pair(worker, project).months.insert(month);
    }

    fn pair(&mut self, worker: Uuid, project: &str) -> &mut Touched {
        if !self.projects.contains(project) {
            self.projects.insert(project.to_owned());
        }
        // The entry wants a key of its own even where there is one: one short text an entry.
        self.pairs.entry(project.to_owned()).or_default().entry(worker).or_default()
    }
}
