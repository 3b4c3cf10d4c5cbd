//! Any fact: of small words, so that histories meet themselves often.

use jiff::civil::{Date, DateTime, Time, date};
use proptest::prelude::*;
use rules::tax::Deduction;
use rules::{DayOfMonth, Days, Money, Month, PayDay, PayMonth};
use rust_decimal::Decimal;
use smol_str::SmolStr;
use uuid::Uuid;
use wages::event::*;
use wages::{
    AccountId, BlindIndex, Channel, ComplaintChannel, ComplaintState, Component, CreditCode, DepositForm,
    Direction, DocumentKind, Ending, Event, IdKind, IncomeType, InspectionDecision, Known, Party, PayCycle,
    PayForm, Payer, Private, ProjectCode, Reference, Refers, SealedField, Source, SubcontractKind, TermKind,
    Unit,
};

/// Whether personal data is plain, as in commands, or sealed, as in entries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum As {
    Asked,
    Recorded,
}

fn pick<T: Clone + std::fmt::Debug + 'static>(of: &'static [T]) -> impl Strategy<Value = T> + Clone {
    proptest::sample::select(of)
}

fn texts() -> impl Strategy<Value = String> + Clone {
    prop_oneof![8 => "[a-z王李张 ]{1,8}", 1 => Just(String::new()), 1 => any::<String>()]
}

fn parsed<T>(of: &'static [&'static str]) -> impl Strategy<Value = T> + Clone
where
    T: std::str::FromStr<Err: std::fmt::Debug> + Clone + std::fmt::Debug,
{
    pick(of).prop_map(|text| text.parse().expect("a well-formed sample"))
}

fn project() -> impl Strategy<Value = ProjectCode> + Clone {
    parsed(&["P-0001", "P-0002"])
}

fn employer() -> impl Strategy<Value = CreditCode> + Clone {
    parsed(&["91350100M000100Y43", "91330100799655058B"])
}

fn reference() -> impl Strategy<Value = Reference> + Clone {
    parsed(&["A-1", "A-2", "支 3"])
}

fn month() -> impl Strategy<Value = Month> + Clone {
    parsed(&["2026-02", "2026-03", "1999-12"])
}

fn day() -> impl Strategy<Value = Date> + Clone {
    (2025i16..2027, 1i8..=12, 1i8..=28).prop_map(|(y, m, d)| date(y, m, d))
}

fn moment() -> impl Strategy<Value = DateTime> + Clone {
    (day(), 0i8..24, 0i8..60, 0i8..60).prop_map(|(day, h, m, s)| day.at(h, m, s, 0))
}

fn time() -> impl Strategy<Value = Time> + Clone {
    (0i8..24, 0i8..60, 0i8..60).prop_map(|(h, m, s)| Time::new(h, m, s, 0).expect("a time of day"))
}

fn money() -> impl Strategy<Value = Money> + Clone {
    prop_oneof![6 => 1i64..=5_00, 1 => Just(0), 1 => any::<i64>()].prop_map(Money::from_fen)
}

fn decimal() -> impl Strategy<Value = Decimal> + Clone {
    prop_oneof![
        4 => (0i64..1_000_000, 0u32..=6).prop_map(|(n, scale)| Decimal::new(n, scale)),
        1 => (any::<i64>(), 0u32..=20).prop_map(|(n, scale)| Decimal::new(n, scale)),
    ]
}

fn tenths() -> impl Strategy<Value = Days> + Clone {
    prop_oneof![6 => 1i64..=30, 1 => any::<i64>()].prop_map(Days::from_tenths)
}

fn crew() -> impl Strategy<Value = Uuid> + Clone {
    (1u128..=2).prop_map(Uuid::from_u128)
}

fn index() -> impl Strategy<Value = BlindIndex> + Clone {
    any::<[u8; 16]>().prop_map(BlindIndex)
}

fn root() -> impl Strategy<Value = String> + Clone {
    prop_oneof![4 => "[0-9a-f]{64}", 1 => texts()]
}

