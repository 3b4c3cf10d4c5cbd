//! One early warning: what it says, what is due and from whom, what was done with it, and every entry behind it.

use super::address::Address;
use super::audit;
use super::ctx::Ctx;
use super::lacking::missing;
use super::late::{employer_cell, project_cell};
use super::list::{EXPORT_ROWS_MAX, EXPORT_STEP, PAGE_ROWS, pager};
use super::spot::{Spot, leaf, spot};
use super::table::{Block, Cell, Content, Rest, Table, Tone, Value, column};
use super::trouble::Trouble;
use super::warnings::{as_of_entry, called, figures, known, limit, name, none, tone};
use super::words;
use crate::words as english;
use futures_util::{StreamExt, stream};
use readmodel::{HandledStep, Warning};
use rules::warning::{Colour, DueStep, IndicatorId, ladder};

/// The warning of an indicator about the project or employer that the query names; about all projects where it names
/// none.
pub(super) async fn warning(ctx: &Ctx, rule: IndicatorId) -> Result<Content<'_>, Trouble> {
    let l = ctx.lang;
    let of = &ctx.asked.filter;
    let judged = known(ctx).await?;
    let is_it = |row: &&Warning| row.rule == rule && row.project == of.project && row.employer == of.employer;
    let row = judged.as_ref().and_then(|all| all.rows.iter().find(is_it)).cloned();
    if judged.is_some() && row.is_none() {
        return Err(ctx.nowhere());
    }
    let mut entries = Table {
        caption: l.of("依据记录", "Entries behind it").to_owned(),
        note: judged.as_ref().map(|all| as_of_entry(ctx, all)),
        columns: vec![
            column("seq", l.of("记录", "Entry")),
            column("recorded_at", l.of("记录时间（中国）", "Recorded at (China)")),
            column("kind", l.of("类型", "Kind")),
            column("what", l.of("内容", "What it says")),
        ],
        empty: none(ctx, judged.is_some(), l.of("没有依据记录。", "No entry is behind it.")),
        ..Table::default()
    };
    let mut blocks = Vec::new();
    let mut title = rule.label().to_owned();
    if let Some(row) = row {
        title = called(ctx, &row);
        blocks.push(said(ctx, &row));
        if let Some(since) = row.since.filter(|_| row.due.is_some()) {
            blocks.push(Block::Table(steps(ctx, &ladder(row.colour, since, ctx.as_of, row.region))));
        }
        if !row.steps.is_empty() {
            blocks.push(Block::Table(handled(ctx, &row.steps)));
        }
        fill(ctx, &mut entries, row.entries).await?;
    }
    blocks.push(Block::Table(entries));
    let list = (l.of("预警", "Early warnings").to_owned(), Address::Warnings);
    let crumbs = ctx.crumbs(vec![list, (title.clone(), ctx.address.clone())]);
    Ok(Content { title, kind: l.of("预警", "Early warning"), crumbs, blocks, head: None })
}

/// What it says.
fn said(ctx: &Ctx, row: &Warning) -> Block<'static> {
    let l = ctx.lang;
    let mut facts = vec![(l.of("颜色", "Colour"), Cell::from(name(ctx, row.colour)).toned(tone(row.colour)))];
    facts.extend(row.project.as_deref().map(|code| (l.of("项目", "Project"), project_cell(ctx, code))));
    facts
        .extend(row.employer.as_deref().map(|code| (l.of("用人单位", "Employer"), employer_cell(ctx, code))));
    facts.push((l.of("指标值", "Figures"), figures(l, row).into()));
    facts.push((l.of("预警起始日", "Since"), row.since.into()));
    if let Some(due) = row.due {
        let who = l.of(due.step.who_zh.clone(), due.step.who.clone());
        facts.push((l.of("责任单位", "Who must act"), who.into()));
        facts.push((l.of("距处置时限", "Limit"), limit(l, &due)));
    }
    if row.colour == Colour::Unknown {
        let text = missing(ctx, row);
        facts.push((l.of("缺少的数据", "What is missing"), Cell::from(text).toned(Tone::Warn)));
    }
    if let Some(seq) = row.resolved_by {
        let text = l.of(format!("第 {seq} 条记录"), format!("entry {seq}"));
        facts.push((l.of("消除预警的记录", "Gone by"), Cell::from(text).to(ctx.href(&Address::Entry(seq)))));
    }
    Block::Facts(l.of("预警内容", "What it says").to_owned(), facts)
}

