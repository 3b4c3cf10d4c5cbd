//! What the ledger knows of a worker's employments.

use crate::failure::Failure;
use jiff::civil::Date;
use readmodel::{ReadModel, Stay, WageVersion, WorkerContract, WorkerPayment};
use rules::owed::{MinimumWage, Parties};
use rules::{DueLine, Money, Region, RuleError};
use std::collections::BTreeSet;
use uuid::Uuid;
use wages::ProjectCode;

/// A worker with one employer, as of a day.
pub(super) struct Employment {
    pub(super) employer: String,
    /// First day of a stay or contract, whichever is earlier.
    pub(super) first: Date,
    /// Last day, where every stay and contract has ended by the day asked about.
    pub(super) ended_on: Option<Date>,
    /// Day on which a written contract was signed first.
    pub(super) signed_on: Option<Date>,
    /// Wage lines in force of months that have ended by the day, oldest first.
    pub(super) lines: Vec<WageVersion>,
    /// What is late on the day.
    pub(super) late: Vec<Late>,
    /// What may be late: its due day is not known.
    pub(super) undated: Vec<UndatedWages>,
    /// The minimum wage of the place where he works, where it is known.
    pub(super) minimum: Option<Money>,
}

/// What may be late on one project, where nobody knows when it is due for want of calendars.
pub(super) struct UndatedWages {
    pub(super) project: String,
    pub(super) lines: u64,
    pub(super) amount: Money,
    /// The years whose calendars are missing.
    pub(super) years: BTreeSet<i16>,
}

/// What is late on one project.
pub(super) struct Late {
    pub(super) project: String,
    pub(super) amount: Money,
    /// Due day of the oldest line.
    pub(super) since: Date,
    /// Who answers for it.
    pub(super) parties: Parties,
}

impl Employment {
    /// The employments that began by a day, by credit code.
    pub(super) async fn all(
        model: &ReadModel,
        worker: Uuid,
        as_of: Date,
    ) -> Result<Vec<Employment>, Failure> {
        let (stays, contracts) = (model.stays(worker).await?, model.contracts_of(worker).await?);
        let (lines, payments) = (model.wage_versions(worker).await?, model.payments(worker).await?);
        let of_stays = stays.iter().map(|stay| stay.employer.clone());
        let employers: BTreeSet<String> =
            of_stays.chain(contracts.iter().map(|contract| contract.employer.clone())).collect();
        let mut employments = Vec::new();
        for employer in employers {
            let stays: Vec<&Stay> = stays.iter().filter(|stay| stay.employer == employer).collect();
            let contracts: Vec<&WorkerContract> =
                contracts.iter().filter(|contract| contract.employer == employer).collect();
            let begins = stays.iter().map(|stay| stay.entered_on);
            let first = begins.chain(contracts.iter().map(|contract| contract.starts_on)).min();
            let Some(first) = first.filter(|first| *first <= as_of) else { continue };
            let own = |line: &&WageVersion| {
                line.in_force && line.employer == employer && line.month.last_day() <= as_of
            };
            let mut own: Vec<WageVersion> = lines.iter().filter(own).cloned().collect();
            own.sort_by_key(|line| (line.month, line.line));
            let mut employment = Employment {
                first,
                ended_on: ended_on(&stays, &contracts, as_of),
                signed_on: contracts.iter().map(|c| c.signed_on).filter(|day| *day <= as_of).min(),
                late: Vec::new(),
                undated: Vec::new(),
                minimum: None,
                lines: own,
                employer,
            };
            employment.find_late(model, &payments, as_of).await?;
            employment.find_minimum(model, stays.last().map(|stay| stay.project.as_str()), as_of).await?;
            employments.push(employment);
        }
        Ok(employments)
    }

    async fn find_late(
        &mut self,
        model: &ReadModel,
        payments: &[WorkerPayment],
        as_of: Date,
    ) -> Result<(), Failure> {
        let projects: BTreeSet<&str> = self.lines.iter().map(|line| line.project.as_str()).collect();
        let (mut late, mut undated) = (Vec::new(), Vec::new());
        for project in projects {
            let (mut amount, mut since) = (Money::ZERO, None::<Date>);
            let mut unknown = UndatedWages {
                project: project.to_owned(),
                lines: 0,
                amount: Money::ZERO,
                years: BTreeSet::new(),
            };
            for (line, open) in self.open_lines(project, payments, as_of)? {
                let Some(due_on) = line.due_on else {
                    unknown.lines += 1;
                    unknown.amount = unknown.amount.checked_add(open).ok_or(RuleError::OutOfRange)?;
                    unknown.years.extend(line.no_calendar);
                    continue;
                };
                amount = amount.checked_add(open).ok_or(RuleError::OutOfRange)?;
                since = Some(since.map_or(due_on, |since| since.min(due_on)));
            }
            if let Some(since) = since {
                let parties = self.parties(model, project).await?;
                late.push(Late { project: project.to_owned(), amount, since, parties });
            }
            if unknown.lines > 0 {
                undated.push(unknown);
            }
        }
        (self.late, self.undated) = (late, undated);
        Ok(())
    }

