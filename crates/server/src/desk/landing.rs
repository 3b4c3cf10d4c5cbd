//! The regulator's landing page, the lists behind it, and a region.

use super::address::Address;
use super::ctx::Ctx;
use super::firms::by_firm;
use super::late::{Summary, behind, employer_cell, figures, list_kind, over_time, project_cell, said};
use super::rank::{Extent, by_age, rank, rank_columns, rank_row, rank_total};
use super::spot::Key;
use super::table::{Block, Cell, Content, Table, Tone, Value, column};
use super::trouble::Trouble;
use super::warnings;
use readmodel::{Filter, Role, Standing, Sums};
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
            by_region(ctx, &summary, Extent::Top(ctx.href(&Address::Regions)))?,
            by_age(ctx, &all, &summary),
        ])),
        Block::Table(warnings),
        over_time(ctx, &all),
        Block::Table(by_project(ctx, &all, &summary, Extent::Top(ctx.href(&Address::Projects)))?),
    ];
    let firms = Role::ALL.into_iter().map(|role| top_firms(ctx, role, &all, &summary));
    let blocks = blocks.into_iter().map(Ok).chain(firms).collect::<Result<Vec<_>, Trouble>>()?;
    let title = l.of("欠薪总览", "Arrears").to_owned();
    Ok(Content { title, kind: l.of("监管总览", "Overview"), crumbs: Vec::new(), blocks, head: None })
}

/// The firms of one role on whose projects most is overdue, with a link to all of them.
fn top_firms<'a>(
    ctx: &'a Ctx,
    role: Role,
    filter: &Filter,
    summary: &Summary<'a>,
) -> Result<Block<'a>, Trouble> {
    let list = Extent::Top(behind(ctx, &Address::FirmsIn(role), filter));
    Ok(Block::Table(by_firm(ctx, role, filter, summary, list)?))
}

/// Every region with a project.
pub(super) fn regions(ctx: &Ctx) -> Result<Content<'_>, Trouble> {
    let all = Filter::default();
    let table = by_region(ctx, &Summary::of(ctx, &all), Extent::List)?;
    Ok(list(ctx, ctx.lang.of("地区", "Regions"), table))
}

/// Every project, with or without arrears; of a region or a firm, where one is asked for.
pub(super) fn projects(ctx: &Ctx) -> Result<Content<'_>, Trouble> {
    let of = &ctx.asked.filter;
    let filter = Filter {
        region: of.region.clone(),
        employer: of.employer.clone(),
        contractor: of.contractor.clone(),
        owner: of.owner.clone(),
        ..Filter::default()
    };
    let table = by_project(ctx, &filter, &Summary::of(ctx, &filter), Extent::List)?;
    let name = ctx.lang.of("项目", "Projects");
    let mut content = list(ctx, name, table);
    if filter != Filter::default() {
        (content.kind, content.title) = (name, said(ctx, &filter));
    }
    Ok(content)
}

fn list<'a>(ctx: &'a Ctx, title: &'static str, table: Table<'a>) -> Content<'a> {
    let crumbs = ctx.crumbs(vec![(title.to_owned(), ctx.address.clone())]);
    let kind = list_kind(ctx);
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
    let mut blocks = vec![
        figures(ctx, &filter, &summary),
        Block::Table(by_project(ctx, &filter, &summary, Extent::List)?),
    ];
    // A project that was never registered has no region, contractor or owner to ask for.
    if code.is_some() {
        for role in Role::ALL {
            blocks.push(top_firms(ctx, role, &filter, &summary)?);
        }
    }
    blocks.push(Block::Table(by_age(ctx, &filter, &summary)));
    blocks.push(over_time(ctx, &filter));
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
    let mut sums = summary.overdue.by_region.clone();
    if matches!(extent, Extent::List) {
        for project in ctx.shown.lateness.projects() {
            sums.entry(project.region).or_default();
        }
    }
    rank(ctx, &mut table, extent, &sums, |code, _| Key::from(*code), row)?;
    Ok(table)
}

