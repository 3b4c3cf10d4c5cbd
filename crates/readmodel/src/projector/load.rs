//! Reads what a batch of entries needs, by multi-key questions: never one question an entry.

use super::due::{Contract, Terms};
use super::plan::Plan;
use super::state::{ContractRef, Line, Project, State, Stay, VersionRef, Worker, read_days};
use crate::ReadModelError;
use crate::engine::{self, Connection, Row, tuples};
use crate::rows::chunk;
use crate::value::{Read, Value};
use rules::{Month, PayDay};
use std::collections::BTreeSet;
use uuid::Uuid;

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
    t.starts_on, t.ends_on, t.pay_day FROM k CROSS JOIN contract c CROSS JOIN contract_terms t \
    WHERE c.worker = k.k1 AND c.project = k.k2 AND t.contract = c.contract ORDER BY t.seq";
const ENDS: &str = "SELECT c.contract, c.worker, c.project, t.seq, t.ended_on \
    FROM k CROSS JOIN contract c CROSS JOIN contract_end t \
    WHERE c.worker = k.k1 AND c.project = k.k2 AND t.contract = c.contract ORDER BY t.seq";
const LINES: &str = "SELECT t.* FROM k CROSS JOIN wage_line t WHERE t.worker = k.k1 AND t.project = k.k2";
const WORK: &str = "SELECT t.* FROM k CROSS JOIN work t WHERE t.worker = k.k1 AND t.project = k.k2";
const ONE_MONTH: &str = " AND t.month = k.k3";
/// Everybody who has a line or days on a project.
const PEOPLE: &str = "SELECT l.worker, l.project FROM k CROSS JOIN wage_line l WHERE l.project = k.k1 \
    UNION SELECT w.worker, w.project FROM k CROSS JOIN work w WHERE w.project = k.k1";

/// Reads the state that the planned batch is folded into.
pub(crate) async fn load(mut plan: Plan, connection: &mut Connection) -> Result<State, ReadModelError> {
    let mut state = State::default();
    for row in by_keys(WORKERS, plan.workers.iter().map(|w| [(*w).into()]), connection).await? {
        state.workers.insert(row.parsed("worker")?, worker(&row)?);
    }
    for row in by_keys(CONTRACT_REFS, plan.contracts.iter().map(|c| [(*c).into()]), connection).await? {
        let (worker, project) = (row.parsed("worker")?, row.text("project")?);
        plan.whole(worker, &project);
        let contract = ContractRef { worker, project, employer: row.text("employer")? };
        state.contracts.insert(row.int("contract")?, contract);
    }
    for row in by_keys(VERSION_REFS, plan.versions.iter().map(|v| [(*v).into()]), connection).await? {
        let version = VersionRef {
            line: row.int("line")?,
            project: row.text("project")?,
            employer: row.text("employer")?,
            month: row.parsed("month")?,
        };
        state.versions.insert(row.int("seq")?, version);
    }
    for row in by_keys(PROJECTS, plan.projects.iter().map(|p| [p.into()]), connection).await? {
        let pay_day = PayDay::new(row.number("pay_day")?);
        state.projects.insert(row.text("code")?, Project { pay_day, changed: false });
    }
    // Where the batch says another pay day than was known, all due dates are open again.
    let known = |project: &str| state.projects.get(project).and_then(|p| p.pay_day).map(PayDay::day);
    let moved = plan.pay_days.iter().filter(|(project, day)| known(project) != Some(**day));
    let moved: Vec<_> = moved.map(|(project, _)| [project.into()]).collect();
    for row in by_keys(PEOPLE, moved.into_iter(), connection).await? {
        plan.whole(row.parsed("worker")?, &row.text("project")?);
    }
    pairs(&plan, &mut state, connection).await?;
    Ok(state)
}