fn private(form: As) -> impl Strategy<Value = Private> + Clone {
    let sealed = ("[A-Za-z0-9+/]{43}", "[A-Za-z0-9+/]{40,80}")
        .prop_map(|(c, x)| Private::Sealed(SealedField::from_base64(&c, &x).unwrap()));
    match form {
        As::Asked => texts().prop_map(Private::Plain).boxed(),
        As::Recorded => sealed.boxed(),
    }
}

fn maybe<S: Strategy + Clone>(of: S) -> impl Strategy<Value = Option<S::Value>> + Clone
where
    S::Value: Clone,
{
    proptest::option::of(of)
}

/// The first entries of a stream, by number.
fn refers() -> impl Strategy<Value = Refers> + Clone {
    (1u64..12).prop_map(Refers::Entry)
}

/// `make!(Type { field: strategy, … })`: a struct out of strategies for its fields, twelve at most.
macro_rules! make {
    ($type:ident { $($field:ident: $strategy:expr),+ $(,)? }) => {
        ($($strategy,)+).prop_map(|($($field,)+)| $type { $($field),+ })
    };
}

fn key() -> impl Strategy<Value = LineKey> + Clone {
    make!(LineKey { project: project(), employer: employer(), crew: crew(), month: month() })
}

fn terms() -> impl Strategy<Value = ContractTerms> + Clone {
    make!(ContractTerms {
        term: pick(TermKind::ALL),
        starts_on: day(),
        ends_on: maybe(day()),
        pay_form: pick(PayForm::ALL),
        unit_price: decimal(),
        unit: pick(Unit::ALL),
        pay_cycle: pick(PayCycle::ALL),
        pay_day: maybe(pay_day()),
        income: pick(IncomeType::ALL),
    })
}

fn pay_day() -> impl Strategy<Value = PayDay> + Clone {
    let day = (1u8..=32).prop_map(|day| DayOfMonth::new(day).unwrap_or(DayOfMonth::MONTH_END));
    (day, pick(&[PayMonth::Same, PayMonth::Following])).prop_map(|(day, of)| PayDay { day, of })
}

fn account() -> impl Strategy<Value = AccountId> + Clone {
    parsed(&["a-1", "uid-1000", "clerk.7"])
}

fn party(form: As) -> impl Strategy<Value = Party> + Clone {
    prop_oneof![
        account().prop_map(Party::Account),
        employer().prop_map(Party::Organisation),
        private(form).prop_map(Party::Named),
    ]
}

fn days() -> impl Strategy<Value = Vec<WorkDay>> + Clone {
    let one = make!(WorkDay {
        on: (1i8..=9).prop_map(|d| date(2026, 3, d)),
        days: tenths(),
        first_in: maybe(time()),
        last_out: maybe(time()),
        device: texts().prop_map(Into::into),
    });
    prop_oneof![
        6 => proptest::collection::btree_map(1i8..=28, one.clone(), 1..4).prop_map(|days| {
            days.into_iter().map(|(d, work)| WorkDay { on: date(2026, 3, d), ..work }).collect()
        }),
        1 => proptest::collection::vec(one, 0..4),
    ]
}

/// A line whose sums agree, mostly.
fn line(form: As) -> impl Strategy<Value = WageLine> + Clone {
    let deductions = make!(Deductions {
        social_insurance: money(),
        housing_fund: money(),
        income_tax: money(),
        other: money(),
    });
    let advances = make!(Advances { loan: money(), living_cost: money() });
    let components = proptest::collection::vec(
        make!(GrossComponent { kind: pick(Component::ALL), amount: money() }),
        0..4,
    );
    let counted = (tenths(), maybe(decimal()), pick(PayForm::ALL), decimal(), decimal());
    let account = (maybe(private(form)), maybe(index()), maybe(private(form)));
    let parts = (components, deductions, advances, proptest::bool::weighted(0.9), money());
    (counted, parts, account).prop_map(|(counted, parts, (account, account_index, remark))| {
        let (days, overtime_hours, pay_form, unit_price, quantity) = counted;
        let (mut components, deductions, advances, agrees, other) = parts;
        let kept = deductions.total().zip(advances.total()).and_then(|(d, a)| d.checked_add(a));
        if let (true, Some(kept)) = (agrees, kept) {
            components.push(GrossComponent { kind: Component::Bonus, amount: kept });
        }
        let gross = Money::checked_sum(components.iter().map(|c| c.amount)).unwrap_or(other);
        let net = kept.and_then(|kept| gross.checked_sub(kept)).filter(|_| agrees).unwrap_or(other);
        WageLine {
            days,
            overtime_hours,
            pay_form,
            unit_price,
            quantity,
            gross,
            components,
            deductions,
            advances,
            net,
            account,
            account_index,
            remark,
        }
    })
}

