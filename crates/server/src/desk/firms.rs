//! Firms by what they are on projects: general contractors, owners, employers.

use super::address::Address;
use super::ctx::Ctx;
use super::late::{Summary, behind, employer_cell, list_kind, said};
use super::list::fill;
use super::rank::{Extent, rank, rank_columns, rank_row, rank_total};
use super::spot::{Key, Spot, spot};
use super::table::{Block, Cell, Content, Table, Tone, Value, column};
use super::trouble::Trouble;
use readmodel::{Filter, Role, Sums};
use rules::Money;
use std::collections::BTreeMap;

/// A role in words.
pub(super) fn role_name(ctx: &Ctx, role: Role) -> &'static str {
    let l = ctx.lang;
    match role {
        Role::Contractor => l.of("施工总承包单位", "General contractor"),
        Role::Owner => l.of("建设单位", "Owner"),
        Role::Employer => l.of("用人单位", "Employer"),
    }
}

/// The filter of a firm in a role, within another.
fn within(filter: &Filter, role: Role, code: &str) -> Filter {
    let region = filter.region.clone();
    Filter { region, ..Filter::of_firm(role, code) }
}

/// Firms of one role by what is overdue on their projects; a list also has those on whose projects nothing is.
pub(super) fn by_firm<'a>(
    ctx: &'a Ctx,
    role: Role,
    filter: &Filter,
    summary: &Summary<'a>,
    extent: Extent,
) -> Result<Table<'a>, Trouble> {
    let l = ctx.lang;
    let overdue = &summary.overdue;
    let named = |sums: &BTreeMap<Option<&'a str>, Sums>| -> BTreeMap<&'a str, Sums> {
        sums.iter().map(|(code, sums)| (code.unwrap_or_default(), *sums)).collect()
    };
    let mut sums = match role {
        Role::Employer => overdue.by_employer.clone(),
        Role::Contractor => named(&overdue.by_contractor),
        Role::Owner => named(&overdue.by_owner),
    };
    if matches!(extent, Extent::List) {
        let region = |project: &String| ctx.shown.lateness.project(project).and_then(|known| known.region);
        let is_here = |projects: &[String]| match &filter.region {
            Some(wanted) => projects.iter().any(|project| region(project) == Some(wanted)),
            None => true,
        };
        for (code, _) in ctx.shown.lateness.firms(role).filter(|(_, projects)| is_here(projects)) {
            sums.entry(code).or_default();
        }
    }
    let of = filter.clone();
    let row = move |code: &&str, sums: &Sums, most: Money| {
        let own = within(&of, role, code);
        let mut row = rank_row(ctx, firm_cell(ctx, role, code), sums, most, &own);
        // A project that was never registered has neither contractor nor owner to ask for.
        if code.is_empty() {
            row.iter_mut().for_each(|cell| cell.href = None);
        }
        row.insert(1, Some(*code).filter(|code| !code.is_empty()).map(Cell::code).into());
        row
    };
    let (name, caption) = match role {
        Role::Contractor => ("contractor", l.of("按施工总承包单位", "By general contractor")),
        Role::Owner => ("owner", l.of("按建设单位", "By owner")),
        Role::Employer => ("employer", l.of("按用人单位", "By employer")),
    };
    let mut columns = rank_columns(ctx, column(name, role_name(ctx, role)));
    columns.insert(1, column("code", l.of("统一社会信用代码", "Credit code")).unsorted());
    let mut total = rank_total(ctx, &summary.total, filter);
    total.insert(1, "".into());
    let mut table = Table { caption: caption.to_owned(), columns, total: Some(total), ..Table::default() };
    rank(ctx, &mut table, extent, &sums, |code, _| Key::from(*code), row)?;
    Ok(table)
}

fn firm_cell(ctx: &Ctx, role: Role, code: &str) -> Cell {
    match (role, code) {
        (Role::Contractor | Role::Owner, "") => {
            Cell::from(ctx.lang.of("项目未登记", "Project not registered")).toned(Tone::Quiet)
        }
        _ => employer_cell(ctx, code),
    }
}

/// Every firm with one role.
pub(super) fn firms_in(ctx: &Ctx, role: Role) -> Result<Content<'_>, Trouble> {
    let filter = Filter { region: ctx.asked.filter.region.clone(), ..Filter::default() };
    let summary = Summary::of(ctx, &filter);
    let table = by_firm(ctx, role, &filter, &summary, Extent::List)?;
    let title = role_name(ctx, role);
    let crumbs = ctx
        .crumbs(vec![(l_firms(ctx).to_owned(), Address::Firms), (title.to_owned(), Address::FirmsIn(role))]);
    let (kind, title) = match filter.region {
        None => (list_kind(ctx), title.to_owned()),
        Some(_) => (title, said(ctx, &filter)),
    };
    Ok(Content { title, kind, crumbs, blocks: vec![Block::Table(table)], head: None })
}

fn l_firms(ctx: &Ctx) -> &'static str {
    ctx.lang.of("单位", "Firms")
}

/// A firm: its code, and what is overdue in each of its roles, beside the number of projects.
struct Firm<'a> {
    code: &'a str,
    roles: [(usize, Sums); 3],
}