/// All steps after it took its colour.
fn steps(ctx: &Ctx, all: &[DueStep]) -> Table<'static> {
    let l = ctx.lang;
    let row = |due: &DueStep| {
        let left = match due.days {
            ..0 => l.of(
                format!("已过 {} 天", due.days.unsigned_abs()),
                format!("{} days ago", due.days.unsigned_abs()),
            ),
            0 => l.of("今日".to_owned(), "today".to_owned()),
            days => l.of(format!("还有 {days} 天"), format!("in {days} days")),
        };
        vec![
            due.on.into(),
            Cell::from(left),
            l.of(due.step.who_zh.clone(), due.step.who.clone()).into(),
            l.of(due.step.zh.clone(), due.step.en.clone()).into(),
        ]
    };
    Table {
        caption: l.of("处置步骤", "Steps").to_owned(),
        note: all.first().map(|due| {
            let by = due.by.citation();
            l.of(format!("依据：{by}"), format!("By: {by}"))
        }),
        columns: vec![
            column("on", l.of("时限", "By")),
            column("left", l.of("距今", "Left")),
            column("who", l.of("责任单位", "Who must act")),
            column("step", l.of("应采取的措施", "What")),
        ],
        rows: all.iter().map(row).collect(),
        ..Table::default()
    }
}

/// What people did with it.
fn handled(ctx: &Ctx, all: &[HandledStep]) -> Table<'static> {
    let l = ctx.lang;
    let row = |step: &HandledStep| {
        vec![
            Cell::code(step.seq.to_string()).to(ctx.href(&Address::Entry(step.seq))),
            Value::Time(step.recorded_at).into(),
            words::kind(l, &format!("warning.{}", step.kind)).into(),
            step.addressee.as_ref().map(|to| english::party(to).to_owned()).into(),
            step.until.into(),
            words::account(l, &step.actor),
        ]
    };
    Table {
        caption: l.of("处置情况", "What was done").to_owned(),
        columns: vec![
            column("done", l.of("记录", "Entry")),
            column("done_at", l.of("记录时间（中国）", "Recorded at (China)")),
            column("done_what", l.of("类型", "Kind")),
            column("to", l.of("交由", "To")),
            column("until", l.of("限期", "Until")),
            column("by", l.of("填报人", "Handed in by")),
        ],
        rows: all.iter().map(row).collect(),
        ..Table::default()
    }
}

/// A page of entries, or for an export all of them, some at a time.
async fn fill<'a>(ctx: &'a Ctx, table: &mut Table<'a>, entries: Vec<u64>) -> Result<(), Trouble> {
    if ctx.asked.format.is_some() {
        if entries.len() > EXPORT_ROWS_MAX {
            return Err(Trouble::TooMany(ctx.lang, EXPORT_ROWS_MAX));
        }
        table.rest = Some(stepwise(ctx, entries));
        return Ok(());
    }
    let place = |seq: &u64| -> Spot<'static> { spot([(*seq).into()]) };
    let page = leaf(entries.into_iter(), place, false, &ctx.asked.at, PAGE_ROWS);
    table.pager = pager(ctx, &page);
    table.rows = rows(ctx, &page.rows).await?;
    Ok(())
}

fn stepwise(ctx: &Ctx, entries: Vec<u64>) -> Rest<'_> {
    let steps = stream::try_unfold(entries.into_iter(), move |mut entries| async move {
        let step: Vec<u64> = entries.by_ref().take(EXPORT_STEP).collect();
        let rows = rows(ctx, &step).await?;
        Ok((!rows.is_empty()).then_some((rows, entries)))
    });
    steps.boxed()
}

async fn rows(ctx: &Ctx, seqs: &[u64]) -> Result<Vec<Vec<Cell>>, Trouble> {
    let l = ctx.lang;
    let entries = audit::entries(ctx, seqs).await?;
    let found = seqs.iter().filter_map(|seq| Some((seq, entries.get(seq)?)));
    let rows = found.map(|(seq, entry)| {
        vec![
            Cell::code(seq.to_string()).to(ctx.href(&Address::Entry(*seq))),
            Value::Time(entry.header.recorded_at).into(),
            words::kind(l, entry.event.type_name()).into(),
            words::describe(l, &entry.event).into(),
        ]
    });
    Ok(rows.collect())
}
