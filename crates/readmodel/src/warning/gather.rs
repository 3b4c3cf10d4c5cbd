//! Keeps the rows of `site_month`: made anew for every month of every project that entries touched.

use super::digest::{ContractDays, Due, Line, MonthRows, Payment, StayDays, Surroundings, digest};
use super::site_month::write_present;
use crate::ReadModelError;
use crate::engine::Connection;
use crate::packed::parts;
use crate::projector::MonthDays;
use crate::rows::Rows;
use crate::tables;
use crate::value::{Read, Value, json};
use rules::{Month, PayDay};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Months of projects that a batch of entries touched.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touched {
    months: BTreeMap<String, Months>,
    /// Workers who have another card: every month of their projects.
    workers: BTreeSet<Uuid>,
}

#[derive(Clone, Debug, Default)]
struct Months {
    /// All that there are.
    all: bool,
    single: BTreeSet<Month>,
}

impl Touched {
    pub(crate) fn month(&mut self, project: &str, month: Month) {
        self.of(project).single.insert(month);
    }

    pub(crate) fn all_months(&mut self, project: &str) {
        self.of(project).all = true;
    }

    /// Takes out the single months from one on, by project; what else there is stays.
    pub(crate) fn take_from(&mut self, first: Month) -> Vec<(String, BTreeSet<Month>)> {
        let taken = self
            .months
            .iter_mut()
            .map(|(project, months)| (project.clone(), months.single.split_off(&first)));
        taken.filter(|(_, months)| !months.is_empty()).collect()
    }

    /// Whether single months are noted.
    pub(crate) fn has_months(&self) -> bool {
        self.months.values().any(|months| !months.single.is_empty())
    }

    /// Its projects shared out.
    pub(crate) fn shared_out(self, parts: usize) -> Vec<Touched> {
        let mut shares: Vec<Touched> = (0..parts).map(|_| Touched::default()).collect();
        for (at, (project, months)) in self.months.into_iter().enumerate() {
            shares[at % parts].months.insert(project, months);
        }
        shares
    }

    pub(crate) fn worker(&mut self, worker: Uuid) {
        self.workers.insert(worker);
    }

    fn of(&mut self, project: &str) -> &mut Months {
        if !self.months.contains_key(project) {
            self.months.insert(project.to_owned(), Months::default());
        }
        self.months.entry(project.to_owned()).or_default()
    }
}

/// Projects whose rosters and contracts are in memory at once.
const PROJECTS_AT_ONCE: usize = 32;
/// Months of these that are made in one go: some thousand rows in memory, on large sites some ten thousand.
const MONTHS_AT_ONCE: usize = 16;

/// Each with the keys as a table `k`; CROSS JOIN keeps SQLite from turning the join round.
const KNOWN: &str = "SELECT t.project, t.month FROM k CROSS JOIN site_month t WHERE t.project = k.k1";
const PROJECTS: &str = "SELECT t.code, t.region, t.contractor, t.account_index, t.pay_day \
    FROM k CROSS JOIN project t WHERE t.code = k.k1";
const STAYS: &str = "SELECT t.worker, t.project, t.entered_on, t.left_on, t.employer, t.crew, t.seq \
    FROM k CROSS JOIN stay t WHERE t.project = k.k1";
const CARDS: &str = "SELECT DISTINCT t.project, t.worker, c.card_index FROM k CROSS JOIN stay t \
    CROSS JOIN worker_card c WHERE t.project = k.k1 AND c.worker = t.worker";
const PROJECTS_OF: &str = "SELECT DISTINCT t.project FROM k CROSS JOIN stay t WHERE t.worker = k.k1";
const CONTRACTS: &str = "SELECT c.contract, c.worker, c.project, c.signed_on, t.in_force_from, t.starts_on, \
    t.ends_on FROM k CROSS JOIN contract c CROSS JOIN contract_terms t \
    WHERE c.project = k.k1 AND t.contract = c.contract ORDER BY c.contract, t.seq";
const ENDS: &str = "SELECT c.contract, c.project, t.ended_on FROM k CROSS JOIN contract c \
    CROSS JOIN contract_end t WHERE c.project = k.k1 AND t.contract = c.contract ORDER BY t.seq";
/// The rows of a month as one text ([`crate::packed`]).
const WORK: &str = "SELECT k.k1 AS project, k.k2 AS month, (SELECT string_agg(concat_ws(' ', t.worker, t.days, t.gate), ',') \
    FROM work t WHERE t.project = k.k1 AND t.month = k.k2) AS all_of FROM k";
