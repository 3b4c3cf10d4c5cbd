//! What early warning needs of a bulk besides what rows need, and months of early warning made from memory: as long as a
//! month's facts are remembered, nobody has to read back from the database what was just written into it.

use super::due::due;
use super::state::{Pair, State};
use crate::value::Value;
use crate::warning::{ContractDays, Due, Line, MonthRows, Payment, StayDays, Surroundings, site_month};
use foldhash::HashMap;
use jiff::civil::Date;
use rules::{Month, PayDay};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;
use wages::BlindIndex;

/// Kept beside the pairs of a bulk.
pub(crate) struct Gathered {
    /// No month from this one on was forgotten.
    from: Month,
    /// Payments that went through, by project and month, in ledger order.
    payments: HashMap<Arc<str>, BTreeMap<Month, Vec<Payment>>>,
    /// When payments came back, by their entry; of several days the first.
    returned: HashMap<i64, Date>,
    /// Every card that a roster ever called the worker's own.
    cards: HashMap<Uuid, BTreeSet<BlindIndex>>,
}

impl Default for Gathered {
    fn default() -> Gathered {
        Gathered {
            from: Month::FIRST,
            payments: HashMap::default(),
            returned: HashMap::default(),
            cards: HashMap::default(),
        }
    }
}

impl Gathered {
    /// Whether it is a new one.
    pub(crate) fn card(&mut self, worker: Uuid, index: BlindIndex) -> bool {
        self.cards.entry(worker).or_default().insert(index)
    }

    pub(crate) fn payment(&mut self, project: Arc<str>, month: Month, payment: Payment) {
        if month >= self.from {
            self.payments.entry(project).or_default().entry(month).or_default().push(payment);
        }
    }

    pub(crate) fn returned(&mut self, payment: i64, on: Date) {
        let first = self.returned.entry(payment).or_insert(on);
        *first = on.min(*first);
    }

    /// No month from this one on was forgotten.
    pub(crate) fn from(&self) -> Month {
        self.from
    }

    /// Months before one were forgotten.
    pub(crate) fn forget_before(&mut self, first: Month) {
        self.from = self.from.max(first);
        for months in self.payments.values_mut() {
            *months = months.split_off(&self.from);
        }
    }
}

/// Rows of early warning of a project's months, none of them before [`Gathered::from`].
pub(crate) fn site_months(
    state: &State,
    gathered: &Gathered,
    project: &str,
    months: &BTreeSet<Month>,
    mut row: impl FnMut([Value; 4]),
) {
    let mut workers = state.people_of(project).to_vec();
    workers.sort_unstable();
    let known = state.projects.get(project);
    let pay_day = known.and_then(|known| known.pay_day);
    let mut around = Surroundings { pay_day, ..Surroundings::default() };
    if let Some(known) = known {
        (around.region, around.contractor, around.account) =
            (known.region, known.contractor.clone(), known.account);
    }
    let mut rows: BTreeMap<Month, MonthRows> = BTreeMap::new();
    for worker in workers {
        let Some(pair) = state.known(worker, project) else { continue };
        add_worker(worker, pair, gathered, &mut around);
        for (month, cell) in pair.months.iter().filter(|(month, _)| months.contains(month)) {
            let rows = rows.entry(month).or_default();
            if !cell.days.is_empty() {
                rows.work.insert(worker, cell.days.clone());
                rows.gate.insert(worker, cell.gate);
            }
            rows.lines.extend(cell.lines.iter().map(|line| Line {
                line: line.line,
                version: line.version,
                worker,
                employer: line.employer.clone(),
                crew: line.crew,
                gross: line.gross,
                net: line.net,
                due: due_of(pair, &line.employer, pay_day, month),
                card: line.card,
            }));
        }
    }
    let paid = gathered.payments.get(project);
    for month in months {
        let mut rows = rows.remove(month).unwrap_or_default();
        rows.lines.sort_unstable_by_key(|line| line.line);
        let payments = paid.and_then(|paid| paid.get(month)).map_or(&[][..], Vec::as_slice);
        let returned = |payment: &Payment| gathered.returned.get(&payment.seq).copied();
        rows.payments = payments.iter().map(|p| Payment { returned_on: returned(p), ..p.clone() }).collect();
        row(site_month(project, *month, &around, &rows));
    }
}

fn due_of(pair: &Pair, employer: &str, pay_day: Option<PayDay>, month: Month) -> Due {
    let due = due(&pair.contracts, employer, pay_day, month);
    let no_calendar = due.adjusted.err().map(|missing| missing.year);
    Due { nominal: due.nominal, on: due.adjusted.ok(), no_calendar }
}

/// What there is of a worker on the project besides months.
fn add_worker(worker: Uuid, pair: &Pair, gathered: &Gathered, around: &mut Surroundings) {
    let stay = |(from, stay): (Date, &super::state::Stay)| StayDays {
        from,
        to: stay.left_on,
        employer: stay.employer.clone(),
        crew: stay.crew,
        seq: stay.seq,
    };
    let stays: Vec<_> = pair.stays.iter().map(stay).collect();
    if !stays.is_empty() {
        around.stays.insert(worker, stays);
        if let Some(cards) = gathered.cards.get(&worker) {
            around.cards.insert(worker, cards.clone());
        }
    }
    let contracts = pair.contracts.iter().map(|contract| ContractDays {
        signed_on: contract.signed_on,
        terms: contract.terms.iter().map(|terms| (terms.from, terms.starts_on, terms.ends_on)).collect(),
        ended_on: contract.ended.map(|(_, day)| day),
    });
    let contracts: Vec<_> = contracts.collect();
    if !contracts.is_empty() {
        around.contracts.insert(worker, contracts);
    }
}
