//! The pass over a year of wages: worker after worker, what each agent should have withheld.

use super::declared::read_declared;
use super::{SplitIncome, WithheldLine, WithheldTotal};
use crate::arrears::{Person, sql};
use crate::engine::Connection;
use crate::projector::{PaidMonth, read_wages};
use crate::value::{Read, Value};
use crate::{ReadModelError, packed};
use futures_util::StreamExt;
use futures_util::future::join;
use jiff::civil::Date;
use rules::tax::{AgentTaxYear, Declared, DeductionGroup, Paid, RightTax, SheetMonth};
use rules::{Money, Month, RuleError};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;
use wages::CreditCode;

/// One agent's year of a worker, up to the month asked about.
#[derive(Default)]
pub(super) struct Agent {
    pub(super) employer: String,
    pub(super) since: Option<Date>,
    pub(super) declared: Vec<Declared>,
    /// By month, wages before services; sums over projects.
    pub(super) months: Vec<SheetMonth>,
    /// Projects of the month asked about, and what their contracts say is paid.
    projects: Vec<(String, Paid)>,
}

/// What is kept of a worker and agent whose lines are wanted.
pub(super) struct Judged {
    pub(super) on_sheet: Money,
    right: Money,
    /// What they were worked out from, where it was to be kept.
    pub(super) from: Option<Judgement>,
}

/// An agent's year of a worker, and what is right of each of its months.
pub(super) struct Judgement {
    pub(super) agent: Agent,
    pub(super) right: Vec<RightTax>,
}

/// Whose year is read.
#[derive(Clone, Copy)]
pub(super) enum Whose<'a> {
    Everybody,
    /// Of those whom this agent paid; only he is judged.
    Employer(&'a CreditCode),
    Worker(Uuid),
}

/// What is kept of those who are judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Whoever shows a wrong tax, with what it was worked out from.
    Wrong,
    /// And of all others the sums.
    Sums,
    /// Of everybody what it was worked out from.
    Everything,
}

/// Rows of a block: some hundred thousand characters.
const ROWS_AT_ONCE: i64 = 1_000;

/// What a worker had of an agent on a project in the year.
struct YearRow<'a> {
    worker: &'a str,
    employer: &'a str,
    project: &'a str,
    since: Option<&'a str>,
    declared: Option<&'a str>,
    wages: &'a str,
}

/// The pass over a year: worker after worker, agent after agent.
pub(super) struct Pass<'a> {
    law: AgentTaxYear,
    pay_month: Month,
    whose: Whose<'a>,
    keep: Keep,
    /// The worker whose rows are being read.
    worker: String,
    agents: Vec<Agent>,
    pub(super) judged: BTreeMap<(Uuid, String), Judged>,
    pub(super) split: Vec<SplitIncome>,
    pub(super) total: WithheldTotal,
    /// Of what anybody whose year was read declared something.
    pub(super) declared: BTreeSet<DeductionGroup>,
}

