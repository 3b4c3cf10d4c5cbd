//! Commands on their way into the city's ledger, and a site's month: attendance, sheets, tax, corrections.

use super::plan::{Crew, MONTHS, Of, Site, firm_code, wage_month};
use crate::failure::Failure;
use crate::run::bench::mixed::sheet_sealed;
use crate::run::bench::workload::{mix, wage_line};
use jiff::ToSpan;
use ledger::Submission;
use rules::{Days, Money};
use uuid::Uuid;
use wages::event::{
    FileImported, LineKey, RowCounts, TaxWithheld, WageLine, WagesAccrued, WagesCorrected, WagesDisputed,
    WarningAcknowledged, WarningKey, WorkDay, WorkRecorded,
};
use wages::{BlindIndex, Channel, Command, IncomeType, Private, Refers, Source};

/// One worker-month in so many stands on no sheet, is corrected later, and is disputed.
const NO_LINE: u64 = 500;
const CORRECTED: u64 = 200;
const DISPUTED: u64 = 5_000;

/// What is said, in its order.
pub(super) struct Facts {
    /// The ledger as a subject.
    pub(super) ledger: Uuid,
    pub(super) said: Vec<Submission>,
}

/// A worker's month, by a number of its own.
pub(super) fn worker_month(worker: u64, month: u64) -> u64 {
    worker * MONTHS + month
}

/// Whether any sheet has a line of it.
pub(super) fn has_line(worker: u64, month: u64) -> bool {
    !mix(worker_month(worker, month) ^ 7).is_multiple_of(NO_LINE)
}

pub(super) fn index(of: Of, number: u64) -> BlindIndex {
    BlindIndex(of.id(number).into_bytes())
}

/// The number of a worker's card.
pub(super) fn account(worker: u64) -> String {
    format!("6200000{worker:012}")
}

/// The line as it is in force at the end.
pub(super) fn line_of(worker: u64, month: u64) -> WageLine {
    let number = worker_month(worker, month);
    if is_corrected(worker, month) { wage_line(number ^ 1 << 40) } else { wage_line(number) }
}

pub(super) fn is_corrected(worker: u64, month: u64) -> bool {
    mix(worker_month(worker, month) ^ 11).is_multiple_of(CORRECTED)
}

pub(super) fn key_of(site: &Site, crew: &Crew, month: u64) -> Result<LineKey, Failure> {
    Ok(LineKey {
        project: site.code()?,
        employer: firm_code(crew.firm)?,
        crew: Of::Crew.id(crew.number),
        month: wage_month(month),
    })
}

impl Facts {
    pub(super) fn say(&mut self, subject: Uuid, command_id: Uuid, command: Command) {
        let source = Source::of("bench", Channel::File);
        self.said.push(Submission { subject, command_id, command, source });
    }

    /// A month's attendance. The gate's records come by the quarter: they are most of a city's bytes.
    pub(super) fn attendance(&mut self, site: &Site, month: u64) -> Result<(), Failure> {
        if month % 3 != 2 {
            return Ok(());
        }
        let project = site.code()?;
        for crew in &site.crews {
            // One crew in twelve is there every day, the others now and then.
            let step = if crew.number % 12 == 5 { 1 } else { 3 };
            for worker in crew.first..crew.first + crew.workers {
                let days = (month - 2..=month).flat_map(|month| {
                    let month = wage_month(month);
                    let first = month.first_day().saturating_add((worker as i64 % step).days());
                    let days = first.series(step.days()).take_while(move |day| *day <= month.last_day());
                    days.map(|on| WorkDay {
                        on,
                        days: Days::from_tenths(10),
                        first_in: None,
                        last_out: None,
                        device: "A".into(),
                    })
                });
                let work = WorkRecorded { project: project.clone(), days: days.collect() };
                let id = Of::Work.id(worker_month(worker, month));
                self.say(Of::Worker.id(worker), id, Command::RecordWork(work));
            }
        }
        Ok(())
    }

