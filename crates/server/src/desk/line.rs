//! A wage line: its versions, the payments that may fill it, what the worker said; each with the entry behind it.

use super::address::Address;
use super::ctx::Ctx;
use super::late::{employer_cell, project_cell};
use super::payments::{gate_cell, state};
use super::reason;
use super::table::{Block, Cell, Content, Figure, Table, Tone, Value, column};
use super::trouble::Trouble;
use super::undated::due_cell;
use super::words;
use readmodel::{Attempt, Line, LineStatus, Spoken, VersionFigures};
use wages::{CreditCode, ProjectCode};

/// The page of the line that an entry began, or is a version of.
pub(super) async fn line(ctx: &Ctx, seq: u64) -> Result<Content<'_>, Trouble> {
    let l = ctx.lang;
    let model = &ctx.shown.model;
    let fail = |error| ctx.trouble(error);
    let Some(line) = model.line(seq).await.map_err(fail)? else { return Err(ctx.nowhere()) };
    let versions = model.versions_of(line.line).await.map_err(fail)?;
    let beside = model.lines_beside(&line, ctx.as_of).await.map_err(fail)?;
    let money = model.money_beside(&line).await.map_err(fail)?;
    let spoken = model.spoken(line.line).await.map_err(fail)?;
    let days = model.line_days(std::iter::once(line.line)).await.map_err(fail)?;
    let title = l.of(format!("{} 工资明细", line.month), format!("Wages of {}", line.month));
    let own = beside.iter().find(|status| status.line == line.line);
    let mut blocks = vec![];
    blocks.extend(own.map(|own| figures(ctx, &line, own)));
    blocks.push(Block::Table(version_table(ctx, &line, &versions)));
    blocks.push(Block::Table(payment_table(ctx, &money, beside.len())));
    blocks.push(Block::Table(spoken_table(ctx, &spoken)));
    let crew = Cell::from(ctx.crew_name(line.crew)).to(ctx.href(&Address::Crew(line.crew)));
    let facts = vec![
        (
            l.of("工人", "Worker"),
            Cell::from(ctx.worker_name(line.worker)).to(ctx.href(&Address::Worker(line.worker))),
        ),
        (l.of("项目", "Project"), project_cell(ctx, &line.project)),
        (l.of("用人单位", "Employer"), employer_cell(ctx, &line.employer)),
        (l.of("班组", "Crew"), crew),
        (l.of("工资表工日", "Days on the sheet"), days.get(&line.line).map(|days| days.sheet).into()),
        (
            l.of("考勤工日", "Days at the gate"),
            days.get(&line.line).map_or_else(|| Value::Nothing.into(), |days| gate_cell(ctx, *days)),
        ),
        (l.of("约定工资支付日", "Agreed pay day"), line.nominal_due.into()),
        (
            l.of("应支付日期（遇休息日提前）", "Due on (before rest days)"),
            due_cell(ctx, line.due_on, line.no_calendar),
        ),
        (l.of("依据", "By"), Cell::from(words::due_from(l, &line.due_from))),
    ];
    blocks.push(Block::Facts(l.of("明细", "The line").to_owned(), facts));
    let region = ctx.shown.lateness.project(&line.project).and_then(|project| project.region);
    let mut way =
        vec![(ctx.region_name(region), Address::Region(region.and_then(|region| region.parse().ok())))];
    if let (Ok(project), Ok(employer)) =
        (line.project.parse::<ProjectCode>(), line.employer.parse::<CreditCode>())
    {
        way.push((ctx.project_name(&line.project), Address::Project(project.clone())));
        way.push((ctx.employer_name(&line.employer), Address::Share(project, employer)));
    }
    way.push((ctx.crew_name(line.crew), Address::Crew(line.crew)));
    way.push((ctx.worker_name(line.worker), Address::Worker(line.worker)));
    way.push((title.clone(), ctx.address.clone()));
    Ok(Content {
        title, kind: l.of("工资明细", "Wage line"), crumbs: ctx.crumbs(way), blocks, head: None
    })
}

fn figures(ctx: &Ctx, line: &Line, own: &LineStatus) -> Block<'static> {
    let l = ctx.lang;
    let open = own.net.checked_sub(own.paid);
    let days = line.due_on.map(|due_on| rules::days_overdue(ctx.as_of, due_on)).filter(|days| *days > 0);
    let late = own.paid < own.net && days.is_some();
    let open = Cell::from(open);
    Block::Figures(vec![
        Figure { label: l.of("状态", "State"), cell: state(ctx, own.state), note: String::new() },
        Figure {
            label: l.of("应实发", "Net pay"),
            cell: own.net.into(),
            note: l.of("按有效的工资表", "version in force").to_owned(),
        },
        Figure {
            label: l.of("已付", "Paid"),
            cell: own.paid.into(),
            note: l.of("截至所选日期", "by the chosen day").to_owned(),
        },
        Figure {
            label: l.of("未付", "Open"),
            cell: if late { open.toned(Tone::Bad) } else { open },
            note: match days.filter(|_| late) {
                Some(days) => l.of(format!("拖欠 {days} 天"), format!("{days} days overdue")),
                None => String::new(),
            },
        },
    ])
}

