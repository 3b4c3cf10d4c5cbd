//! How a site's wages are paid: batches of the bank, line by line, and the dedicated account.

use super::super::following;
use super::facts::{Facts, account, has_line, index, worker_month};
use super::plan::{Crew, MONTHS, Of, Site, Temper, firm_code, wage_month};
use crate::failure::Failure;
use crate::run::bench::mixed::{root, sum};
use crate::run::bench::workload::{mix, wage_line};
use jiff::ToSpan;
use jiff::civil::Date;
use rules::{Calendar, Money};
use std::collections::BTreeMap;
use wages::event::{
    AccountMoved, BatchSealed, PaymentDetails, PaymentFailed, PaymentRecorded, PaymentReturned,
};
use wages::{Command, Direction, Payer, Private, Refers};

/// Of lines that would be paid as they should, one in so many is not.
const FAILED: u64 = 250;
const RETURNED: u64 = 700;
const SHORT: u64 = 600;
const FORGOTTEN: u64 = 900;

/// What becomes of one order to the bank.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Paid,
    Failed,
    /// Comes back two days later.
    Returned,
}

/// An order: in the first round, or in the one two months after the sheet.
#[derive(Clone, Copy)]
struct Order {
    round: u64,
    days_after_due: i64,
    /// So many halves of the net.
    halves: i64,
    fate: Fate,
}

/// The orders for one line.
fn orders(temper: Temper, month: u64, bits: u64) -> Vec<Order> {
    let order = |round, days_after_due, halves, fate| Order { round, days_after_due, halves, fate };
    let early = -((bits >> 48) as i64 & 3);
    let by_chance = |one_in: u64, of: u64| mix(bits ^ of).is_multiple_of(one_in);
    match temper {
        Temper::Stops(from) if month >= from => Vec::new(),
        Temper::Late(days) => vec![order(u64::from(days > 14), days.into(), 2, Fate::Paid)],
        Temper::Parts => {
            let rest = (!bits.is_multiple_of(3)).then(|| order(1, 42, 1, Fate::Paid));
            std::iter::once(order(0, early, 1, Fate::Paid)).chain(rest).collect()
        }
        _ if by_chance(FAILED, 1) => vec![order(0, early, 2, Fate::Failed)],
        _ if by_chance(RETURNED, 2) => {
            vec![order(0, early, 2, Fate::Returned), order(1, 40, 2, Fate::Paid)]
        }
        _ if by_chance(SHORT, 3) => vec![order(0, early, 1, Fate::Paid)],
        _ if by_chance(FORGOTTEN, 4) => Vec::new(),
        _ => vec![order(0, early, 2, Fate::Paid)],
    }
}

/// An order with its line.
struct Ordered {
    worker: u64,
    day: Date,
    amount: Money,
    fate: Fate,
}

impl Facts {
    /// The payments of one round for a wage month: a batch a firm, and what moves on the account.
    pub(super) fn payments(
        &mut self,
        site: &Site,
        month: u64,
        round: u64,
        account: &mut Account,
    ) -> Result<(), Failure> {
        let due = due(site, month)?;
        let mut batches: BTreeMap<u64, Vec<Ordered>> = BTreeMap::new();
        for crew in &site.crews {
            batches.entry(crew.firm).or_default().extend(ordered(site, crew, month, round, due));
        }
        batches.retain(|_, orders| !orders.is_empty());
        let moved = Moved { site, month, round };
        if round == 0 && !matches!(site.temper, Temper::Stops(from) if month > from) {
            // What the owner hands over is what was agreed, or too little where wages are late.
            let full = agreed_labour_cost(site);
            let part = if site.temper == Temper::Prompt { full } else { full * 3 / 4 };
            self.moved(&moved, due.saturating_sub(6.days()), part, true, account)?;
        }
        for (place, (firm, orders)) in (1..).zip(batches) {
            let out: i64 =
                orders.iter().filter(|order| order.fate != Fate::Failed).map(|o| o.amount.fen()).sum();
            let day = orders.iter().map(|order| order.day).max().unwrap_or(due);
            self.batch(&moved, place, firm, orders)?;
            if out > account.balance {
                let short = out - account.balance;
                self.moved(&moved, day, short, false, account)?;
            }
            if out > 0 {
                self.moved(&moved, day, -out, false, account)?;
            }
        }
        Ok(())
    }

