//! Payment status: a project's month, line by line.

use super::address::Address;
use super::ctx::Ctx;
use super::list::{EXPORT_ROWS_MAX, EXPORT_STEP, PAGE_ROWS, order, pager};
use super::look;
use super::reason;
use super::sheets;
use super::silent::absent;
use super::spot::{Key, Spot, compare, leaf, spot};
use super::table::{Block, Cell, Content, Figure, Rest, Table, Tone, Value, column};
use super::trouble::Trouble;
use super::undated::due_cell;
use futures_util::{StreamExt, stream};
use maud::html;
use readmodel::{LineDays, LineStatus, ProjectMonth, State};
use rules::{Money, Month};
use std::sync::Arc;
use uuid::Uuid;
use vault::Keys;
use wages::ProjectCode;

/// The gravest first.
const STATES: [State; 8] = [
    State::Failed,
    State::Returned,
    State::NotOrdered,
    State::Undated,
    State::PartPaid,
    State::Due,
    State::Paid,
    State::Nothing,
];

/// A state in words, with its mark.
pub(super) fn state(ctx: &Ctx, state: State) -> Cell {
    let l = ctx.lang;
    let (text, tone) = match state {
        State::Failed => (l.of("失败", "failed"), Tone::Bad),
        State::Returned => (l.of("已退汇", "returned"), Tone::Bad),
        State::NotOrdered => (l.of("拖欠工资", "not ordered"), Tone::Bad),
        State::Undated => (l.of("应支付日期不明", "due day not known"), Tone::Warn),
        State::PartPaid => (l.of("部分支付", "part paid"), Tone::Warn),
        State::Due => (l.of("未到支付日", "due"), Tone::Quiet),
        State::Paid => (l.of("已付清", "paid"), Tone::Good),
        State::Nothing => (l.of("无应付", "nothing to pay"), Tone::Quiet),
    };
    Cell::from(text).toned(tone)
}

/// How grave a state is: the gravest is least.
pub(super) fn gravity(state: State) -> Key<'static> {
    STATES.iter().position(|of| *of == state).and_then(|at| i64::try_from(at).ok()).into()
}

/// Days that the gate counted of a wage line; marked where they are not the sheet's.
pub(super) fn gate_cell(ctx: &Ctx, days: LineDays) -> Cell {
    let l = ctx.lang;
    match days.gate {
        None => Cell::from(l.of("无考勤", "none")).toned(Tone::Warn),
        Some(gate) if gate != days.sheet => Cell::from(gate).toned(Tone::Warn),
        Some(gate) => gate.into(),
    }
}

/// Records why somebody must know why payments of the month failed or came back, then shows the bank's reasons.
pub(super) async fn revealed<'a>(
    ctx: &'a Ctx,
    code: &ProjectCode,
    month: Month,
    purpose: &str,
    look: Option<&str>,
) -> Result<Content<'a>, Trouble> {
    let found = sheets::month_status(ctx, code, month).await?;
    let failed = || found.lines.iter().filter(|line| did_not_arrive(line.state));
    let attempts = failed().filter_map(|line| Some(line.last?.seq)).collect::<Vec<_>>();
    let places = ctx.shown.model.bank_places(attempts.into_iter()).await;
    let places = places.map_err(|error| ctx.trouble(error))?;
    let has_reason = |line: &&LineStatus| {
        line.last.and_then(|last| places.get(&last.seq)).is_some_and(|place| place.reason.is_some())
    };
    let workers: Vec<Uuid> = failed().filter(has_reason).map(|line| line.worker).collect();
    look::record(ctx, &workers, "payments", purpose, look).await?;
    let keys = ctx.node.ledger.reader().vault().existing_keys(&workers).await;
    let keys = keys.map_err(|error| ctx.failed(error))?;
    payments(ctx, code, month, Some(keys)).await
}

/// Whether the last attempt brought no money.
fn did_not_arrive(state: State) -> bool {
    matches!(state, State::Failed | State::Returned)
}

