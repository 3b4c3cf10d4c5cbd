//! Early warnings of a day: what asks for somebody, what comes next, and the entries behind it. No worker is named.

use super::address::Address;
use super::ctx::Ctx;
use super::lacking::missing;
use super::lang::Lang;
use super::late::{employer_cell, project_cell};
use super::list::fill;
use super::spot::{Key, Spot, spot};
use super::table::{Block, Cell, Column, Content, Figure, Table, Tone, column};
use super::trouble::Trouble;
use crate::gauge;
use crate::node::judge::Judge;
use readmodel::{Warning, Warnings};
use rules::warning::{Colour, DueStep, Indicator};
use std::cmp::Ordering;
use std::sync::Arc;

/// The colours that ask for somebody, the gravest first.
const OPEN: [Colour; 3] = [Colour::Red, Colour::Orange, Colour::Yellow];

/// The warnings of the day, if they are known or soon will be; an export waits for them. Of a city they are judged
/// because somebody opened their own page, or for today.
pub(super) async fn known(ctx: &Ctx) -> Result<Option<Arc<Warnings>>, Trouble> {
    let insists =
        matches!(ctx.address, Address::Warnings | Address::Warning(_)) || ctx.as_of == crate::clock::today();
    let known = match ctx.asked.format {
        None => Judge::soon(&ctx.node, &ctx.shown, ctx.as_of, insists).await,
        Some(_) => ctx.node.judge.waited_for(&ctx.shown, ctx.as_of).await.map(Some),
    };
    known.map_err(|failure| ctx.failed(failure))
}

/// What an empty table says.
pub(super) fn none(ctx: &Ctx, known: bool, none: &'static str) -> &'static str {
    let l = ctx.lang;
    match known {
        true => none,
        false if matches!(ctx.address, Address::Warnings | Address::Warning(_)) => {
            l.of("正在判定，请稍后刷新本页。", "They are being judged; load this page again in a moment.")
        }
        false => l.of(
            "当日的预警尚未判定；打开全部预警即开始判定。",
            "The warnings of this day are not judged yet; opening all warnings has them judged.",
        ),
    }
}

/// A link to the page of all warnings.
fn all_warnings(ctx: &Ctx) -> (String, String) {
    (ctx.lang.of("全部预警", "All warnings").to_owned(), ctx.href(&Address::Warnings))
}

/// Every warning of the day.
pub(super) async fn warnings(ctx: &Ctx) -> Result<Content<'_>, Trouble> {
    let l = ctx.lang;
    let all = known(ctx).await?;
    let wanted = colour_asked(ctx)?;
    let figure = |colour: Colour| Figure {
        label: name(ctx, colour),
        cell: Cell::from(all.as_ref().map(|all| count(all, colour)))
            .to(of_colour(ctx, colour))
            .toned(tone(colour)),
        note: String::new(),
    };
    let mut figures: Vec<Figure> = OPEN.map(figure).into();
    figures.push(Figure {
        note: l.of("缺少数据，不等于正常", "data are missing; this is never green").to_owned(),
        ..figure(Colour::Unknown)
    });
    let mut table = Table {
        caption: l.of("预警明细", "Warnings").to_owned(),
        note: all.as_ref().map(|all| as_of_entry(ctx, all)),
        columns: columns(ctx),
        empty: none(ctx, all.is_some(), l.of("当日没有预警。", "There is no warning on this day.")),
        sortable: true,
        ..Table::default()
    };
    let rows =
        all.into_iter().flat_map(|all| (0..all.rows.len()).map(move |at| One { all: Arc::clone(&all), at }));
    let open = rows.filter(|row| {
        row.get().is_some_and(|row| wanted.map_or(OPEN.contains(&row.colour), |wanted| wanted == row.colour))
    });
    if let Some(colour) = wanted {
        table.caption = format!("{}{}{}", table.caption, l.of("：", ": "), name(ctx, colour));
    }
    if wanted == Some(Colour::Unknown) {
        table.columns = unknown_columns(ctx);
    }
    fill(
        ctx,
        &mut table,
        open,
        |row, by| row.get().map_or_else(Spot::default, |row| place(row, by)),
        move |row| {
            row.get().map_or_else(Vec::new, |row| match row.colour {
                Colour::Unknown => unknown_cells(ctx, row),
                _ => cells(ctx, row),
            })
        },
    )?;
    let title = l.of("预警", "Early warnings").to_owned();
    let crumbs = ctx.crumbs(vec![(title.clone(), ctx.address.clone())]);
    let blocks = vec![Block::Figures(figures), Block::Table(table)];
    Ok(Content { title, kind: l.of("全部", "All"), crumbs, blocks, head: None })
}

/// The list of one colour.
fn of_colour(ctx: &Ctx, colour: Colour) -> String {
    ctx.href_with(&Address::Warnings, &[("kind", colour.label())])
}

/// The colour whose list is asked for; without one, the list is of all that ask for somebody.
fn colour_asked(ctx: &Ctx) -> Result<Option<Colour>, Trouble> {
    let Some(asked) = ctx.asked.kind.as_deref() else { return Ok(None) };
    let known = OPEN.into_iter().chain([Colour::Unknown]).find(|colour| colour.label() == asked);
    known.map(Some).ok_or(Trouble::BadField(ctx.lang, "kind"))
}

