//! Reads what a batch of entries needs and is not remembered, by multi-key questions: never one question an
//! entry.

use super::due::{Contract, Terms};
use super::month_days::MonthDays;
use super::plan::Plan;
use super::state::{ContractRef, Line, Project, State, Stay, VersionRef, Worker};
use crate::ReadModelError;
use crate::engine::{Connection, Row};
use crate::value::{Read, Value, recorded};
use rules::{Month, PayDay};
use std::collections::BTreeSet;
use uuid::Uuid;
use wages::IncomeType;

/// Each with the keys as a table `k`; CROSS JOIN keeps SQLite from turning the join round.
const PROJECTS: &str = "SELECT t.code, t.pay_day FROM k CROSS JOIN project t WHERE t.code = k.k1";
const WORKERS: &str = "SELECT t.* FROM k CROSS JOIN worker t WHERE t.worker = k.k1";
const CONTRACT_REFS: &str = "SELECT t.contract, t.worker, t.project, t.employer \
    FROM k CROSS JOIN contract t WHERE t.contract = CAST(k.k1 AS BIGINT)";
const VERSION_REFS: &str = "SELECT v.seq, l.line, l.project, l.employer, l.month \
    FROM k CROSS JOIN wage_version v CROSS JOIN wage_line l \
    WHERE v.seq = CAST(k.k1 AS BIGINT) AND l.line = v.line";
const STAYS: &str = "SELECT t.* FROM k CROSS JOIN stay t WHERE t.worker = k.k1 AND t.project = k.k2";
const TERMS: &str = "SELECT c.contract, c.worker, c.project, c.employer, t.seq, t.in_force_from, \
    t.starts_on, t.ends_on, t.pay_day, t.income FROM k CROSS JOIN contract c CROSS JOIN contract_terms t \
    WHERE c.worker = k.k1 AND c.project = k.k2 AND t.contract = c.contract ORDER BY t.seq";
const ENDS: &str = "SELECT c.contract, c.worker, c.project, t.seq, t.ended_on \
    FROM k CROSS JOIN contract c CROSS JOIN contract_end t \
    WHERE c.worker = k.k1 AND c.project = k.k2 AND t.contract = c.contract ORDER BY t.seq";
const LINES: &str = "SELECT t.* FROM k CROSS JOIN wage_line t WHERE t.worker = k.k1 AND t.project = k.k2";
const WORK: &str = "SELECT t.* FROM k CROSS JOIN work t WHERE t.worker = k.k1 AND t.project = k.k2";
const TAX_YEARS: &str = "SELECT t.* FROM k CROSS JOIN tax_year t WHERE t.worker = k.k1 AND t.project = k.k2";
const ONE_MONTH: &str = " AND t.month = k.k3";
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
    for row in connection.fetch_by_keys(VERSION_REFS, plan.versions.iter().map(|v| [(*v).into()])).await? {
        let version = VersionRef {
            line: row.int("line")?,
            project: state.name(&row.text("project")?),
            employer: state.name(&row.text("employer")?),
            month: row.parsed("month")?,
        };
        state.versions.insert(row.int("seq")?, version);
    }
    let contracts = plan.contracts.iter().filter(|contract| !state.contracts.contains_key(contract));
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
        let pay_day = PayDay::new(row.number("pay_day")?);
        state.projects.insert(row.text("code")?, Project { pay_day, changed: false });
    }
    for project in unknown {
        state.projects.entry(project).or_default();
    }
    let moved = if state.knows_pairs() { Vec::new() } else { plan.moved(state) };
    for row in connection.fetch_by_keys(PEOPLE, moved.iter().map(|p| [p.into()])).await? {
        plan.whole(row.parsed("worker")?, &row.text("project")?);
    }
    Ok(())
}

