//! A project: who it is, what is there and what is missing month by month, its account, its arrears.

use super::address::{Address, Whom};
use super::ctx::Ctx;
use super::lang::Lang;
use super::late::{Summary, behind, employer_cell, figures, over_time};
use super::rank::{Extent, by_age, rank, rank_columns, rank_row, rank_total};
use super::silent::absent;
use super::spot::Key;
use super::table::{Block, Cell, Content, Figure, Table, Tone, Value, column};
use super::trouble::Trouble;
use super::warnings;
use crate::print::amount;
use jiff::ToSpan;
use readmodel::{AccountMonth, Filter, ProjectMonth, Sums, WageSheet};
use rules::{HandedIn, Money, Month};
use std::collections::BTreeMap;
use uuid::Uuid;
use wages::{CreditCode, ProjectCode};

/// So many days ahead a project's page looks for wages that fall due.
const DAYS_AHEAD: i64 = 30;
/// Months shown, the last ones.
const MONTHS_MAX: usize = 36;

/// The project's page.
pub(super) async fn project<'a>(ctx: &'a Ctx, code: &ProjectCode) -> Result<Content<'a>, Trouble> {
    let l = ctx.lang;
    let Some(called) = ctx.shown.lateness.project(code.as_str()) else { return Err(ctx.nowhere()) };
    let filter = Filter { project: Some(code.as_str().to_owned()), ..Filter::default() };
    let summary = Summary::of(ctx, &filter);
    let region = called.region.and_then(|region| region.parse().ok());
    let title = ctx.project_name(code.as_str());
    let crumbs = ctx.crumbs(vec![
        (ctx.region_name(called.region), Address::Region(region)),
        (title.clone(), ctx.address.clone()),
    ]);
    let model = &ctx.shown.model;
    let mut account = model.account(code).await.map_err(|error| ctx.trouble(error))?;
    account.retain(|month| month.month <= Month::of(ctx.as_of));
    let blocks = vec![
        figures(ctx, &filter, &summary),
        Block::Table(by_crew(ctx, code, &filter, &summary)?),
        Block::Table(warnings::of_project(ctx, code.as_str()).await?),
        Block::Table(months(ctx, code)),
        money(ctx, code, &filter, &summary, &account),
        Block::Table(account_table(ctx, &account)),
        Block::Table(by_age(ctx, &filter, &summary)),
        over_time(ctx, &filter),
        parties(ctx, code).await?,
    ];
    Ok(Content { title, kind: l.of("项目", "Project"), crumbs, blocks, head: None })
}

/// Crews by what is overdue in them, with their employers; also crews in which nothing is.
pub(super) fn by_crew<'a>(
    ctx: &'a Ctx,
    code: &ProjectCode,
    filter: &Filter,
    summary: &Summary<'_>,
) -> Result<Table<'a>, Trouble> {
    let l = ctx.lang;
    let key = |row: &readmodel::LateRow<'_>| (row.line.crew, row.line.employer.to_string());
    let mut sums: BTreeMap<(Uuid, String), Sums> = ctx.shown.lateness.sums(ctx.as_of, filter, key);
    let wanted = |employer: &str| filter.employer.as_deref().is_none_or(|wanted| wanted == employer);
    for (crew, name) in ctx.shown.crews.of_project(code.as_str()) {
        if wanted(&name.employer) {
            sums.entry((crew, name.employer.clone())).or_default();
        }
    }
    let (of, project) = (filter.clone(), code.clone());
    let row = move |(crew, employer): &(Uuid, String), sums: &Sums, most: Money| {
        let name = Cell::from(ctx.crew_name(*crew)).to(ctx.href(&Address::Crew(*crew)));
        let own = Filter { crew: Some(*crew), ..of.clone() };
        let mut cells = rank_row(ctx, name, sums, most, &own);
        let share = match employer.parse::<CreditCode>() {
            Ok(employer) => Cell::from(ctx.employer_name(employer.as_str()))
                .to(ctx.href(&Address::Share(project.clone(), employer))),
            Err(_) => employer_cell(ctx, employer),
        };
        cells.push(share);
        cells
    };
    let mut columns = rank_columns(ctx, column("crew", l.of("班组", "Crew")));
    columns.push(column("employer", l.of("用人单位", "Employer")));
    let mut total = rank_total(ctx, &summary.total, filter);
    total.push(Value::Nothing.into());
    let mut table = Table {
        caption: l.of("按班组", "By crew").to_owned(),
        columns,
        total: Some(total),
        ..Table::default()
    };
    let key = |(crew, employer): &(Uuid, String), by: Option<&str>| match by {
        Some("employer") => Key::Code(employer.clone().into()),
        _ => Key::from(*crew),
    };
    rank(ctx, &mut table, Extent::List, &sums, key, row)?;
    table.empty = l.of("没有登记班组。", "No crew is registered.");
    Ok(table)
}

