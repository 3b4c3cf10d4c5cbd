//! A worker's statement of account. Who he is stays sealed until somebody says why he must know.

use super::address::{Address, Whom};
use super::ctx::Ctx;
use super::late::{employer_cell, project_cell};
use super::look;
use super::reason;
use super::statement::{lines, statement, sums};
use super::table::{Block, Cell, Content, Table, Tone, Value, column};
use super::trouble::Trouble;
use super::words;
use maud::html;
use readmodel::Worker;
use uuid::Uuid;
use vault::Keys;

/// Rows of a table beside the statement, before it says how many more there are.
const FIRST_ROWS: usize = 20;

/// What somebody may see who said why he must.
pub(super) struct Opened {
    facts: Vec<(&'static str, Cell)>,
    keys: Keys,
}

/// The page; with `purpose`, which is recorded by then, his personal data opened.
pub(super) async fn worker<'a>(
    ctx: &'a Ctx,
    id: Uuid,
    opened: Option<Opened>,
) -> Result<Content<'a>, Trouble> {
    let l = ctx.lang;
    let model = &ctx.shown.model;
    let fail = |error| ctx.trouble(error);
    let known = model.worker(id).await.map_err(fail)?;
    let versions = model.wage_versions(id).await.map_err(fail)?;
    if known.is_none() && versions.is_empty() {
        return Err(ctx.nowhere());
    }
    let payments = model.payments(id).await.map_err(fail)?;
    let stays = model.stays(id).await.map_err(fail)?;
    let work = model.work(id).await.map_err(fail)?;
    let lines = lines(ctx, versions, &payments, &work);
    let mut blocks = vec![sums(ctx, &lines)];
    blocks.extend(reason::of_worker(ctx, id, &payments, opened.as_ref().map(|opened| &opened.keys)));
    blocks.push(Block::Table(statement(ctx, lines, work)?));
    blocks.push(Block::Table(contract_table(ctx, id).await?));
    blocks.push(Block::Table(stay_table(ctx, id, &stays)));
    blocks.push(Block::Table(tax_table(ctx, id).await?));
    blocks.push(Block::Table(deduction_table(ctx, id).await?));
    blocks.push(personal(ctx, id, opened.map(|opened| opened.facts)));
    let title = ctx.worker_name(id);
    let mut way = Vec::new();
    if let Some(stay) = stays.last() {
        let region = ctx.shown.lateness.project(&stay.project).and_then(|project| project.region);
        way.push((ctx.region_name(region), Address::Region(region.and_then(|region| region.parse().ok()))));
        if let Ok(project) = stay.project.parse() {
            way.push((ctx.project_name(&stay.project), Address::Project(project)));
        }
        way.push((ctx.crew_name(stay.crew), Address::Crew(stay.crew)));
    }
    way.push((title.clone(), ctx.address.clone()));
    let kind = l.of("工人对账单", "Worker's statement");
    Ok(Content { title, kind, crumbs: ctx.crumbs(way), blocks, head: None })
}

/// Records why somebody looks, then opens. `look` is the name that the form gave this look: a page that is loaded again
/// sends its form again.
pub(super) async fn revealed<'a>(
    ctx: &'a Ctx,
    id: Uuid,
    purpose: &str,
    look: Option<&str>,
) -> Result<Content<'a>, Trouble> {
    let known = ctx.shown.model.worker(id).await.map_err(|error| ctx.trouble(error))?;
    let Some(known) = known else { return Err(ctx.nowhere()) };
    look::record(ctx, &[id], "worker", purpose, look).await?;
    let keys =
        ctx.node.ledger.reader().vault().existing_keys(&[id]).await.map_err(|error| ctx.failed(error))?;
    let l = ctx.lang;
    let gone = || Cell::from(l.of("密钥已销毁，无法查看", "its key was destroyed")).toned(Tone::Quiet);
    let open = |field: &str, sealed: Option<&wages::SealedField>| match sealed {
        None => Value::Nothing.into(),
        Some(sealed) => keys.open(id, field, sealed).map_or_else(|_| gone(), Cell::from),
    };
    let Worker { name, id_number, phone, card, bank, .. } = &known;
    let facts = vec![
        (l.of("姓名", "Name"), open("name", Some(name))),
        (l.of("身份证号", "ID number"), open("id_number", Some(id_number))),
        (l.of("电话", "Phone"), open("phone", phone.as_ref())),
        (l.of("工资卡", "Card"), open("card", card.as_ref())),
        (l.of("开户行", "Bank"), open("bank", bank.as_ref())),
    ];
    worker(ctx, id, Some(Opened { facts, keys })).await
}

