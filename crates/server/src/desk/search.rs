//! Looking for projects, employers, crews and workers. What is looked for comes in a form's body, never in an address.

use super::address::Address;
use super::ctx::Ctx;
use super::html::number;
use super::late::{employer_cell, project_cell};
use super::table::{Block, Cell, Content, Table, column};
use super::trouble::Trouble;
use crate::node::crew_names::CrewName;
use maud::html;
use uuid::Uuid;
use vault::Purpose as IndexOf;
use wages::IdNumber;

/// Hits of each kind that are shown.
const HITS_MAX: usize = 50;

/// The page with its form, and what was found.
pub(super) fn search<'a>(ctx: &'a Ctx, found: Option<Vec<Block<'a>>>) -> Content<'a> {
    let l = ctx.lang;
    let title = l.of("查询", "Search");
    let mut blocks = vec![Block::Html(html! {
        form class="search block" method="post" action=(ctx.href(&Address::Search)) {
            label for="q" { (l.of("项目、用人单位、班组的名称或代码；或工人的身份证号", "Name or code of a project, employer or crew; or a worker's ID number")) }
            div { input id="q" name="q" type="search" required maxlength="200" autocomplete="off" spellcheck="false";
                  button type="submit" { (l.of("查询", "Search")) } }
            p class="note" { (l.of(
                "身份证号只用于加密比对，不保存、不留在网址中。",
                "An ID number is compared through the blind index only; it goes into no address, log or entry.",
            )) }
        }
    })];
    blocks.extend(found.into_iter().flatten());
    Content {
        title: title.to_owned(),
        kind: l.of("查询", "Search"),
        crumbs: ctx.crumbs(vec![(title.to_owned(), Address::Search)]),
        blocks,
        head: None,
    }
}

/// What fits.
pub(super) async fn found<'a>(ctx: &'a Ctx, wanted: &str) -> Result<Content<'a>, Trouble> {
    if let Ok(id) = wanted.parse::<IdNumber>() {
        return by_id_number(ctx, &id).await;
    }
    let l = ctx.lang;
    let late = &ctx.shown.lateness;
    let small = wanted.to_lowercase();
    let fits = |text: &str| text.to_lowercase().contains(&small);
    let (projects, more_projects) =
        first(ctx, late.projects().filter(|p| fits(p.code) || p.name.is_some_and(fits)));
    let projects = projects
        .iter()
        .map(|p| vec![project_cell(ctx, p.code), Cell::code(p.code), ctx.region_name(p.region).into()]);
    let (employers, more_employers) =
        first(ctx, late.organisations().filter(|o| fits(&o.code) || fits(&o.name)));
    let employers = employers.iter().map(|o| vec![employer_cell(ctx, &o.code), Cell::code(o.code.as_str())]);
    let (crews, more_crews) = crews(ctx, &fits);
    let none = l.of("未查到。", "Nothing found.");
    let blocks = vec![
        Block::Table(Table {
            caption: l.of("项目", "Projects").to_owned(),
            note: more_projects,
            columns: vec![
                column("project", l.of("项目", "Project")),
                column("project_code", l.of("代码", "Code")),
                column("region", l.of("地区", "Region")),
            ],
            rows: projects.collect(),
            empty: none,
            ..Table::default()
        }),
        Block::Table(Table {
            caption: l.of("用人单位", "Employers").to_owned(),
            note: more_employers,
            columns: vec![
                column("employer", l.of("用人单位", "Employer")),
                column("employer_code", l.of("统一社会信用代码", "Credit code")),
            ],
            rows: employers.collect(),
            empty: none,
            ..Table::default()
        }),
        Block::Table(Table {
            caption: l.of("班组", "Crews").to_owned(),
            note: more_crews,
            columns: vec![
                column("crew", l.of("班组", "Crew")),
                column("crew_project", l.of("项目", "Project")),
                column("crew_employer", l.of("用人单位", "Employer")),
            ],
            rows: crews,
            empty: none,
            ..Table::default()
        }),
    ];
    Ok(search(ctx, Some(blocks)))
}

/// The hits that are shown, and what to say where there are more.
fn first<T>(ctx: &Ctx, hits: impl Iterator<Item = T>) -> (Vec<T>, Option<String>) {
    let mut hits: Vec<T> = hits.collect();
    let all = number(hits.len());
    let is_cut = hits.len() > HITS_MAX;
    hits.truncate(HITS_MAX);
    let said = ctx.lang.of(
        format!("共 {all} 个，这里只有前 {HITS_MAX} 个；多写几个字可缩小范围。"),
        format!("These are the first {HITS_MAX} of {all}; a longer text narrows it."),
    );
    (hits, is_cut.then_some(said))
}

/// By labels.
fn crews(ctx: &Ctx, fits: &dyn Fn(&str) -> bool) -> (Vec<Vec<Cell>>, Option<String>) {
    let hit = |(crew, name): (Uuid, &'_ CrewName)| {
        let label = name.label.as_deref().filter(|label| fits(label))?;
        Some((label.to_owned(), crew, name.project.clone(), name.employer.clone()))
    };
    let mut hits: Vec<_> = ctx.shown.crews.all().filter_map(hit).collect();
    hits.sort_unstable();
    let row = |(label, crew, project, employer): (String, Uuid, String, String)| {
        let label = Cell::from(label).to(ctx.href(&Address::Crew(crew)));
        vec![label, project_cell(ctx, &project), employer_cell(ctx, &employer)]
    };
    let (hits, more) = first(ctx, hits.into_iter());
    (hits.into_iter().map(row).collect(), more)
}

async fn by_id_number<'a>(ctx: &'a Ctx, id: &IdNumber) -> Result<Content<'a>, Trouble> {
    let l = ctx.lang;
    let vault = ctx.node.ledger.reader().vault();
    let worker = vault.find_worker(vault.blind_index(IndexOf::IdNumber, id.as_str())).await;
    let worker = worker.map_err(|error| ctx.failed(error))?;
    let row = |worker: Uuid| vec![Cell::from(ctx.worker_name(worker)).to(ctx.href(&Address::Worker(worker)))];
    let table = Table {
        caption: l.of("工人", "Workers").to_owned(),
        columns: vec![column("worker", l.of("工人（代号）", "Worker (pseudonym)"))],
        rows: worker.into_iter().map(row).collect(),
        empty: l.of("未查到用该身份证号登记的工人。", "No worker with this ID number is registered."),
        ..Table::default()
    };
    Ok(search(ctx, Some(vec![Block::Table(table)])))
}
