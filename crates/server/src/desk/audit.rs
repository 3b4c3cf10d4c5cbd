//! Audit trails: everything recorded about a worker, project or employer, in ledger order, page by page.

use super::address::{Address, Whom};
use super::ctx::Ctx;
use super::late::column;
use super::table::{Block, Cell, Content, Pager, Table, Tone, Value};
use super::trouble::Trouble;
use super::words;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use ledger::{ReadFailed, Reader, Recorded};
use maud::{Markup, html};
use readmodel::{About, AuditRow};
use std::collections::BTreeMap;
use wages::SubjectKind;

/// Entries on a page.
const PAGE: u32 = 100;
/// Entries looked at for one page, when a filter leaves most of them out.
const SCAN_MAX: u32 = 5_000;
/// So many days without an entry are worth a line.
const SILENCE_DAYS: i64 = 45;

/// Families of kinds that the filter offers.
const FAMILIES: &[(&str, &str, &str)] = &[
    ("wages", "工资", "wages"),
    ("payment", "付款", "payments"),
    ("work", "考勤", "days worked"),
    ("contract", "合同", "contracts"),
    ("site", "进退场", "coming and going"),
    ("worker", "工人信息", "worker"),
    ("sheet", "工资表封存", "sheet seals"),
    ("batch", "银行批次封存", "batch seals"),
    ("account", "专户流水", "dedicated account"),
    ("tax", "个税", "tax"),
    ("subcontract", "分包", "subcontracts"),
    ("deposit", "工资保证金", "wage deposits"),
    ("complaint", "投诉", "complaints"),
    ("warning", "预警处置", "handled warnings"),
    ("data", "查看个人信息", "reveals"),
    ("project", "项目", "project"),
    ("crew", "班组", "crew"),
    ("organisation", "单位", "organisation"),
];

/// The page.
pub(super) async fn trail(ctx: &Ctx, whom: &Whom) -> Result<Content, Trouble> {
    let l = ctx.lang;
    let (about, name, parent) = match whom {
        Whom::Project(code) => {
            (About::Project(code.clone()), ctx.project_name(code.as_str()), Address::Project(code.clone()))
        }
        Whom::Employer(code) => {
            (About::Employer(code.clone()), ctx.employer_name(code.as_str()), Address::Employer(code.clone()))
        }
        Whom::Worker(worker) => (About::Subject(*worker), ctx.worker_name(*worker), Address::Worker(*worker)),
    };
    let found = rows(ctx, &about).await?;
    if found.rows.is_empty()
        && found.first
        && ctx.asked.kind.is_none()
        && ctx.asked.from.is_none()
        && ctx.asked.to.is_none()
    {
        return Err(ctx.nowhere());
    }
    let entries = entries(ctx, &found.rows).await?;
    let next = found.next.map(|seq| ctx.here(&[("after", &seq.to_string())]));
    let first = (!found.first).then(|| ctx.here(&[("after", "")]));
    let mut table = Table {
        caption: l.of("全部记录，按账本顺序", "Everything recorded, in ledger order").to_owned(),
        note: found.unfinished.then(|| {
            l.of(
                format!("为找符合条件的记录已查看 {SCAN_MAX} 条；下一页继续查找。"),
                format!("{SCAN_MAX} entries were looked at for those that fit; the next page looks further."),
            )
        }),
        columns: vec![
            column("seq", l.of("分录", "Entry")),
            column("recorded_at", l.of("记录时间（中国）", "Recorded at (China)")),
            column("occurred_on", l.of("发生日", "Happened on")),
            column("kind", l.of("类型", "Kind")),
            column("what", l.of("内容", "What it says")),
            column("refers", l.of("更正/针对", "About entry")),
            column("actor", l.of("提交人", "Handed in by")),
        ],
        empty: l.of("没有符合条件的记录。", "No entry fits."),
        pager: Some(Pager::Keyed { first, next }),
        ..Table::default()
    };
    let mut before: Option<i64> = None;
    for row in &found.rows {
        if let Some(days) = before.and_then(|before| silence(before, row.recorded_at)) {
            table.rows.push(silent(ctx, days));
        }
        before = Some(row.recorded_at);
        table.rows.push(cells(ctx, row, &entries));
    }
    let crumbs = ctx.crumbs(vec![
        (name.clone(), parent),
        (l.of("审计轨迹", "Audit trail").to_owned(), ctx.address.clone()),
    ]);
    let blocks = vec![Block::Html(filter_form(ctx)), Block::Table(table)];
    Ok(Content { title: name, kind: l.of("审计轨迹", "Audit trail"), crumbs, blocks })
}

struct Found {
    rows: Vec<AuditRow>,
    /// Where the next page begins.
    next: Option<u64>,
    /// Whether this is the first page.
    first: bool,
    /// Whether looking stopped before the page was full.
    unfinished: bool,
}

