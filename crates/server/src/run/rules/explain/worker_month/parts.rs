//! The chapters of a worker's month.

use crate::chapter::{Chapter, Fact, Said};
use crate::failure::Failure;
use jiff::civil::Date;
use ledger::{Reader, Recorded};
use readmodel::{AgentTax, ReadModel, WageVersion, WorkMonth, WorkerDeduction, WorkerPayment};
use rules::owed::{OpenLine, PayCycle, due_date};
use rules::tax::{DeductionGroup, assumptions, deducted, months_employed};
use rules::{Calendar, DayOfMonth, DueLine, Money, Month, PayDay, PayMonth, RuleError, Step};
use uuid::Uuid;
use wages::Event;

/// What the ledger knows of the month.
pub(super) struct Story<'a> {
    reader: &'a Reader,
    month: Month,
    as_of: Date,
    /// In ledger order.
    entries: Vec<Recorded>,
    /// Every version of every line of the worker.
    versions: Vec<WageVersion>,
    payments: Vec<WorkerPayment>,
    work: Vec<WorkMonth>,
    /// His agents in the calendar year in which the month is paid.
    agents: Vec<AgentTax>,
    /// What he declared to be deducted, to whomever.
    deductions: Vec<WorkerDeduction>,
}

impl<'a> Story<'a> {
    pub(super) async fn read(
        model: &ReadModel,
        reader: &'a Reader,
        worker: Uuid,
        month: Month,
        as_of: Date,
    ) -> Result<Story<'a>, Failure> {
        let seqs = model.entries_of_month(worker, month).await?;
        let entries = seqs.iter().map(|seq| reader.entry(*seq)).collect::<Result<Vec<_>, _>>()?;
        Ok(Story {
            reader,
            month,
            as_of,
            entries: entries.into_iter().filter(|entry| concerns(&entry.event, month)).collect(),
            versions: model.wage_versions(worker).await?,
            payments: model.payments(worker).await?,
            work: model.work(worker).await?,
            agents: model.tax_of_worker(worker, month.next()).await?,
            deductions: model.deductions_of(worker).await?,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What was recorded, entry by entry.
    pub(super) fn recorded(&self) -> Result<Chapter, Failure> {
        let mut chapter = Chapter::new(Said::new("账本记录", "what the ledger recorded"));
        chapter.entries = self.entries.iter().map(Fact::of).collect();
        for work in self.work.iter().filter(|work| work.month == self.month && work.no_line) {
            chapter.notes.push(Said::new(
                format!("项目 {} 出勤 {} 工日，未编工资表", work.project, work.days),
                format!("{} days of work on {}, and no wage line for them", work.days, work.project),
            ));
        }
        Ok(chapter)
    }

    /// The lines in force of this month.
    fn lines(&self) -> impl Iterator<Item = &WageVersion> {
        self.versions.iter().filter(|line| line.in_force && line.month == self.month)
    }

    /// A chapter an agent.
    pub(super) fn taxes(&self) -> Result<Vec<Chapter>, Failure> {
        let pay_month = self.month.next();
        let mut chapters = Vec::new();
        for agent in &self.agents {
            let title = Said::new(
                format!("个人所得税：税款所属期 {pay_month}，扣缴义务人 {}", agent.employer),
                format!("income tax: paid in {pay_month}, withholding agent {}", agent.employer),
            );
            let mut chapter = Chapter::new(title);
            chapter.entries = self.year_of(&agent.employer)?;
            for declared in self.deductions.iter().filter(|of| of.employer == agent.employer) {
                chapter.entries.push(Fact::of(&self.reader.entry(declared.seq)?));
            }
            if let Some(first) = agent.months.first() {
                chapter.steps.extend(assumptions(self.month, agent.since, first.month)?);
                let employed = months_employed(agent.since, first.month);
                for of_kind in deducted(&agent.declared, employed, None, pay_month)? {
                    chapter.steps.push(of_kind.step(pay_month)?);
                }
            }
            let of_month = agent.months.iter().zip(&agent.right).filter(|(paid, _)| paid.month == pay_month);
            for (paid, right) in of_month {
                chapter.steps.extend(right.steps());
                chapter.notes.push(verdict(paid.withheld.unwrap_or_default(), right.withhold()));
            }
            chapter.notes.extend(not_declared(agent));
            chapters.push(chapter);
        }
        Ok(chapters)
    }

    /// The lines in force of an agent that are paid in the calendar year, up to this month.
    fn year_of(&self, employer: &str) -> Result<Vec<Fact>, Failure> {
        let year = self.month.next().year();
        let lines = self.versions.iter().filter(|line| {
            let paid_in = line.month.next();
            line.in_force && line.employer == employer && paid_in.year() == year && line.month <= self.month
        });
        let mut facts = Vec::new();
        for line in lines {
            let insurance = line.deductions.social_insurance.checked_add(line.deductions.housing_fund);
            let insurance = insurance.unwrap_or_default();
            let (month, gross, tax) = (line.month, line.gross, line.deductions.income_tax);
            let says = Said::new(
                format!("{month} 工资：应发 {gross}，社保公积金 {insurance}，已扣税 {tax}"),
                format!(
                    "wages of {month}: gross {gross}, insurance and housing fund {insurance}, tax withheld {tax}"
                ),
            );
            facts.push(Fact::saying(&self.reader.entry(line.seq)?, says));
        }
        Ok(facts)
    }

    /// A chapter a wage line.
    pub(super) fn arrears(&self) -> Result<Vec<Chapter>, Failure> {
        let mut chapters = Vec::new();
        for line in self.lines() {
            let title = Said::new(
                format!("欠薪：项目 {}，用人单位 {}", line.project, line.employer),
                format!("arrears: project {}, employer {}", line.project, line.employer),
            );
            let mut chapter = Chapter::new(title);
            chapter.entries.push(Fact::of(&self.reader.entry(line.seq)?));
            for payment in self.payments_of(line) {
                chapter.entries.push(Fact::of(&self.reader.entry(payment.seq)?));
            }
            match self.due(line) {
                Ok((due_on, steps)) => {
                    chapter.steps.extend(steps);
                    self.owed(line, due_on, &mut chapter)?;
                }
                Err(RuleError::NoCalendar(missing)) => {
                    let en = format!("{missing}: when the line is due is not known");
                    chapter
                        .notes
                        .push(Said::new(format!("缺 {} 年节假日安排，应支付日期不明", missing.year), en));
                }
                Err(error) => return Err(error.into()),
            }
            chapters.push(chapter);
        }
        Ok(chapters)
    }

    /// The due day as the read model has it, with its steps. It was agreed on, unless nobody said a day.
    fn due(&self, line: &WageVersion) -> Result<(Date, Vec<Step>), RuleError> {
        let agreed = match line.due_from.as_str() {
            "none" => None,
            // In a month that lacks the day agreed, its last day comes to the same.
            _ => DayOfMonth::new(line.nominal_due.day().unsigned_abs()).map(|day| PayDay {
                day,
                of: if Month::of(line.nominal_due) == self.month {
                    PayMonth::Same
                } else {
                    PayMonth::Following
                },
            }),
        };
        let (first, last) = (self.month.first_day(), self.month.last_day());
        let due = due_date(first, last, PayCycle::Monthly(agreed), None, Calendar::china())?;
        Ok((line.due_on.unwrap_or(due.adjusted), due.steps))
    }

    fn payments_of(&self, line: &WageVersion) -> impl Iterator<Item = &WorkerPayment> {
        let (project, employer) = (line.project.clone(), line.employer.clone());
        self.payments.iter().filter(move |payment| {
            payment.project == project && payment.employer == employer && payment.month == self.month
        })
    }

    fn owed(&self, line: &WageVersion, due_on: Date, chapter: &mut Chapter) -> Result<(), Failure> {
        let counts = |payment: &&WorkerPayment| {
            let booked = payment.value_on.is_some_and(|day| day <= self.as_of);
            booked && payment.returned_on.is_none_or(|day| day > self.as_of)
        };
        let paid = Money::checked_sum(self.payments_of(line).filter(counts).map(|payment| payment.amount));
        let paid = paid.ok_or(RuleError::OutOfRange)?;
        let same = |other: &&WageVersion| other.project == line.project && other.employer == line.employer;
        let group: Vec<&WageVersion> = self.lines().filter(same).collect();
        let due_lines: Vec<DueLine> = group
            .iter()
            .map(|line| DueLine { due_on: line.due_on, net: line.net, recorded: line.line })
            .collect();
        let (shares, _) = rules::allocate(paid, &due_lines);
        let taken = group.iter().zip(shares).find(|(other, _)| other.line == line.line);
        let open = OpenLine {
            gross: line.gross,
            deductions: line.deductions.total().ok_or(RuleError::OutOfRange)?,
            advances: line.advances.total().ok_or(RuleError::OutOfRange)?,
            net: line.net,
            paid,
            taken: taken.map(|(_, share)| share).unwrap_or_default(),
        };
        let left = open.outstanding(due_on, self.as_of)?;
        let (amount, days, as_of) = (left.amount, left.days_overdue, self.as_of);
        chapter.steps.extend(left.steps);
        chapter.notes.push(Said::new(
            format!("截至 {as_of} 未付 {amount} 元，拖欠 {days} 天（应支付日期 {due_on}）"),
            format!("as of {as_of} {amount} outstanding, {days} days overdue (due on {due_on})"),
        ));
        Ok(())
    }
}

/// Whether an entry says something of the month: days are recorded under the month of the first of them.
fn concerns(event: &Event, month: Month) -> bool {
    match event {
        Event::WorkRecorded(e) => e.days.iter().any(|day| Month::of(day.on) == month),
        Event::WorkCorrected(e) => e.days.iter().any(|day| Month::of(day.on) == month),
        _ => true,
    }
}

/// Which deductions the worker did not declare to the agent, if any are lacking.
fn not_declared(agent: &AgentTax) -> Option<Said> {
    let lacking = |group: &DeductionGroup| agent.declared.iter().all(|of| of.kind.group() != *group);
    let groups: Vec<DeductionGroup> = DeductionGroup::ALL.into_iter().filter(lacking).collect();
    let said = |word: fn(&DeductionGroup) -> &'static str| groups.iter().map(word).collect::<Vec<_>>();
    let zh = said(|group| match group {
        DeductionGroup::SpecialAdditional => "专项附加扣除",
        DeductionGroup::Other => "其他扣除",
        DeductionGroup::Relief => "减免",
    });
    let en = said(|group| match group {
        DeductionGroup::SpecialAdditional => "special additional deductions",
        DeductionGroup::Other => "other deductions",
        DeductionGroup::Relief => "relief",
    });
    (!groups.is_empty()).then(|| {
        Said::new(
            format!("账本未记录{}；有之则应扣税额更少", zh.join("、")),
            format!("not declared: {}; with any the tax is less", en.join(", ")),
        )
    })
}

fn verdict(on_sheet: Money, right: Money) -> Said {
    let difference = on_sheet.checked_sub(right).unwrap_or_default();
    if difference == Money::ZERO {
        let en = format!("the sheet shows {on_sheet}, which is right");
        return Said::new(format!("工资表所列税额 {on_sheet}，相符"), en);
    }
    Said::new(
        format!("工资表所列税额 {on_sheet}，应为 {right}，相差 {difference}"),
        format!("the sheet shows {on_sheet}, right is {right}: {difference} too much (negative: too little)"),
    )
}
