//! A crew: its workers and its overdue lines.

use super::address::Address;
use super::ctx::Ctx;
use super::late::{Summary, employer_cell, figures, first_lines, project_cell};
use super::rank::{Extent, rank, rank_columns, rank_row, rank_total};
use super::table::{Block, Cell, Content, Table, column};
use super::trouble::Trouble;
use readmodel::{Filter, Sums};
use rules::Money;
use uuid::Uuid;
use wages::{CreditCode, ProjectCode};

/// The page.
pub(super) async fn crew(ctx: &Ctx, id: Uuid) -> Result<Content<'_>, Trouble> {
    let l = ctx.lang;
    let known = ctx.shown.model.crew(id).await.map_err(|error| ctx.trouble(error))?;
    let Some(known) = known else { return Err(ctx.nowhere()) };
    let title = ctx.crew_name(id);
    let filter = Filter {
        project: Some(known.project.clone()),
        employer: Some(known.employer.clone()),
        crew: Some(id),
        ..Filter::default()
    };
    let summary = Summary::of(ctx, &filter);
    let by_worker = ctx.shown.lateness.sums(ctx.as_of, &filter, |row| row.line.worker);
    let mut workers = Table {
        caption: l.of("按工人", "By worker").to_owned(),
        columns: rank_columns(ctx, column("by_worker", l.of("工人", "Worker"))),
        total: Some(rank_total(ctx, &summary.total, &filter)),
        ..Table::default()
    };
    let of = filter.clone();
    let row = move |worker: &Uuid, sums: &Sums, most: Money| {
        let name = Cell::from(ctx.worker_name(*worker)).to(ctx.href(&Address::Worker(*worker)));
        rank_row(ctx, name, sums, most, &Filter { worker: Some(*worker), ..of.clone() })
    };
    rank(ctx, &mut workers, Extent::List, &by_worker, |worker, _| (*worker).into(), row)?;
    let facts = vec![
        (l.of("项目", "Project"), project_cell(ctx, &known.project)),
        (l.of("用人单位", "Employer"), employer_cell(ctx, &known.employer)),
        (
            l.of("登记", "Registered by"),
            Cell::from(l.of(format!("第 {} 条记录", known.seq), format!("entry {}", known.seq)))
                .to(ctx.href(&Address::Entry(known.seq))),
        ),
    ];
    let called = ctx.shown.lateness.project(&known.project);
    let region = called.and_then(|project| project.region);
    let mut way =
        vec![(ctx.region_name(region), Address::Region(region.and_then(|region| region.parse().ok())))];
    if let (Ok(project), Ok(employer)) =
        (known.project.parse::<ProjectCode>(), known.employer.parse::<CreditCode>())
    {
        way.push((ctx.project_name(&known.project), Address::Project(project.clone())));
        way.push((ctx.employer_name(&known.employer), Address::Share(project, employer)));
    }
    way.push((title.clone(), ctx.address.clone()));
    let blocks = vec![
        figures(ctx, &filter, &summary),
        Block::Table(first_lines(ctx, &filter)),
        Block::Table(workers),
        Block::Facts(l.of("班组", "Crew").to_owned(), facts),
    ];
    Ok(Content { title, kind: l.of("班组", "Crew"), crumbs: ctx.crumbs(way), blocks, head: None })
}
