//! A worker's statement of account. Who he is stays sealed until somebody says why he must know.

use super::address::{Address, Whom};
use super::ctx::Ctx;
use super::late::{employer_cell, project_cell};
use super::payments::state;
use super::table::{Block, Cell, Content, Figure, Table, Tone, Value, column};
use super::trouble::Trouble;
use super::words;
use crate::reveal::Purpose;
use maud::html;
use readmodel::{State, WageVersion, Worker, WorkerPayment};
use rules::{DueLine, Money, Month};
use std::collections::BTreeMap;
use uuid::Uuid;
use wages::Channel;

/// Payments fill lines of one project, employer and month.
type GroupKey = (String, String, Month);

/// The page; with `purpose`, which is recorded by then, his personal data opened.
pub(super) async fn worker(
    ctx: &Ctx,
    id: Uuid,
    opened: Option<Vec<(&'static str, Cell)>>,
) -> Result<Content<'static>, Trouble> {
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
    let rows = statement(ctx, &versions, &payments);
    let mut blocks = vec![sums(ctx, &rows)];
    blocks.push(Block::Table(statement_table(ctx, id, &rows).await?));
    blocks.push(Block::Table(contract_table(ctx, id).await?));
    blocks.push(Block::Table(stay_table(ctx, &stays)));
    blocks.push(Block::Table(tax_table(ctx, id).await?));
    blocks.push(Block::Table(deduction_table(ctx, id).await?));
    blocks.push(personal(ctx, id, opened));
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

/// Records why somebody looks, then opens.
pub(super) async fn revealed(ctx: &Ctx, id: Uuid, purpose: &str) -> Result<Content<'static>, Trouble> {
    let known = ctx.shown.model.worker(id).await.map_err(|error| ctx.trouble(error))?;
    let Some(known) = known else { return Err(ctx.nowhere()) };
    let purpose = Purpose::said(purpose);
    let recorded = purpose.record(&ctx.node.ledger, Channel::Http, &[id], "worker").await;
    recorded.map_err(|failure| Trouble::Failed(ctx.lang, failure))?;
    let keys =
        ctx.node.ledger.reader().vault().existing_keys(&[id]).await.map_err(|error| ctx.failed(error))?;
    let l = ctx.lang;
    let gone = || Cell::from(l.of("密钥已销毁", "its key was destroyed")).toned(Tone::Quiet);
    let open = |field: &str, sealed: Option<&wages::SealedField>| match sealed {
        None => Value::Nothing.into(),
        Some(sealed) => keys.open(id, field, sealed).map_or_else(|_| gone(), Cell::from),
    };
    let Worker { name, id_number, phone, card, bank, .. } = &known;
    let opened = vec![
        (l.of("姓名", "Name"), open("name", Some(name))),
        (l.of("身份证号", "ID number"), open("id_number", Some(id_number))),
        (l.of("电话", "Phone"), open("phone", phone.as_ref())),
        (l.of("工资卡", "Card"), open("card", card.as_ref())),
        (l.of("开户行", "Bank"), open("bank", bank.as_ref())),
    ];
    worker(ctx, id, Some(opened)).await
}

/// A line of the statement.
struct Row<'a> {
    version: &'a WageVersion,
    paid: Money,
    open: Money,
    /// Booked days of payments that count.
    when: Vec<String>,
    state: State,
    days_overdue: Option<i64>,
}

