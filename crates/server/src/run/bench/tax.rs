//! Withholding of a city for a year, asked of a read model, beside what the database needs to hand over the rows
//! that it is worked out from.

use super::following;
use super::places::Folder;
use super::stopwatch::{Elapsed, Stopwatch, per_second};
use super::workload::{EMPLOYERS, SEED, id, mix, wage_line};
use super::{Rates, Report, round, thousands};
use crate::failure::Failure;
use chain::{Hash, Head, Header, Kind, Tail, entry_hash};
use jiff::civil::date;
use readmodel::{Database, Projected, ReadModel, WithheldLines};
use rules::tax::{AgentTaxYear, Declared, Deduction, Paid, SheetMonth};
use rules::{Money, Month};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde::Serialize;
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;
use wages::event::{
    ContractSigned, ContractTerms, DeductionDeclared, LineKey, PaymentDetails, PaymentRecorded, WageLine,
    WagesAccrued,
};
use wages::{
    BlindIndex, Channel, CreditCode, DocumentKind, Event, IncomeType, PayCycle, PayForm, Payer, Private,
    ProjectCode, SealedField, Source, TermKind, Unit,
};

const ORIGIN: &str = "wageledger.invalid/bench";
/// Months of payment of the year.
const MONTHS: u64 = 12;
/// Entries handed to the read model at a time.
const BATCH: usize = 20_000;
/// Rows of a worker's year that the database hands over at once.
const BLOCK: u32 = 1_000;
/// What a worker takes in the read model while it is made, in bytes.
const WORKER_BYTES: u64 = 25_000;
/// One worker in so many has a sheet with another tax than the right one in December.
const WRONG: u64 = 33;

/// What [`measure`] found; rates in worker-months.
#[derive(Debug, Serialize)]
pub(crate) struct Tax {
    #[serde(flatten)]
    rates: Rates,
    seed: u64,
    workers: u64,
    worker_months: u64,
    /// Workers whose sheets of December show another tax than the right one.
    wrong: u64,
    seconds: f64,
    /// Of all threads; the database reads on a thread of its own.
    cpu_seconds: Option<f64>,
    /// Reading from the database what the answer is made of, and nothing else.
    raw_seconds: f64,
}

/// Makes a read model of so many workers' year, and asks it once for December's withholding.
pub(super) async fn measure(folder: &Folder, workers: u64) -> Result<Tax, Failure> {
    folder.must_have_room(workers.saturating_mul(WORKER_BYTES))?;
    let path = folder.join("readmodel.sqlite");
    let database = Database::File(path.clone());
    fill(&database, workers).await?;
    let model = ReadModel::open(&database, ORIGIN).await?;
    let december = Month::of(date(2026, 12, 1));
    let watch = Stopwatch::start();
    let answer = model.withholding(december, None, WithheldLines::Variances).await?;
    let Elapsed { wall, cpu_s } = watch.stop();
    let raw = tokio::task::block_in_place(|| read(&path, december))?;
    if answer.total.payees != workers {
        return Err(Failure::cannot("not every worker was looked at"));
    }
    let worker_months = workers * MONTHS;
    Ok(Tax {
        rates: Rates::new("tax", per_second(worker_months, wall), per_second(worker_months, raw)),
        seed: SEED,
        workers,
        worker_months,
        wrong: answer.total.wrong,
        seconds: round(wall.as_secs_f64(), 3),
        cpu_seconds: cpu_s.map(|seconds| round(seconds, 2)),
        raw_seconds: round(raw.as_secs_f64(), 3),
    })
}

/// Asks what the answer is made of through SQLite alone, and counts the bytes.
fn read(path: &Path, pay_month: Month) -> Result<Duration, Failure> {
    let database = Connection::open(path)?;
    database.execute_batch("PRAGMA cache_size = -65536")?;
    let wage_month = wage_month(MONTHS - 1).to_string();
    let watch = Stopwatch::start();
    let mut bytes = 0;
    let mut years = database.prepare(include_str!("../../../../../projections/tax_years.sql"))?;
    let mut last = [const { String::new() }; 3];
    loop {
        let [worker, employer, project] = &last;
        let asked = (pay_month.year(), worker, employer, project, BLOCK);
        let block: Option<String> = years.query_row(asked, |row| row.get(0))?;
        let Some(block) = block else { break };
        bytes += block.len();
        let mut key = block.rsplit(',').next().unwrap_or_default().split(' ');
        last = std::array::from_fn(|_| key.next().unwrap_or_default().to_owned());
    }
    for sql in [
        include_str!("../../../../../projections/tax_wages_paid.sql"),
        include_str!("../../../../../projections/tax_missing.sql"),
    ] {
        let mut question = database.prepare(sql)?;
        let columns = question.column_count();
        let mut rows = question.query((&wage_month, ""))?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                if let ValueRef::Text(text) = row.get_ref(column)? {
                    bytes += text.len();
                }
            }
        }
    }
    std::hint::black_box(bytes);
    Ok(watch.stop().wall)
}

