//! An invented building site as commands: what a journal holds when months have passed.

use super::following;
use super::workload::{EMPLOYERS, id, mix, wage_line};
use crate::failure::Failure;
use jiff::civil::{Date, date};
use ledger::Submission;
use ledger::verify::root_over;
use rules::{Days, Money, Month};
use std::collections::VecDeque;
use uuid::Uuid;
use wages::event::{
    BatchSealed, ContractSigned, ContractTerms, CrewRegistered, LineKey, OrganisationRegistered,
    PaymentDetails, PaymentRecorded, ProjectRegistered, ProjectTerms, SheetSealed, SiteEntered, WageLine,
    WagesAccrued, WorkDay, WorkRecorded, WorkerRegistered,
};
use wages::{
    BlindIndex, Channel, Command, CreditCode, DocumentKind, IdKind, IncomeType, PayCycle, PayForm, Payer,
    Private, ProjectCode, Reference, Source, TermKind, Unit,
};

/// Workers of one crew; a project is one crew of one employer.
const CREW: u64 = 50;
/// Wage months of every project.
const MONTHS: i8 = 6;
/// Entries of one project: its five, three a worker, and of every month three a worker and two seals.
const ENTRIES: u64 = 3 + 3 * CREW + MONTHS as u64 * (3 * CREW + 2);

/// Projects one after the other, with all their months.
pub(super) struct Site {
    employer: CreditCode,
    next: u64,
    end: u64,
    ready: VecDeque<Submission>,
}

impl Site {
    /// With at least so many entries.
    pub(super) fn new(entries: u64) -> Result<Site, Failure> {
        let end = entries.div_ceil(ENTRIES).max(1);
        Ok(Site { employer: EMPLOYERS[0].parse()?, next: 0, end, ready: VecDeque::new() })
    }

    /// What is recorded next, at most so much; nothing at the end.
    pub(super) fn next_chunk(&mut self, len: usize) -> Result<Vec<Submission>, Failure> {
        while self.ready.len() < len && self.next < self.end {
            let mut project = Project::new(self.next, &self.employer)?;
            if self.next == 0 {
                project.organisation();
            }
            project.all()?;
            self.ready.extend(project.out);
            self.next += 1;
        }
        let len = len.min(self.ready.len());
        Ok(self.ready.drain(..len).collect())
    }
}

/// One project: its facts in the order in which a site hands them in.
struct Project {
    number: u64,
    subject: Uuid,
    code: ProjectCode,
    employer: CreditCode,
    crew: Uuid,
    out: Vec<Submission>,
}

impl Project {
    fn new(number: u64, employer: &CreditCode) -> Result<Project, Failure> {
        let code: ProjectCode = format!("BENCH-{number:08}").parse()?;
        let (subject, crew) = (id(11, number), id(12, number));
        Ok(Project { number, subject, code, employer: employer.clone(), crew, out: Vec::new() })
    }

    fn say(&mut self, subject: Uuid, command_id: Uuid, command: Command) {
        let source = Source::of("bench", Channel::File);
        self.out.push(Submission { subject, command_id, command, source });
    }

    fn organisation(&mut self) {
        let event = OrganisationRegistered {
            code: self.employer.clone(),
            name: "某建筑劳务有限公司".to_owned(),
        };
        self.say(id(10, 0), id(10, 0), Command::RegisterOrganisation(event));
    }

    fn all(&mut self) -> Result<(), Failure> {
        let terms = self.terms()?;
        let registered = ProjectRegistered { code: self.code.clone(), terms };
        self.say(self.subject, self.subject, Command::RegisterProject(registered));
        let crew = CrewRegistered {
            project: self.code.clone(),
            employer: self.employer.clone(),
            label: Private::from("钢筋班"),
        };
        self.say(self.crew, self.crew, Command::RegisterCrew(crew));
        for place in 0..CREW {
            self.worker(place)?;
        }
        for month in 1..=MONTHS {
            self.month(month)?;
        }
        Ok(())
    }

