//! Facts made by hand, chained into entries: what the tests of this crate feed a read model with.

use chain::{Hash, Head, Header, Kind, entry_hash};
use jiff::civil::Date;
use readmodel::Projected;
use rules::{Days, Money, Month, PayDay};
use std::collections::BTreeMap;
use uuid::Uuid;
use wages::event::*;
use wages::{
    BlindIndex, Channel, ComplaintChannel, ComplaintState, CreditCode, DepositForm, DocumentKind, Ending,
    Event, IdKind, IncomeType, InspectionDecision, Known, PayCycle, PayForm, Payer, Private, ProjectCode,
    Refers, SealedField, Source, SubcontractKind, SubjectKind, TermKind, Unit,
};

pub(crate) const ORIGIN: &str = "wageledger.example.org/test";
pub(crate) const PROJECT: &str = "3301062512180102";
pub(crate) const EMPLOYER: &str = "91350100M000100Y43";
pub(crate) const OTHER_EMPLOYER: &str = "91330100799655058B";

/// A fact, and the place (in the list of facts) of the one that it refers to.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    pub(crate) subject: Uuid,
    pub(crate) event: Event,
    pub(crate) refers: Option<usize>,
    /// Whether somebody wrote it who does not know how the subject's stream goes on.
    pub(crate) stray: bool,
}

/// Facts in the order of their recording.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts(pub(crate) Vec<Fact>);

impl Facts {
    /// Adds a fact; gives its place.
    pub(crate) fn add(&mut self, subject: Uuid, event: Event) -> usize {
        self.0.push(Fact { subject, event, refers: None, stray: false });
        self.0.len() - 1
    }

    /// Adds an entry that is of no stream, whatever it says.
    pub(crate) fn add_stray(&mut self, subject: Uuid, event: Event) {
        self.0.push(Fact { subject, event, refers: None, stray: true });
    }

    /// Adds a fact about an earlier one.
    pub(crate) fn add_about(&mut self, subject: Uuid, refers: usize, event: Event) -> usize {
        self.0.push(Fact { subject, event, refers: Some(refers), stray: false });
        self.0.len() - 1
    }

    pub(crate) fn entries(&self) -> Vec<Projected> {
        self.entries_in(&(0..self.0.len()).collect::<Vec<_>>())
    }

    /// The facts as entries, recorded in the order of `order`.
    pub(crate) fn entries_in(&self, order: &[usize]) -> Vec<Projected> {
        let mut head = Head::genesis(ORIGIN);
        let mut seqs = BTreeMap::new();
        let mut streams: BTreeMap<Uuid, (u64, u64)> = BTreeMap::new();
        let mut entries = Vec::new();
        for place in order {
            let fact = &self.0[*place];
            let event = match fact.refers {
                Some(earlier) => fact.event.clone().with_reference(seqs[&earlier]),
                None => fact.event.clone(),
            };
            let stream = streams.entry(fact.subject).or_default();
            let kind = match event.subject_kind() {
                SubjectKind::Ledger => Kind::Ledger,
                _ => Kind::Subject,
            };
            let header = Header {
                kind,
                seq: head.seq + 1,
                recorded_at: head.recorded_at + 1_000_000,
                prev: head.hash,
                body_digest: Hash([0; 32]),
                subject: fact.subject.into_bytes(),
                subject_seq: if fact.stray { stream.0 + 2 } else { stream.0 + 1 },
                subject_prev: stream.1,
                command_id: [0; 16],
            };
            if !fact.stray {
                *stream = (header.subject_seq, header.seq);
            }
            let hash = entry_hash(&header.encode());
            head = Head { seq: header.seq, hash, recorded_at: header.recorded_at };
            seqs.insert(*place, header.seq);
            entries.push(Projected { header, hash, event, source: Source::of("tester", Channel::Cli) });
        }
        entries
    }
}

pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn month(text: &str) -> Month {
    text.parse().unwrap()
}

pub(crate) fn money(text: &str) -> Money {
    text.parse().unwrap()
}

pub(crate) fn sealed(text: &str) -> Private {
    Private::Sealed(SealedField::from_base64(&format!("c of {text}"), &format!("x of {text}")).unwrap())
}

pub(crate) fn project_code(text: &str) -> ProjectCode {
    text.parse().unwrap()
}

pub(crate) fn credit_code(text: &str) -> CreditCode {
    text.parse().unwrap()
}

/// The day as [`PayDay::code`] gives it.
fn pay_day_of(code: u8) -> PayDay {
    PayDay::from_code(code.into()).unwrap()
}

pub(crate) fn terms(name: &str, pay_day: u8) -> ProjectTerms {
    ProjectTerms {
        name: name.to_owned(),
        region: "330106".parse().unwrap(),
        owner_name: "owner".to_owned(),
        owner: credit_code(EMPLOYER),
        contractor_name: "contractor".to_owned(),
        contractor: credit_code(EMPLOYER),
        contract_price: money("1000000"),
        account_bank: "bank".to_owned(),
        account: "3305".to_owned(),
        account_index: BlindIndex([7; 16]),
        transfer_cycle_days: 30,
        agreed_labour_cost: money("200000"),
        pay_day: pay_day_of(pay_day),
        starts_on: day("2026-01-01"),
        planned_end: day("2027-06-30"),
    }
}