    fn batch(&mut self, of: &Moved<'_>, place: u64, firm: u64, orders: Vec<Ordered>) -> Result<(), Failure> {
        let (site, month) = (of.site, of.month);
        let batch = of.number(place);
        let (mut ids, mut amounts, mut later) = (Vec::new(), Vec::new(), Vec::new());
        for (number, order) in (1u32..).zip(orders) {
            let key = worker_month(order.worker, month) << 1 | of.round;
            let (subject, id) = (Of::Worker.id(order.worker), Of::Payment.id(key));
            let payment = PaymentDetails {
                project: site.code()?,
                employer: firm_code(firm)?,
                month: wage_month(month),
                payer: Payer::GeneralContractor,
                payer_account_index: Some(index(Of::Account, payer(site))),
                batch: batch.parse()?,
                number,
                serial: Some(format!("{batch}-{number}").parse()?),
                amount: order.amount,
                payee_account: Private::from(account(order.worker)),
                payee_account_index: index(Of::Card, order.worker),
                payee_holder: Private::from("王建国"),
            };
            if order.fate == Fate::Returned {
                let serial = Some(format!("{batch}-{number}-R").parse()?);
                later.push((
                    subject,
                    Of::Return.id(key),
                    PaymentReturned {
                        returns: Refers::Command(id),
                        payment: PaymentDetails { serial, ..payment.clone() },
                        returned_at: order.day.saturating_add(2.days()).at(10, 0, 0, 0),
                        reason: Some(Private::from("账户已销户")),
                    },
                ));
            }
            if order.fate == Fate::Failed {
                let failed = PaymentFailed { payment, reason: Some(Private::from("账号户名不符")) };
                self.say(subject, id, Command::FailPayment(failed));
            } else {
                let paid = PaymentRecorded { payment, value_at: order.day.at(10, 0, 0, 0) };
                self.say(subject, id, Command::RecordPayment(paid));
            }
            ids.push(id);
            amounts.push(order.amount);
        }
        for (subject, id, returned) in later {
            self.say(subject, id, Command::ReturnPayment(returned));
        }
        let sealed = BatchSealed {
            project: site.code()?,
            employer: firm_code(firm)?,
            month: wage_month(month),
            batch: batch.parse()?,
            payer_account: Private::from(format!("33051{:011}", site.number)),
            payer_account_index: index(Of::Account, payer(site)),
            payer_holder: Private::from("测试建筑有限公司"),
            lines: ids.len() as u32,
            amount: sum(amounts),
            root: root(ids),
        };
        self.say(site.subject(), Of::Batch.id(of.key(place)), Command::SealBatch(sealed));
        Ok(())
    }

    /// Money on the dedicated account; `change` is less than 0 for what goes out.
    fn moved(
        &mut self,
        of: &Moved<'_>,
        on: Date,
        change: i64,
        labour_cost: bool,
        account: &mut Account,
    ) -> Result<(), Failure> {
        account.balance += change;
        account.moves += 1;
        let event = AccountMoved {
            project: of.site.code()?,
            on,
            direction: if change < 0 { Direction::Out } else { Direction::In },
            amount: Money::from_fen(change.abs()),
            balance: Money::from_fen(account.balance),
            counterparty: labour_cost.then(|| Private::from("测试建设单位")),
            memo: None,
            labour_cost,
            serial: format!("Z{}-{}", of.site.number, account.moves).parse()?,
            statement: rules::Month::of(on),
            line: account.moves,
        };
        let id = Of::Movement.id(of.site.number << 32 | u64::from(account.moves));
        self.say(of.site.subject(), id, Command::MoveAccount(event));
        Ok(())
    }
}

/// A dedicated account: what is on it, in fen, and how often that has changed.
#[derive(Clone, Default)]
pub(super) struct Account {
    balance: i64,
    moves: u32,
}

/// What the owner hands over for a month's wages, in fen.
pub(super) fn agreed_labour_cost(site: &Site) -> i64 {
    site.workers() as i64 * 900_000
}

/// A round of a site's month.
struct Moved<'a> {
    site: &'a Site,
    month: u64,
    round: u64,
}

impl Moved<'_> {
    fn key(&self, place: u64) -> u64 {
        ((self.site.number * MONTHS + self.month) << 1 | self.round) << 10 | place
    }

    /// A number of the bank's for it.
    fn number(&self, place: u64) -> String {
        let Moved { site, month, round } = self;
        format!("{}-{}-{place}{}", site.number, wage_month(*month), if *round == 0 { "" } else { "B" })
    }
}

/// One site in forty pays from an account that is not the dedicated one.
fn payer(site: &Site) -> u64 {
    if site.number % 40 == 11 { 1 << 40 | site.number } else { site.number }
}

fn due(site: &Site, month: u64) -> Result<Date, Failure> {
    let day = following(site.pay_day)?;
    let nominal = rules::nominal_due(wage_month(month), day);
    rules::adjusted_due(nominal, Calendar::china()).map_err(Failure::from)
}

fn ordered(site: &Site, crew: &Crew, month: u64, round: u64, due: Date) -> Vec<Ordered> {
    let workers = (crew.first..crew.first + crew.workers).filter(|worker| has_line(*worker, month));
    workers
        .flat_map(|worker| {
            let number = worker_month(worker, month);
            let orders = orders(site.temper, month, mix(number ^ 17));
            orders.into_iter().filter(move |order| order.round == round).map(move |order| Ordered {
                worker,
                day: due.saturating_add(order.days_after_due.days()),
                amount: Money::from_fen((wage_line(number).net.fen() * order.halves / 2).max(1)),
                fate: order.fate,
            })
        })
        .collect()
}
