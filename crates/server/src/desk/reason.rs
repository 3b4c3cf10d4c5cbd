//! Why the bank could not pay: free text that may name somebody, sealed until somebody says why he must know.

use super::address::Address;
use super::ctx::Ctx;
use super::table::{Block, Cell, Table, Tone, Value, column};
use readmodel::WorkerPayment;
use uuid::Uuid;
use vault::Keys;
use wages::SealedField;

/// A reason, with the keys that open it, where somebody said why he must know.
pub(super) fn cell(ctx: &Ctx, worker: Uuid, reason: Option<&SealedField>, keys: Option<&Keys>) -> Cell {
    let l = ctx.lang;
    let Some(reason) = reason else {
        return Cell::from(l.of("银行未说明原因", "the bank gives no reason")).toned(Tone::Quiet);
    };
    let Some(keys) = keys else {
        let text = l.of("已加密，登记用途后可查看", "sealed; shown for a purpose");
        return Cell::from(text).to(ctx.href(&Address::Worker(worker)));
    };
    let gone = || Cell::from(l.of("密钥已销毁，无法查看", "its key was destroyed")).toned(Tone::Quiet);
    keys.open(worker, "reason", reason).map_or_else(|_| gone(), Cell::from)
}

/// A worker's payments that failed, or had come back by the day, the latest first.
pub(super) fn of_worker(
    ctx: &Ctx,
    worker: Uuid,
    payments: &[WorkerPayment],
    keys: Option<&Keys>,
) -> Option<Block<'static>> {
    let l = ctx.lang;
    let came_back = |p: &WorkerPayment| p.returned_on.filter(|day| *day <= ctx.as_of);
    let failed = payments.iter().rev().filter(|p| p.value_on.is_none() || came_back(p).is_some());
    let row = |p: &WorkerPayment| {
        let result = match p.value_on {
            None => l.of("失败", "failed"),
            Some(_) => l.of("已退汇", "returned"),
        };
        vec![
            Cell::from(p.month).to(ctx.href(&Address::Entry(p.seq))),
            p.amount.into(),
            Cell::from(result).toned(Tone::Bad),
            cell(ctx, worker, p.reason.as_ref(), keys),
            came_back(p).into(),
            Cell::code(format!("{} #{}", p.batch, p.number)),
            p.serial.as_deref().map_or_else(|| Value::Nothing.into(), Cell::code),
        ]
    };
    let rows: Vec<Vec<Cell>> = failed.map(row).collect();
    let table = Table {
        caption: l.of("支付未成功与退汇", "Payments that failed or came back").to_owned(),
        columns: vec![
            column("failed_month", l.of("工资月份", "Month")),
            column("failed_amount", l.of("金额", "Amount")),
            column("failed_result", l.of("结果", "Result")),
            column("failed_reason", l.of("银行所述原因", "Reason, as the bank says")),
            column("failed_returned", l.of("退汇日期", "Returned on")),
            column("failed_batch", l.of("银行批次", "Batch")),
            column("failed_serial", l.of("流水号", "Serial")),
        ],
        rows,
        ..Table::default()
    };
    (!table.rows.is_empty()).then_some(Block::Table(table))
}