/// Month by month what is there and what is not.
fn months(ctx: &Ctx, code: &ProjectCode) -> Table<'static> {
    let l = ctx.lang;
    let months = ctx.shown.lateness.months(code.as_str(), ctx.as_of);
    let rows = months.iter().rev().take(MONTHS_MAX).map(|month| month_row(ctx, code, month));
    let mut note = l
        .of(
            "合同签订：花名册上当月在场工人中已签合同的人数。“未报送”表示到期而账本中没有资料，不等于没有发生；“未到期”表示尚可报送。\
             报送期限（本系统的口径）：花名册为当月末，考勤、工资表为约定工资支付日，代发结果、专户对账单为次月末。",
            "Contracts: workers on site in the month who had signed one. “not handed in” says that nothing is recorded although it \
             was expected, not that nothing happened; “not yet” that it may still come. Expected (a convention of this system) is \
             the roster by the end of the month, attendance and wage sheet by the agreed pay day, bank result and statement by the \
             end of the next month.",
        )
        .to_owned();
    if let Some(more) = months.len().checked_sub(MONTHS_MAX).filter(|more| *more > 0) {
        note.push_str(&l.of(
            format!("只列最近 {MONTHS_MAX} 个月，另有更早的 {more} 个月。"),
            format!(" Only the last {MONTHS_MAX} months are shown; there are {more} before them."),
        ));
    }
    Table {
        caption: l.of("各月资料报送情况", "What was handed in, month by month").to_owned(),
        note: Some(note),
        columns: vec![
            column("month", l.of("月份", "Month")),
            column("roster", l.of("花名册人数", "On site (roster)")),
            column("contracts", l.of("合同签订", "Contracts")),
            column("work", l.of("考勤人数", "With attendance")),
            column("pay", l.of("工资表人数", "On wage sheets")),
            column("missing", l.of("漏报人数", "On none")),
            column("sheets", l.of("工资表定稿", "Sheets sealed")),
            column("net", l.of("应实发（元）", "Net pay (yuan)")),
            column("paid", l.of("银行已付（元）", "Paid by bank (yuan)")),
            column("failed", l.of("支付失败（笔）", "Failed")),
            column("returned", l.of("退汇（笔）", "Returned")),
            column("account", l.of("专户对账单", "Account statement")),
        ],
        rows: rows.collect(),
        empty: l.of("各月均未报送资料。", "No month has any record yet."),
        ..Table::default()
    }
}

fn month_row(ctx: &Ctx, code: &ProjectCode, state: &ProjectMonth) -> Vec<Cell> {
    let l = ctx.lang;
    let reports = state.reports;
    let counted = |number: u64, report: HandedIn| match report {
        HandedIn::Yes => Cell::from(number),
        state => absent(ctx, state),
    };
    let contracts = Cell::from(l.of(
        format!("{} 人中已签 {} 人", state.on_site, state.with_contract),
        format!("{} of {} signed", state.with_contract, state.on_site),
    ));
    let contracts = match (state.with_contract, state.on_site) {
        (_, 0) => Value::Nothing.into(),
        (signed, on_site) if signed < on_site => contracts.toned(Tone::Warn),
        _ => contracts,
    };
    let troubled = |number: u64, tone| {
        let cell = Cell::from(number);
        if number > 0 { cell.toned(tone) } else { cell }
    };
    let sheets = match (state.sheets, state.sealed) {
        (0, _) => absent(ctx, reports.wage_sheet),
        // Others of the site handed in theirs.
        (all, sealed) if state.silent_employers > 0 => silent_beside(l, sealed, all, state).toned(Tone::Warn),
        (all, sealed) if sealed < all => sealed_of(l, sealed, all).toned(Tone::Warn),
        (all, sealed) => sealed_of(l, sealed, all).toned(Tone::Good),
    };
    vec![
        Cell::from(state.month).to(ctx.href(&Address::Payments(code.clone(), state.month))),
        counted(state.on_site, reports.roster),
        contracts,
        counted(state.worked, reports.attendance),
        state.pay.map_or_else(|| absent(ctx, reports.wage_sheet), |pay| pay.workers.into()),
        troubled(state.missing, Tone::Warn),
        sheets,
        state.pay.map_or_else(|| absent(ctx, reports.wage_sheet), |pay| pay.net.into()),
        state.money.map_or_else(|| absent(ctx, reports.bank_result), |money| money.amount.into()),
        troubled(state.money.map_or(0, |money| money.failed), Tone::Bad),
        troubled(state.money.map_or(0, |money| money.returned), Tone::Bad),
        absent(ctx, reports.statement),
    ]
}