    /// Lines of a project that are overdue, or may be, with what is open on each, as arrears are counted.
    fn open_lines(
        &self,
        project: &str,
        payments: &[WorkerPayment],
        as_of: Date,
    ) -> Result<Vec<(&WageVersion, Money)>, Failure> {
        let of_project: Vec<&WageVersion> =
            self.lines.iter().filter(|line| line.project == project).collect();
        let months: BTreeSet<_> = of_project.iter().map(|line| line.month).collect();
        let mut open = Vec::new();
        for month in months {
            let paid = payments.iter().filter(|payment| {
                payment.project == project
                    && payment.employer == self.employer
                    && payment.month == month
                    && payment.value_on.is_some_and(|day| day <= as_of)
                    && payment.returned_on.is_none_or(|day| day > as_of)
            });
            let paid = Money::checked_sum(paid.map(|payment| payment.amount)).ok_or(RuleError::OutOfRange)?;
            let lines: Vec<&WageVersion> =
                of_project.iter().filter(|line| line.month == month).copied().collect();
            let due =
                |line: &&WageVersion| DueLine { due_on: line.due_on, net: line.net, recorded: line.line };
            let (shares, _) = rules::allocate(paid, &lines.iter().map(due).collect::<Vec<_>>());
            for (line, share) in lines.iter().zip(shares) {
                let left = line.net.checked_sub(share).ok_or(RuleError::OutOfRange)?;
                let due_on = line.due_on.unwrap_or_else(|| rules::earliest_due(line.nominal_due));
                if due_on < as_of && left > Money::ZERO {
                    open.push((*line, left));
                }
            }
        }
        Ok(open)
    }

    /// The firms from the employer up to the general contractor, as far as subcontracts say, and the owner.
    async fn parties(&self, model: &ReadModel, project: &str) -> Result<Parties, Failure> {
        let mut parties = Parties { employer: self.employer.clone(), ..Parties::default() };
        let Ok(code) = project.parse::<ProjectCode>() else { return Ok(parties) };
        let Some(known) = model.project(&code).await? else { return Ok(parties) };
        let contractor = known.terms.contractor.to_string();
        let subcontracts = model.subcontracts_on(project).await?;
        let (mut between, mut at) = (Vec::new(), self.employer.clone());
        // A chain that runs in a circle ends where it began to.
        while let Some((giver, _)) = subcontracts.iter().find(|(_, taker)| *taker == at) {
            if *giver == contractor || *giver == self.employer || between.contains(giver) {
                break;
            }
            between.push(giver.clone());
            at = giver.clone();
        }
        between.reverse();
        parties.between = between;
        parties.general_contractor = Some(contractor);
        parties.owner = Some(known.terms.owner.to_string());
        Ok(parties)
    }

    async fn find_minimum(
        &mut self,
        model: &ReadModel,
        project: Option<&str>,
        as_of: Date,
    ) -> Result<(), Failure> {
        let Some(code) = project.and_then(|project| project.parse::<ProjectCode>().ok()) else {
            return Ok(());
        };
        let Some(project) = model.project(&code).await? else { return Ok(()) };
        let region = project.terms.region.as_str().parse::<Region>().ok();
        // Where the law of a place is not in our data, the estimate says that it is not known.
        self.minimum = region.and_then(|region| MinimumWage::on(region, as_of).ok()).map(|m| m.month.value);
        Ok(())
    }
}

/// The last day, when every stay and every contract has ended by then.
fn ended_on(stays: &[&Stay], contracts: &[&WorkerContract], as_of: Date) -> Option<Date> {
    let stays = stays.iter().map(|stay| stay.left_on);
    let contracts = contracts.iter().map(|contract| contract.ended_on.or(contract.ends_on));
    // Who stays on after a contract ran out is employed still; without any stay the contracts alone say it.
    let mut last = None;
    for end in if stays.len() > 0 { stays.collect::<Vec<_>>() } else { contracts.collect() } {
        let end = end.filter(|end| *end <= as_of)?;
        last = last.max(Some(end));
    }
    last
}
