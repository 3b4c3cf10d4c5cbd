//! A firm in each of its roles: general contractor, owner, employer; and an employer's share of one project.

use super::address::{Address, Whom};
use super::ctx::Ctx;
use super::firms::role_name;
use super::landing::by_project;
use super::late::{Summary, behind, beside, figures, first_lines, over_time};
use super::project::by_crew;
use super::rank::{Extent, by_age};
use super::table::{Block, Cell, Content, Figure, Tone, Value};
use super::trouble::Trouble;
use maud::html;
use readmodel::{Filter, Role};
use wages::{CreditCode, ProjectCode};

/// What a firm has to do with: what is overdue on the sites that it builds, on those that it owns, and of its own.
pub(super) fn employer<'a>(ctx: &'a Ctx, code: &CreditCode) -> Result<Content<'a>, Trouble> {
    let l = ctx.lang;
    let late = &ctx.shown.lateness;
    if !late.knows_firm(code.as_str()) {
        return Err(ctx.nowhere());
    }
    let mut roles = Vec::new();
    for role in Role::ALL {
        if !late.projects_of(role, code.as_str()).is_empty() {
            let filter = Filter::of_firm(role, code.as_str());
            let summary = Summary::of(ctx, &filter);
            roles.push((role, filter, summary));
        }
    }
    let mut blocks = vec![Block::Figures(by_role(ctx, code, &roles))];
    let pays_first =
        roles.iter().any(|(role, _, summary)| *role == Role::Contractor && summary.total.lines > 0);
    if pays_first {
        blocks.push(Block::Html(html! {
            p class="note" { (l.of(
                "本单位施工总承包的项目上拖欠的工资，由本单位先行清偿，再依法追偿（《保障农民工工资支付条例》第三十条）。",
                "As general contractor the firm pays first what is overdue on its sites, and claims it back (Decree 724 art. 30).",
            )) }
        }));
    }
    for (role, filter, summary) in &roles {
        let mut projects =
            by_project(ctx, filter, summary, Extent::First(behind(ctx, &Address::Projects, filter)))?;
        projects.caption = sites_caption(ctx, *role);
        blocks.push(Block::Table(projects));
        blocks.push(Block::Figures(beside(ctx, filter, summary)));
    }
    if let Some((role, filter, summary)) = roles.first() {
        let mut ages = by_age(ctx, filter, summary);
        ages.note = Some(format!("{}{}", l.of("范围：", "Of: "), sites_caption(ctx, *role)));
        blocks.push(Block::Table(ages));
        blocks.push(over_time(ctx, filter));
    }
    let trail = Cell::from(l.of("查看（留痕）", "Audit trail"))
        .to(ctx.href(&Address::Trail(Whom::Employer(code.clone()))));
    let facts = vec![
        (l.of("统一社会信用代码", "Credit code"), Cell::code(code.as_str())),
        (l.of("全部记录", "Everything recorded"), trail),
    ];
    blocks.push(Block::Facts(l.of("单位信息", "Firm").to_owned(), facts));
    let title = ctx.employer_name(code.as_str());
    let names: Vec<&str> = roles.iter().map(|(role, ..)| role_name(ctx, *role)).collect();
    let kind = match names.as_slice() {
        &[only] => only,
        _ => l.of("单位", "Firm"),
    };
    let crumbs = ctx.crumbs(vec![
        (l.of("单位", "Firms").to_owned(), Address::Firms),
        (title.clone(), ctx.address.clone()),
    ]);
    Ok(Content { title, kind, crumbs, blocks, head: None })
}

/// What the table of a role's sites is called.
fn sites_caption(ctx: &Ctx, role: Role) -> String {
    let l = ctx.lang;
    let text = match role {
        Role::Contractor => {
            l.of("本单位施工总承包的项目", "Sites that the firm builds as general contractor")
        }
        Role::Owner => l.of("本单位建设的项目", "Sites that the firm owns"),
        Role::Employer => l.of("本单位用工的项目", "Sites on which the firm employs people"),
    };
    text.to_owned()
}

/// One figure a role. A firm that is no employer owes no wages of its own: that is said, and is no 0.00.
fn by_role(ctx: &Ctx, code: &CreditCode, roles: &[(Role, Filter, Summary<'_>)]) -> Vec<Figure> {
    let l = ctx.lang;
    let figure = |role: Role| {
        let label = match role {
            Role::Contractor => l.of("施工总承包的项目拖欠工资", "Overdue on sites as general contractor"),
            Role::Owner => l.of("建设的项目拖欠工资", "Overdue on sites as owner"),
            Role::Employer => l.of("作为用人单位拖欠工资", "Overdue as employer"),
        };
        let Some((_, filter, summary)) = roles.iter().find(|(of, ..)| *of == role) else {
            let note = match role {
                Role::Contractor => l.of("不是任何项目的施工总承包单位", "general contractor of no site"),
                Role::Owner => l.of("不是任何项目的建设单位", "owner of no site"),
                Role::Employer => l.of("没有作为用人单位的记录", "not recorded as an employer"),
            };
            return Figure { label, cell: Value::Nothing.into(), note: note.to_owned() };
        };
        let total = &summary.total;
        let owed = Cell::from(total.outstanding).to(behind(ctx, &Address::Arrears, filter));
        let sites = ctx.shown.lateness.projects_of(role, code.as_str()).len();
        let note = match total.since(ctx.as_of) {
            None => l.of(format!("{sites} 个项目，均无拖欠"), format!("{sites} sites, nothing overdue")),
            Some(since) => l.of(
                format!(
                    "{sites} 个项目中 {} 个有拖欠，{} 人，{} 笔；最早自 {since} 起，已 {} 天",
                    total.projects, total.workers, total.lines, total.oldest_days
                ),
                format!(
                    "on {} of {sites} sites, {} workers, {} lines; the oldest since {since}, {} days",
                    total.projects, total.workers, total.lines, total.oldest_days
                ),
            ),
        };
        Figure { label, cell: if total.lines > 0 { owed.toned(Tone::Bad) } else { owed }, note }
    };
    Role::ALL.into_iter().map(figure).collect()
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