/// A month's sheets beside those that some employers did not hand in.
fn silent_beside(l: Lang, sealed: u64, all: u64, state: &ProjectMonth) -> Cell {
    let ProjectMonth { silent_employers, silent_people, .. } = state;
    Cell::from(l.of(
        format!("{all} 张中已定稿 {sealed} 张；{silent_employers} 家单位未报送（花名册 {silent_people} 人）"),
        format!(
            "{sealed} of {all} sealed; {silent_employers} employers handed in none ({silent_people} on their rosters)"
        ),
    ))
}

/// How many of a month's sheets are sealed.
fn sealed_of(l: Lang, sealed: u64, all: u64) -> Cell {
    Cell::from(l.of(format!("{all} 张中已定稿 {sealed} 张"), format!("{sealed} of {all} sealed")))
}

/// What wages need, overdue and soon, beside what the dedicated account has.
fn money(
    ctx: &Ctx,
    code: &ProjectCode,
    filter: &Filter,
    summary: &Summary<'_>,
    account: &[AccountMonth],
) -> Block<'static> {
    let l = ctx.lang;
    let late = summary.total.outstanding;
    let last_day = ctx.as_of.saturating_add(DAYS_AHEAD.days());
    let ahead = ctx.shown.lateness.due_ahead(ctx.as_of, last_day, filter);
    let due = |cell: Cell| match ahead.next {
        Some((.., month)) => cell.to(ctx.href(&Address::Payments(code.clone(), month))),
        None => cell,
    };
    let mut figures = vec![
        Figure {
            label: l.of("现已拖欠", "Overdue now"),
            cell: {
                let cell = Cell::from(late).to(behind(ctx, &Address::Arrears, filter));
                if late > Money::ZERO { cell.toned(Tone::Bad) } else { cell }
            },
            note: match summary.total.since(ctx.as_of) {
                Some(since) => l.of(
                    format!("{} 笔，最早自 {since} 起", summary.total.lines),
                    format!("{} lines, the oldest since {since}", summary.total.lines),
                ),
                None => String::new(),
            },
        },
        Figure {
            label: l.of("30 日内到期应付", "Due within 30 days"),
            cell: due(ahead.within.into()),
            note: l.of(
                format!("{} 至 {last_day}，尚未支付", ctx.as_of),
                format!("{} to {last_day}, not paid yet", ctx.as_of),
            ),
        },
        Figure {
            label: l.of("下一支付日应付", "Due on the next pay day"),
            cell: due(ahead.next.map(|(_, open, _)| open).into()),
            note: match ahead.next {
                Some((day, ..)) => l.of(format!("应于 {day} 前付清"), format!("due on {day}")),
                None => l.of(
                    "工资表上没有未到支付日的工资".to_owned(),
                    "no line that is due later is recorded".to_owned(),
                ),
            },
        },
    ];
    figures.extend(account_figures(ctx, account, late.checked_add(ahead.within)));
    Block::Figures(figures)
}

/// The dedicated account in figures: left, in, out; and whether what is left is enough for what is needed.
fn account_figures(ctx: &Ctx, account: &[AccountMonth], needed: Option<Money>) -> [Figure; 3] {
    let l = ctx.lang;
    let sum = |of: fn(&AccountMonth) -> Money| Money::checked_sum(account.iter().map(of));
    let last = account.last();
    let until = last.map_or_else(
        || l.of("未报送对账单".to_owned(), "no statement is recorded".to_owned()),
        |last| l.of(format!("对账单至 {}", last.month), format!("statements up to {}", last.month)),
    );
    let short = last.zip(needed).and_then(|(last, needed)| needed.checked_sub(last.closing_balance));
    let short = short.filter(|short| *short > Money::ZERO);
    let balance = Cell::from(last.map(|last| last.closing_balance));
    let stated = l.of("银行所示最近月末余额", "as the bank states at the last month end");
    [
        Figure {
            label: l.of("专户余额", "Balance"),
            cell: if short.is_some() { balance.toned(Tone::Bad) } else { balance },
            note: match short {
                Some(short) => l.of(
                    format!("{stated}；付清拖欠和 30 日内到期的工资还差 {} 元", amount(short)),
                    format!("{stated}; {} short of what is overdue and due within 30 days", amount(short)),
                ),
                None => stated.to_owned(),
            },
        },
        Figure {
            label: l.of("专户：人工费用拨付", "Dedicated account: labour cost in"),
            cell: sum(|month| month.labour_cost_in).filter(|_| last.is_some()).into(),
            note: until.clone(),
        },
        Figure {
            label: l.of("专户：支出", "Dedicated account: out"),
            cell: sum(|month| month.out).filter(|_| last.is_some()).into(),
            note: until,
        },
    ]
}