/// What a list of the unknown says of each: which indicator of what, and what was not handed in.
fn unknown_columns(ctx: &Ctx) -> Vec<Column> {
    let l = ctx.lang;
    vec![
        column("colour", l.of("等级", "Colour")),
        column("rule", l.of("指标", "Indicator")),
        column("project", l.of("项目", "Project")),
        column("employer", l.of("用人单位", "Employer")),
        column("missing", l.of("缺少的数据", "What is missing")).unsorted(),
    ]
}

fn unknown_cells(ctx: &Ctx, row: &Warning) -> Vec<Cell> {
    let mut cells = cells(ctx, row);
    cells.truncate(4);
    cells.push(missing(ctx, row).into());
    cells
}

/// A warning among all of a day.
struct One {
    all: Arc<Warnings>,
    at: usize,
}

impl One {
    fn get(&self) -> Option<&Warning> {
        self.all.rows.get(self.at)
    }
}

/// Where a warning stands in the list: the gravest first, and of these the oldest.
fn place(row: &Warning, by: Option<&str>) -> Spot<'static> {
    let grave = || OPEN.iter().take_while(|colour| **colour != row.colour).count();
    let grave = || Key::from(i64::try_from(grave()).ok());
    let code = |code: &Option<String>| code.clone().map_or(Key::Nothing, |code| Key::Code(code.into()));
    let (rule, project, employer) = (Key::from(row.rule.label()), code(&row.project), code(&row.employer));
    let first = match by {
        None => return spot([grave(), row.since.into(), rule, project, employer]),
        Some("rule") => rule.clone(),
        Some("project") => project.clone(),
        Some("employer") => employer.clone(),
        Some("since") => row.since.into(),
        Some("days_to_next") => row.due.map(|due| due.days).into(),
        Some("entries") => i64::try_from(row.entries.len()).ok().into(),
        Some(_) => grave(),
    };
    spot([first, rule, project, employer])
}

/// The open warnings of one project.
pub(super) async fn of_project<'a>(ctx: &'a Ctx, code: &str) -> Result<Table<'a>, Trouble> {
    let l = ctx.lang;
    let all = known(ctx).await?;
    let rows = all.iter().flat_map(|all| {
        // They come by project, those that are not of one at the end.
        let key =
            |row: &Warning| row.project.as_deref().map_or(Ordering::Greater, |project| project.cmp(code));
        let from = all.rows.partition_point(|row| key(row) == Ordering::Less);
        all.rows.iter().skip(from).take_while(move |row| key(row) == Ordering::Equal)
    });
    let mut open: Vec<&Warning> = rows.filter(|row| OPEN.contains(&row.colour)).collect();
    open.sort_by_key(|row| (OPEN.iter().position(|colour| *colour == row.colour), row.rule));
    // The page is the project's: neither project nor employer need be named.
    let own = |mut cells: Vec<Cell>| {
        cells.drain(2..4);
        cells
    };
    let mut columns = columns(ctx);
    columns.drain(2..4);
    Ok(Table {
        caption: l.of("本项目的预警", "Warnings of this project").to_owned(),
        note: all.as_ref().map(|all| as_of_entry(ctx, all)),
        columns,
        rows: open.into_iter().map(|row| own(cells(ctx, row))).collect(),
        empty: none(ctx, all.is_some(), l.of("当日没有预警。", "There is no warning on this day.")),
        more: Some(all_warnings(ctx)),
        ..Table::default()
    })
}

/// How many there are of each colour, and when the next step of one is due. Where they are still being judged, the
/// table is empty and says so.
pub(super) async fn by_colour(ctx: &Ctx) -> Result<Table<'_>, Trouble> {
    let l = ctx.lang;
    let judged = known(ctx).await?;
    let row = |all: &Arc<Warnings>, colour: Colour| {
        let due = || all.rows.iter().filter(|row| row.colour == colour).filter_map(|row| row.due);
        let past = due().filter(|due| due.days < 0).count();
        // What comes next; where nothing does, what has been due for longest.
        let next = due().filter(|due| due.days >= 0).min_by_key(|due| due.days);
        let next = next.or_else(|| due().min_by_key(|due| due.days));
        vec![
            Cell::from(name(ctx, colour)).toned(tone(colour)),
            Cell::from(count(all, colour)).to(of_colour(ctx, colour)),
            match u64::try_from(past).unwrap_or(u64::MAX) {
                0 => Cell::from(0u64),
                past => Cell::from(past)
                    .toned(Tone::Bad)
                    .to(ctx.href_with(&Address::Warnings, &[("sort", "days_to_next")])),
            },
            next.map(|due| limit(l, &due)).into(),
            next.map(|due| l.of(due.step.who_zh.clone(), due.step.who.clone())).into(),
        ]
    };
    let colours = OPEN.into_iter().chain([Colour::Unknown]);
    Ok(Table {
        caption: l.of("预警", "Early warnings").to_owned(),
        columns: vec![
            column("colour", l.of("颜色", "Colour")),
            column("warnings", l.of("件数", "Warnings")),
            column("past", l.of("已过处置时限", "Past the limit")),
            column("days_to_next", l.of("最近的处置时限", "Next limit")),
            column("who", l.of("责任单位", "Who must act")),
        ],
        note: judged.as_ref().map(|all| as_of_entry(ctx, all)),
        empty: none(ctx, judged.is_some(), ""),
        rows: judged.map_or_else(Vec::new, |all| colours.map(|colour| row(&all, colour)).collect()),
        more: Some(all_warnings(ctx)),
        ..Table::default()
    })
}

