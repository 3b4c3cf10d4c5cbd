//! Payment status: a project's month, line by line.

use super::address::Address;
use super::ctx::Ctx;
use super::late::{PAGE_ROWS, column, employer_cell};
use super::project::agrees;
use super::table::{Block, Cell, Content, Figure, Table, Tone, Value};
use super::trouble::Trouble;
use readmodel::{LineStatus, State};
use rules::{Money, Month};
use wages::ProjectCode;

/// A state in words, with its mark.
pub(super) fn state(ctx: &Ctx, state: State) -> Cell {
    let l = ctx.lang;
    let (text, tone) = match state {
        State::Failed => (l.of("失败", "failed"), Tone::Bad),
        State::Returned => (l.of("已退回", "returned"), Tone::Bad),
        State::NotOrdered => (l.of("逾期未付", "not ordered"), Tone::Bad),
        State::PartPaid => (l.of("部分支付", "part paid"), Tone::Warn),
        State::Due => (l.of("待付", "due"), Tone::Quiet),
        State::Paid => (l.of("已付清", "paid"), Tone::Good),
        State::Nothing => (l.of("无应付", "nothing to pay"), Tone::Quiet),
    };
    Cell::from(text).toned(tone)
}

/// The page.
pub(super) async fn payments(ctx: &Ctx, code: &ProjectCode, month: Month) -> Result<Content, Trouble> {
    let l = ctx.lang;
    let Some(called) = ctx.shown.lateness.project(code.as_str()) else { return Err(ctx.nowhere()) };
    let model = &ctx.shown.model;
    let lines = model.payment_status(code.as_str(), month, ctx.as_of).await.map_err(|e| ctx.trouble(e))?;
    let sheets = model.sheets(code.as_str(), month).await.map_err(|error| ctx.trouble(error))?;
    let region = called.region.and_then(|region| region.parse().ok());
    let title = l.of(format!("{month} 工资支付"), format!("Wages of {month}"));
    let crumbs = ctx.crumbs(vec![
        (ctx.region_name(called.region), Address::Region(region)),
        (ctx.project_name(code.as_str()), Address::Project(code.clone())),
        (title.clone(), ctx.address.clone()),
    ]);
    let seals = Table {
        caption: l.of("工资表与封存", "Wage sheets and their seals").to_owned(),
        note: Some(
            l.of(
                "封存写明笔数与合计；与逐笔记录一致，才说明没有遗漏或添加。",
                "A seal says how many lines and what sum; only when both agree is nothing missing or added.",
            )
            .to_owned(),
        ),
        columns: vec![
            column("sheet_crew", l.of("班组", "Crew")),
            column("sheet", l.of("工资表", "Sheet")),
            column("recorded", l.of("已记录笔数", "Lines recorded")),
            column("recorded_net", l.of("已记录实发", "Net recorded")),
            column("sealed", l.of("封存笔数", "Lines sealed")),
            column("sealed_net", l.of("封存实发", "Net sealed")),
            column("agrees", l.of("核对", "Check")),
            column("sheet_employer", l.of("用人单位", "Employer")),
        ],
        rows: sheets
            .iter()
            .map(|sheet| {
                let number = match sheet.correction {
                    0 => l.of("原表".to_owned(), "sheet".to_owned()),
                    n => l.of(format!("更正{n}"), format!("correction {n}")),
                };
                let check = match (sheet.seal, agrees(sheet)) {
                    (None, _) => Cell::from(l.of("未封存", "no seal")).toned(Tone::Warn),
                    (Some(_), true) => Cell::from(l.of("一致", "agrees")).toned(Tone::Good),
                    (Some(_), false) => Cell::from(l.of("不一致", "differs")).toned(Tone::Bad),
                };
                let check = match sheet.seal {
                    Some(seal) => check.to(ctx.href(&Address::Entry(seal.seq))),
                    None => check,
                };
                vec![
                    Cell::from(ctx.crew_name(sheet.crew)).to(ctx.href(&Address::Crew(sheet.crew))),
                    number.into(),
                    sheet.recorded_lines.into(),
                    sheet.recorded_net.into(),
                    sheet.seal.map(|seal| seal.lines).into(),
                    sheet.seal.map(|seal| seal.net).into(),
                    check,
                    employer_cell(ctx, &sheet.employer),
                ]
            })
            .collect(),
        empty: l.of("本月没有工资表的记录。", "No wage sheet of this month is recorded."),
        ..Table::default()
    };
    let blocks = vec![sums(ctx, &lines), Block::Table(status(ctx, lines)), Block::Table(seals)];
    Ok(Content { title, kind: l.of("支付状态", "Payment status"), crumbs, blocks })
}