impl<'a> Pass<'a> {
    pub(super) fn new(pay_month: Month, whose: Whose<'a>, keep: Keep) -> Pass<'a> {
        Pass {
            law: AgentTaxYear::of(pay_month.year()),
            pay_month,
            whose,
            keep,
            worker: String::new(),
            agents: Vec::new(),
            judged: BTreeMap::new(),
            split: Vec::new(),
            total: WithheldTotal::default(),
            declared: BTreeSet::new(),
        }
    }

    pub(super) async fn run(&mut self, tx: &mut Connection) -> Result<(), ReadModelError> {
        let year = Value::from(self.pay_month.year());
        match self.whose {
            Whose::Everybody => self.read_all(tx).await?,
            Whose::Employer(employer) => {
                let asked = vec![year, employer.as_str().into()];
                self.read_rows(sql!("tax_years_of_employer"), asked, tx).await?;
            }
            Whose::Worker(worker) => {
                self.read_rows(sql!("tax_years_of_worker"), vec![year, worker.into()], tx).await?;
            }
        }
        self.worker_ends()
    }

    /// Block after block: while one is worked out, the database makes the next.
    async fn read_all(&mut self, tx: &mut Connection) -> Result<(), ReadModelError> {
        let mut block = self.block_behind([""; 3], tx).await?;
        while let Some(last) = block.rsplit(',').next().filter(|last| !last.is_empty()) {
            let last = YearRow::of_block(last)?;
            let next = self.block_behind([last.worker, last.employer, last.project], tx);
            let (next, read) = join(next, async { self.read_block(&block) }).await;
            read?;
            block = next?;
        }
        Ok(())
    }

    fn block_behind<'t>(
        &self,
        [worker, employer, project]: [&str; 3],
        tx: &'t mut Connection,
    ) -> impl Future<Output = Result<String, ReadModelError>> + use<'t> {
        let year = self.pay_month.year();
        let asked = vec![year.into(), worker.into(), employer.into(), project.into(), ROWS_AT_ONCE.into()];
        async move { packed::whole(&tx.fetch(sql!("tax_years"), asked).await?) }
    }

    fn read_block(&mut self, block: &str) -> Result<(), ReadModelError> {
        block.split(',').try_for_each(|row| self.row(&YearRow::of_block(row)?))
    }

    async fn read_rows(
        &mut self,
        sql: &str,
        asked: Vec<Value>,
        tx: &mut Connection,
    ) -> Result<(), ReadModelError> {
        let mut rows = tx.stream(sql.to_owned(), asked);
        while let Some(row) = rows.next().await {
            let row = row.map_err(ReadModelError::storage("reading the wages of a year"))?;
            let texts = ["worker", "employer", "project", "wages"].map(|column| row.text(column));
            let [worker, employer, project, wages] = texts;
            let or_none = ["since", "declared"].map(|column| row.text_or_null(column));
            let [since, declared] = or_none;
            self.row(&YearRow {
                worker: &worker?,
                employer: &employer?,
                project: &project?,
                since: since?.as_deref(),
                declared: declared?.as_deref(),
                wages: &wages?,
            })?;
        }
        Ok(())
    }

    fn row(&mut self, row: &YearRow<'_>) -> Result<(), ReadModelError> {
        if row.worker != self.worker {
            if *row.worker < *self.worker {
                return Err(ReadModelError::damaged("tax_year.worker", "the rows are not in order"));
            }
            self.worker_ends()?;
            row.worker.clone_into(&mut self.worker);
        }
        if self.agents.last().is_none_or(|agent| agent.employer != row.employer) {
            let damaged = |e| ReadModelError::damaged("employment.since", e);
            let since =
                row.since.map(|since| since.parse().map_err(|e: jiff::Error| damaged(e))).transpose()?;
            let declared = row.declared.map_or(Ok(Vec::new()), read_declared)?;
            self.declared.extend(declared.iter().map(|of| of.kind.group()));
            let employer = row.employer.to_owned();
            self.agents.push(Agent { employer, since, declared, ..Agent::default() });
        }
        let pay_month = self.pay_month;
        let Some(agent) = self.agents.last_mut() else { return Ok(()) };
        let mut fits = Ok(());
        read_wages(row.wages, |paid| {
            if fits.is_ok() && paid.month <= pay_month.month() {
                fits = agent.add(row.project, &paid, pay_month);
            }
        })?;
        fits
    }

    /// Judges what was read of a worker.
    fn worker_ends(&mut self) -> Result<(), ReadModelError> {
        let agents = std::mem::take(&mut self.agents);
        let paying = agents.iter().filter(|agent| agent.wages_of(self.pay_month).next().is_some()).count();
        for agent in agents {
            let own = match self.whose {
                Whose::Everybody | Whose::Worker(_) => true,
                Whose::Employer(employer) => employer.as_str() == agent.employer,
            };
            if !own || agent.projects.is_empty() {
                continue;
            }
            if paying > 1 {
                let of = |amount: fn(&SheetMonth) -> Money| sum(agent.wages_of(self.pay_month).map(amount));
                self.split.push(SplitIncome {
                    person: Person { worker: uuid(&self.worker)?, id_number: None, name: None },
                    employer: agent.employer.clone(),
                    agents: paying,
                    income: of(|paid| paid.income)?,
                    on_sheet: of(|paid| paid.withheld.unwrap_or_default())?,
                });
            }
            self.judge(agent)?;
        }
        Ok(())
    }

    fn judge(&mut self, agent: Agent) -> Result<(), ReadModelError> {
        let right = self.law.right_in(self.pay_month, agent.since, &agent.declared, &agent.months)?;
        let of_month = agent.months.iter().filter(|paid| paid.month == self.pay_month).zip(&right);
        let [mut income, mut on_sheet, mut due] = [Money::ZERO; 3];
        for (paid, right) in of_month {
            income = sum([income, paid.income])?;
            on_sheet = sum([on_sheet, paid.withheld.unwrap_or_default()])?;
            due = sum([due, right.withhold()])?;
        }
        let total = &mut self.total;
        total.payees += 1;
        total.wrong += u64::from(on_sheet != due);
        (total.income, total.on_sheet, total.right) =
            (sum([total.income, income])?, sum([total.on_sheet, on_sheet])?, sum([total.right, due])?);
        let differs = on_sheet != due;
        if differs || self.keep != Keep::Wrong {
            let key = (uuid(&self.worker)?, agent.employer.clone());
            let whole = differs || self.keep == Keep::Everything;
            let from = match whole {
                false => None,
                true => {
                    let right = self.law.right(agent.since, &agent.declared, &agent.months)?;
                    Some(Judgement { right, agent })
                }
            };
            self.judged.insert(key, Judged { on_sheet, right: due, from });
        }
        Ok(())
    }

    /// Groups of deductions of which nobody declared any.
    pub(super) fn not_declared(&self) -> Vec<DeductionGroup> {
        DeductionGroup::ALL.into_iter().filter(|group| !self.declared.contains(group)).collect()
    }

    /// What is right of each of the lines of one worker and agent: where their sum is right, what they show; else
    /// what each adds to the month's tax, in their order.
    pub(super) fn right_of_lines(
        &self,
        judged: &Judged,
        lines: &[WithheldLine],
    ) -> Result<Vec<Money>, ReadModelError> {
        let differs = judged.on_sheet != judged.right;
        let Some(Judgement { agent, .. }) = judged.from.as_ref().filter(|_| differs && lines.len() > 1)
        else {
            let one = |line: &WithheldLine| if lines.len() == 1 { judged.right } else { line.on_sheet };
            return Ok(lines.iter().map(one).collect());
        };
        let earlier = agent.months.iter().filter(|paid| paid.month < self.pay_month).copied();
        let mut months: Vec<SheetMonth> = earlier.collect();
        let known = months.len();
        months.extend(lines.iter().map(|line| SheetMonth {
            month: self.pay_month,
            paid: agent.paid_on(&line.place.project),
            income: line.gross,
            special: line.insurance,
            withheld: None,
        }));
        let right = self.law.right(agent.since, &agent.declared, &months)?;
        Ok(right.iter().skip(known).map(|right| right.withhold()).collect())
    }
}