async fn rows(ctx: &Ctx, about: &About) -> Result<Found, Trouble> {
    let asked = &ctx.asked;
    let reader = ctx.node.ledger.reader();
    let head = ctx.shown.lateness.head().seq;
    // The ledger's own time grows with its sequence: a day is a place.
    let begin = match asked.from {
        Some(day) => place_of(reader, day, head).map_err(|error| ctx.failed(error))?.saturating_sub(1),
        None => 0,
    };
    let until = match asked.to.and_then(|day| day.tomorrow().ok()) {
        Some(day) => place_of(reader, day, head).map_err(|error| ctx.failed(error))?,
        None => u64::MAX,
    };
    let fits = |row: &AuditRow| {
        asked.kind.as_deref().is_none_or(|kind| {
            row.type_name == kind
                || row.type_name.strip_prefix(kind).is_some_and(|rest| rest.starts_with('.'))
        })
    };
    let mut after = asked.after.unwrap_or(0).max(begin);
    let mut found = Found { rows: Vec::new(), next: None, first: asked.after.is_none(), unfinished: false };
    let mut scanned = 0;
    loop {
        let limit = if asked.kind.is_some() { 500 } else { PAGE + 1 };
        let rows = ctx.shown.model.audit(about, after, limit).await.map_err(|error| ctx.trouble(error))?;
        let (read, full) =
            (u32::try_from(rows.len()).unwrap_or(u32::MAX), u32::try_from(rows.len()) == Ok(limit));
        scanned += read;
        for row in rows {
            if row.seq >= until {
                return Ok(found);
            }
            after = row.seq;
            if fits(&row) {
                if found.rows.len() == usize::try_from(PAGE).unwrap_or(usize::MAX) {
                    found.next = found.rows.last().map(|row| row.seq);
                    return Ok(found);
                }
                found.rows.push(row);
            }
        }
        if !full {
            return Ok(found);
        }
        if scanned >= SCAN_MAX {
            (found.next, found.unfinished) = (Some(after), true);
            return Ok(found);
        }
    }
}

/// The first entry recorded on a day or later, China date; one beyond the head where there is none.
fn place_of(reader: &Reader, day: Date, head: u64) -> Result<u64, ReadFailed> {
    let zone = TimeZone::fixed(Offset::constant(8));
    let begin = day.to_zoned(zone).map_or(i64::MAX, |time| time.timestamp().as_microsecond());
    let (mut low, mut high) = (1, head + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        match reader.entry(middle)?.header.recorded_at < begin {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    Ok(low)
}

/// The entries of a page, and those that they speak of; crews' labels opened.
async fn entries(ctx: &Ctx, rows: &[AuditRow]) -> Result<BTreeMap<u64, Recorded>, Trouble> {
    let reader = ctx.node.ledger.reader().clone();
    let seqs: Vec<u64> = rows.iter().map(|row| row.seq).collect();
    let read = tokio::task::spawn_blocking(move || -> Result<BTreeMap<u64, Recorded>, ReadFailed> {
        let mut entries = BTreeMap::new();
        for seq in seqs {
            let entry = reader.entry(seq)?;
            if let Some(named) = entry.event.refers().and_then(wages::Refers::entry) {
                entries.insert(named, reader.entry(named)?);
            }
            entries.insert(seq, entry);
        }
        Ok(entries)
    });
    let mut entries = read.await.map_err(|error| ctx.failed(error))?.map_err(|error| ctx.failed(error))?;
    let crews = entries.values_mut().filter(|entry| entry.event.subject_kind() == SubjectKind::Crew);
    for entry in crews {
        let open = ctx.node.ledger.reader().open(std::slice::from_mut(entry)).await;
        open.map_err(|error| ctx.failed(error))?;
    }
    Ok(entries)
}

fn silence(before: i64, after: i64) -> Option<i64> {
    let days = (after - before) / 86_400_000_000;
    (days >= SILENCE_DAYS).then_some(days)
}

fn silent(ctx: &Ctx, days: i64) -> Vec<Cell> {
    let text = ctx.lang.of(format!("{days} 天没有任何记录"), format!("nothing was recorded for {days} days"));
    let none = || Cell::from(None::<i64>);
    vec![none(), none(), none(), none(), Cell::from(text).toned(Tone::Warn), none(), none()]
}

fn cells(ctx: &Ctx, row: &AuditRow, entries: &BTreeMap<u64, Recorded>) -> Vec<Cell> {
    let l = ctx.lang;
    let entry = entries.get(&row.seq);
    let what = entry.map(|entry| words::describe(l, &entry.event));
    let named = entry.and_then(|entry| entry.event.refers()).and_then(wages::Refers::entry);
    // What is corrected stands beside what corrects it.
    let refers = named.map(|seq| {
        let said = entries.get(&seq).map(|entry| words::describe(l, &entry.event)).unwrap_or_default();
        Cell::from(format!("{seq}：{said}")).to(ctx.href(&Address::Entry(seq)))
    });
    vec![
        Cell::from(Value::Code(row.seq.to_string())).to(ctx.href(&Address::Entry(row.seq))),
        Value::Time(row.recorded_at).into(),
        row.occurred_on
            .map(Cell::from)
            .or(row.month.map(Cell::from))
            .unwrap_or_else(|| Value::Nothing.into()),
        words::kind(l, &row.type_name).into(),
        what.into(),
        refers.unwrap_or_else(|| Value::Nothing.into()),
        words::known(l, &row.actor),
    ]
}

fn filter_form(ctx: &Ctx) -> Markup {
    let l = ctx.lang;
    let kind = ctx.asked.kind.as_deref().unwrap_or_default();
    let family = kind.split('.').next().unwrap_or_default();
    html! {
        form class="filter" method="get" action=(ctx.address) {
            (ctx.hidden(&["kind", "from", "to", "after", "page"]))
            label for="kind" { (l.of("类型", "Kind")) }
            select id="kind" name="kind" {
                option value="" { (l.of("全部", "All")) }
                @for (value, zh, en) in FAMILIES {
                    option value=(value) selected[*value == family] { (l.of(*zh, *en)) }
                }
            }
            label for="from" { (l.of("记录于", "Recorded from")) }
            input id="from" type="date" name="from" value=[ctx.asked.from] min="1990-01-01" max="2199-12-31";
            label for="to" { (l.of("至", "to")) }
            input id="to" type="date" name="to" value=[ctx.asked.to] min="1990-01-01" max="2199-12-31";
            button type="submit" { (l.of("筛选", "Filter")) }
        }
    }
}