/// Entries without a journal: a contract a worker, then sheet after sheet, the workers of every month in the same
/// order, and the payments of the month asked about. They go through the projector as a ledger's would.
async fn fill(database: &Database, workers: u64) -> Result<(), Failure> {
    let model = ReadModel::begin_rebuild(database, ORIGIN).await?;
    let city = City::new(workers)?;
    let mut chain =
        Chain { head: Head::genesis(ORIGIN), tails: HashMap::new(), batch: Vec::with_capacity(BATCH) };
    for worker in 0..workers {
        chain.say(&model, id(1, worker), city.contract(worker)?).await?;
        if let Some(declared) = declared(worker) {
            chain.say(&model, id(1, worker), city.declaration(worker, declared)).await?;
        }
    }
    for month in 0..MONTHS {
        for worker in 0..workers {
            chain.say(&model, id(1, worker), city.wages(worker, month)?).await?;
        }
    }
    for worker in 0..workers {
        chain.say(&model, id(1, worker), city.payment(worker)?).await?;
    }
    model.hand_over(&chain.batch, &[]).await?;
    model.settle().await?;
    Ok(model.finish_rebuild(database).await?)
}

/// Entries on their way.
struct Chain {
    head: Head,
    /// Where subjects' streams end.
    tails: HashMap<Uuid, Tail>,
    batch: Vec<Projected>,
}

impl Chain {
    async fn say(&mut self, model: &ReadModel, subject: Uuid, event: Event) -> Result<(), Failure> {
        let end = self.tails.get(&subject).copied();
        let header = Header {
            kind: Kind::Subject,
            seq: self.head.seq + 1,
            recorded_at: self.head.recorded_at + 1,
            prev: self.head.hash,
            body_digest: Hash([0; 32]),
            subject: subject.into_bytes(),
            subject_seq: end.map_or(0, |end| end.entries) + 1,
            subject_prev: end.map_or(0, |end| end.seq),
            command_id: [0; 16],
        };
        let hash = entry_hash(&header.encode());
        self.head = Head { seq: header.seq, hash, recorded_at: header.recorded_at };
        self.tails.insert(subject, Tail { seq: header.seq, entries: header.subject_seq });
        self.batch.push(Projected { header, hash, event, source: Source::of("bench", Channel::System) });
        if self.batch.len() == BATCH {
            model.hand_over(&self.batch, &[]).await?;
            self.batch.clear();
        }
        Ok(())
    }
}

/// Workers with their employers and the tax on their sheets.
struct City {
    places: Vec<(ProjectCode, CreditCode, Uuid)>,
    /// By worker and month; in fen.
    tax: Vec<[i64; MONTHS as usize]>,
}

impl City {
    fn new(workers: u64) -> Result<City, Failure> {
        let mut places = Vec::new();
        for place in 0..96u64 {
            let employer = EMPLOYERS[(place % 3) as usize].parse()?;
            places.push((format!("33010620250100{:02}", place / 3).parse()?, employer, id(3, place)));
        }
        let law = AgentTaxYear::of(2026);
        let mut tax = Vec::with_capacity(workers as usize);
        for worker in 0..workers {
            let months = (0..MONTHS).map(|month| SheetMonth {
                month: wage_month(month).next(),
                paid: Paid::Wages,
                income: wage_line(worker * MONTHS + month).gross,
                special: Money::ZERO,
                withheld: None,
            });
            let months: Vec<_> = months.collect();
            let right = law.right(Some(date(2025, 12, 1)), declared(worker).as_slice(), &months)?;
            let mut of_worker = [0; MONTHS as usize];
            for (tax, right) in of_worker.iter_mut().zip(right) {
                *tax = right.withhold().fen();
            }
            if let Some(december) = of_worker.last_mut() {
                *december += i64::from(mix(worker).is_multiple_of(WRONG)) * 100;
            }
            tax.push(of_worker);
        }
        Ok(City { places, tax })
    }