fn payment(form: As) -> impl Strategy<Value = PaymentDetails> + Clone {
    make!(PaymentDetails {
        project: project(),
        employer: employer(),
        month: month(),
        payer: pick(Payer::ALL),
        payer_account_index: maybe(index()),
        batch: reference(),
        number: 0u32..4,
        serial: maybe(reference()),
        amount: money(),
        payee_account: private(form),
        payee_account_index: index(),
        payee_holder: private(form),
    })
}

fn project_terms() -> impl Strategy<Value = ProjectTerms> + Clone {
    let names = (texts(), texts(), texts(), texts(), texts());
    let codes = (parsed(&["330110", "110000"]), employer(), employer(), index());
    let amounts = (money(), money(), 0u16..400, pay_day(), day(), day());
    (names, codes, amounts).prop_map(|(names, codes, amounts)| {
        let (name, owner_name, contractor_name, account_bank, account) = names;
        let (region, owner, contractor, account_index) = codes;
        let (contract_price, agreed_labour_cost, transfer_cycle_days, pay_day, starts_on, planned_end) =
            amounts;
        ProjectTerms {
            name,
            region,
            owner_name,
            owner,
            contractor_name,
            contractor,
            contract_price,
            account_bank,
            account,
            account_index,
            transfer_cycle_days,
            agreed_labour_cost,
            pay_day,
            starts_on,
            planned_end,
        }
    })
}

/// A worker's first fact.
pub(crate) fn registration(form: As) -> BoxedStrategy<Event> {
    let p = move || private(form);
    make!(WorkerRegistered {
        name: p(),
        id_kind: pick(IdKind::ALL),
        id_number: p(),
        phone: maybe(p()),
        card: maybe(p()),
        card_index: maybe(index()),
        bank: maybe(p()),
    })
    .prop_map(Event::WorkerRegistered)
    .boxed()
}

/// A fact about a worker.
pub(crate) fn of_worker(form: As) -> BoxedStrategy<Event> {
    let (p, work) = (move || private(form), days);
    prop_oneof![
        registration(form),
        make!(WorkerChanged {
            name: maybe(p()),
            phone: maybe(p()),
            card: maybe(p()),
            card_index: maybe(index()),
            bank: maybe(p())
        })
        .prop_map(Event::WorkerChanged),
        make!(SiteEntered {
            project: project(),
            employer: employer(),
            crew: crew(),
            entered_on: day(),
            trade_code: texts(),
            trade: texts(),
            crew_leader: any::<bool>(),
            changed: proptest::collection::vec(texts(), 0..3)
        })
        .prop_map(Event::SiteEntered),
        make!(SiteLeft {
            project: project(),
            entered_on: day(),
            left_on: maybe(day()),
            how: pick(Ending::ALL)
        })
        .prop_map(Event::SiteLeft),
        make!(ContractSigned {
            contract: reference(),
            project: project(),
            employer: employer(),
            document: pick(DocumentKind::ALL),
            signed_on: day(),
            terms: terms()
        })
        .prop_map(Event::ContractSigned),
        make!(ContractAmended { contract: refers(), from: day(), terms: terms(), reason: p() })
            .prop_map(Event::ContractAmended),
        make!(ContractEnded {
            contract: refers(),
            ended_on: day(),
            how: pick(Ending::ALL),
            ground: maybe(30u8..50).prop_map(Known::from),
            reason: maybe(p())
        })
        .prop_map(Event::ContractEnded),
        make!(WorkRecorded { project: project(), days: work() }).prop_map(Event::WorkRecorded),
        make!(WorkCorrected { corrects: refers(), project: project(), days: work(), reason: p() })
            .prop_map(Event::WorkCorrected),
        make!(WagesAccrued { of: key(), correction: 0u16..3, line: line(form) })
            .prop_map(Event::WagesAccrued),
        make!(WagesCorrected {
            corrects: refers(),
            of: key(),
            correction: 0u16..3,
            line: line(form),
            reason: p()
        })
        .prop_map(Event::WagesCorrected),
        make!(TaxWithheld {
            employer: employer(),
            pay_month: month(),
            income: pick(IncomeType::ALL),
            declared_income: money(),
            amount: money(),
            declaration: reference()
        })
        .prop_map(Event::TaxWithheld),
        make!(DeductionDeclared {
            employer: employer(),
            kind: pick(Deduction::ALL),
            monthly: money(),
            from: month(),
            until: maybe(month()),
            declared_on: day(),
            changed: changed()
        })
        .prop_map(Event::DeductionDeclared),
        make!(PaymentRecorded { payment: payment(form), value_at: moment() })
            .prop_map(Event::PaymentRecorded),
        make!(PaymentFailed { payment: payment(form), reason: maybe(p()) }).prop_map(Event::PaymentFailed),
        make!(PaymentReturned {
            returns: refers(),
            payment: payment(form),
            returned_at: moment(),
            reason: maybe(p())
        })
        .prop_map(Event::PaymentReturned),
        make!(WagesConfirmed { line: refers() }).prop_map(Event::WagesConfirmed),
        make!(WagesDisputed { line: refers(), claimed_net: maybe(money()), statement: p() })
            .prop_map(Event::WagesDisputed),
    ]
    .boxed()
}