    fn terms(&self) -> Result<ProjectTerms, Failure> {
        Ok(ProjectTerms {
            name: format!("某项目{}", self.number),
            region: "330106".parse()?,
            owner_name: "某建设单位".to_owned(),
            owner: self.employer.clone(),
            contractor_name: "某施工总承包单位".to_owned(),
            contractor: self.employer.clone(),
            contract_price: Money::from_fen(10_000_000_000),
            account_bank: "某银行".to_owned(),
            account: format!("33010{:014}", self.number),
            account_index: index(13, self.number),
            transfer_cycle_days: 30,
            agreed_labour_cost: Money::from_fen(100_000_000),
            pay_day: following(15)?,
            starts_on: date(2025, 1, 1),
            planned_end: date(2027, 1, 1),
        })
    }

    fn who(&self, place: u64) -> u64 {
        self.number * CREW + place
    }

    fn worker(&mut self, place: u64) -> Result<(), Failure> {
        let who = self.who(place);
        let worker = id(14, who);
        let registered = WorkerRegistered {
            name: Private::from("王建国"),
            id_kind: IdKind::ResidentId,
            id_number: Private::from(format!("3301061980{who:08}")),
            phone: Some(Private::from(format!("138{who:08}"))),
            card: Some(Private::from(format!("622202{who:013}"))),
            card_index: Some(index(15, who)),
            bank: Some(Private::from("某银行")),
        };
        self.say(worker, worker, Command::RegisterWorker(registered));
        let entered = SiteEntered {
            project: self.code.clone(),
            employer: self.employer.clone(),
            crew: self.crew,
            entered_on: date(2026, 1, 1),
            trade_code: "090".to_owned(),
            trade: "钢筋工".to_owned(),
            crew_leader: place == 0,
            changed: Vec::new(),
        };
        self.say(worker, id(16, who), Command::EnterSite(entered));
        let signed = ContractSigned {
            contract: format!("HT-{who:010}").parse()?,
            project: self.code.clone(),
            employer: self.employer.clone(),
            document: DocumentKind::LabourContract,
            signed_on: date(2026, 1, 1),
            terms: ContractTerms {
                term: TermKind::Fixed,
                starts_on: date(2026, 1, 1),
                ends_on: Some(date(2026, 12, 31)),
                pay_form: PayForm::Daily,
                unit_price: "380".parse().unwrap_or_default(),
                unit: Unit::Day,
                pay_cycle: PayCycle::Monthly,
                pay_day: Some(following(15)?),
                income: IncomeType::Wages,
            },
        };
        self.say(worker, id(17, who), Command::SignContract(signed));
        Ok(())
    }

    fn month(&mut self, number: i8) -> Result<(), Failure> {
        let first = date(2026, number, 1);
        let month = Month::of(first);
        let of =
            LineKey { project: self.code.clone(), employer: self.employer.clone(), crew: self.crew, month };
        let lines = self.attendance_and_wages(&of, first)?;
        self.seal_sheet(&of, &lines);
        self.payments(&of, &lines)
    }

    /// A number of the worker's month, for ids.
    fn worker_month(&self, place: u64, month: Month) -> u64 {
        self.who(place) * 16 + u64::from(month.month().unsigned_abs())
    }

    fn attendance_and_wages(&mut self, of: &LineKey, first: Date) -> Result<Vec<(Uuid, WageLine)>, Failure> {
        let mut lines = Vec::new();
        for place in 0..CREW {
            let (worker, n) = (id(14, self.who(place)), self.worker_month(place, of.month));
            let days = first.series(jiff::Span::new().days(1)).take(26).map(|on| WorkDay {
                on,
                days: Days::from_tenths(10),
                first_in: None,
                last_out: None,
                device: wages::UNKNOWN.into(),
            });
            let work = WorkRecorded { project: self.code.clone(), days: days.collect() };
            self.say(worker, id(18, n), Command::RecordWork(work));
            let line = WageLine {
                account: Some(Private::from(format!("622202{:013}", self.who(place)))),
                account_index: Some(index(15, self.who(place))),
                ..wage_line(n)
            };
            let accrued = WagesAccrued { of: of.clone(), correction: 0, line: line.clone() };
            self.say(worker, id(19, n), Command::AccrueWages(accrued));
            lines.push((id(19, n), line));
        }
        Ok(lines)
    }