fn version_table(ctx: &Ctx, line: &Line, versions: &[VersionFigures]) -> Table<'static> {
    let l = ctx.lang;
    let row = |v: &VersionFigures| {
        let number = match v.correction {
            0 => l.of("初始表".to_owned(), "sheet".to_owned()),
            n => l.of(format!("更正{n}"), format!("correction {n}")),
        };
        let in_force = match v.seq == line.version {
            true => Cell::from(l.of("有效", "in force")).toned(Tone::Good),
            false => Cell::from(l.of("已更正", "replaced")).toned(Tone::Quiet),
        };
        let (d, a) = (&v.deductions, &v.advances);
        vec![
            Cell::from(l.of(format!("第 {} 条记录", v.seq), format!("entry {}", v.seq)))
                .to(ctx.href(&Address::Entry(v.seq))),
            number.into(),
            in_force,
            v.days.into(),
            Cell::from(format!("{} {} × {}", words::pay_form(l, &v.pay_form), v.unit_price, v.quantity)),
            v.gross.into(),
            d.social_insurance.into(),
            d.housing_fund.into(),
            d.income_tax.into(),
            d.other.into(),
            a.loan.into(),
            a.living_cost.into(),
            v.net.into(),
        ]
    };
    Table {
        caption: l.of("初始与更正", "Versions").to_owned(),
        columns: vec![
            column("entry", l.of("记录", "Entry")),
            column("version", l.of("版本", "Version")),
            column("in_force", l.of("状态", "In force")),
            column("days", l.of("工日", "Days")),
            column("price", l.of("计薪方式", "Counted")),
            column("gross", l.of("应发", "Gross")),
            column("social", l.of("社保", "Social insurance")),
            column("housing", l.of("公积金", "Housing fund")),
            column("tax", l.of("个税", "Income tax")),
            column("other", l.of("其他扣款", "Other")),
            column("loan", l.of("借支", "Advances")),
            column("living", l.of("生活费", "Living cost")),
            column("net", l.of("实发", "Net")),
        ],
        rows: versions.iter().map(row).collect(),
        ..Table::default()
    }
}

fn payment_table(ctx: &Ctx, money: &[Attempt], lines: usize) -> Table<'static> {
    let l = ctx.lang;
    let row = |attempt: &Attempt| {
        let did_not_arrive = attempt.outcome.value_on.is_none() || attempt.outcome.came_back(ctx.as_of);
        let reason =
            did_not_arrive.then(|| reason::cell(ctx, attempt.worker, attempt.bank.reason.as_ref(), None));
        vec![
            Cell::from(
                l.of(format!("第 {} 条记录", attempt.outcome.seq), format!("entry {}", attempt.outcome.seq)),
            )
            .to(ctx.href(&Address::Entry(attempt.outcome.seq))),
            words::attempt(l, attempt, ctx.as_of),
            reason.unwrap_or_else(|| Value::Nothing.into()),
            attempt.amount.into(),
            attempt.outcome.value_on.into(),
            attempt.outcome.returned_on.into(),
            Cell::code(format!("{} #{}", attempt.bank.batch, attempt.bank.number)),
            attempt.bank.serial.as_deref().map(Cell::code).unwrap_or_else(|| Value::Nothing.into()),
        ]
    };
    let note = l.of(
        format!("同一工人、项目、用人单位、月份共有 {lines} 笔工资；已付金额先冲抵最早到期的。"),
        format!("Payments of one worker, project, employer and month fill {lines} line(s), the one due first before others."),
    );
    Table {
        caption: l.of("支付", "Payments").to_owned(),
        note: Some(note),
        columns: vec![
            column("payment", l.of("记录", "Entry")),
            column("result", l.of("结果", "Result")),
            column("reason", l.of("银行所述原因", "Reason, as the bank says")),
            column("amount", l.of("金额", "Amount")),
            column("value_on", l.of("入账日期", "Booked on")),
            column("returned_on", l.of("退汇日期", "Returned on")),
            column("batch", l.of("银行批次", "Batch")),
            column("serial", l.of("流水号", "Serial")),
        ],
        rows: money.iter().map(row).collect(),
        empty: l.of(
            "未报送支付记录：既无成功，也无失败。",
            "No payment is recorded: none went through, none failed.",
        ),
        ..Table::default()
    }
}

fn spoken_table(ctx: &Ctx, spoken: &[Spoken]) -> Table<'static> {
    let l = ctx.lang;
    let row = |said: &Spoken| {
        let what = match said.disputed {
            true => Cell::from(l.of("有异议", "disputed")).toned(Tone::Bad),
            false => Cell::from(l.of("确认无误", "confirmed")).toned(Tone::Good),
        };
        vec![
            Cell::from(l.of(format!("第 {} 条记录", said.seq), format!("entry {}", said.seq)))
                .to(ctx.href(&Address::Entry(said.seq))),
            what,
            said.claimed_net.into(),
            Cell::from(l.of(format!("第 {} 条记录", said.version), format!("entry {}", said.version)))
                .to(ctx.href(&Address::Entry(said.version))),
        ]
    };
    Table {
        caption: l.of("工人确认与异议", "Confirmed or disputed by the worker").to_owned(),
        columns: vec![
            column("said", l.of("记录", "Entry")),
            column("says", l.of("意见", "What he says")),
            column("claimed", l.of("主张金额", "Amount claimed")),
            column("about", l.of("所指记录", "About")),
        ],
        rows: spoken.iter().map(row).collect(),
        empty: l.of(
            "工人尚未确认。沉默不等于同意。",
            "The worker has not confirmed it yet. Silence is not consent.",
        ),
        ..Table::default()
    }
}