impl<'a> YearRow<'a> {
    /// As `tax_years.sql` hands it over.
    fn of_block(text: &'a str) -> Result<YearRow<'a>, ReadModelError> {
        let mut fields = text.splitn(6, ' ');
        let mut field = || fields.next().ok_or_else(|| ReadModelError::damaged("tax_year", text));
        let (worker, employer, project) = (field()?, field()?, field()?);
        let [since, declared] = [field()?, field()?].map(|text| (text != "-").then_some(text));
        Ok(YearRow { worker, employer, project, since, declared, wages: field()? })
    }
}

impl Agent {
    fn add(&mut self, project: &str, paid: &PaidMonth, pay_month: Month) -> Result<(), ReadModelError> {
        let new = sheet_month(paid, pay_month.year())?;
        if new.month == pay_month {
            self.projects.push((project.to_owned(), new.paid));
        }
        let order = |of: &SheetMonth| (of.month, of.paid == Paid::Services);
        match self.months.binary_search_by_key(&order(&new), order) {
            Err(at) => self.months.insert(at, new),
            Ok(at) => {
                let Some(known) = self.months.get_mut(at) else { return Ok(()) };
                known.income = sum([known.income, new.income])?;
                known.special = sum([known.special, new.special])?;
                known.withheld = Some(sum([known.withheld, new.withheld].into_iter().flatten())?);
            }
        }
        Ok(())
    }

    fn wages_of(&self, month: Month) -> impl Iterator<Item = &SheetMonth> {
        self.months.iter().filter(move |paid| paid.month == month && paid.paid == Paid::Wages)
    }

    pub(super) fn paid_on(&self, project: &str) -> Paid {
        self.projects.iter().find(|(code, _)| code == project).map_or(Paid::Wages, |(_, paid)| *paid)
    }
}

fn sheet_month(paid: &PaidMonth, year: i16) -> Result<SheetMonth, ReadModelError> {
    let month = Month::new(year, paid.month);
    Ok(SheetMonth {
        month: month.ok_or_else(|| ReadModelError::damaged("tax_year.year", year))?,
        paid: if paid.services { Paid::Services } else { Paid::Wages },
        income: Money::from_fen(paid.gross),
        special: Money::from_fen(paid.insurance),
        withheld: Some(Money::from_fen(paid.income_tax)),
    })
}

pub(super) fn sum(amounts: impl IntoIterator<Item = Money>) -> Result<Money, ReadModelError> {
    Money::checked_sum(amounts).ok_or(ReadModelError::Rule(RuleError::OutOfRange))
}

fn uuid(text: &str) -> Result<Uuid, ReadModelError> {
    text.parse().map_err(|e| ReadModelError::damaged("tax_year.worker", e))
}
