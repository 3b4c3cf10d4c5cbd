//! The regulator's landing page, the lists behind it, and a region.

use super::address::Address;
use super::ctx::Ctx;
use super::late::{
    PAGE_ROWS, Summary, TOP_ROWS, answerable, by_age, column, employer_cell, figures, over_time,
    project_cell, rank_columns, rank_row, rank_total, ranked,
};
use super::table::{Block, Cell, Content, Table};
use super::trouble::Trouble;
use super::warnings;
use readmodel::{Filter, Sums};
use rules::Money;
use wages::RegionCode;

/// The whole ledger on a day.
pub(super) async fn landing(ctx: &Ctx) -> Result<Content, Trouble> {
    answerable(ctx)?;
    let warnings = warnings::by_colour(ctx).await?;
    let l = ctx.lang;
    let all = Filter::default();
    let summary = Summary::of(ctx, &all);
    let blocks = vec![
        figures(ctx, &all, &summary),
        Block::Pair(Box::new([by_region(ctx, &summary), by_age(ctx, &all, &summary)])),
        Block::Table(warnings),
        over_time(ctx, &all),
        Block::Pair(Box::new([
            by_project(ctx, &all, &summary, Some(TOP_ROWS)),
            by_employer(ctx, &all, &summary, Some(TOP_ROWS)),
        ])),
    ];
    Ok(Content {
        title: l.of("欠薪总览", "Arrears").to_owned(),
        kind: l.of("监管总览", "Overview"),
        crumbs: Vec::new(),
        blocks,
    })
}

/// Every project with something overdue.
pub(super) fn projects(ctx: &Ctx) -> Result<Content, Trouble> {
    list(ctx, ctx.lang.of("项目", "Projects"), by_project)
}

/// Every employer with something overdue.
pub(super) fn employers(ctx: &Ctx) -> Result<Content, Trouble> {
    list(ctx, ctx.lang.of("用人单位", "Employers"), by_employer)
}

fn list(
    ctx: &Ctx,
    title: &'static str,
    by: fn(&Ctx, &Filter, &Summary<'_>, Option<usize>) -> Table,
) -> Result<Content, Trouble> {
    answerable(ctx)?;
    let all = Filter::default();
    let table = by(ctx, &all, &Summary::of(ctx, &all), None);
    let crumbs = ctx.crumbs(vec![(title.to_owned(), ctx.address.clone())]);
    let kind = ctx.lang.of("全部", "All");
    Ok(Content { title: title.to_owned(), kind, crumbs, blocks: vec![Block::Table(table)] })
}

/// The projects of one region.
pub(super) fn region(ctx: &Ctx, code: Option<&RegionCode>) -> Result<Content, Trouble> {
    answerable(ctx)?;
    let l = ctx.lang;
    let code = code.map(RegionCode::as_str);
    if !ctx.shown.lateness.projects().any(|project| project.region == code) {
        return Err(ctx.nowhere());
    }
    let filter = Filter { region: Some(code.unwrap_or_default().to_owned()), ..Filter::default() };
    let summary = Summary::of(ctx, &filter);
    let blocks = vec![
        figures(ctx, &filter, &summary),
        Block::Table(by_project(ctx, &filter, &summary, None)),
        Block::Table(by_age(ctx, &filter, &summary)),
        over_time(ctx, &filter),
    ];
    let title = ctx.region_name(code);
    let crumbs = ctx.crumbs(vec![(title.clone(), ctx.address.clone())]);
    Ok(Content { title, kind: l.of("地区", "Region"), crumbs, blocks })
}

fn most<K>(ranked: &[(K, Sums)]) -> Money {
    ranked.first().map(|(_, sums)| sums.outstanding).unwrap_or_default()
}

fn by_region(ctx: &Ctx, summary: &Summary<'_>) -> Table {
    let l = ctx.lang;
    let rows = ranked(&summary.overdue.by_region);
    let most = most(&rows);
    let row = |(code, sums): &(Option<&str>, Sums)| {
        let filter = Filter { region: Some(code.unwrap_or_default().to_owned()), ..Filter::default() };
        let address = Address::Region(code.and_then(|code| code.parse().ok()));
        let name = Cell::from(ctx.region_name(*code)).to(ctx.href(&address));
        // A project that was never registered has no region to ask for.
        let mut row = rank_row(ctx, name, sums, most, &filter);
        if code.is_none() {
            row.iter_mut().skip(1).for_each(|cell| cell.href = None);
        }
        row
    };
    Table {
        caption: l.of("按地区", "By region").to_owned(),
        columns: rank_columns(ctx, column("region", l.of("地区", "Region"))),
        rows: rows.iter().map(row).collect(),
        total: Some(rank_total(ctx, &summary.total, &Filter::default())),
        empty: l.of("当日没有逾期未付的工资。", "Nothing is overdue on this day."),
        ..Table::default()
    }
}

/// Projects by what is overdue on them: the first of them, or all, page by page.
fn by_project(ctx: &Ctx, filter: &Filter, summary: &Summary<'_>, first: Option<usize>) -> Table {
    let l = ctx.lang;
    let rows = ranked(&summary.overdue.by_project);
    let most = most(&rows);
    let row = |(code, sums): &(&str, Sums)| {
        let filter = Filter { project: Some((*code).to_owned()), ..Filter::default() };
        rank_row(ctx, project_cell(ctx, code), sums, most, &filter)
    };
    let table = Table {
        caption: l.of("按项目", "By project").to_owned(),
        columns: rank_columns(ctx, column("project", l.of("项目", "Project"))),
        rows: rows.iter().take(first.unwrap_or(usize::MAX)).map(row).collect(),
        total: Some(rank_total(ctx, &summary.total, filter)),
        empty: l.of("当日没有逾期未付的工资。", "Nothing is overdue on this day."),
        ..Table::default()
    };
    cut(ctx, table, first, rows.len(), Address::Projects)
}

fn by_employer(ctx: &Ctx, filter: &Filter, summary: &Summary<'_>, first: Option<usize>) -> Table {
    let l = ctx.lang;
    let rows = ranked(&summary.overdue.by_employer);
    let most = most(&rows);
    let row = |(code, sums): &(&str, Sums)| {
        let filter = Filter { employer: Some((*code).to_owned()), ..filter.clone() };
        rank_row(ctx, employer_cell(ctx, code), sums, most, &filter)
    };
    let table = Table {
        caption: l.of("按用人单位", "By employer").to_owned(),
        columns: rank_columns(ctx, column("employer", l.of("用人单位", "Employer"))),
        rows: rows.iter().take(first.unwrap_or(usize::MAX)).map(row).collect(),
        total: Some(rank_total(ctx, &summary.total, filter)),
        empty: l.of("当日没有逾期未付的工资。", "Nothing is overdue on this day."),
        ..Table::default()
    };
    cut(ctx, table, first, rows.len(), Address::Employers)
}

/// A ranking's first rows with a link to all, or one page of all.
fn cut(ctx: &Ctx, mut table: Table, first: Option<usize>, all: usize, list: Address) -> Table {
    match first {
        Some(first) => {
            if all > first {
                let text = ctx.lang.of(format!("全部 {all} 个"), format!("All {all}"));
                table.more = Some((text, ctx.href(&list)));
            }
        }
        None => {
            table.sortable = true;
            table.sort(ctx.asked.sort.as_ref());
            table.paginate(ctx.asked.page.unwrap_or(1), PAGE_ROWS);
        }
    }
    table
}