    /// The wage sheets of a month; the last crew's of every fiftieth site has no seal.
    pub(super) fn sheets(&mut self, site: &Site, month: u64) -> Result<(), Failure> {
        for crew in &site.crews {
            let of = key_of(site, crew, month)?;
            let mut lines = Vec::new();
            for worker in (crew.first..crew.first + crew.workers).filter(|worker| has_line(*worker, month)) {
                let number = worker_month(worker, month);
                let (id, line) = (Of::Line.id(number), wage_line(number));
                lines.push((id, line.clone()));
                let accrued = WagesAccrued { of: of.clone(), correction: 0, line };
                self.say(Of::Worker.id(worker), id, Command::AccrueWages(accrued));
            }
            let is_last = site.crews.last().is_some_and(|last| last.number == crew.number);
            let never_sealed = is_last && site.number % 50 == 20;
            if !lines.is_empty() && !never_sealed {
                let id = Of::Sheet.id(crew.number * MONTHS + month);
                self.say(site.subject(), id, Command::SealSheet(sheet_sealed(of, 0, &lines)));
            }
        }
        let file = FileImported {
            digest: hex::encode([Of::File.id(site.number * MONTHS + month).into_bytes(); 2].concat()),
            kind: "wage_sheet".to_owned(),
            project: Some(site.code()?),
            name: Private::from(format!("wage-sheet-{month}.xlsx")),
            bytes: 20_000 + site.workers() * 60,
            rows: RowCounts { recorded: site.workers() as u32, ..RowCounts::default() },
        };
        let id = Of::File.id(site.number * MONTHS + month);
        self.say(self.ledger, id, Command::ImportFile(file));
        Ok(())
    }

    /// What comes two months after a sheet: its corrections, what workers say to it, returns of its tax.
    pub(super) fn afterwards(&mut self, site: &Site, month: u64) -> Result<(), Failure> {
        for crew in &site.crews {
            let mut lines = Vec::new();
            for worker in (crew.first..crew.first + crew.workers).filter(|worker| has_line(*worker, month)) {
                let (number, subject) = (worker_month(worker, month), Of::Worker.id(worker));
                if is_corrected(worker, month) {
                    lines.push((Of::Correction.id(number), line_of(worker, month)));
                    let corrected = WagesCorrected {
                        corrects: Refers::Command(Of::Line.id(number)),
                        of: key_of(site, crew, month)?,
                        correction: 1,
                        line: line_of(worker, month),
                        reason: Private::from("工日漏记"),
                    };
                    self.say(subject, Of::Correction.id(number), Command::CorrectWages(corrected));
                }
                if mix(number ^ 13).is_multiple_of(DISPUTED) {
                    let disputed = WagesDisputed {
                        line: Refers::Command(Of::Line.id(number)),
                        claimed_net: Some(Money::from_fen(900_000)),
                        statement: Private::from("少算了工日"),
                    };
                    self.say(subject, Of::Step.id(number), Command::DisputeWages(disputed));
                }
                if crew.number % 20 == 7 {
                    let line = line_of(worker, month);
                    let tax = TaxWithheld {
                        employer: firm_code(crew.firm)?,
                        pay_month: wage_month(month).next(),
                        income: IncomeType::Wages,
                        declared_income: line.gross,
                        amount: line.deductions.income_tax,
                        declaration: format!("SB-{number}").parse()?,
                    };
                    self.say(subject, Of::Tax.id(number), Command::WithholdTax(tax));
                }
            }
            if !lines.is_empty() {
                let of = key_of(site, crew, month)?;
                let id = Of::Sheet.id(1 << 50 | (crew.number * MONTHS + month));
                self.say(site.subject(), id, Command::SealSheet(sheet_sealed(of, 1, &lines)));
            }
        }
        self.handled(site, month)
    }

    /// Somebody saw the warnings of every eighth site.
    fn handled(&mut self, site: &Site, month: u64) -> Result<(), Failure> {
        if site.number % 8 != 1 || !month.is_multiple_of(4) {
            return Ok(());
        }
        for (place, rule) in ["I01", "I02", "I13"].into_iter().enumerate() {
            let of = WarningKey {
                rule: rule.parse()?,
                project: Some(site.code()?),
                employer: None,
                as_of: wage_month(month + 2).first_day(),
            };
            let seen = WarningAcknowledged { of, reason: Private::from("已通知总包单位") };
            let id = Of::Step.id(1 << 50 | (site.number * MONTHS + month) << 2 | place as u64);
            self.say(site.subject(), id, Command::AcknowledgeWarning(seen));
        }
        Ok(())
    }
}