fn account_table(ctx: &Ctx, account: &[AccountMonth]) -> Table<'static> {
    let l = ctx.lang;
    let row = |month: &AccountMonth| {
        vec![
            month.month.into(),
            month.labour_cost_in.into(),
            month.other_in.into(),
            month.out.into(),
            month.closing_balance.into(),
        ]
    };
    Table {
        caption: l.of("农民工工资专用账户", "Dedicated account").to_owned(),
        columns: vec![
            column("statement", l.of("对账单月份", "Statement")),
            column("labour_in", l.of("人工费用拨付", "Labour cost in")),
            column("other_in", l.of("其他收入", "Other in")),
            column("out", l.of("支出", "Out")),
            column("balance", l.of("月末余额", "Closing balance")),
        ],
        rows: account.iter().rev().take(MONTHS_MAX).map(row).collect(),
        empty: l.of("未报送专户对账单。", "No statement of the account is recorded."),
        ..Table::default()
    }
}

/// Who builds, who owns, who pays, and where to read on.
async fn parties(ctx: &Ctx, code: &ProjectCode) -> Result<Block<'static>, Trouble> {
    let l = ctx.lang;
    let trail = ctx.href(&Address::Trail(Whom::Project(code.clone())));
    let mut facts = vec![(l.of("项目代码", "Project code"), Cell::code(code.as_str()))];
    let known = ctx.shown.model.project(code).await.map_err(|error| ctx.trouble(error))?;
    if let Some(project) = known {
        let terms = &project.terms;
        let firm = |name: &str, code: &CreditCode| {
            Cell::from(format!("{name}（{}）", code.as_str())).to(ctx.href(&Address::Employer(code.clone())))
        };
        facts.extend([
            (l.of("地区", "Region"), Cell::from(ctx.region_name(Some(terms.region.as_str())))),
            (l.of("建设单位", "Owner"), firm(&terms.owner_name, &terms.owner)),
            (l.of("施工总承包单位", "General contractor"), firm(&terms.contractor_name, &terms.contractor)),
            (l.of("工程合同价（元）", "Contract price (yuan)"), terms.contract_price.into()),
            (
                l.of("约定月人工费用（元）", "Agreed labour cost a month (yuan)"),
                terms.agreed_labour_cost.into(),
            ),
            (l.of("拨付周期（天）", "Transfer cycle (days)"), terms.transfer_cycle_days.into()),
            (l.of("约定工资支付日", "Pay day"), l.of(terms.pay_day.zh(), terms.pay_day.to_string()).into()),
            (l.of("专户开户银行", "Bank of the account"), terms.account_bank.as_str().into()),
            (l.of("专户账号", "Dedicated account"), Cell::code(terms.account.as_str())),
            (l.of("开工日期", "Begins"), terms.starts_on.into()),
            (l.of("计划竣工日期", "Planned end"), terms.planned_end.into()),
            (
                l.of("依据", "Recorded as"),
                Cell::from(l.of(format!("第 {} 条记录", project.seq), format!("entry {}", project.seq)))
                    .to(ctx.href(&Address::Entry(project.seq))),
            ),
        ]);
    } else {
        let text = l.of(
            "项目本身未登记，只有其他记录提到该项目。",
            "The project itself was never registered; other entries name it.",
        );
        facts.push((l.of("登记", "Registration"), Cell::from(text).toned(Tone::Warn)));
    }
    let filter = Filter { project: Some(code.as_str().to_owned()), ..Filter::default() };
    facts.push((
        l.of("全部记录", "Everything recorded"),
        Cell::from(l.of("查看（留痕）", "Audit trail")).to(trail),
    ));
    let late = Cell::from(l.of("逐笔", "Line by line")).to(behind(ctx, &Address::Arrears, &filter));
    facts.push((l.of("拖欠明细", "Overdue lines"), late));
    Ok(Block::Facts(l.of("项目基本信息", "Project").to_owned(), facts))
}

/// What a sheet's seal says is what was recorded.
pub(super) fn agrees(sheet: &WageSheet) -> bool {
    sheet.seal.is_some_and(|seal| seal.lines == sheet.recorded_lines && seal.net == sheet.recorded_net)
}
