//! The wage sheets of a project's month: what was recorded of each, and what its seal says.

use super::address::Address;
use super::ctx::Ctx;
use super::late::employer_cell;
use super::list::fill;
use super::project::agrees;
use super::spot::{Key, Spot, spot};
use super::table::{Block, Cell, Content, Table, Tone, column};
use super::trouble::Trouble;
use readmodel::{MonthStatus, WageSheet};
use rules::Month;
use wages::ProjectCode;

/// Sheets on a page that has something else to say.
const FIRST_SHEETS: usize = 20;

/// The page of all of them.
pub(super) async fn sheets<'a>(
    ctx: &'a Ctx,
    code: &ProjectCode,
    month: Month,
) -> Result<Content<'a>, Trouble> {
    let l = ctx.lang;
    let found = month_status(ctx, code, month).await?;
    let mut table = table(ctx);
    table.sortable = true;
    fill(ctx, &mut table, found.sheets.into_iter(), place, move |sheet| cells(ctx, sheet))?;
    let title = l.of(format!("{month} 工资表"), format!("Wage sheets of {month}"));
    let payments = l.of(format!("{month} 工资支付"), format!("Wages of {month}"));
    let mut way = self::way(ctx, code);
    way.push((payments, Address::Payments(code.clone(), month)));
    way.push((title.clone(), ctx.address.clone()));
    let (kind, crumbs) = (l.of("工资表", "Wage sheets"), ctx.crumbs(way));
    Ok(Content { title, kind, crumbs, blocks: vec![Block::Table(table)], head: Some(found.head) })
}

/// Lines and sheets of a month of a project that is known.
pub(super) async fn month_status(
    ctx: &Ctx,
    code: &ProjectCode,
    month: Month,
) -> Result<MonthStatus, Trouble> {
    if ctx.shown.lateness.project(code.as_str()).is_none() {
        return Err(ctx.nowhere());
    }
    let found = ctx.shown.model.month_status(code.as_str(), month, ctx.as_of).await;
    found.map_err(|error| ctx.trouble(error))
}

/// The first of them, those that want looking at before the others, with a link to all.
pub(super) fn first<'a>(ctx: &'a Ctx, code: &ProjectCode, month: Month, sheets: &[WageSheet]) -> Table<'a> {
    let mut order: Vec<&WageSheet> = sheets.iter().collect();
    order.sort_by_key(|sheet| agrees(sheet));
    let rows = order.iter().take(FIRST_SHEETS).map(|sheet| cells(ctx, sheet)).collect();
    let all = sheets.len();
    let text = ctx.lang.of(format!("全部 {all} 张"), format!("All {all}"));
    let more = (all > FIRST_SHEETS).then(|| (text, ctx.href(&Address::Sheets(code.clone(), month))));
    Table { rows, more, ..table(ctx) }
}

/// From the region down to the project.
pub(super) fn way(ctx: &Ctx, code: &ProjectCode) -> Vec<(String, Address)> {
    let region = ctx.shown.lateness.project(code.as_str()).and_then(|project| project.region);
    vec![
        (ctx.region_name(region), Address::Region(region.and_then(|region| region.parse().ok()))),
        (ctx.project_name(code.as_str()), Address::Project(code.clone())),
    ]
}

fn table(ctx: &Ctx) -> Table<'_> {
    let l = ctx.lang;
    Table {
        caption: l.of("工资表定稿核对", "Wage sheets and their seals").to_owned(),
        note: Some(
            l.of(
                "定稿写明笔数与合计；与逐笔记录一致，才说明没有遗漏或添加。",
                "A seal says how many lines and what sum; only when both agree is nothing missing or added.",
            )
            .to_owned(),
        ),
        columns: vec![
            column("sheet_crew", l.of("班组", "Crew")),
            column("sheet", l.of("工资表", "Sheet")),
            column("recorded", l.of("已记录笔数", "Lines recorded")),
            column("recorded_net", l.of("已记录实发", "Net recorded")),
            column("sealed", l.of("定稿笔数", "Lines sealed")),
            column("sealed_net", l.of("定稿实发", "Net sealed")),
            column("agrees", l.of("核对", "Check")),
            column("sheet_employer", l.of("用人单位", "Employer")),
        ],
        empty: l.of("本月未报送工资表。", "No wage sheet of this month is recorded."),
        ..Table::default()
    }
}

/// Where a sheet stands in the list: those that want looking at first.
fn place(sheet: &WageSheet, by: Option<&str>) -> Spot<'static> {
    let employer = || Key::Code(sheet.employer.clone().into());
    let first = match by {
        Some("sheet_crew") => sheet.crew.into(),
        Some("sheet") => i64::from(sheet.correction).into(),
        Some("recorded") => sheet.recorded_lines.into(),
        Some("recorded_net") => sheet.recorded_net.fen().into(),
        Some("sealed") => sheet.seal.map(|seal| seal.lines).into(),
        Some("sealed_net") => sheet.seal.map(|seal| seal.net.fen()).into(),
        Some("sheet_employer") => employer(),
        _ => i64::from(agrees(sheet)).into(),
    };
    spot([first, employer(), sheet.crew.into(), i64::from(sheet.correction).into()])
}

fn cells(ctx: &Ctx, sheet: &WageSheet) -> Vec<Cell> {
    let l = ctx.lang;
    let number = match sheet.correction {
        0 => l.of("初始表".to_owned(), "sheet".to_owned()),
        n => l.of(format!("更正{n}"), format!("correction {n}")),
    };
    let check = match (sheet.seal, agrees(sheet)) {
        (None, _) => Cell::from(l.of("未定稿", "no seal")).toned(Tone::Warn),
        (Some(_), true) => Cell::from(l.of("一致", "agrees")).toned(Tone::Good),
        (Some(_), false) => Cell::from(l.of("不一致", "differs")).toned(Tone::Bad),
    };
    let check = match sheet.seal {
        Some(seal) => check.to(ctx.href(&Address::Entry(seal.seq))),
        None => check,
    };
    vec![
        Cell::from(ctx.crew_name(sheet.crew)).to(ctx.href(&Address::Crew(sheet.crew))),
        number.into(),
        sheet.recorded_lines.into(),
        sheet.recorded_net.into(),
        sheet.seal.map(|seal| seal.lines).into(),
        sheet.seal.map(|seal| seal.net).into(),
        check,
        employer_cell(ctx, &sheet.employer),
    ]
}
