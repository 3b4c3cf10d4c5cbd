//! What nobody knows the due day of, because the calendar of rest days of its year is missing: neither overdue nor not.

use super::address::Address;
use super::ctx::Ctx;
use super::late::{behind, employer_cell, project_cell, said};
use super::list::fill;
use super::spot::{Key, Spot, spot};
use super::table::{Block, Cell, Content, Figure, Table, Tone, column};
use super::trouble::Trouble;
use crate::print::amount;
use jiff::civil::Date;
use readmodel::{DueShare, Filter, Undated, UndatedRow};
use rules::Money;
use std::collections::BTreeSet;

/// Years whose calendars are missing, in words.
pub(super) fn no_calendar(ctx: &Ctx, years: &BTreeSet<i16>) -> String {
    let years: Vec<String> = years.iter().map(i16::to_string).collect();
    ctx.lang.of(format!("缺 {} 年日历", years.join("、")), format!("no calendar of {}", years.join(", ")))
}

/// A due day; where it is not known, for want of which year's calendar.
pub(super) fn due_cell(ctx: &Ctx, due_on: Option<Date>, missing: Option<i16>) -> Cell {
    match (due_on, missing) {
        (Some(due_on), _) => due_on.into(),
        (None, Some(year)) => not_known(ctx, year),
        (None, None) => due_on.into(),
    }
}

/// The words where a day is not known.
pub(super) fn not_known(ctx: &Ctx, year: i16) -> Cell {
    let why = no_calendar(ctx, &BTreeSet::from([year]));
    Cell::from(ctx.lang.of(format!("不明（{why}）"), format!("not known ({why})"))).toned(Tone::Warn)
}

/// What stands beside the sums of a page; nothing where every due day that matters is known.
pub(super) fn figure(ctx: &Ctx, filter: &Filter, undated: &Undated) -> Option<Figure> {
    if undated.is_empty() {
        return None;
    }
    let l = ctx.lang;
    let Undated { lines, workers, worker_months, days, years, .. } = undated;
    let why = no_calendar(ctx, years);
    let told = l.of(format!("{lines} 笔，{workers} 人"), format!("{lines} wage lines of {workers} workers"));
    let worked = l.of(
        format!("{worker_months} 人次（{days} 工日）有考勤未编工资"),
        format!("{worker_months} worker-months ({days} days of work) without a wage line"),
    );
    let parts = [(*lines, told), (*worker_months, worked)];
    let mut parts: Vec<String> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, said)| said).collect();
    parts.push(why);
    let list = if *lines > 0 { Address::Undated } else { Address::Missing };
    Some(Figure {
        label: l.of("应支付日期不明，未计入拖欠", "Due day not known, not counted as overdue"),
        cell: Cell::from(undated.outstanding).to(behind(ctx, &list, filter)).toned(Tone::Warn),
        note: parts.join(l.of("；", "; ")),
    })
}

/// Lines that may be due in a month.
pub(super) fn may_be_due(ctx: &Ctx, due: &DueShare) -> String {
    let (lines, net) = (due.undated, amount(due.undated_net));
    ctx.lang.of(
        format!("{lines} 笔 {net} 元应支付日期不明"),
        format!("when {lines} lines of {net} are due is not known"),
    )
}

/// Where a line stands in the list.
fn place<'a>(row: &UndatedRow<'a>, by: Option<&str>) -> Spot<'a> {
    let line = row.line;
    let first: Key<'a> = match by {
        Some("worker") => line.worker.into(),
        Some("month") => line.month.into(),
        Some("outstanding") => row.outstanding.fen().into(),
        Some("net") => line.net.fen().into(),
        Some("paid") => line.net.checked_sub(row.outstanding).map(Money::fen).into(),
        Some("project") => row.project.into(),
        Some("employer") => (&*line.employer).into(),
        Some("crew") => line.crew.into(),
        _ => line.nominal_due.into(),
    };
    spot([first, line.line.into()])
}

fn cells(ctx: &Ctx, row: &UndatedRow<'_>) -> Vec<Cell> {
    let line = row.line;
    vec![
        Cell::from(ctx.worker_name(line.worker)).to(ctx.href(&Address::Worker(line.worker))),
        Cell::from(line.month).to(ctx.href(&Address::Line(line.line))),
        Cell::from(row.outstanding).to(ctx.href(&Address::Line(line.line))),
        line.net.into(),
        line.net.checked_sub(row.outstanding).into(),
        line.nominal_due.into(),
        not_known(ctx, line.no_calendar),
        project_cell(ctx, row.project),
        employer_cell(ctx, &line.employer),
        Cell::from(ctx.crew_name(line.crew)).to(ctx.href(&Address::Crew(line.crew))),
    ]
}

/// All lines that fit the query's fields, are not paid in full, and may be overdue.
pub(super) fn page(ctx: &Ctx) -> Result<Content<'_>, Trouble> {
    let l = ctx.lang;
    let filter = &ctx.asked.filter;
    let unknown = ctx.shown.lateness.unknown(ctx.as_of, filter);
    let mut table = Table {
        caption: l.of("应支付日期不明的工资", "Wage lines whose due day is not known").to_owned(),
        note: Some(
            l.of(
                "约定的支付日遇休息日须提前；缺当年放假安排，无法判断是否已到期。未计入拖欠，也不视为未到期。",
                "A pay day on a rest day is moved to an earlier day; without that year's calendar nobody can say whether \
                 it has passed. These lines are not counted as overdue, nor as not due.",
            )
            .to_owned(),
        ),
        columns: vec![
            column("worker", l.of("工人", "Worker")),
            column("month", l.of("工资月份", "Month")),
            column("outstanding", l.of("未付", "Not paid")),
            column("net", l.of("应实发", "Net pay")),
            column("paid", l.of("已付", "Paid")),
            column("agreed", l.of("约定支付日", "Agreed day")),
            column("due_on", l.of("应支付日期", "Due on")).unsorted(),
            column("project", l.of("项目", "Project")),
            column("employer", l.of("用人单位", "Employer")),
            column("crew", l.of("班组", "Crew")),
        ],
        empty: l.of("未查到。", "There are none."),
        sortable: true,
        ..Table::default()
    };
    let rows = ctx.shown.lateness.undated(ctx.as_of, filter);
    fill(ctx, &mut table, rows, place, |row| cells(ctx, row))?;
    table.total = Some(
        [Cell::from(l.of("合计", "Total")), Cell::from(""), unknown.undated.outstanding.into()]
            .into_iter()
            .chain((3..table.columns.len()).map(|_| Cell::from("")))
            .collect(),
    );
    let figures: Vec<Figure> = figure(ctx, filter, &unknown.undated).into_iter().collect();
    let mut blocks = Vec::new();
    if !figures.is_empty() {
        blocks.push(Block::Figures(figures));
    }
    blocks.push(Block::Table(table));
    let kind = l.of("应支付日期不明的工资", "Wage lines whose due day is not known");
    let crumbs = ctx.crumbs(vec![(kind.to_owned(), Address::Undated)]);
    Ok(Content { title: said(ctx, filter), kind, crumbs, blocks, head: None })
}
