//! The regulator's landing page, the lists behind it, and a region.

use super::address::Address;
use super::ctx::Ctx;
use super::late::{Summary, employer_cell, figures, over_time, project_cell};
use super::rank::{Extent, by_age, rank, rank_columns, rank_row, rank_total};
use super::spot::Key;
use super::table::{Block, Cell, Content, Table, column};
use super::trouble::Trouble;
use super::warnings;
use readmodel::{Filter, Sums};
use rules::Money;
use wages::RegionCode;

/// The whole ledger on a day.
pub(super) async fn landing(ctx: &Ctx) -> Result<Content<'_>, Trouble> {
    let warnings = warnings::by_colour(ctx).await?;
    let l = ctx.lang;
    let all = Filter::default();
    let summary = Summary::of(ctx, &all);
    let blocks = vec![
        figures(ctx, &all, &summary),
        Block::Pair(Box::new([
            by_region(ctx, &summary, Extent::Top(Address::Regions))?,
            by_age(ctx, &all, &summary),
        ])),
        Block::Table(warnings),
        over_time(ctx, &all),
        Block::Pair(Box::new([
            by_project(ctx, &all, &summary, Extent::Top(Address::Projects))?,
            by_employer(ctx, &summary, Extent::Top(Address::Employers))?,
        ])),
    ];
    let title = l.of("欠薪总览", "Arrears").to_owned();
    Ok(Content { title, kind: l.of("监管总览", "Overview"), crumbs: Vec::new(), blocks, head: None })
}

/// Every region with something overdue.
pub(super) fn regions(ctx: &Ctx) -> Result<Content<'_>, Trouble> {
    let all = Filter::default();
    let table = by_region(ctx, &Summary::of(ctx, &all), Extent::List)?;
    Ok(list(ctx, ctx.lang.of("地区", "Regions"), table))
}

/// Every project with something overdue.
pub(super) fn projects(ctx: &Ctx) -> Result<Content<'_>, Trouble> {
    let all = Filter::default();
    let table = by_project(ctx, &all, &Summary::of(ctx, &all), Extent::List)?;
    Ok(list(ctx, ctx.lang.of("项目", "Projects"), table))
}

/// Every employer with something overdue.
pub(super) fn employers(ctx: &Ctx) -> Result<Content<'_>, Trouble> {
    let all = Filter::default();
    let table = by_employer(ctx, &Summary::of(ctx, &all), Extent::List)?;
    Ok(list(ctx, ctx.lang.of("用人单位", "Employers"), table))
}

fn list<'a>(ctx: &'a Ctx, title: &'static str, table: Table<'a>) -> Content<'a> {
    let crumbs = ctx.crumbs(vec![(title.to_owned(), ctx.address.clone())]);
    let kind = ctx.lang.of("全部", "All");
    Content { title: title.to_owned(), kind, crumbs, blocks: vec![Block::Table(table)], head: None }
}

/// The projects of one region.
pub(super) fn region<'a>(ctx: &'a Ctx, code: Option<&RegionCode>) -> Result<Content<'a>, Trouble> {
    let l = ctx.lang;
    let code = code.map(RegionCode::as_str);
    if !ctx.shown.lateness.projects().any(|project| project.region == code) {
        return Err(ctx.nowhere());
    }
    let filter = Filter { region: Some(code.unwrap_or_default().to_owned()), ..Filter::default() };
    let summary = Summary::of(ctx, &filter);
    let blocks = vec![
        figures(ctx, &filter, &summary),
        Block::Table(by_project(ctx, &filter, &summary, Extent::List)?),
        Block::Table(by_age(ctx, &filter, &summary)),
        over_time(ctx, &filter),
    ];
    let title = ctx.region_name(code);
    let crumbs = ctx.crumbs(vec![
        (l.of("地区", "Regions").to_owned(), Address::Regions),
        (title.clone(), ctx.address.clone()),
    ]);
    Ok(Content { title, kind: l.of("地区", "Region"), crumbs, blocks, head: None })
}

fn by_region<'a>(ctx: &'a Ctx, summary: &Summary<'a>, extent: Extent) -> Result<Table<'a>, Trouble> {
    let l = ctx.lang;
    let row = |code: &Option<&str>, sums: &Sums, most: Money| {
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
    let mut table = Table {
        caption: l.of("按地区", "By region").to_owned(),
        columns: rank_columns(ctx, column("region", l.of("地区", "Region"))),
        total: Some(rank_total(ctx, &summary.total, &Filter::default())),
        ..Table::default()
    };
    rank(ctx, &mut table, extent, &summary.overdue.by_region, |code, _| Key::from(*code), row)?;
    Ok(table)
}

/// Projects by what is overdue on them.
fn by_project<'a>(
    ctx: &'a Ctx,
    filter: &Filter,
    summary: &Summary<'a>,
    extent: Extent,
) -> Result<Table<'a>, Trouble> {
    let l = ctx.lang;
    let row = |code: &&str, sums: &Sums, most: Money| {
        let filter = Filter { project: Some((*code).to_owned()), ..Filter::default() };
        rank_row(ctx, project_cell(ctx, code), sums, most, &filter)
    };
    let mut table = Table {
        caption: l.of("按项目", "By project").to_owned(),
        columns: rank_columns(ctx, column("project", l.of("项目", "Project"))),
        total: Some(rank_total(ctx, &summary.total, filter)),
        ..Table::default()
    };
    rank(ctx, &mut table, extent, &summary.overdue.by_project, |code, _| Key::from(*code), row)?;
    Ok(table)
}

fn by_employer<'a>(ctx: &'a Ctx, summary: &Summary<'a>, extent: Extent) -> Result<Table<'a>, Trouble> {
    let l = ctx.lang;
    let row = |code: &&str, sums: &Sums, most: Money| {
        let filter = Filter { employer: Some((*code).to_owned()), ..Filter::default() };
        rank_row(ctx, employer_cell(ctx, code), sums, most, &filter)
    };
    let mut table = Table {
        caption: l.of("按用人单位", "By employer").to_owned(),
        columns: rank_columns(ctx, column("employer", l.of("用人单位", "Employer"))),
        total: Some(rank_total(ctx, &summary.total, &Filter::default())),
        ..Table::default()
    };
    rank(ctx, &mut table, extent, &summary.overdue.by_employer, |code, _| Key::from(*code), row)?;
    Ok(table)
}
