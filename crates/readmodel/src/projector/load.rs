//! Reads what a batch of entries needs and is not remembered, by multi-key questions: never one question an
//! entry.

use super::due::{Contract, Terms};
use super::month_days::{MonthDays, Said};
use super::plan::Plan;
use super::state::{ContractRef, Line, Project, State, Stay, VersionRef, Worker};
use crate::ReadModelError;
use crate::engine::{Connection, Row};
use crate::value::{Read, Value, of_recorded, recorded};
use rules::{Month, PayDay};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;
use wages::IncomeType;

/// Each with the keys as a table `k`; CROSS JOIN keeps SQLite from turning the join round.
const PROJECTS: &str = "SELECT t.code, t.pay_day FROM k CROSS JOIN project t WHERE t.code = k.k1";
const WORKERS: &str = "SELECT t.* FROM k CROSS JOIN worker t WHERE t.worker = k.k1";
const CONTRACT_REFS: &str = "SELECT t.contract, t.worker, t.project, t.employer \
    FROM k CROSS JOIN contract t WHERE t.contract = CAST(k.k1 AS BIGINT)";
const VERSIONS: &str =
    "SELECT v.seq, v.line FROM k CROSS JOIN wage_version v WHERE v.seq = CAST(k.k1 AS BIGINT)";
const LINE_REFS: &str = "SELECT l.line, l.project, l.employer, l.month \
    FROM k CROSS JOIN wage_line l WHERE l.line = CAST(k.k1 AS BIGINT)";
const STAYS: &str = "SELECT t.* FROM k CROSS JOIN stay t WHERE t.worker = k.k1 AND t.project = k.k2";
const TERMS: &str = "SELECT c.contract, c.worker, c.project, c.employer, c.signed_on, t.seq, t.in_force_from, \
    t.starts_on, t.ends_on, t.pay_day, t.income FROM k CROSS JOIN contract c CROSS JOIN contract_terms t \
    WHERE c.worker = k.k1 AND c.project = k.k2 AND t.contract = c.contract ORDER BY t.seq";
const ENDS: &str = "SELECT c.contract, c.worker, c.project, t.seq, t.ended_on \
    FROM k CROSS JOIN contract c CROSS JOIN contract_end t \
    WHERE c.worker = k.k1 AND c.project = k.k2 AND t.contract = c.contract ORDER BY t.seq";
const LINES: &str = "SELECT t.* FROM k CROSS JOIN wage_line t WHERE t.worker = k.k1 AND t.project = k.k2";
const WORK: &str = "SELECT t.* FROM k CROSS JOIN work t WHERE t.worker = k.k1 AND t.project = k.k2";
const TAX_YEARS: &str = "SELECT t.* FROM k CROSS JOIN tax_year t WHERE t.worker = k.k1 AND t.project = k.k2";
const ONE_MONTH: &str = " AND t.month = k.k3";
const FROM_MONTH: &str = " AND t.month >= k.k3";
/// Everybody who has a line or days on a project.
const PEOPLE: &str = "SELECT l.worker, l.project FROM k CROSS JOIN wage_line l WHERE l.project = k.k1 \
    UNION SELECT w.worker, w.project FROM k CROSS JOIN work w WHERE w.project = k.k1";

/// Reads what the plan names and the state does not know.
pub(crate) async fn load(
    plan: &mut Plan,
    state: &mut State,
    connection: &mut Connection,
) -> Result<(), ReadModelError> {
    for row in connection.fetch_by_keys(WORKERS, plan.workers.iter().map(|w| [(*w).into()])).await? {
        state.workers.insert(row.parsed("worker")?, worker(&row)?);
    }
    versions(plan, state, connection).await?;
    let contracts = plan.contracts.keys().filter(|contract| !state.contracts.contains_key(contract));
    let contracts: Vec<_> = contracts.map(|contract| [(*contract).into()]).collect();
    for row in connection.fetch_by_keys(CONTRACT_REFS, contracts.into_iter()).await? {
        let (worker, project) = (row.parsed("worker")?, row.text("project")?);
        let (project, employer) = (state.name(&project), state.name(&row.text("employer")?));
        let contract = ContractRef { worker, project, employer };
        state.contracts.insert(row.int("contract")?, contract);
    }
    plan.add_from(state);
    projects(plan, state, connection).await?;
    pairs(plan, state, connection).await
}

/// Where the versions belong that workers speak of. The line of a version may be remembered and not be written yet.
async fn versions(plan: &Plan, state: &mut State, connection: &mut Connection) -> Result<(), ReadModelError> {
    let mut stored: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for row in connection.fetch_by_keys(VERSIONS, plan.versions.keys().map(|v| [(*v).into()])).await? {
        let (version, line) = (row.int("seq")?, row.int("line")?);
        let worker = plan.versions.get(&version);
        match worker.and_then(|worker| state.line_of(*worker, line)) {
            Some(found) => drop(state.versions.insert(version, found)),
            None => stored.entry(line).or_default().push(version),
        }
    }
    for row in connection.fetch_by_keys(LINE_REFS, stored.keys().map(|line| [(*line).into()])).await? {
        let line = row.int("line")?;
        let found = VersionRef {
            line,
            project: state.name(&row.text("project")?),
            employer: state.name(&row.text("employer")?),
            month: row.parsed("month")?,
        };
        for version in stored.get(&line).into_iter().flatten() {
            state.versions.insert(*version, found.clone());
        }
    }
    Ok(())
}