const LINES: &str = "SELECT k.k1 AS project, k.k2 AS month, (SELECT string_agg(concat_ws(' ', l.line, l.version, \
    l.worker, l.employer, l.crew, l.gross, l.net, l.nominal_due, COALESCE(l.due_on, '-'), \
    COALESCE(CAST(l.no_calendar AS TEXT), '-'), COALESCE(v.account_index, '-')), ',') \
    FROM wage_line l CROSS JOIN wage_version v \
    WHERE l.project = k.k1 AND l.month = k.k2 AND v.seq = l.version) AS all_of FROM k";
const PAYMENTS: &str = "SELECT k.k1 AS project, k.k2 AS month, (SELECT string_agg(concat_ws(' ', p.seq, p.worker, \
    p.employer, p.value_on, p.amount, COALESCE(p.payer_account_index, '-'), p.payee_account_index, \
    COALESCE((SELECT MIN(r.returned_on) FROM payment_return r WHERE r.payment = p.seq), '-')), ',') \
    FROM payment p WHERE p.project = k.k1 AND p.month = k.k2 AND p.value_on IS NOT NULL) AS all_of FROM k";

/// Makes the touched months anew.
pub(crate) async fn refresh(touched: &Touched, connection: &mut Connection) -> Result<(), ReadModelError> {
    let mut months: BTreeMap<String, BTreeSet<Month>> = BTreeMap::new();
    let whole = touched.months.iter().filter(|(_, months)| months.all);
    let mut whole: BTreeSet<String> = whole.map(|(project, _)| project.clone()).collect();
    let workers = touched.workers.iter().map(|worker| [Value::Id(*worker)]);
    for row in connection.fetch_by_keys(PROJECTS_OF, workers).await? {
        whole.insert(row.text("project")?);
    }
    for row in connection.fetch_by_keys(KNOWN, whole.iter().map(|project| [project.into()])).await? {
        months.entry(row.text("project")?).or_default().insert(row.parsed("month")?);
    }
    for (project, touched) in &touched.months {
        months.entry(project.clone()).or_default().extend(&touched.single);
    }
    make(months, connection).await
}

/// Makes every month that any entry touched.
pub(crate) async fn refresh_all(
    touched: &Touched,
    connection: &mut Connection,
) -> Result<(), ReadModelError> {
    let months = touched.months.iter().map(|(project, touched)| (project.clone(), touched.single.clone()));
    make(months.collect(), connection).await
}

async fn make(
    months: BTreeMap<String, BTreeSet<Month>>,
    connection: &mut Connection,
) -> Result<(), ReadModelError> {
    let months: Vec<(String, BTreeSet<Month>)> = months.into_iter().filter(|(_, m)| !m.is_empty()).collect();
    for chunk in months.chunks(PROJECTS_AT_ONCE) {
        let surroundings = surroundings(chunk, connection).await?;
        let nowhere = Surroundings::default();
        let months = chunk.iter().flat_map(|(project, months)| months.iter().map(move |m| (project, *m)));
        for group in months.collect::<Vec<_>>().chunks(MONTHS_AT_ONCE) {
            let mut found = rows(group, connection).await?;
            let mut out = Rows::of(&tables::SITE_MONTH);
            for (project, month) in group {
                let rows = found.remove(&((*project).clone(), *month)).unwrap_or_default();
                let around = surroundings.get(*project).unwrap_or(&nowhere);
                out.push(site_month(project, *month, around, &rows));
            }
            out.write(connection).await?;
        }
    }
    Ok(())
}

/// The row of a month.
pub(crate) fn site_month(project: &str, month: Month, around: &Surroundings, rows: &MonthRows) -> [Value; 4] {
    let (facts, present) = digest(around, month, rows);
    [project.into(), month.into(), json(&facts), write_present(&present).into()]
}

type Chunk = [(String, BTreeSet<Month>)];