/// The page; with keys, which somebody has for a purpose that is recorded by then, the bank's reasons are opened.
pub(super) async fn payments<'a>(
    ctx: &'a Ctx,
    code: &ProjectCode,
    month: Month,
    keys: Option<Keys>,
) -> Result<Content<'a>, Trouble> {
    let l = ctx.lang;
    let found = sheets::month_status(ctx, code, month).await?;
    let title = l.of(format!("{month} 工资支付"), format!("Wages of {month}"));
    let mut way = sheets::way(ctx, code);
    way.push((title.clone(), ctx.address.clone()));
    let lateness = &ctx.shown.lateness;
    let reported = lateness.months(code.as_str(), ctx.as_of).into_iter().find(|of| of.month == month);
    let sums = sums(ctx, &found.lines, reported.as_ref());
    let is_sealed = keys.is_none() && found.lines.iter().any(|line| did_not_arrive(line.state));
    let mut blocks = vec![sums, Block::Table(status(ctx, found.lines, keys).await?)];
    if is_sealed {
        blocks.push(Block::Html(html! {
            section class="block" {
                h2 { (l.of("银行所述原因", "Reasons, as the bank says")) }
                p { (l.of(
                    "银行对支付未成功和退汇的说明已加密。登记用途后显示本月全部原因；查看人与用途会记入每名工人的记录。",
                    "What the bank says of failed and returned payments is sealed. For a purpose all reasons of the month are shown; who looked and why stays on each worker's trail.",
                )) }
                (look::form(ctx, &ctx.address))
            }
        }));
    }
    let seals = Block::Table(sheets::first(ctx, code, month, &found.sheets));
    let (kind, crumbs) = (l.of("支付状态", "Payment status"), ctx.crumbs(way));
    blocks.push(seals);
    Ok(Content { title, kind, crumbs, blocks, head: Some(found.head) })
}

/// Where no line is there the sums are not zero, but not handed in.
fn sums(ctx: &Ctx, lines: &[LineStatus], reported: Option<&ProjectMonth>) -> Block<'static> {
    let l = ctx.lang;
    let nothing = |of: Option<Money>| match reported {
        Some(month) if lines.is_empty() => absent(ctx, month.reports.wage_sheet),
        _ => of.into(),
    };
    let sum = |of: &dyn Fn(&LineStatus) -> Money| Money::checked_sum(lines.iter().map(of));
    let count = |of: State| lines.iter().filter(|line| line.state == of).count();
    let net = sum(&|line| line.net.max(Money::ZERO));
    let paid = sum(&|line| line.paid);
    let open = net.zip(paid).and_then(|(net, paid)| net.checked_sub(paid));
    let mut figures = vec![
        Figure {
            label: l.of("应实发", "Net pay"),
            cell: nothing(net),
            note: l.of(format!("{} 笔", lines.len()), format!("{} lines", lines.len())),
        },
        Figure {
            label: l.of("已付", "Paid"),
            cell: nothing(paid),
            note: l.of("截至所选日期", "by the chosen day").to_owned(),
        },
        Figure { label: l.of("未付", "Not paid"), cell: nothing(open), note: String::new() },
    ];
    let counted = STATES.into_iter().filter(|of| *of != State::Nothing && count(*of) > 0);
    let counts = counted.map(|of| {
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
    figures.extend(reported.and_then(|month| silent_employers(ctx, month)));
    Block::Figures(figures)
}

/// How many employers handed in no wage sheet for the month.
fn silent_employers(ctx: &Ctx, month: &ProjectMonth) -> Option<Figure> {
    let l = ctx.lang;
    let people = month.silent_people;
    (month.silent_employers > 0).then(|| Figure {
        label: l.of("未报送工资表", "Wage sheets not handed in"),
        cell: Cell::from(month.silent_employers).toned(Tone::Warn),
        note: l.of(
            format!("家用人单位，花名册 {people} 人"),
            format!("employers, {people} people on their rosters"),
        ),
    })
}

/// Where a line stands: what failed first, then what came back, then what nobody ordered.
fn place(line: &LineStatus, by: Option<&str>, ctx: &Ctx) -> Spot<'static> {
    let of = Key::from(line.line);
    let first = match by {
        None => return spot([gravity(line.state), line.due_on.into(), of]),
        Some("worker") => line.worker.into(),
        Some("net") => line.net.fen().into(),
        Some("paid") => line.paid.fen().into(),
        Some("open") => line.net.checked_sub(line.paid).map(Money::fen).into(),
        Some("due_on") => line.due_on.into(),
        Some("on") => on(ctx, line).into(),
        Some("bank") => line.last.map(|last| last.seq).into(),
        Some("crew") => line.crew.into(),
        Some(_) => gravity(line.state),
    };
    spot([first, of])
}

/// The day on which money came, or went back.
fn on(ctx: &Ctx, line: &LineStatus) -> Option<jiff::civil::Date> {
    let last = line.last?;
    last.returned_on.filter(|day| *day <= ctx.as_of).or(last.value_on)
}