    fn seal_sheet(&mut self, of: &LineKey, lines: &[(Uuid, WageLine)]) {
        let n = self.worker_month(0, of.month);
        self.say(self.subject, id(20, n), Command::SealSheet(sheet_sealed(of.clone(), 0, lines)));
    }

    /// One batch of the bank; one worker in ten gets only half.
    fn payments(&mut self, of: &LineKey, lines: &[(Uuid, WageLine)]) -> Result<(), Failure> {
        let n = self.worker_month(0, of.month);
        let batch: Reference = format!("PC-{n:012}").parse()?;
        let (mut ids, mut amounts) = (Vec::new(), Vec::new());
        for (place, (_, line)) in (0u64..).zip(lines) {
            let (who, n) = (self.who(place), self.worker_month(place, of.month));
            let share = if mix(n).is_multiple_of(10) { 2 } else { 1 };
            let amount = Money::from_fen((line.net.fen() / share).max(1));
            let payment = PaymentDetails {
                project: of.project.clone(),
                employer: of.employer.clone(),
                month: of.month,
                payer: Payer::GeneralContractor,
                payer_account_index: Some(index(13, self.number)),
                batch: batch.clone(),
                number: place as u32 + 1,
                serial: Some(format!("{n:016}").parse()?),
                amount,
                payee_account: Private::from(format!("622202{who:013}")),
                payee_account_index: index(15, who),
                payee_holder: Private::from("王建国"),
            };
            let value_at = of.month.next().first_day().at(10, 0, 0, 0);
            let paid = PaymentRecorded { payment, value_at };
            self.say(id(14, who), id(21, n), Command::RecordPayment(paid));
            ids.push(id(21, n));
            amounts.push(amount);
        }
        let sealed = BatchSealed {
            project: of.project.clone(),
            employer: of.employer.clone(),
            month: of.month,
            batch,
            payer_account: Private::from(format!("33010{:014}", self.number)),
            payer_account_index: index(13, self.number),
            payer_holder: Private::from("某施工总承包单位"),
            lines: ids.len() as u32,
            amount: sum(amounts),
            root: root(ids),
        };
        self.say(self.subject, id(22, n), Command::SealBatch(sealed));
        Ok(())
    }
}

pub(super) fn sum(amounts: impl IntoIterator<Item = Money>) -> Money {
    Money::checked_sum(amounts).unwrap_or_default()
}

pub(super) fn root(ids: impl IntoIterator<Item = Uuid>) -> String {
    let mut ids: Vec<[u8; 16]> = ids.into_iter().map(Uuid::into_bytes).collect();
    root_over(&mut ids).to_string()
}

fn index(kind: u64, number: u64) -> BlindIndex {
    BlindIndex(id(kind, number).into_bytes())
}

/// The seal of a sheet with these lines, each named by its command.
pub(super) fn sheet_sealed(of: LineKey, correction: u16, lines: &[(Uuid, WageLine)]) -> SheetSealed {
    let total = |part: fn(&WageLine) -> Option<Money>| sum(lines.iter().filter_map(|(_, line)| part(line)));
    SheetSealed {
        of,
        correction,
        lines: lines.len() as u32,
        gross: total(|line| Some(line.gross)),
        deductions: total(|line| line.deductions.total()),
        advances: total(|line| line.advances.total()),
        net: total(|line| Some(line.net)),
        root: root(lines.iter().map(|(id, _)| *id)),
    }
}