pub(crate) fn project_registered(code: &str, pay_day: u8) -> Event {
    Event::ProjectRegistered(ProjectRegistered { code: project_code(code), terms: terms("site", pay_day) })
}

pub(crate) fn project_changed(code: &str, pay_day: u8) -> Event {
    let changed = vec!["pay_day".to_owned()];
    Event::ProjectChanged(ProjectChanged { code: project_code(code), changed, terms: terms("site", pay_day) })
}

pub(crate) fn worker_registered(name: &str) -> Event {
    Event::WorkerRegistered(WorkerRegistered {
        name: sealed(name),
        id_kind: IdKind::ResidentId,
        id_number: sealed(&format!("id of {name}")),
        phone: Some(sealed("phone")),
        card: Some(sealed("card")),
        card_index: Some(BlindIndex([1; 16])),
        bank: Some(sealed("bank")),
    })
}

pub(crate) fn crew_registered(project: &str, employer: &str, label: &str) -> Event {
    let (project, employer) = (project_code(project), credit_code(employer));
    Event::CrewRegistered(CrewRegistered { project, employer, label: sealed(label) })
}

pub(crate) fn entered(project: &str, employer: &str, crew: Uuid, on: &str) -> Event {
    Event::SiteEntered(SiteEntered {
        project: project_code(project),
        employer: credit_code(employer),
        crew,
        entered_on: day(on),
        trade_code: "001".to_owned(),
        trade: "mason".to_owned(),
        crew_leader: false,
        changed: vec![],
    })
}

pub(crate) fn left(project: &str, entered_on: &str, left_on: Option<&str>) -> Event {
    let (entered_on, left_on) = (day(entered_on), left_on.map(day));
    Event::SiteLeft(SiteLeft { project: project_code(project), entered_on, left_on, how: Ending::Unknown })
}

pub(crate) fn contract_terms(starts_on: &str, ends_on: Option<&str>, pay_day: u8) -> ContractTerms {
    ContractTerms {
        term: TermKind::Fixed,
        starts_on: day(starts_on),
        ends_on: ends_on.map(day),
        pay_form: PayForm::Daily,
        unit_price: "300".parse().unwrap(),
        unit: Unit::Day,
        pay_cycle: PayCycle::Monthly,
        pay_day: Some(pay_day_of(pay_day)),
        income: IncomeType::Wages,
    }
}

pub(crate) fn signed(project: &str, employer: &str, number: &str, terms: ContractTerms) -> Event {
    Event::ContractSigned(ContractSigned {
        contract: number.parse().unwrap(),
        project: project_code(project),
        employer: credit_code(employer),
        document: DocumentKind::LabourContract,
        signed_on: terms.starts_on,
        terms,
    })
}

pub(crate) fn amended(from: &str, terms: ContractTerms) -> Event {
    let contract = Refers::Entry(0);
    Event::ContractAmended(ContractAmended { contract, from: day(from), terms, reason: sealed("reason") })
}

pub(crate) fn ended(on: &str) -> Event {
    let contract = Refers::Entry(0);
    Event::ContractEnded(ContractEnded {
        contract,
        ended_on: day(on),
        how: Ending::Agreed,
        ground: Known::Known(36),
        reason: None,
    })
}

pub(crate) fn work_day(on: &str, days: &str) -> WorkDay {
    let device = "gate 1".into();
    WorkDay { on: day(on), days: days.parse::<Days>().unwrap(), first_in: None, last_out: None, device }
}

pub(crate) fn worked(project: &str, days: &[(&str, &str)]) -> Event {
    let days = days.iter().map(|(on, days)| work_day(on, days)).collect();
    Event::WorkRecorded(WorkRecorded { project: project_code(project), days })
}

pub(crate) fn work_corrected(project: &str, days: &[(&str, &str)]) -> Event {
    Event::WorkCorrected(WorkCorrected {
        corrects: Refers::Entry(0),
        project: project_code(project),
        days: days.iter().map(|(on, days)| work_day(on, days)).collect(),
        reason: sealed("reason"),
    })
}

pub(crate) fn line_key(project: &str, employer: &str, crew: Uuid, month_: &str) -> LineKey {
    LineKey { project: project_code(project), employer: credit_code(employer), crew, month: month(month_) }
}

pub(crate) fn wage_line(gross: Money, net: Money) -> WageLine {
    let taken = gross.checked_sub(net).unwrap();
    WageLine {
        days: "20".parse().unwrap(),
        overtime_hours: None,
        pay_form: PayForm::Daily,
        unit_price: "300".parse().unwrap(),
        quantity: "20".parse().unwrap(),
        gross,
        components: vec![GrossComponent { kind: wages::Component::Time, amount: gross }],
        deductions: Deductions { income_tax: taken, ..Deductions::default() },
        advances: Advances::default(),
        net,
        account: Some(sealed("account")),
        account_index: Some(BlindIndex([2; 16])),
        remark: None,
    }
}