/// Projects by what is overdue on them; a list also has those on which nothing is.
pub(super) fn by_project<'a>(
    ctx: &'a Ctx,
    filter: &Filter,
    summary: &Summary<'a>,
    extent: Extent,
) -> Result<Table<'a>, Trouble> {
    let l = ctx.lang;
    let late = &ctx.shown.lateness;
    let is_of_all = !matches!(extent, Extent::Top(_));
    let mut sums = summary.overdue.by_project.clone();
    for project in late.projects_within(filter).filter(|_| is_of_all) {
        sums.entry(project.code).or_default();
    }
    let own = filter.clone();
    let row = move |code: &&'a str, sums: &Sums, most: Money| {
        let filter = Filter { project: Some((*code).to_owned()), ..own.clone() };
        let mut row = rank_row(ctx, site_cell(ctx, code, own.employer.as_deref()), sums, most, &filter);
        if is_of_all {
            let contractor = late.project(code).and_then(|project| project.contractor);
            row.push(standing(ctx, late.standing(ctx.as_of, code)));
            row.push(Cell::code(*code));
            row.push(contractor.map_or_else(|| Value::Nothing.into(), |firm| employer_cell(ctx, firm)));
        }
        row
    };
    let mut columns = rank_columns(ctx, column("project", l.of("项目", "Project")));
    let mut total = rank_total(ctx, &summary.total, filter);
    if is_of_all {
        columns.push(column("state", l.of("状态", "State")));
        columns.push(column("code", l.of("项目代码", "Project code")));
        columns.push(column("contractor", l.of("施工总承包单位", "General contractor")));
        total.extend([Cell::from(""), Cell::from(""), Cell::from("")]);
    }
    let caption = l.of("按项目", "By project").to_owned();
    let mut table = Table { caption, columns, total: Some(total), ..Table::default() };
    let key = |code: &&'a str, by: Option<&str>| match by {
        Some("state") => Key::Number(gravity(late.standing(ctx.as_of, code))),
        Some("contractor") => Key::from(late.project(code).and_then(|project| project.contractor)),
        _ => Key::from(*code),
    };
    rank(ctx, &mut table, extent, &sums, key, row)?;
    if is_of_all {
        table.empty = l.of("没有项目。", "There is no site.");
    }
    Ok(table)
}

/// A project's name, leading to it, or to what one employer has to do with it.
fn site_cell(ctx: &Ctx, code: &str, employer: Option<&str>) -> Cell {
    let share = employer.and_then(|employer| Some((code.parse().ok()?, employer.parse().ok()?)));
    match share {
        Some((site, employer)) => {
            let name = Cell::from(project_cell(ctx, code).value);
            name.to(ctx.href(&Address::Share(site, employer)))
        }
        None => project_cell(ctx, code),
    }
}

/// Where a state stands in their order: the gravest first.
fn gravity(standing: Standing) -> i64 {
    match standing {
        Standing::Late => 0,
        Standing::Undated => 1,
        Standing::Missing => 2,
        Standing::NoSheet => 3,
        Standing::Clear => 4,
    }
}

/// How it stands with a project's wages, in words.
fn standing(ctx: &Ctx, standing: Standing) -> Cell {
    let l = ctx.lang;
    match standing {
        Standing::Late => Cell::from(l.of("有拖欠", "wages overdue")).toned(Tone::Bad),
        Standing::Undated => Cell::from(l.of("应支付日期不明", "due day not known")).toned(Tone::Warn),
        Standing::Missing => Cell::from(l.of("有考勤未编工资", "worked, on no wage sheet")).toned(Tone::Warn),
        Standing::NoSheet => Cell::from(l.of("未报送工资表", "no wage sheet handed in")).toned(Tone::Warn),
        Standing::Clear => Cell::from(l.of("无拖欠", "nothing overdue")).toned(Tone::Good),
    }
}
