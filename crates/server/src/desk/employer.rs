//! An employer over all projects, and his share of one.

use super::address::{Address, Whom};
use super::ctx::Ctx;
use super::late::{Summary, figures, first_lines, over_time, project_cell};
use super::project::by_crew;
use super::rank::{Extent, by_age, rank, rank_columns, rank_row, rank_total};
use super::spot::Key;
use super::table::{Block, Cell, Content, Table, column};
use super::trouble::Trouble;
use readmodel::{Filter, Sums};
use rules::Money;
use wages::{CreditCode, ProjectCode};

/// What an employer owes, project by project.
pub(super) fn employer<'a>(ctx: &'a Ctx, code: &CreditCode) -> Result<Content<'a>, Trouble> {
    let l = ctx.lang;
    let name = ctx.shown.lateness.organisation(code.as_str()).map(|known| known.name.clone());
    let filter = Filter { employer: Some(code.as_str().to_owned()), ..Filter::default() };
    if name.is_none() && !ctx.shown.lateness.names_employer(code.as_str()) {
        return Err(ctx.nowhere());
    }
    let summary = Summary::of(ctx, &filter);
    let (of, own) = (filter.clone(), code.clone());
    let row = move |project: &&str, sums: &Sums, most: Money| {
        let filter = Filter { project: Some((*project).to_owned()), ..of.clone() };
        let cell = match project.parse::<ProjectCode>() {
            Ok(project) => Cell::from(ctx.project_name(project.as_str()))
                .to(ctx.href(&Address::Share(project, own.clone()))),
            Err(_) => project_cell(ctx, project),
        };
        rank_row(ctx, cell, sums, most, &filter)
    };
    let mut projects = Table {
        caption: l.of("按项目", "By project").to_owned(),
        columns: rank_columns(ctx, column("project", l.of("项目", "Project"))),
        total: Some(rank_total(ctx, &summary.total, &filter)),
        ..Table::default()
    };
    rank(ctx, &mut projects, Extent::List, &summary.overdue.by_project, |code, _| Key::from(*code), row)?;
    let trail = Cell::from(l.of("查看（留痕）", "Audit trail"))
        .to(ctx.href(&Address::Trail(Whom::Employer(code.clone()))));
    let facts = vec![
        (l.of("统一社会信用代码", "Credit code"), Cell::code(code.as_str())),
        (l.of("全部记录", "Everything recorded"), trail),
    ];
    let title = name.unwrap_or_else(|| code.as_str().to_owned());
    Ok(Content {
        kind: l.of("用人单位", "Employer"),
        crumbs: ctx.crumbs(vec![
            (l.of("用人单位", "Employers").to_owned(), Address::Employers),
            (title.clone(), ctx.address.clone()),
        ]),
        title,
        blocks: vec![
            figures(ctx, &filter, &summary),
            Block::Table(projects),
            Block::Table(by_age(ctx, &filter, &summary)),
            over_time(ctx, &filter),
            Block::Facts(l.of("单位信息", "Organisation").to_owned(), facts),
        ],
        head: None,
    })
}

/// What an employer owes on one project, crew by crew.
pub(super) fn share<'a>(
    ctx: &'a Ctx,
    code: &ProjectCode,
    employer: &CreditCode,
) -> Result<Content<'a>, Trouble> {
    let l = ctx.lang;
    let Some(project) = ctx.shown.lateness.project(code.as_str()) else { return Err(ctx.nowhere()) };
    let filter = Filter {
        project: Some(code.as_str().to_owned()),
        employer: Some(employer.as_str().to_owned()),
        ..Filter::default()
    };
    let summary = Summary::of(ctx, &filter);
    let region = project.region.and_then(|region| region.parse().ok());
    let title = ctx.employer_name(employer.as_str());
    let crumbs = ctx.crumbs(vec![
        (ctx.region_name(project.region), Address::Region(region)),
        (ctx.project_name(code.as_str()), Address::Project(code.clone())),
        (title.clone(), ctx.address.clone()),
    ]);
    let crews = by_crew(ctx, code, &filter, &summary)?;
    let blocks = vec![
        figures(ctx, &filter, &summary),
        Block::Table(crews),
        Block::Table(by_age(ctx, &filter, &summary)),
        Block::Table(first_lines(ctx, &filter)),
    ];
    let kind = l.of("用人单位（本项目）", "Employer on this project");
    Ok(Content { title, kind, crumbs, blocks, head: None })
}