    fn place(&self, worker: u64) -> &(ProjectCode, CreditCode, Uuid) {
        &self.places[(worker % self.places.len() as u64) as usize]
    }

    fn contract(&self, worker: u64) -> Result<Event, Failure> {
        let (project, employer, _) = self.place(worker);
        Ok(Event::ContractSigned(ContractSigned {
            contract: format!("HT-{worker:010}").parse()?,
            project: project.clone(),
            employer: employer.clone(),
            document: DocumentKind::LabourContract,
            signed_on: date(2025, 12, 1),
            terms: ContractTerms {
                term: TermKind::OpenEnded,
                starts_on: date(2025, 12, 1),
                ends_on: None,
                pay_form: PayForm::Daily,
                unit_price: "380".parse()?,
                unit: Unit::Day,
                pay_cycle: PayCycle::Monthly,
                pay_day: Some(following(15)?),
                income: IncomeType::Wages,
            },
        }))
    }

    fn declaration(&self, worker: u64, declared: Declared) -> Event {
        let Declared { kind, monthly, from, until, declared_on } = declared;
        let employer = self.place(worker).1.clone();
        let changed = Vec::new();
        Event::DeductionDeclared(DeductionDeclared {
            employer,
            kind,
            monthly,
            from,
            until,
            declared_on,
            changed,
        })
    }

    /// A line with the tax of the sheet.
    fn line(&self, worker: u64, month: u64) -> Result<WageLine, Failure> {
        let mut line = wage_line(worker * MONTHS + month);
        line.deductions.income_tax = Money::from_fen(self.tax[worker as usize][month as usize]);
        let taken = [line.deductions.total(), line.advances.total()].into_iter().flatten();
        let net = Money::checked_sum(taken).and_then(|taken| line.gross.checked_sub(taken));
        line.net = net.ok_or_else(|| Failure::cannot("a line is too large"))?;
        Ok(line)
    }

    fn wages(&self, worker: u64, month: u64) -> Result<Event, Failure> {
        let (project, employer, crew) = self.place(worker).clone();
        let of = LineKey { project, employer, crew, month: wage_month(month) };
        let line = self.line(worker, month)?;
        Ok(Event::WagesAccrued(WagesAccrued { of, correction: 0, line }))
    }

    /// Of the wages that are paid in the month asked about: all of them.
    fn payment(&self, worker: u64) -> Result<Event, Failure> {
        let (project, employer, _) = self.place(worker).clone();
        let month = wage_month(MONTHS - 1);
        Ok(Event::PaymentRecorded(PaymentRecorded {
            payment: PaymentDetails {
                project,
                employer,
                month,
                payer: Payer::GeneralContractor,
                payer_account_index: None,
                batch: "PC-1".parse()?,
                number: 1,
                serial: None,
                amount: self.line(worker, MONTHS - 1)?.net,
                payee_account: sealed(),
                payee_account_index: BlindIndex([0; 16]),
                payee_holder: sealed(),
            },
            value_at: month.next().first_day().at(10, 0, 0, 0),
        }))
    }
}

/// What a worker declared to be deducted: one of three pays rent.
fn declared(worker: u64) -> Option<Declared> {
    mix(worker).is_multiple_of(3).then(|| Declared {
        kind: Deduction::Rent,
        monthly: Money::from_fen(150_000),
        from: Month::of(date(2026, 1, 1)),
        until: None,
        declared_on: date(2025, 12, 20),
    })
}

/// Wages of December 2025 to November 2026 are paid in 2026.
fn wage_month(number: u64) -> Month {
    (0..number).fold(Month::of(date(2025, 12, 1)), |month, _| month.next())
}

/// Stands for a value that nobody opens here.
fn sealed() -> Private {
    Private::Sealed(SealedField::encode(&[0; 32], &[]))
}

impl Report for Tax {
    fn lines(&self) -> Vec<String> {
        let cpu = self.cpu_seconds.map(|seconds| format!(", {seconds} s of processor")).unwrap_or_default();
        vec![
            self.rates.line("worker-months"),
            format!(
                "{} workers × {MONTHS} months in {} s{cpu}; the database alone {} s; {} workers with a wrong tax in \
                 December, seed {}",
                thousands(self.workers as f64),
                self.seconds,
                self.raw_seconds,
                thousands(self.wrong as f64),
                self.seed
            ),
        ]
    }
}