pub(crate) fn accrued(of: LineKey, correction: u16, net: &str) -> Event {
    Event::WagesAccrued(WagesAccrued { of, correction, line: wage_line(money(net), money(net)) })
}

pub(crate) fn corrected(of: LineKey, correction: u16, net: &str) -> Event {
    Event::WagesCorrected(WagesCorrected {
        corrects: Refers::Entry(0),
        of,
        correction,
        line: wage_line(money(net), money(net)),
        reason: sealed("reason"),
    })
}

pub(crate) fn sheet_sealed(of: LineKey, correction: u16) -> Event {
    let (gross, deductions, advances, net) = (Money::ZERO, Money::ZERO, Money::ZERO, Money::ZERO);
    let root = "00".repeat(32);
    Event::SheetSealed(SheetSealed { of, correction, lines: 1, gross, deductions, advances, net, root })
}

pub(crate) fn payment(
    project: &str,
    employer: &str,
    month_: &str,
    batch: &str,
    amount: &str,
) -> PaymentDetails {
    PaymentDetails {
        project: project_code(project),
        employer: credit_code(employer),
        month: month(month_),
        payer: Payer::GeneralContractor,
        payer_account_index: Some(BlindIndex([3; 16])),
        batch: batch.parse().unwrap(),
        number: 1,
        serial: Some("S1".parse().unwrap()),
        amount: money(amount),
        payee_account: sealed("payee"),
        payee_account_index: BlindIndex([4; 16]),
        payee_holder: sealed("holder"),
    }
}

pub(crate) fn paid(payment: PaymentDetails, on: &str) -> Event {
    Event::PaymentRecorded(PaymentRecorded { payment, value_at: day(on).at(10, 30, 0, 0) })
}

pub(crate) fn failed(payment: PaymentDetails) -> Event {
    Event::PaymentFailed(PaymentFailed { payment, reason: Some(sealed("reason")) })
}

pub(crate) fn returned(payment: PaymentDetails, on: &str) -> Event {
    Event::PaymentReturned(PaymentReturned {
        returns: Refers::Entry(0),
        payment,
        returned_at: day(on).at(9, 0, 0, 0),
        reason: Some(sealed("reason")),
    })
}

pub(crate) fn subcontract(project: &str, number: &str, giver: &str, taker: &str) -> Event {
    Event::SubcontractSigned(SubcontractSigned {
        project: project_code(project),
        number: number.parse().unwrap(),
        giver_name: "giver".to_owned(),
        giver: credit_code(giver),
        taker_name: "taker".to_owned(),
        taker: credit_code(taker),
        kind: SubcontractKind::Labour,
        signed_on: day("2025-12-20"),
        starts_on: day("2026-01-01"),
        ends_on: day("2027-06-25"),
        price: money("9800000"),
        changed: vec![],
    })
}

pub(crate) fn deposit(project: &str, number: &str, liable: &str, amount: &str, valid: [&str; 2]) -> Event {
    Event::DepositLodged(DepositLodged {
        project: project_code(project),
        number: number.parse().unwrap(),
        liable: credit_code(liable),
        form: DepositForm::BankGuarantee,
        amount: money(amount),
        issuer: "bank".to_owned(),
        valid_from: day(valid[0]),
        valid_to: day(valid[1]),
        changed: vec![],
    })
}

pub(crate) fn inspected(project: &str, on: &str, board: bool, closed_on: Option<&str>) -> Event {
    Event::SiteInspected(SiteInspected {
        project: project_code(project),
        on: day(on),
        by: "authority".to_owned(),
        board,
        officer: true,
        real_name: true,
        problem: Some(sealed("problem")),
        decision: InspectionDecision::Correction,
        correct_by: closed_on.map(day),
        closed_on: closed_on.map(day),
        changed: vec![],
    })
}

/// A declaration of deductions: kind, yuan a month, and first month, last month (`-` = open) and day.
pub(crate) fn declared(employer: &str, kind: &str, monthly: &str, when: &[&str]) -> Event {
    Event::DeductionDeclared(DeductionDeclared {
        employer: credit_code(employer),
        kind: rules::tax::Deduction::from_word(kind).unwrap(),
        monthly: money(monthly),
        from: month(when[0]),
        until: (when[1] != "-").then(|| month(when[1])),
        declared_on: day(when[2]),
        changed: Vec::new(),
    })
}

pub(crate) fn complaint(
    project: &str,
    number: &str,
    on: &str,
    people: u32,
    closed_on: Option<&str>,
) -> Event {
    Event::ComplaintFiled(ComplaintFiled {
        project: project_code(project),
        number: number.parse().unwrap(),
        on: day(on),
        channel: ComplaintChannel::Hotline,
        people,
        amount: money("83500.50"),
        state: ComplaintState::Accepted,
        closed_on: closed_on.map(day),
        changed: vec![],
    })
}

pub(crate) fn warning_key(rule: &str, project: &str, as_of: &str) -> WarningKey {
    let (rule, project) = (rule.parse().unwrap(), Some(project_code(project)));
    WarningKey { rule, project, employer: None, as_of: day(as_of) }
}