fn sums(ctx: &Ctx, lines: &[LineStatus]) -> Block {
    let l = ctx.lang;
    let sum = |of: &dyn Fn(&LineStatus) -> Money| Money::checked_sum(lines.iter().map(of));
    let count = |of: State| lines.iter().filter(|line| line.state == of).count();
    let net = sum(&|line| line.net.max(Money::ZERO));
    let paid = sum(&|line| line.paid);
    let open = net.zip(paid).and_then(|(net, paid)| net.checked_sub(paid));
    let states =
        [State::Failed, State::Returned, State::NotOrdered, State::PartPaid, State::Due, State::Paid];
    let mut figures = vec![
        Figure {
            label: l.of("实发应付", "Net pay"),
            cell: net.into(),
            note: l.of(format!("{} 笔", lines.len()), format!("{} lines", lines.len())),
        },
        Figure {
            label: l.of("已付", "Paid"),
            cell: paid.into(),
            note: l.of("截至所选日期", "by the chosen day").to_owned(),
        },
        Figure { label: l.of("未付", "Not paid"), cell: open.into(), note: String::new() },
    ];
    let counts = states.into_iter().filter(|of| count(*of) > 0).map(|of| {
        let words = state(ctx, of);
        let text = match &words.value {
            Value::Text(text) => text.clone(),
            _ => String::new(),
        };
        format!("{text} {}", count(of))
    });
    let counts: Vec<String> = counts.collect();
    if let Some(open) = figures.last_mut() {
        open.note = counts.join(l.of("，", ", "));
    }
    Block::Figures(figures)
}

/// What failed first, then what came back, then what nobody ordered.
fn status(ctx: &Ctx, mut lines: Vec<LineStatus>) -> Table {
    let l = ctx.lang;
    lines.sort_by_key(|line| (line.state, line.due_on, line.line));
    let row = |line: &LineStatus| {
        let last = line.last.as_ref();
        let bank = last.map(|last| {
            let serial = last.serial.as_deref().map(|serial| format!(" {serial}")).unwrap_or_default();
            Cell::code(format!("{} #{}{serial}", last.batch, last.number))
                .to(ctx.href(&Address::Entry(last.seq)))
        });
        let on = last.and_then(|last| last.returned_on.filter(|day| *day <= ctx.as_of).or(last.value_on));
        vec![
            Cell::from(ctx.worker_name(line.worker)).to(ctx.href(&Address::Worker(line.worker))),
            state(ctx, line.state),
            Cell::from(line.net).to(ctx.href(&Address::Line(line.line))),
            line.paid.into(),
            line.net.checked_sub(line.paid).into(),
            line.due_on.into(),
            on.into(),
            bank.unwrap_or_else(|| Value::Nothing.into()),
            Cell::from(ctx.crew_name(line.crew)).to(ctx.href(&Address::Crew(line.crew))),
        ]
    };
    let mut table = Table {
        caption: l.of("逐笔支付状态", "Payment status, line by line").to_owned(),
        columns: vec![
            column("worker", l.of("工人", "Worker")),
            column("state", l.of("状态", "State")),
            column("net", l.of("实发应付", "Net pay")),
            column("paid", l.of("已付", "Paid")),
            column("open", l.of("未付", "Open")),
            column("due_on", l.of("应付日", "Due on")),
            column("on", l.of("入账/退回日", "Booked or returned")),
            column("bank", l.of("银行批次与流水", "Bank reference")),
            column("crew", l.of("班组", "Crew")),
        ],
        rows: lines.iter().map(row).collect(),
        empty: l.of("本月没有工资明细的记录。", "No wage line of this month is recorded."),
        sortable: true,
        ..Table::default()
    };
    table.sort(ctx.asked.sort.as_ref());
    table.paginate(ctx.asked.page.unwrap_or(1), PAGE_ROWS);
    table
}