impl Firm<'_> {
    fn worst(&self) -> Money {
        self.roles.iter().map(|(_, sums)| sums.outstanding).max().unwrap_or_default()
    }

    fn oldest_days(&self) -> i64 {
        self.roles.iter().map(|(_, sums)| sums.oldest_days).max().unwrap_or_default()
    }
}

/// Every firm that is registered or that a project names, with all its roles.
pub(super) fn firms(ctx: &Ctx) -> Result<Content<'_>, Trouble> {
    let l = ctx.lang;
    let late = &ctx.shown.lateness;
    let overview = late.overview(ctx.as_of, &Filter::default());
    let mut all: BTreeMap<&str, [(usize, Sums); 3]> =
        late.organisations().map(|firm| (firm.code.as_str(), Default::default())).collect();
    for (at, role) in Role::ALL.into_iter().enumerate() {
        for (code, projects) in late.firms(role) {
            let sums = match role {
                Role::Employer => overview.by_employer.get(code),
                Role::Contractor => overview.by_contractor.get(&Some(code)),
                Role::Owner => overview.by_owner.get(&Some(code)),
            };
            if let Some(of) = all.entry(code).or_default().get_mut(at) {
                *of = (projects.len(), sums.copied().unwrap_or_default());
            }
        }
    }
    let mut columns =
        vec![column("firm", l.of("单位", "Firm")), column("code", l.of("统一社会信用代码", "Credit code"))];
    let heads = [
        ("contractor_sites", "contractor_owed", "总承包项目数", "总承包项目拖欠（元）"),
        ("owner_sites", "owner_owed", "建设项目数", "建设项目拖欠（元）"),
        ("employer_sites", "employer_owed", "用工项目数", "作为用人单位拖欠（元）"),
    ];
    let heads_en = [
        ("Sites as general contractor", "Overdue on them (yuan)"),
        ("Sites as owner", "Overdue on them (yuan)"),
        ("Sites as employer", "Overdue by it (yuan)"),
    ];
    for ((sites, owed, sites_zh, owed_zh), (sites_en, owed_en)) in heads.into_iter().zip(heads_en) {
        columns.push(column(sites, l.of(sites_zh, sites_en)));
        columns.push(column(owed, l.of(owed_zh, owed_en)));
    }
    columns.push(column("since", l.of("最早拖欠起始日", "Overdue since")));
    let mut table = Table {
        caption: l.of("全部单位", "All firms").to_owned(),
        note: Some(
            l.of(
                "同一笔拖欠的工资会同时列在该项目的总承包、建设和用人单位名下；各列不能相加。",
                "One overdue wage stands under contractor, owner and employer of its site; columns do not add up.",
            )
            .to_owned(),
        ),
        columns,
        empty: l.of("没有登记任何单位。", "No firm is registered."),
        sortable: true,
        ..Table::default()
    };
    let rows = all.into_iter().map(|(code, roles)| Firm { code, roles });
    fill(ctx, &mut table, rows, place, |firm| cells(ctx, firm))?;
    let title = l_firms(ctx).to_owned();
    let crumbs = ctx.crumbs(vec![(title.clone(), Address::Firms)]);
    Ok(Content { title, kind: list_kind(ctx), crumbs, blocks: vec![Block::Table(table)], head: None })
}

/// Where a firm stands in the list: where most is overdue in any role first.
fn place<'a>(firm: &Firm<'a>, by: Option<&str>) -> Spot<'a> {
    let sites =
        |at: usize| Key::from(firm.roles.get(at).map(|(sites, _)| i64::try_from(*sites).unwrap_or(i64::MAX)));
    let owed = |at: usize| Key::from(firm.roles.get(at).map(|(_, sums)| sums.outstanding.fen()));
    let first = match by {
        Some("contractor_sites") => sites(0),
        Some("contractor_owed") => owed(0),
        Some("owner_sites") => sites(1),
        Some("owner_owed") => owed(1),
        Some("employer_sites") => sites(2),
        Some("employer_owed") => owed(2),
        // The oldest is the earliest.
        Some("since") => firm.oldest_days().saturating_neg().into(),
        Some(_) => firm.code.into(),
        None => firm.worst().fen().saturating_neg().into(),
    };
    spot([first, firm.code.into()])
}

fn cells(ctx: &Ctx, firm: &Firm<'_>) -> Vec<Cell> {
    let mut row = vec![employer_cell(ctx, firm.code), Cell::code(firm.code)];
    for (role, (sites, sums)) in Role::ALL.into_iter().zip(firm.roles) {
        let filter = Filter::of_firm(role, firm.code);
        if sites == 0 {
            row.extend([Value::Nothing.into(), Value::Nothing.into()]);
            continue;
        }
        let owed = Cell::from(sums.outstanding).to(behind(ctx, &Address::Arrears, &filter));
        let sites = u64::try_from(sites).unwrap_or(u64::MAX);
        row.push(Cell::from(sites).to(behind(ctx, &Address::Projects, &filter)));
        row.push(if sums.lines > 0 { owed.toned(Tone::Bad) } else { owed });
    }
    let oldest = firm.roles.iter().map(|(_, sums)| sums).max_by_key(|sums| sums.oldest_days);
    row.push(oldest.and_then(|sums| sums.since(ctx.as_of)).into());
    row
}