/// Warnings may be of an entry before the page's.
pub(super) fn as_of_entry(ctx: &Ctx, all: &Warnings) -> String {
    let seq = all.head.seq;
    ctx.lang.of(format!("按截至第 {seq} 条的记录判定"), format!("Judged over the entries up to {seq}"))
}

fn columns(ctx: &Ctx) -> Vec<Column> {
    let l = ctx.lang;
    vec![
        column("colour", l.of("颜色", "Colour")),
        column("rule", l.of("指标", "Indicator")),
        column("project", l.of("项目", "Project")),
        column("employer", l.of("用人单位", "Employer")),
        column("since", l.of("预警起始日", "Since")),
        column("days_to_next", l.of("距处置时限", "Limit")),
        column("who", l.of("责任单位", "Who must act")).unsorted(),
        column("figures", l.of("指标值", "Figures")).unsorted(),
        column("entries", l.of("依据记录", "Entries")),
    ]
}

fn cells(ctx: &Ctx, row: &Warning) -> Vec<Cell> {
    let l = ctx.lang;
    let own = own_page(ctx, row);
    vec![
        Cell::from(name(ctx, row.colour)).toned(tone(row.colour)),
        Cell::from(called(ctx, row)).to(own.clone()),
        row.project.as_deref().map(|code| project_cell(ctx, code)).into(),
        row.employer.as_deref().map(|code| employer_cell(ctx, code)).into(),
        row.since.into(),
        row.due.map(|due| limit(l, &due)).into(),
        row.due.map(|due| l.of(due.step.who_zh.clone(), due.step.who.clone())).into(),
        figures(l, row).into(),
        Cell::from(u64::try_from(row.entries.len()).unwrap_or(u64::MAX)).to(own),
    ]
}

/// Code and name of its indicator.
pub(super) fn called(ctx: &Ctx, row: &Warning) -> String {
    let indicator = Indicator::of(row.rule).map_or("", |i| ctx.lang.of(i.zh.as_str(), i.en.as_str()));
    format!("{} {indicator}", row.rule.label())
}

/// The page of one warning, with all the entries behind it.
fn own_page(ctx: &Ctx, row: &Warning) -> String {
    let of = [("project", &row.project), ("employer", &row.employer)];
    let of: Vec<(&str, &str)> =
        of.iter().filter_map(|(name, code)| Some((*name, code.as_deref()?))).collect();
    ctx.href_with(&Address::Warning(row.rule), &of)
}

/// Which step is due, and when; of one whose day has passed, since when.
pub(super) fn limit(l: Lang, due: &DueStep) -> Cell {
    let DueStep { step, on, days, .. } = due;
    match days {
        ..0 => Cell::from(l.of(
            format!("已过处置时限 {} 天：应{}（自 {on} 起）", days.unsigned_abs(), step.zh),
            format!("{} days past the limit: {} (since {on})", days.unsigned_abs(), step.en),
        ))
        .toned(Tone::Bad),
        0 => Cell::from(l.of(format!("今日到期：应{}", step.zh), format!("today: {}", step.en)))
            .toned(Tone::Warn),
        days => Cell::from(l.of(
            format!("还有 {days} 天：应于 {on} 前{}", step.zh),
            format!("in {days} days, by {on}: {}", step.en),
        )),
    }
}

/// Its figures in words.
pub(super) fn figures(l: Lang, row: &Warning) -> String {
    let said = gauge::told(row.rule, &row.figures);
    l.of(said.zh, said.en)
}

fn count(all: &Warnings, colour: Colour) -> u64 {
    let rows = all.rows.iter().filter(|row| row.colour == colour).count();
    u64::try_from(rows).unwrap_or(u64::MAX)
}

pub(super) fn name(ctx: &Ctx, colour: Colour) -> &'static str {
    let l = ctx.lang;
    match colour {
        Colour::Red => l.of("红色", "red"),
        Colour::Orange => l.of("橙色", "orange"),
        Colour::Yellow => l.of("黄色", "yellow"),
        Colour::Unknown => l.of("不明", "unknown"),
        Colour::None => l.of("正常", "none"),
    }
}

pub(super) fn tone(colour: Colour) -> Tone {
    match colour {
        Colour::Red => Tone::Bad,
        Colour::Orange | Colour::Yellow => Tone::Warn,
        Colour::Unknown | Colour::None => Tone::Quiet,
    }
}