/// A fact about a project, crew or organisation, or the ledger itself.
fn of_others(form: As) -> BoxedStrategy<Event> {
    let p = move || private(form);
    let keys = make!(LedgerKey { purpose: texts(), algorithm: texts(), public_key: texts() });
    let rows = make!(RowCounts { recorded: any::<u32>(), already_recorded: any::<u32>(), refused: 0u32..3 });
    prop_oneof![
        make!(LedgerCreated {
            ledger: crew(),
            origin: texts(),
            suite: 0u8..3,
            keys: proptest::collection::vec(keys, 0..3)
        })
        .prop_map(Event::LedgerCreated),
        make!(FileImported {
            digest: root(),
            kind: texts(),
            project: proptest::option::of(project()),
            name: p(),
            bytes: any::<u64>(),
            rows: rows
        })
        .prop_map(Event::FileImported),
        make!(DataRevealed {
            to: party(form),
            purpose: p(),
            question: texts(),
            workers: any::<u32>(),
            root: root()
        })
        .prop_map(Event::DataRevealed),
        make!(ClockOverridden { entry: any::<u64>(), reason: p() }).prop_map(Event::ClockOverridden),
        make!(CrewRegistered { project: project(), employer: employer(), label: p() })
            .prop_map(Event::CrewRegistered),
        make!(ProjectRegistered { code: project(), terms: project_terms() })
            .prop_map(Event::ProjectRegistered),
        make!(ProjectChanged {
            code: project(),
            changed: proptest::collection::vec(texts(), 0..3),
            terms: project_terms()
        })
        .prop_map(Event::ProjectChanged),
        make!(SheetSealed {
            of: key(),
            correction: 0u16..3,
            lines: 0u32..3,
            gross: money(),
            deductions: money(),
            advances: money(),
            net: money(),
            root: root()
        })
        .prop_map(Event::SheetSealed),
        make!(BatchSealed {
            project: project(),
            employer: employer(),
            month: month(),
            batch: reference(),
            payer_account: p(),
            payer_account_index: index(),
            payer_holder: p(),
            lines: 0u32..3,
            amount: money(),
            root: root()
        })
        .prop_map(Event::BatchSealed),
        make!(AccountMoved {
            project: project(),
            on: day(),
            direction: pick(Direction::ALL),
            amount: money(),
            balance: money(),
            counterparty: maybe(p()),
            memo: maybe(p()),
            labour_cost: any::<bool>(),
            serial: reference(),
            statement: month(),
            line: any::<u32>()
        })
        .prop_map(Event::AccountMoved),
        make!(OrganisationRegistered { code: employer(), name: texts() })
            .prop_map(Event::OrganisationRegistered),
    ]
    .boxed()
}

