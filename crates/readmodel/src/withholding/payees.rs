//! Whom an agent's return has to name, and one worker's year with his agents.

use super::before;
use super::pass::{Agent, Judgement, Keep, Pass, Whose, sum};
use crate::arrears::sql;
use crate::engine::Row;
use crate::value::{Read, Value};
use crate::{ReadModel, ReadModelError, Worker, lookup};
use jiff::civil::Date;
use rules::tax::{Declared, Deducted, DeductionGroup, Paid, RightTax, SheetMonth, deducted, months_employed};
use rules::{Money, Month};
use std::collections::BTreeMap;
use uuid::Uuid;
use wages::CreditCode;

/// Somebody whom an agent paid wages or remuneration in a month.
#[derive(Clone, Debug)]
pub struct Payee {
    /// Pseudonym.
    pub worker: Uuid,
    /// What is said of him; `None` when he was never registered.
    pub known: Option<Worker>,
    /// What he was paid.
    pub paid: Paid,
    /// Gross pay.
    pub income: Money,
    /// Own social insurance, as sheets show it: pension, medical and unemployment insurance together.
    pub social_insurance: Money,
    /// Own housing fund.
    pub housing_fund: Money,
    /// Tax as the sheets show it.
    pub on_sheet: Money,
    /// What should have been withheld.
    pub right: RightTax,
    /// What was deducted of what he declared, by kind; of wages only.
    pub deducted: Vec<Deducted>,
    /// First day of the first contract about wages.
    pub since: Option<Date>,
    /// First day on a site of the agent's.
    pub entered_on: Option<Date>,
    /// Last day on one; `None` = still there.
    pub left_on: Option<Date>,
}

/// A worker's year with one agent, up to a month.
#[derive(Clone, Debug)]
pub struct AgentTax {
    /// Credit code of the agent.
    pub employer: String,
    /// First day of the first contract about wages.
    pub since: Option<Date>,
    /// What he declared to the agent to be deducted.
    pub declared: Vec<Declared>,
    /// What the sheets show, by month; wages before services.
    pub months: Vec<SheetMonth>,
    /// What should have been withheld in each of them.
    pub right: Vec<RightTax>,
}

impl ReadModel {
    /// Everybody whom an agent paid in a month of payment, by worker; wages and remuneration for services apart. Beside
    /// them the kinds of deductions of which none of them declared any.
    pub async fn payees(
        &self,
        pay_month: Month,
        employer: &CreditCode,
    ) -> Result<(Vec<Payee>, Vec<DeductionGroup>), ReadModelError> {
        let tx = &mut self.read().await?;
        let mut pass = Pass::new(pay_month, Whose::Employer(employer), Keep::Everything);
        pass.run(tx).await?;
        let asked: Vec<Value> =
            vec![employer.as_str().into(), pay_month.year().into(), before(pay_month).into()];
        let mut lines: BTreeMap<Uuid, Vec<Row>> = BTreeMap::new();
        for row in tx.fetch(sql!("tax_payees"), asked).await? {
            lines.entry(row.parsed("worker")?).or_default().push(row);
        }
        let mut payees = Vec::new();
        for ((worker, _), judged) in &mut pass.judged {
            let (Some(lines), Some(judgement)) = (lines.get(worker), judged.from.take()) else {
                return Err(ReadModelError::damaged("tax_year.wages", "it does not fit the wage lines"));
            };
            payees.extend(of_worker(*worker, pay_month, judgement, lines)?);
        }
        Ok((payees, pass.not_declared()))
    }

    /// A worker's agents in the year of a month of payment, by credit code.
    pub async fn tax_of_worker(
        &self,
        worker: Uuid,
        pay_month: Month,
    ) -> Result<Vec<AgentTax>, ReadModelError> {
        let mut pass = Pass::new(pay_month, Whose::Worker(worker), Keep::Everything);
        pass.run(&mut self.read().await?).await?;
        let judgements = pass.judged.into_values().filter_map(|judged| judged.from);
        let of_agent = |Judgement { agent, right }| AgentTax {
            employer: agent.employer,
            since: agent.since,
            declared: agent.declared,
            months: agent.months,
            right,
        };
        Ok(judgements.map(of_agent).collect())
    }
}

/// What one agent paid one worker in the month: wages, services, or both.
fn of_worker(
    worker: Uuid,
    pay_month: Month,
    Judgement { agent, right }: Judgement,
    lines: &[Row],
) -> Result<Vec<Payee>, ReadModelError> {
    let mut payees = Vec::new();
    for (month, right) in agent.months.iter().zip(right).filter(|(month, _)| month.month == pay_month) {
        let mut of_kind = Vec::new();
        for line in lines {
            if agent.paid_on(&line.text("project")?) == month.paid {
                of_kind.push(line);
            }
        }
        let Some(first) = of_kind.first() else {
            return Err(ReadModelError::damaged("tax_year.wages", "it does not fit the wage lines"));
        };
        let total = |column: &'static str| -> Result<Money, ReadModelError> {
            sum(of_kind.iter().map(|line| line.money(column)).collect::<Result<Vec<_>, _>>()?)
        };
        let known = first.text_or_null("known")?.map(|_| lookup::worker(first));
        payees.push(Payee {
            worker,
            known: known.transpose()?,
            paid: month.paid,
            income: total("gross")?,
            social_insurance: total("social_insurance")?,
            housing_fund: total("housing_fund")?,
            on_sheet: total("income_tax")?,
            right,
            deducted: of_wages(&agent, month)?,
            since: agent.since,
            entered_on: first.parsed_or_null("entered_on")?,
            left_on: first.parsed_or_null("left_on")?,
        });
    }
    Ok(payees)
}

/// What a payment of wages deducted of what was declared.
fn of_wages(agent: &Agent, paid: &SheetMonth) -> Result<Vec<Deducted>, ReadModelError> {
    let mut wages = agent.months.iter().filter(|of| of.paid == Paid::Wages && of.month <= paid.month);
    let (first, before) = (wages.next(), wages.rev().find(|of| of.month < paid.month));
    let (Some(first), Paid::Wages) = (first, paid.paid) else { return Ok(Vec::new()) };
    let before = before.or(Some(first)).map(|of| of.month).filter(|month| *month < paid.month);
    let employed = months_employed(agent.since, first.month);
    Ok(deducted(&agent.declared, employed, before, paid.month)?)
}