async fn status(ctx: &Ctx, lines: Vec<LineStatus>, keys: Option<Keys>) -> Result<Table<'_>, Trouble> {
    let l = ctx.lang;
    let mut table = Table {
        caption: l.of("逐笔支付状态", "Payment status, line by line").to_owned(),
        columns: vec![
            column("worker", l.of("工人", "Worker")),
            column("state", l.of("状态", "State")),
            column("reason", l.of("银行所述原因", "Reason, as the bank says")).unsorted(),
            column("net", l.of("应实发", "Net pay")),
            column("paid", l.of("已付", "Paid")),
            column("open", l.of("未付", "Open")),
            column("due_on", l.of("应支付日期", "Due on")),
            column("on", l.of("入账/退汇日期", "Booked or returned")),
            column("bank", l.of("银行批次与流水号", "Bank reference")),
            column("days", l.of("工资表工日", "Sheet days")).unsorted(),
            column("gate", l.of("考勤工日", "Gate days")).unsorted(),
            column("crew", l.of("班组", "Crew")),
        ],
        empty: l.of("本月未报送工资表。", "No wage line of this month is recorded."),
        sortable: true,
        ..Table::default()
    };
    let sorted = order(ctx, &table);
    let place = |line: &LineStatus| place(line, sorted.by, ctx);
    if ctx.asked.format.is_some() {
        let mut lines = lines;
        if lines.len() > EXPORT_ROWS_MAX {
            return Err(Trouble::TooMany(ctx.lang, EXPORT_ROWS_MAX));
        }
        lines.sort_by(|a, b| compare(&place(a), &place(b), sorted.down));
        table.rest = Some(stepwise(ctx, lines, keys));
    } else {
        let page = leaf(lines.into_iter(), place, sorted.down, &ctx.asked.at, PAGE_ROWS);
        table.pager = pager(ctx, &page);
        table.rows = rows(ctx, &page.rows, keys.as_ref()).await?;
    }
    Ok(table)
}

/// Rows some at a time, with where the bank's files have their payments.
fn stepwise(ctx: &Ctx, lines: Vec<LineStatus>, keys: Option<Keys>) -> Rest<'_> {
    let keys = Arc::new(keys);
    let steps = stream::unfold(lines.into_iter(), |mut lines| async move {
        let step: Vec<LineStatus> = lines.by_ref().take(EXPORT_STEP).collect();
        (!step.is_empty()).then_some((step, lines))
    });
    let made = steps.then(move |step| {
        let keys = Arc::clone(&keys);
        async move { rows(ctx, &step, (*keys).as_ref()).await }
    });
    made.boxed()
}

async fn rows(ctx: &Ctx, lines: &[LineStatus], keys: Option<&Keys>) -> Result<Vec<Vec<Cell>>, Trouble> {
    let payments = lines.iter().filter_map(|line| Some(line.last?.seq)).collect::<Vec<_>>();
    let places =
        ctx.shown.model.bank_places(payments.into_iter()).await.map_err(|error| ctx.trouble(error))?;
    let days = ctx.shown.model.line_days(lines.iter().map(|line| line.line)).await;
    let days = days.map_err(|error| ctx.trouble(error))?;
    let row = |line: &LineStatus| {
        let place = line.last.filter(|_| did_not_arrive(line.state)).and_then(|last| places.get(&last.seq));
        let reason = place.map(|place| reason::cell(ctx, line.worker, place.reason.as_ref(), keys));
        let own = days.get(&line.line).copied();
        let bank = line.last.and_then(|last| {
            let place = places.get(&last.seq)?;
            let serial = place.serial.as_deref().map(|serial| format!(" {serial}")).unwrap_or_default();
            let text = format!("{} #{}{serial}", place.batch, place.number);
            Some(Cell::code(text).to(ctx.href(&Address::Entry(last.seq))))
        });
        vec![
            Cell::from(ctx.worker_name(line.worker)).to(ctx.href(&Address::Worker(line.worker))),
            state(ctx, line.state),
            reason.unwrap_or_else(|| Value::Nothing.into()),
            Cell::from(line.net).to(ctx.href(&Address::Line(line.line))),
            line.paid.into(),
            line.net.checked_sub(line.paid).into(),
            due_cell(ctx, line.due_on, line.no_calendar),
            on(ctx, line).into(),
            bank.unwrap_or_else(|| Value::Nothing.into()),
            own.map(|own| own.sheet).into(),
            own.map_or_else(|| Value::Nothing.into(), |own| gate_cell(ctx, own)),
            Cell::from(ctx.crew_name(line.crew)).to(ctx.href(&Address::Crew(line.crew))),
        ]
    };
    Ok(lines.iter().map(row).collect())
}
