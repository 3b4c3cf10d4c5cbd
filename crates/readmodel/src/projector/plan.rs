//! Which rows a batch of entries needs to see, so that they can be read by few questions.

use super::Projected;
use super::state::{Pair, State};
use crate::ReadModelError;
use jiff::civil::Date;
use rules::{Month, PayDay};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;
use wages::event::WorkDay;
use wages::{Event, ProjectCode};

/// Keys of what a batch touches.
#[derive(Default)]
pub(crate) struct Plan {
    /// By project and worker.
    pub(crate) pairs: BTreeMap<String, BTreeMap<Uuid, Touched>>,
    pub(crate) projects: BTreeSet<String>,
    /// Pay days that projects have after the batch.
    pub(crate) pay_days: BTreeMap<String, PayDay>,
    /// Workers of whom only some fields are said anew.
    pub(crate) workers: BTreeSet<Uuid>,
    /// Contracts named by the entry of their signing, each with the first day on which something may be otherwise.
    pub(crate) contracts: BTreeMap<i64, Date>,
    /// Lines named by the entry of one of their versions, and whose they are said to be.
    pub(crate) versions: BTreeMap<i64, Uuid>,
}

/// What is touched of a worker on a project.
#[derive(Default)]
pub(crate) struct Touched {
    /// Every month from this one on: a stay or a contract says something new.
    pub(crate) from: Option<Month>,
    /// Single months besides.
    pub(crate) months: BTreeSet<Month>,
}

impl Plan {
    pub(crate) fn of(entries: &[Projected], state: &State) -> Result<Plan, ReadModelError> {
        let mut plan = Plan::default();
        for entry in entries {
            plan.add(entry, state)?;
        }
        Ok(plan)
    }

    fn add(&mut self, entry: &Projected, state: &State) -> Result<(), ReadModelError> {
        let worker = Uuid::from_bytes(entry.header.subject);
        let known = |project: &ProjectCode| state.known(worker, project.as_str());
        match &entry.event {
            Event::WorkerChanged(_) => {
                self.workers.insert(worker);
            }
            Event::SiteEntered(e) => {
                let from =
                    known(&e.project).map_or(Month::FIRST, |pair| pair.entering_bears_on(e.entered_on));
                self.from(worker, e.project.as_str(), from);
            }
            Event::SiteLeft(e) => {
                let bears_on = |pair: &Pair| pair.leaving_bears_on(e.entered_on, e.left_on);
                let from = known(&e.project).map_or(Month::FIRST, bears_on);
                self.from(worker, e.project.as_str(), from);
            }
            Event::ContractSigned(e) => {
                let bears_on = |pair: &Pair| pair.signing_bears_on(e.employer.as_str(), e.terms.starts_on);
                let from = known(&e.project).map_or(Month::FIRST, bears_on);
                self.from(worker, e.project.as_str(), from);
            }
            Event::ContractAmended(e) => self.contract(entry.named(&e.contract)?, e.from),
            Event::ContractEnded(e) => self.contract(entry.named(&e.contract)?, e.ended_on),
            Event::WorkRecorded(e) => self.days(worker, e.project.as_str(), &e.days),
            Event::WorkCorrected(e) => self.days(worker, e.project.as_str(), &e.days),
            Event::WagesAccrued(e) => self.month(worker, e.of.project.as_str(), e.of.month),
            Event::WagesCorrected(e) => self.month(worker, e.of.project.as_str(), e.of.month),
            Event::WagesConfirmed(e) => {
                self.versions.insert(entry.named(&e.line)?, worker);
            }
            Event::WagesDisputed(e) => {
                self.versions.insert(entry.named(&e.line)?, worker);
            }
            Event::ProjectRegistered(e) => self.pay_day(e.code.as_str(), e.terms.pay_day),
            Event::ProjectChanged(e) => self.pay_day(e.code.as_str(), e.terms.pay_day),
            Event::LedgerCreated(_)
            | Event::FileImported(_)
            | Event::DataRevealed(_)
            | Event::ClockOverridden(_)
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
        for (contract, day) in std::mem::take(&mut self.contracts) {
            if let Some(at) = state.contracts.get(&contract) {
                let bears_on = |pair: &Pair| pair.ending_bears_on(contract, day);
                let from = state.known(at.worker, &at.project).map_or(Month::FIRST, bears_on);
                self.from(at.worker, &at.project, from);
            }
            self.contracts.insert(contract, day);
        }
        for project in self.moved(state) {
            for worker in state.people_of(&project) {
                self.from(*worker, &project, Month::FIRST);
            }
        }
    }

    /// Projects of which the batch says another pay day than was known: all their due dates are open again.
    pub(crate) fn moved(&self, state: &State) -> Vec<String> {
        let known = |project: &str| state.projects.get(project).and_then(|p| p.pay_day);
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
            && (state.knows_pairs() || self.contracts.keys().all(|c| state.contracts.contains_key(c)))
            && (state.knows_projects() || self.projects.iter().all(|p| state.projects.contains_key(p)))
            && !self.reads_back(state)
    }

    /// Whether something of a pair has to be read back that was forgotten, or never known.
    pub(crate) fn reads_back(&self, state: &State) -> bool {
        self.all().any(|(project, worker, touched)| match state.known(worker, project) {
            Some(pair) => !pair.suffices(touched),
            None => state.may_be_stored(worker, project),
        })
    }

    /// Every project and worker that the batch touches.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, Uuid, &Touched)> {
        let workers = self.pairs.iter().map(|(project, workers)| (project.as_str(), workers));
        workers.flat_map(|(project, workers)| {
            workers.iter().map(move |(worker, touched)| (project, *worker, touched))
        })
    }

    /// Every month of a worker on a project from one on.
    pub(crate) fn from(&mut self, worker: Uuid, project: &str, month: Month) {
        let from = &mut self.pair(worker, project).from;
        *from = Some(from.map_or(month, |from| from.min(month)));
    }

    fn contract(&mut self, contract: i64, day: Date) {
        let from = self.contracts.entry(contract).or_insert(day);
        *from = day.min(*from);
    }

    fn pay_day(&mut self, project: &str, pay_day: PayDay) {
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
        // `entry` wants a key of its own even where there is one: a short text for every entry of the ledger.
        if !self.pairs.contains_key(project) {
            self.projects.insert(project.to_owned());
            self.pairs.insert(project.to_owned(), BTreeMap::new());
        }
        let workers = self.pairs.get_mut(project).unwrap_or_else(|| unreachable!("it was put there"));
        workers.entry(worker).or_default()
    }
}
