//! The dedicated accounts: what owners and contractors put in, and what batches took out.

use super::cast::{Project, YUAN};
use super::pay::{Batch, Outcome};
use jiff::civil::{Date, date};
use wages::Direction;

/// A movement, its amounts in fen.
pub(super) struct Movement {
    pub(super) on: Date,
    pub(super) direction: Direction,
    pub(super) amount: i64,
    /// After the movement.
    pub(super) balance: i64,
    pub(super) counterparty: &'static str,
    pub(super) summary: String,
    pub(super) serial: String,
}

/// Who put money in.
#[derive(Clone, Copy)]
enum From {
    Owner,
    Contractor,
}

const RECEIPTS: [(u64, Date, From, i64); 16] = [
    (51, date(2026, 1, 26), From::Owner, 210_000 * YUAN),
    (51, date(2026, 2, 25), From::Owner, 210_000 * YUAN),
    (51, date(2026, 3, 26), From::Owner, 210_000 * YUAN),
    (51, date(2026, 4, 27), From::Owner, 210_000 * YUAN),
    (51, date(2026, 5, 26), From::Owner, 210_000 * YUAN),
    (51, date(2026, 6, 25), From::Owner, 210_000 * YUAN),
    // The owner of 52 stops too.
    (52, date(2026, 1, 27), From::Owner, 220_000 * YUAN),
    (52, date(2026, 2, 26), From::Owner, 110_000 * YUAN),
    // The owner of 53 sends less than agreed, and the contractor puts in what it can.
    (53, date(2026, 1, 29), From::Owner, 100_000 * YUAN),
    (53, date(2026, 3, 3), From::Owner, 80_000 * YUAN),
    (53, date(2026, 3, 19), From::Contractor, 30_000 * YUAN),
    (53, date(2026, 4, 14), From::Owner, 90_000 * YUAN),
    (53, date(2026, 4, 23), From::Contractor, 20_000 * YUAN),
    (53, date(2026, 5, 13), From::Owner, 60_000 * YUAN),
    (53, date(2026, 5, 21), From::Contractor, 20_000 * YUAN),
    (53, date(2026, 6, 16), From::Owner, 40_000 * YUAN),
];

/// What went over a project's account, in order.
pub(super) fn movements(project: &'static Project, batches: &[Batch]) -> Vec<Movement> {
    let mut movements = Vec::new();
    for (_, on, from, amount) in RECEIPTS.iter().filter(|(number, ..)| *number == project.number) {
        let (counterparty, summary) = match from {
            From::Owner => (project.owner.name, format!("{}月人工费拨付", on.month())),
            From::Contractor => (project.contractor.name, "总包垫付周转金".to_owned()),
        };
        movements.push(movement(*on, Direction::In, *amount, counterparty, summary));
    }
    for batch in batches.iter().filter(|batch| batch.project.number == project.number) {
        let paid = batch.sum(|outcome| *outcome == Outcome::Succeeded);
        if paid > 0 {
            let summary = format!("代发工资 批次号{}", batch.number);
            movements.push(movement(batch.on, Direction::Out, paid, "批量代发", summary));
        }
        let back = batch.sum(|outcome| matches!(outcome, Outcome::Returned(..)));
        if back > 0 {
            let summary = format!("代发退汇 批次号{}", batch.number);
            movements.push(movement(batch.on, Direction::In, back, "批量代发", summary));
        }
    }
    movements.sort_by_key(|movement| (movement.on, movement.direction == Direction::Out));
    let mut balance = 0;
    for (at, movement) in (1..).zip(&mut movements) {
        balance += match movement.direction {
            Direction::In => movement.amount,
            Direction::Out => -movement.amount,
        };
        movement.balance = balance;
        movement.serial = format!("ZH{}{}{at:04}", project.number, movement.on.strftime("%y%m%d"));
    }
    movements
}

fn movement(
    on: Date,
    direction: Direction,
    amount: i64,
    counterparty: &'static str,
    summary: String,
) -> Movement {
    Movement { on, direction, amount, balance: 0, counterparty, summary, serial: String::new() }
}