/// The latest rows of a table beside the statement, with a link to where all is told page by page. An export holds all.
fn latest(ctx: &Ctx, id: Uuid, family: &str, mut table: Table<'static>) -> Table<'static> {
    let all = table.rows.len();
    if all > FIRST_ROWS && ctx.asked.format.is_none() {
        table.rows.truncate(FIRST_ROWS);
        let text = ctx.lang.of(format!("全部 {all} 条"), format!("All {all}, on the audit trail"));
        table.more = Some((text, ctx.href_with(&Address::Trail(Whom::Worker(id)), &[("kind", family)])));
    }
    table
}

async fn contract_table(ctx: &Ctx, id: Uuid) -> Result<Table<'static>, Trouble> {
    let l = ctx.lang;
    let contracts = ctx.shown.model.contracts_of(id).await.map_err(|error| ctx.trouble(error))?;
    let rows = contracts.iter().rev().map(|c| {
        vec![
            Cell::code(c.number.as_str()).to(ctx.href(&Address::Entry(c.contract))),
            c.signed_on.into(),
            c.starts_on.into(),
            c.ended_on.or(c.ends_on).into(),
            Cell::from(format!("{} {}", words::pay_form(l, &c.pay_form), c.unit_price)),
            Cell::from(c.pay_day.map(|day| l.of(day.zh(), day.to_string()))),
            employer_cell(ctx, &c.employer),
            project_cell(ctx, &c.project),
        ]
    });
    let table = Table {
        caption: l.of("合同", "Contracts").to_owned(),
        columns: vec![
            column("contract", l.of("编号", "Number")),
            column("signed", l.of("签订", "Signed")),
            column("starts", l.of("起", "From")),
            column("ends", l.of("止", "Until")),
            column("pay", l.of("计薪方式", "Pay")),
            column("pay_day", l.of("工资支付日", "Pay day")),
            column("contract_employer", l.of("用人单位", "Employer")),
            column("contract_project", l.of("项目", "Project")),
        ],
        rows: rows.collect(),
        empty: l.of("未报送合同。", "No contract is recorded."),
        ..Table::default()
    };
    Ok(latest(ctx, id, "contract", table))
}

fn stay_table(ctx: &Ctx, id: Uuid, stays: &[readmodel::Stay]) -> Table<'static> {
    let l = ctx.lang;
    let rows = stays.iter().rev().map(|stay| {
        vec![
            stay.entered_on.into(),
            stay.left_on.into(),
            stay.trade.as_str().into(),
            Cell::from(ctx.crew_name(stay.crew)).to(ctx.href(&Address::Crew(stay.crew))),
            employer_cell(ctx, &stay.employer),
            project_cell(ctx, &stay.project),
        ]
    });
    let table = Table {
        caption: l.of("进退场记录", "On site").to_owned(),
        columns: vec![
            column("entered", l.of("进场日期", "From")),
            column("left", l.of("退场日期", "Until")),
            column("trade", l.of("工种", "Trade")),
            column("stay_crew", l.of("班组", "Crew")),
            column("stay_employer", l.of("用人单位", "Employer")),
            column("stay_project", l.of("项目", "Project")),
        ],
        rows: rows.collect(),
        empty: l.of("未报送花名册。", "On no roster."),
        ..Table::default()
    };
    latest(ctx, id, "site", table)
}