fn changed() -> impl Strategy<Value = Vec<String>> + Clone {
    proptest::collection::vec(texts(), 0..3)
}

/// Subcontracts, deposits, inspections, complaints.
fn of_oversight(form: As) -> BoxedStrategy<Event> {
    let names = (texts(), texts());
    let subcontract = make!(SubcontractSigned {
        project: project(),
        number: reference(),
        giver_name: names.0,
        giver: employer(),
        taker_name: names.1,
        taker: employer(),
        kind: pick(SubcontractKind::ALL),
        signed_on: day(),
        starts_on: day(),
        ends_on: day(),
        price: money(),
        changed: changed()
    });
    let deposit = make!(DepositLodged {
        project: project(),
        number: reference(),
        liable: employer(),
        form: pick(DepositForm::ALL),
        amount: money(),
        issuer: texts(),
        valid_from: day(),
        valid_to: day(),
        changed: changed()
    });
    let inspection = make!(SiteInspected {
        project: project(),
        on: day(),
        by: texts(),
        board: any::<bool>(),
        officer: any::<bool>(),
        real_name: any::<bool>(),
        problem: maybe(private(form)),
        decision: pick(InspectionDecision::ALL),
        correct_by: maybe(day()),
        closed_on: maybe(day()),
        changed: changed()
    });
    let complaint = make!(ComplaintFiled {
        project: project(),
        number: reference(),
        on: day(),
        channel: pick(ComplaintChannel::ALL),
        people: 0u32..30,
        amount: money(),
        state: pick(ComplaintState::ALL),
        closed_on: maybe(day()),
        changed: changed()
    });
    prop_oneof![
        subcontract.prop_map(Event::SubcontractSigned),
        deposit.prop_map(Event::DepositLodged),
        inspection.prop_map(Event::SiteInspected),
        complaint.prop_map(Event::ComplaintFiled),
    ]
    .boxed()
}

/// What people do with warnings.
fn of_warnings(form: As) -> BoxedStrategy<Event> {
    let (p, day) = (move || private(form), day);
    let of = || {
        make!(WarningKey {
            rule: parsed(&["I01", "I13", "X1"]),
            project: maybe(project()),
            employer: maybe(employer()),
            as_of: day(),
        })
    };
    prop_oneof![
        make!(WarningAcknowledged { of: of(), reason: p() }).prop_map(Event::WarningAcknowledged),
        make!(WarningAssigned { of: of(), to: party(form), until: maybe(day()), reason: p() })
            .prop_map(Event::WarningAssigned),
        make!(WarningOrdered { of: of(), to: party(form), until: day(), reason: p() })
            .prop_map(Event::WarningOrdered),
        make!(WarningExplained { of: of(), reason: p() }).prop_map(Event::WarningExplained),
        make!(WarningResolved { of: of(), reason: p() }).prop_map(Event::WarningResolved),
    ]
    .boxed()
}

/// Any fact at all.
pub(crate) fn event(form: As) -> BoxedStrategy<Event> {
    prop_oneof![17 => of_worker(form), 10 => of_others(form), 4 => of_oversight(form), 5 => of_warnings(form)]
        .boxed()
}

pub(crate) fn source() -> impl Strategy<Value = Source> {
    use Channel::*;
    let channel = pick(&[File, Cli, Http, Web, Worker, Link, Machine, System]);
    let number = || maybe(any::<u32>()).prop_map(Known::from);
    make!(Source {
        actor: maybe(account()).prop_map(Known::from),
        on_behalf_of: maybe(employer()).prop_map(Known::from),
        grant: maybe(any::<u64>()).prop_map(Known::from),
        channel: channel,
        file: root().prop_map(SmolStr::from),
        sheet: number(),
        row: number(),
        device: texts().prop_map(SmolStr::from),
        captured_at: texts().prop_map(SmolStr::from),
    })
}