fn statement<'a>(ctx: &Ctx, versions: &'a [WageVersion], payments: &'a [WorkerPayment]) -> Vec<Row<'a>> {
    let mut groups: BTreeMap<GroupKey, Vec<&WageVersion>> = BTreeMap::new();
    for version in versions.iter().filter(|version| version.in_force) {
        let key = (version.project.clone(), version.employer.clone(), version.month);
        groups.entry(key).or_default().push(version);
    }
    let mut rows = Vec::new();
    for ((project, employer, month), lines) in groups {
        let of = |p: &&WorkerPayment| p.project == project && p.employer == employer && p.month == month;
        let own: Vec<&WorkerPayment> =
            payments.iter().filter(of).filter(|p| p.value_on.is_none_or(|day| day <= ctx.as_of)).collect();
        let came_back = |p: &WorkerPayment| p.returned_on.is_some_and(|day| day <= ctx.as_of);
        let counts = |p: &&&WorkerPayment| p.value_on.is_some() && !came_back(p);
        let paid = Money::checked_sum(own.iter().filter(counts).map(|p| p.amount)).unwrap_or_default();
        let due: Vec<DueLine> =
            lines.iter().map(|v| DueLine { due_on: v.due_on, net: v.net, recorded: v.line }).collect();
        let (shares, _) = rules::allocate(paid, &due);
        let when: Vec<String> =
            own.iter().filter(counts).filter_map(|p| p.value_on).map(|day| day.to_string()).collect();
        for (version, paid) in lines.into_iter().zip(shares) {
            let net = version.net.max(Money::ZERO);
            let open = net.checked_sub(paid).unwrap_or_default();
            let days = version.due_on.map(|due| rules::days_overdue(ctx.as_of, due));
            let days_overdue = days.filter(|days| *days > 0 && open > Money::ZERO);
            let state = match own.last() {
                _ if net == Money::ZERO => State::Nothing,
                _ if open == Money::ZERO => State::Paid,
                _ if paid > Money::ZERO => State::PartPaid,
                Some(last) if last.value_on.is_none() => State::Failed,
                Some(last) if came_back(last) => State::Returned,
                _ if days_overdue.is_none() => State::Due,
                _ => State::NotOrdered,
            };
            let when = if paid > Money::ZERO { when.clone() } else { Vec::new() };
            rows.push(Row { version, paid, open, when, state, days_overdue });
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse((row.version.month, row.version.line)));
    rows
}

fn sums(ctx: &Ctx, rows: &[Row<'_>]) -> Block<'static> {
    let l = ctx.lang;
    let sum = |of: &dyn Fn(&Row<'_>) -> Money| Money::checked_sum(rows.iter().map(of));
    let overdue = sum(&|row| if row.days_overdue.is_some() { row.open } else { Money::ZERO });
    let oldest = rows.iter().filter_map(|row| row.days_overdue).max();
    let cell = Cell::from(overdue);
    Block::Figures(vec![
        Figure {
            label: l.of("逾期未付", "Overdue and unpaid"),
            cell: if oldest.is_some() { cell.toned(Tone::Bad) } else { cell },
            note: match oldest {
                Some(days) => l.of(format!("最久 {days} 天"), format!("the oldest {days} days")),
                None => String::new(),
            },
        },
        Figure {
            label: l.of("实发应付合计", "Net pay in all"),
            cell: sum(&|row| row.version.net.max(Money::ZERO)).into(),
            note: l.of(format!("{} 笔", rows.len()), format!("{} lines", rows.len())),
        },
        Figure {
            label: l.of("已付合计", "Paid in all"),
            cell: sum(&|row| row.paid).into(),
            note: l.of("截至所选日期", "by the chosen day").to_owned(),
        },
    ])
}

async fn statement_table(ctx: &Ctx, id: Uuid, rows: &[Row<'_>]) -> Result<Table<'static>, Trouble> {
    let l = ctx.lang;
    let work = ctx.shown.model.work(id).await.map_err(|error| ctx.trouble(error))?;
    let cells = |row: &Row<'_>| {
        let v = row.version;
        let advances = v.advances.loan.checked_add(v.advances.living_cost);
        vec![
            Cell::from(v.month).to(ctx.href(&Address::Line(v.line))),
            v.days.into(),
            v.gross.into(),
            v.deductions.social_insurance.into(),
            v.deductions.housing_fund.into(),
            v.deductions.income_tax.into(),
            v.deductions.other.into(),
            advances.into(),
            Cell::from(v.net).to(ctx.href(&Address::Line(v.line))),
            row.paid.into(),
            Cell::from(row.when.join(" ")),
            state(ctx, row.state),
            row.open.into(),
            row.days_overdue.into(),
            project_cell(ctx, &v.project),
            Cell::from(ctx.crew_name(v.crew)).to(ctx.href(&Address::Crew(v.crew))),
        ]
    };
    // Work that no line stands for: silence, in its place.
    let silent = work.iter().filter(|month| month.no_line).map(|month| {
        let mut row = vec![month.month.into(), month.days.into()];
        row.extend((2..11).map(|_| Cell::from(None::<i64>)));
        row.push(Cell::from(l.of("无工资明细", "no wage line")).toned(Tone::Warn));
        row.extend((12..14).map(|_| Cell::from(None::<i64>)));
        row.push(project_cell(ctx, &month.project));
        row.push(
            month
                .crew
                .map(|crew| Cell::from(ctx.crew_name(crew)).to(ctx.href(&Address::Crew(crew))))
                .unwrap_or_else(|| Value::Nothing.into()),
        );
        row
    });
    let mut rows: Vec<Vec<Cell>> = rows.iter().map(cells).chain(silent).collect();
    rows.sort_by(|a, b| b.first().map(|cell| &cell.value).cmp(&a.first().map(|cell| &cell.value)));
    let mut table = Table {
        caption: l.of("逐月对账", "Statement by month").to_owned(),
        columns: vec![
            column("month", l.of("月份", "Month")),
            column("days", l.of("工日", "Days")),
            column("gross", l.of("应发", "Gross")),
            column("social", l.of("社保", "Social insurance")),
            column("housing", l.of("公积金", "Housing fund")),
            column("tax", l.of("个税", "Income tax")),
            column("other", l.of("其他扣款", "Other deductions")),
            column("advances", l.of("借支/生活费", "Advances")),
            column("net", l.of("实发", "Net")),
            column("paid", l.of("已付", "Paid")),
            column("when", l.of("入账日", "Booked on")),
            column("state", l.of("状态", "State")),
            column("open", l.of("仍欠", "Still owed")),
            column("overdue", l.of("逾期天数", "Days overdue")),
            column("project", l.of("项目", "Project")),
            column("crew", l.of("班组", "Crew")),
        ],
        rows,
        empty: l.of("没有工资记录。", "No wages are recorded."),
        sortable: true,
        ..Table::default()
    };
    table.sort(ctx.asked.sort.as_ref());
    Ok(table)
}

async fn contract_table(ctx: &Ctx, id: Uuid) -> Result<Table<'static>, Trouble> {
    let l = ctx.lang;
    let contracts = ctx.shown.model.contracts_of(id).await.map_err(|error| ctx.trouble(error))?;
    let rows = contracts.iter().map(|c| {
        vec![
            Cell::code(c.number.as_str()).to(ctx.href(&Address::Entry(c.contract))),
            c.signed_on.into(),
            c.starts_on.into(),
            c.ended_on.or(c.ends_on).into(),
            Cell::from(format!("{} {}", words::pay_form(l, &c.pay_form), c.unit_price)),
            Cell::from(u32::from(c.pay_day)),
            employer_cell(ctx, &c.employer),
            project_cell(ctx, &c.project),
        ]
    });
    Ok(Table {
        caption: l.of("合同", "Contracts").to_owned(),
        columns: vec![
            column("contract", l.of("编号", "Number")),
            column("signed", l.of("签订", "Signed")),
            column("starts", l.of("起", "From")),
            column("ends", l.of("止", "Until")),
            column("pay", l.of("计酬", "Pay")),
            column("pay_day", l.of("发薪日", "Pay day")),
            column("contract_employer", l.of("用人单位", "Employer")),
            column("contract_project", l.of("项目", "Project")),
        ],
        rows: rows.collect(),
        empty: l.of("没有合同记录。", "No contract is recorded."),
        ..Table::default()
    })
}

fn stay_table(ctx: &Ctx, stays: &[readmodel::Stay]) -> Table<'static> {
    let l = ctx.lang;
    let rows = stays.iter().map(|stay| {
        vec![
            stay.entered_on.into(),
            stay.left_on.into(),
            stay.trade.as_str().into(),
            Cell::from(ctx.crew_name(stay.crew)).to(ctx.href(&Address::Crew(stay.crew))),
            employer_cell(ctx, &stay.employer),
            project_cell(ctx, &stay.project),
        ]
    });
    Table {
        caption: l.of("在场", "On site").to_owned(),
        columns: vec![
            column("entered", l.of("进场", "From")),
            column("left", l.of("退场", "Until")),
            column("trade", l.of("工种", "Trade")),
            column("stay_crew", l.of("班组", "Crew")),
            column("stay_employer", l.of("用人单位", "Employer")),
            column("stay_project", l.of("项目", "Project")),
        ],
        rows: rows.collect(),
        empty: l.of("不在任何花名册上。", "On no roster."),
        ..Table::default()
    }
}

async fn tax_table(ctx: &Ctx, id: Uuid) -> Result<Table<'static>, Trouble> {
    let l = ctx.lang;
    let tax = ctx.shown.model.tax_of(id).await.map_err(|error| ctx.trouble(error))?;
    let rows = tax.iter().map(|tax| {
        vec![
            Cell::from(tax.pay_month).to(ctx.href(&Address::Entry(tax.seq))),
            tax.declared_income.into(),
            tax.amount.into(),
            employer_cell(ctx, &tax.employer),
        ]
    });
    Ok(Table {
        caption: l.of("已申报的代扣个税", "Income tax declared as withheld").to_owned(),
        columns: vec![
            column("pay_month", l.of("支付月份", "Month of payment")),
            column("declared", l.of("申报收入", "Income declared")),
            column("withheld", l.of("代扣税额", "Tax")),
            column("tax_employer", l.of("扣缴单位", "Withheld by")),
        ],
        rows: rows.collect(),
        empty: l.of(
            "没有申报记录；工资表上扣的税见上表。",
            "No return is recorded; tax kept back on sheets stands above.",
        ),
        ..Table::default()
    })
}

async fn deduction_table(ctx: &Ctx, id: Uuid) -> Result<Table<'static>, Trouble> {
    let l = ctx.lang;
    let declared = ctx.shown.model.deductions_of(id).await.map_err(|error| ctx.trouble(error))?;
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
    Ok(Table {
        caption: l.of("申报的税前扣除", "Deductions declared for income tax").to_owned(),
        columns: vec![
            column("deduction", l.of("扣除项目", "Deduction")),
            column("monthly", l.of("每月金额", "A month")),
            column("deducted_from", l.of("起", "From")),
            column("deducted_until", l.of("止", "Until")),
            column("declared_on", l.of("申报日期", "Declared on")),
            column("deducted_by", l.of("扣缴单位", "Withheld by")),
        ],
        rows: rows.collect(),
        empty: l.of("没有申报专项附加扣除等项目。", "No deduction is declared."),
        ..Table::default()
    })
}

/// Who he is: sealed, with the form that opens it; or opened.
fn personal(ctx: &Ctx, id: Uuid, opened: Option<Vec<(&'static str, Cell)>>) -> Block<'static> {
    let l = ctx.lang;
    if let Some(mut facts) = opened {
        facts.push((
            l.of("本次查看", "This look"),
            Cell::from(l.of("已作为分录记入该工人的轨迹", "is recorded on the worker's own trail"))
                .to(ctx.href(&Address::Trail(Whom::Worker(id)))),
        ));
        return Block::Facts(l.of("个人信息（已打开）", "Personal data, opened").to_owned(), facts);
    }
    Block::Html(html! {
        section class="block" id="personal" {
            h2 { (l.of("个人信息", "Personal data")) }
            p { (l.of(
                "姓名、身份证号、电话、银行卡均已密封。打开须写明用途；查看人与用途会作为一条分录永久记入该工人的轨迹。",
                "Name, ID number, phone and card are sealed. Opening them needs a purpose; who looked and why stays on the worker's own trail for good.",
            )) }
            form class="reveal" method="post" action=(ctx.href(&Address::Worker(id))) {
                label for="purpose" { (l.of("查看用途", "Purpose")) }
                input id="purpose" name="purpose" type="text" required maxlength="200" autocomplete="off";
                button type="submit" { (l.of("记录并打开", "Record and open")) }
            }
            p { a href=(ctx.href(&Address::Trail(Whom::Worker(id)))) { (l.of("审计轨迹", "Audit trail")) } }
        }
    })
}