async fn pairs(plan: &Plan, state: &mut State, connection: &mut Connection) -> Result<(), ReadModelError> {
    let (mut new, mut whole, mut single) = (Vec::new(), Vec::new(), Vec::new());
    for (project, worker, touched) in plan.all() {
        let known = state.known(worker, project);
        if known.is_none() && !state.may_be_stored(worker, project) {
            continue;
        }
        if known.is_none() {
            new.push((worker, project));
        }
        if known.is_some_and(|pair| pair.suffices(touched)) {
            continue;
        }
        if touched.whole {
            whole.push((worker, project));
        } else {
            let missing = touched.months.iter().filter(|m| known.is_none_or(|p| !p.months.contains(**m)));
            single.extend(missing.map(|month| (worker, project, *month)));
        }
    }
    let keys = |pairs: &[(Uuid, &str)]| -> Vec<[Value; 2]> {
        pairs.iter().map(|(worker, project)| [(*worker).into(), (*project).into()]).collect()
    };
    let months = || {
        single.iter().map(|(worker, project, month)| [(*worker).into(), (*project).into(), (*month).into()])
    };
    for row in connection.fetch_by_keys(STAYS, keys(&new).into_iter()).await? {
        let (entered_on, stay) = (row.parsed("entered_on")?, stay(&row, state)?);
        state.pair(row.parsed("worker")?, &row.text("project")?).stays.insert(entered_on, stay);
    }
    for row in connection.fetch_by_keys(TERMS, keys(&new).into_iter()).await? {
        add_terms(&row, state)?;
    }
    for row in connection.fetch_by_keys(ENDS, keys(&new).into_iter()).await? {
        let pair = state.pair(row.parsed("worker")?, &row.text("project")?);
        let (contract, end) = (row.int("contract")?, (row.int("seq")?, row.parsed("ended_on")?));
        for known in pair.contracts.iter_mut().filter(|c| c.contract == contract) {
            known.ended = Some(end);
        }
    }
    let years_of: BTreeSet<(Uuid, &str)> =
        new.iter().chain(&whole).copied().chain(single.iter().map(|(w, p, _)| (*w, *p))).collect();
    let years_of: Vec<_> = years_of.into_iter().collect();
    for row in connection.fetch_by_keys(TAX_YEARS, keys(&years_of).into_iter()).await? {
        let employer = state.name(&row.text("employer")?);
        let pair = state.pair(row.parsed("worker")?, &row.text("project")?);
        pair.tax_years.stored(employer, row.number("year")?, &row.text("wages")?)?;
    }
    // What is remembered of them stands in the database too: all of it is read in one way.
    for (worker, project) in &whole {
        state.forget_months_of(*worker, project);
    }
    let mut lines = connection.fetch_by_keys(LINES, keys(&whole).into_iter()).await?;
    lines.extend(connection.fetch_by_keys(&format!("{LINES}{ONE_MONTH}"), months()).await?);
    for row in lines {
        let month: Month = row.parsed("month")?;
        let line = line(&row, state)?;
        state.month(row.parsed("worker")?, &row.text("project")?, month).lines.push(line);
    }
    let mut work = connection.fetch_by_keys(WORK, keys(&whole).into_iter()).await?;
    work.extend(connection.fetch_by_keys(&format!("{WORK}{ONE_MONTH}"), months()).await?);
    for row in work {
        let month: Month = row.parsed("month")?;
        let days = MonthDays::read(&row.text("days")?)?;
        let cell = state.month(row.parsed("worker")?, &row.text("project")?, month);
        (cell.days, cell.gate, cell.days_stored) = (days, row.int("gate")?, true);
    }
    // What was asked for and is not there is known not to be.
    for (worker, project) in new {
        state.pair(worker, project);
    }
    for (worker, project) in whole {
        state.pair(worker, project).all_from = Some(Month::FIRST);
    }
    for (worker, project, month) in single {
        state.month(worker, project, month);
    }
    Ok(())
}

fn worker(row: &Row) -> Result<Worker, ReadModelError> {
    Ok(Worker {
        name: row.text("name")?.into(),
        id_number: row.text("id_number")?.into(),
        phone: row.text_or_null("phone")?.into(),
        card: row.text_or_null("card")?.into(),
        bank: row.text_or_null("bank")?.into(),
        card_index: row.text_or_null("card_index")?.into(),
        seq: row.int("seq")?,
        changed: false,
    })
}

fn stay(row: &Row, state: &mut State) -> Result<Stay, ReadModelError> {
    Ok(Stay {
        employer: state.name(&row.text("employer")?),
        crew: row.parsed("crew")?,
        left_on: row.parsed_or_null("left_on")?,
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
        stored: true,
    })
}

fn add_terms(row: &Row, state: &mut State) -> Result<(), ReadModelError> {
    let pay_day = row.number("pay_day")?;
    let terms = Terms {
        seq: row.int("seq")?,
        from: row.parsed("in_force_from")?,
        starts_on: row.parsed("starts_on")?,
        ends_on: row.parsed_or_null("ends_on")?,
        pay_day: PayDay::new(pay_day)
            .ok_or_else(|| ReadModelError::damaged("contract_terms.pay_day", pay_day))?,
        services: row.text("income")? == recorded(&IncomeType::Services),
    };
    let (worker, project, contract) = (row.parsed("worker")?, row.text("project")?, row.int("contract")?);
    let (project, employer) = (state.name(&project), state.name(&row.text("employer")?));
    let pair = state.pair(worker, &project);
    match pair.contracts.iter_mut().find(|c| c.contract == contract) {
        Some(known) => known.terms.push(terms),
        None => {
            pair.contracts.push(Contract {
                contract,
                employer: employer.clone(),
                terms: vec![terms],
                ended: None,
            });
            state.contracts.insert(contract, ContractRef { worker, project, employer });
        }
    }
    Ok(())
}