async fn projects(
    plan: &mut Plan,
    state: &mut State,
    connection: &mut Connection,
) -> Result<(), ReadModelError> {
    let unknown: Vec<_> = plan
        .projects
        .iter()
        .filter(|p| !state.knows_projects() && !state.projects.contains_key(*p))
        .cloned()
        .collect();
    for row in connection.fetch_by_keys(PROJECTS, unknown.iter().map(|p| [p.into()])).await? {
        let pay_day = PayDay::from_code(row.int("pay_day")?);
        state.projects.insert(row.text("code")?, Project { pay_day, ..Project::default() });
    }
    for project in unknown {
        state.projects.entry(project).or_default();
    }
    let moved = if state.knows_pairs() { Vec::new() } else { plan.moved(state) };
    for row in connection.fetch_by_keys(PEOPLE, moved.iter().map(|p| [p.into()])).await? {
        plan.from(row.parsed("worker")?, &row.text("project")?, Month::FIRST);
    }
    Ok(())
}

/// Months of workers on projects that are to be read.
#[derive(Default)]
struct Wanted<'a> {
    /// Of these nothing is known.
    new: Vec<(Uuid, &'a str)>,
    /// All from a month on.
    from: Vec<(Uuid, &'a str, Month)>,
    single: Vec<(Uuid, &'a str, Month)>,
}

impl<'a> Wanted<'a> {
    fn of(plan: &'a Plan, state: &State) -> Wanted<'a> {
        let mut wanted = Wanted::default();
        for (project, worker, touched) in plan.all() {
            let known = state.known(worker, project);
            if known.is_none() && !state.may_be_stored(worker, project) {
                continue;
            }
            if known.is_none() {
                wanted.new.push((worker, project));
            }
            let has_from = |month| known.is_some_and(|pair| pair.has_all_from(month));
            if let Some(month) = touched.from.filter(|month| !has_from(*month)) {
                wanted.from.push((worker, project, month));
            }
            let before = |month: &Month| touched.from.is_none_or(|from| *month < from);
            let missing = |month: &Month| known.is_none_or(|pair| !pair.has(*month));
            let months = touched.months.iter().copied().filter(|month| before(month) && missing(month));
            wanted.single.extend(months.map(|month| (worker, project, month)));
        }
        wanted
    }

    /// All workers on projects.
    fn pairs(&self) -> BTreeSet<(Uuid, &'a str)> {
        let months = self.from.iter().chain(&self.single).map(|(worker, project, _)| (*worker, *project));
        self.new.iter().copied().chain(months).collect()
    }
}

fn pair_keys<'a>(pairs: impl Iterator<Item = (Uuid, &'a str)>) -> impl Iterator<Item = [Value; 2]> {
    pairs.map(|(worker, project)| [worker.into(), project.into()])
}

fn month_keys(months: &[(Uuid, &str, Month)]) -> impl Iterator<Item = [Value; 3]> {
    months.iter().map(|(worker, project, month)| [(*worker).into(), (*project).into(), (*month).into()])
}

async fn pairs(plan: &Plan, state: &mut State, connection: &mut Connection) -> Result<(), ReadModelError> {
    let wanted = Wanted::of(plan, state);
    let new = || pair_keys(wanted.new.iter().copied());
    for row in connection.fetch_by_keys(STAYS, new()).await? {
        let (entered_on, stay) = (row.parsed("entered_on")?, stay(&row, state)?);
        state.pair(row.parsed("worker")?, &row.text("project")?).stays.insert(entered_on, stay);
    }
    for row in connection.fetch_by_keys(TERMS, new()).await? {
        add_terms(&row, state)?;
    }
    for row in connection.fetch_by_keys(ENDS, new()).await? {
        let pair = state.pair(row.parsed("worker")?, &row.text("project")?);
        let (contract, end) = (row.int("contract")?, (row.int("seq")?, row.parsed("ended_on")?));
        for known in pair.contracts.iter_mut().filter(|c| c.contract == contract) {
            known.ended = Some(end);
        }
    }
    for row in connection.fetch_by_keys(TAX_YEARS, pair_keys(wanted.pairs().into_iter())).await? {
        let employer = state.name(&row.text("employer")?);
        let pair = state.pair(row.parsed("worker")?, &row.text("project")?);
        pair.tax_years.stored(employer, row.number("year")?, &row.text("wages")?)?;
    }
    months(&wanted, state, connection).await?;
    // What was asked for and is not there is known not to be.
    for (worker, project) in wanted.new {
        state.pair(worker, project);
    }
    for (worker, project, month) in wanted.from {
        let all_from = &mut state.pair(worker, project).all_from;
        *all_from = Some(all_from.map_or(month, |from| from.min(month)));
    }
    for (worker, project, month) in wanted.single {
        state.month(worker, project, month);
    }
    Ok(())
}

/// What is remembered of a month is newer than what is stored of it, or the same: it stays.
async fn months(
    wanted: &Wanted<'_>,
    state: &mut State,
    connection: &mut Connection,
) -> Result<(), ReadModelError> {
    let (from, single) = (|| month_keys(&wanted.from), || month_keys(&wanted.single));
    let mut lines = connection.fetch_by_keys(&format!("{LINES}{FROM_MONTH}"), from()).await?;
    lines.extend(connection.fetch_by_keys(&format!("{LINES}{ONE_MONTH}"), single()).await?);
    let mut work = connection.fetch_by_keys(&format!("{WORK}{FROM_MONTH}"), from()).await?;
    work.extend(connection.fetch_by_keys(&format!("{WORK}{ONE_MONTH}"), single()).await?);
    let mut remembered = BTreeSet::new();
    for (worker, project) in wanted.pairs() {
        let months = state.known(worker, project).into_iter().flat_map(|pair| pair.months.iter());
        remembered.extend(months.map(|(month, _)| (worker, project.to_owned(), month)));
    }
    for row in lines {
        let key = (row.parsed("worker")?, row.text("project")?, row.parsed("month")?);
        if !remembered.contains(&key) {
            let line = line(&row, state)?;
            state.month(key.0, &key.1, key.2).lines.push(line);
        }
    }
    for row in work {
        let key = (row.parsed("worker")?, row.text("project")?, row.parsed("month")?);
        if !remembered.contains(&key) {
            let (days, said) = (MonthDays::read(&row.text("days")?)?, Said::read(&row.text("said")?)?);
            let cell = state.month(key.0, &key.1, key.2);
            (cell.days, cell.said, cell.gate, cell.days_stored) = (days, said, row.int("gate")?, true);
        }
    }
    Ok(())
}

fn worker(row: &Row) -> Result<Worker, ReadModelError> {
    Ok(Worker {
        name: row.text("name")?.into(),
        id_kind: row.text("id_kind")?.into(),
        id_number: row.text("id_number")?.into(),
        phone: row.text_or_null("phone")?.into(),
        card: row.text_or_null("card")?.into(),
        bank: row.text_or_null("bank")?.into(),
        card_index: row.text_or_null("card_index")?.into(),
        seq: row.int("seq")?,
        changed: false,
        stored: true,
    })
}

fn stay(row: &Row, state: &mut State) -> Result<Stay, ReadModelError> {
    Ok(Stay {
        employer: state.name(&row.text("employer")?),
        crew: row.parsed("crew")?,
        left_on: row.parsed_or_null("left_on")?,
        how: row.text_or_null("how_left")?.and_then(|word| of_recorded(&word)),
        trade_code: state.name(&row.text("trade_code")?),
        trade: state.name(&row.text("trade")?),
        crew_leader: row.int("crew_leader")? != 0,
        seq: row.int("seq")?,
        changed: false,
        stored: true,
    })
}

fn line(row: &Row, state: &mut State) -> Result<Line, ReadModelError> {
    Ok(Line {
        line: row.int("line")?,
        employer: state.name(&row.text("employer")?),
        crew: row.parsed::<Uuid>("crew")?,
        version: row.int("version")?,
        correction: row.int("correction")?,
        days_tenths: row.int("days_tenths")?,
        gross: row.int("gross")?,
        net: row.int("net")?,
        insurance: row.int("insurance")?,
        income_tax: row.int("income_tax")?,
        card: None,
        stored: true,
    })
}

fn add_terms(row: &Row, state: &mut State) -> Result<(), ReadModelError> {
    let pay_day = row.int_or_null("pay_day")?;
    let terms = Terms {
        seq: row.int("seq")?,
        from: row.parsed("in_force_from")?,
        starts_on: row.parsed("starts_on")?,
        ends_on: row.parsed_or_null("ends_on")?,
        pay_day: pay_day
            .map(|code| {
                PayDay::from_code(code).ok_or_else(|| ReadModelError::damaged("contract_terms.pay_day", code))
            })
            .transpose()?,
        services: row.text("income")? == recorded(&IncomeType::Services),
    };
    let (worker, project, contract) = (row.parsed("worker")?, row.text("project")?, row.int("contract")?);
    let (project, employer) = (state.name(&project), state.name(&row.text("employer")?));
    let pair = state.pair(worker, &project);
    pair.employments_stored = true;
    match pair.contracts.iter_mut().find(|c| c.contract == contract) {
        Some(known) => known.terms.push(terms),
        None => {
            pair.contracts.push(Contract {
                contract,
                employer: employer.clone(),
                signed_on: row.parsed("signed_on")?,
                terms: vec![terms],
                ended: None,
            });
            state.contracts.insert(contract, ContractRef { worker, project, employer });
        }
    }
    Ok(())
}