async fn surroundings(
    chunk: &Chunk,
    connection: &mut Connection,
) -> Result<BTreeMap<String, Surroundings>, ReadModelError> {
    let keys = || chunk.iter().map(|(project, _)| [Value::from(project)]);
    let mut out: BTreeMap<String, Surroundings> = BTreeMap::new();
    for row in connection.fetch_by_keys(PROJECTS, keys()).await? {
        let surroundings = out.entry(row.text("code")?).or_default();
        surroundings.region = row.text("region")?.parse().ok();
        surroundings.contractor = row.text("contractor")?.into();
        surroundings.account = Some(row.parsed("account_index")?);
        surroundings.pay_day = PayDay::from_code(row.int("pay_day")?);
    }
    for row in connection.fetch_by_keys(STAYS, keys()).await? {
        let stay = StayDays {
            from: row.parsed("entered_on")?,
            to: row.parsed_or_null("left_on")?,
            employer: row.text("employer")?.into(),
            crew: row.parsed("crew")?,
            seq: row.int("seq")?,
        };
        let of = out.entry(row.text("project")?).or_default();
        of.stays.entry(row.parsed("worker")?).or_default().push(stay);
    }
    for row in connection.fetch_by_keys(CARDS, keys()).await? {
        let of = out.entry(row.text("project")?).or_default();
        of.cards.entry(row.parsed("worker")?).or_default().insert(row.parsed("card_index")?);
    }
    let mut ends: BTreeMap<i64, jiff::civil::Date> = BTreeMap::new();
    for row in connection.fetch_by_keys(ENDS, keys()).await? {
        ends.insert(row.int("contract")?, row.parsed("ended_on")?);
    }
    let mut last = None;
    for row in connection.fetch_by_keys(CONTRACTS, keys()).await? {
        let contract = row.int("contract")?;
        let of = out.entry(row.text("project")?).or_default();
        let contracts = of.contracts.entry(row.parsed("worker")?).or_default();
        let terms = (row.parsed("in_force_from")?, row.parsed("starts_on")?, row.parsed_or_null("ends_on")?);
        match contracts.last_mut().filter(|_| last == Some(contract)) {
            Some(known) => known.terms.push(terms),
            None => contracts.push(ContractDays {
                signed_on: row.parsed("signed_on")?,
                terms: vec![terms],
                ended_on: ends.get(&contract).copied(),
            }),
        }
        last = Some(contract);
    }
    Ok(out)
}

async fn rows(
    months: &[(&String, Month)],
    connection: &mut Connection,
) -> Result<BTreeMap<(String, Month), MonthRows>, ReadModelError> {
    let keys = || months.iter().map(|(project, month)| [Value::from(*project), (*month).into()]);
    let mut out: BTreeMap<(String, Month), MonthRows> = BTreeMap::new();
    for row in connection.fetch_by_keys(WORK, keys()).await? {
        let of = out.entry((row.text("project")?, row.parsed("month")?)).or_default();
        for mut fields in parts(&row.text_or_null("all_of")?.unwrap_or_default()) {
            let worker = fields.parsed()?;
            of.work.insert(worker, MonthDays::read(fields.next()?)?);
            of.gate.insert(worker, fields.parsed()?);
        }
    }
    for row in connection.fetch_by_keys(LINES, keys()).await? {
        let of = out.entry((row.text("project")?, row.parsed("month")?)).or_default();
        for mut fields in parts(&row.text_or_null("all_of")?.unwrap_or_default()) {
            of.lines.push(Line {
                line: fields.parsed()?,
                version: fields.parsed()?,
                worker: fields.parsed()?,
                employer: fields.next()?.into(),
                crew: fields.parsed()?,
                gross: fields.parsed()?,
                net: fields.parsed()?,
                due: Due {
                    nominal: fields.day()?,
                    on: fields.day_or_none()?,
                    no_calendar: fields.parsed_or_none()?,
                },
                card: fields.parsed_or_none()?,
            });
        }
        of.lines.sort_unstable_by_key(|line| line.line);
    }
    for row in connection.fetch_by_keys(PAYMENTS, keys()).await? {
        let of = out.entry((row.text("project")?, row.parsed("month")?)).or_default();
        for mut fields in parts(&row.text_or_null("all_of")?.unwrap_or_default()) {
            of.payments.push(Payment {
                seq: fields.parsed()?,
                worker: fields.parsed()?,
                employer: fields.next()?.into(),
                on: fields.day()?,
                amount: fields.parsed()?,
                account: fields.parsed_or_none()?,
                card: fields.parsed()?,
                returned_on: fields.day_or_none()?,
            });
        }
        of.payments.sort_unstable_by_key(|payment| payment.seq);
    }
    Ok(out)
}