async fn pairs(plan: &Plan, state: &mut State, connection: &mut Connection) -> Result<(), ReadModelError> {
    let touched = plan.months.iter().map(|(worker, project, _)| (*worker, project));
    let all: BTreeSet<_> = plan.whole.iter().map(|(w, p)| (*w, p)).chain(touched).collect();
    let all = || all.iter().map(|(worker, project)| [(*worker).into(), (*project).into()]);
    let whole = || plan.whole.iter().map(|(worker, project)| [(*worker).into(), project.into()]);
    let single = || {
        let rest = plan.months.iter().filter(|(w, p, _)| !plan.whole.contains(&(*w, p.clone())));
        rest.map(|(worker, project, month)| [(*worker).into(), project.into(), (*month).into()])
    };
    for row in by_keys(STAYS, all(), connection).await? {
        let (entered_on, stay) = (row.parsed("entered_on")?, stay(&row)?);
        state.pair(row.parsed("worker")?, &row.text("project")?).stays.insert(entered_on, stay);
    }
    for row in by_keys(TERMS, all(), connection).await? {
        add_terms(&row, state)?;
    }
    for row in by_keys(ENDS, all(), connection).await? {
        let pair = state.pair(row.parsed("worker")?, &row.text("project")?);
        let (contract, end) = (row.int("contract")?, (row.int("seq")?, row.parsed("ended_on")?));
        for known in pair.contracts.iter_mut().filter(|c| c.contract == contract) {
            known.ended = Some(end);
        }
    }
    let mut lines = by_keys(LINES, whole(), connection).await?;
    lines.extend(by_keys(&format!("{LINES}{ONE_MONTH}"), single(), connection).await?);
    for row in lines {
        let month: Month = row.parsed("month")?;
        let line = line(&row)?;
        state.month(row.parsed("worker")?, &row.text("project")?, month).lines.push(line);
    }
    let mut work = by_keys(WORK, whole(), connection).await?;
    work.extend(by_keys(&format!("{WORK}{ONE_MONTH}"), single(), connection).await?);
    for row in work {
        let month: Month = row.parsed("month")?;
        let days = read_days(&row.text("days")?)?;
        state.month(row.parsed("worker")?, &row.text("project")?, month).days = days;
    }
    Ok(())
}

/// Runs `select` with the keys as table `k(k1, …)`, in chunks.
async fn by_keys<const N: usize>(
    select: &str,
    keys: impl Iterator<Item = [Value; N]>,
    connection: &mut Connection,
) -> Result<Vec<Row>, ReadModelError> {
    let names: Vec<_> = (1..=N).map(|n| format!("k{n}")).collect();
    let mut values = keys.flatten().collect::<Vec<_>>().into_iter();
    let mut rows = Vec::new();
    while values.len() > 0 {
        let count = chunk(values.len() / N);
        let sql = format!("WITH k({}) AS (VALUES {}) {select}", names.join(", "), tuples(count, N));
        rows.extend(engine::fetch(connection, sql, values.by_ref().take(count * N).collect()).await?);
    }
    Ok(rows)
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

fn stay(row: &Row) -> Result<Stay, ReadModelError> {
    Ok(Stay {
        employer: row.text("employer")?,
        crew: row.parsed("crew")?,
        left_on: row.parsed_or_null("left_on")?,
        trade_code: row.text("trade_code")?,
        trade: row.text("trade")?,
        crew_leader: row.int("crew_leader")? != 0,
        seq: row.int("seq")?,
        changed: false,
    })
}

fn line(row: &Row) -> Result<Line, ReadModelError> {
    Ok(Line {
        line: row.int("line")?,
        employer: row.text("employer")?,
        crew: row.parsed::<Uuid>("crew")?,
        version: row.int("version")?,
        correction: row.int("correction")?,
        days_tenths: row.int("days_tenths")?,
        gross: row.int("gross")?,
        net: row.int("net")?,
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
    };
    let (worker, project, contract) = (row.parsed("worker")?, row.text("project")?, row.int("contract")?);
    let employer = row.text("employer")?;
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