async fn tax_table(ctx: &Ctx, id: Uuid) -> Result<Table<'static>, Trouble> {
    let l = ctx.lang;
    let tax = ctx.shown.model.tax_of(id).await.map_err(|error| ctx.trouble(error))?;
    let rows = tax.iter().rev().map(|tax| {
        vec![
            Cell::from(tax.pay_month).to(ctx.href(&Address::Entry(tax.seq))),
            tax.declared_income.into(),
            tax.amount.into(),
            employer_cell(ctx, &tax.employer),
        ]
    });
    let table = Table {
        caption: l.of("个税扣缴申报", "Income tax returns").to_owned(),
        columns: vec![
            column("pay_month", l.of("税款所属期", "Tax period")),
            column("declared", l.of("申报收入", "Income declared")),
            column("withheld", l.of("代扣税额", "Tax")),
            column("tax_employer", l.of("扣缴义务人", "Withholding agent")),
        ],
        rows: rows.collect(),
        empty: l.of(
            "未报送申报；工资表上扣的税见上表。",
            "No return is recorded; tax kept back on sheets stands above.",
        ),
        ..Table::default()
    };
    Ok(latest(ctx, id, "tax", table))
}

async fn deduction_table(ctx: &Ctx, id: Uuid) -> Result<Table<'static>, Trouble> {
    let l = ctx.lang;
    let mut declared = ctx.shown.model.deductions_of(id).await.map_err(|error| ctx.trouble(error))?;
    declared.sort_by_key(|of| std::cmp::Reverse(of.declared.from));
    let rows = declared.iter().map(|of| {
        let rules::tax::Declared { kind, monthly, from, until, declared_on } = of.declared;
        vec![
            Cell::from(l.of(kind.word(), kind.en())).to(ctx.href(&Address::Entry(of.seq))),
            monthly.into(),
            from.into(),
            until.into(),
            declared_on.into(),
            employer_cell(ctx, &of.employer),
        ]
    });
    let table = Table {
        caption: l.of("专项附加扣除等", "Deductions declared for income tax").to_owned(),
        columns: vec![
            column("deduction", l.of("扣除项目", "Deduction")),
            column("monthly", l.of("每月金额", "A month")),
            column("deducted_from", l.of("起", "From")),
            column("deducted_until", l.of("止", "Until")),
            column("declared_on", l.of("申报日期", "Declared on")),
            column("deducted_by", l.of("扣缴义务人", "Withholding agent")),
        ],
        rows: rows.collect(),
        empty: l.of("未申报专项附加扣除等项目。", "No deduction is declared."),
        ..Table::default()
    };
    Ok(latest(ctx, id, "deduction", table))
}

/// Who he is: sealed, with the form that opens it; or opened.
fn personal(ctx: &Ctx, id: Uuid, opened: Option<Vec<(&'static str, Cell)>>) -> Block<'static> {
    let l = ctx.lang;
    if let Some(mut facts) = opened {
        facts.push((
            l.of("本次查看", "This look"),
            Cell::from(l.of("已记入该工人的全部记录", "is recorded on the worker's own trail"))
                .to(ctx.href(&Address::Trail(Whom::Worker(id)))),
        ));
        return Block::Facts(l.of("个人信息（已查看）", "Personal data, looked at").to_owned(), facts);
    }
    Block::Html(html! {
        section class="block" id="personal" {
            h2 { (l.of("个人信息", "Personal data")) }
            p { (l.of(
                "姓名、身份证号、电话、银行卡均已加密。查看须登记用途；查看人与用途将长期记入该工人的全部记录。",
                "Name, ID number, phone and card are sealed. Opening them needs a purpose; who looked and why stays on the worker's own trail for good.",
            )) }
            (look::form(ctx, &Address::Worker(id)))
            p { a href=(ctx.href(&Address::Trail(Whom::Worker(id)))) { (l.of("全部记录（留痕）", "Audit trail")) } }
        }
    })
}
