//! Audit trails: everything recorded about a worker, project or employer, in ledger order, page by page.

use super::address::{Address, Whom};
use super::ctx::Ctx;
use super::list::EXPORT_ROWS_MAX;
use super::spot::{At, Mark};
use super::table::{Block, Cell, Content, Pager, Rest, Table, Tone, Value, column};
use super::trouble::Trouble;
use super::words;
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use ledger::{ReadFailed, Reader, Recorded};
use maud::{Markup, html};
use readmodel::{About, AuditRow};
use std::collections::BTreeMap;
use wages::SubjectKind;

/// Entries on a page.
const PAGE: usize = 50;
/// Entries looked at for one page, when a filter leaves most of them out.
const SCAN_MAX: usize = 5_000;
/// Entries read at a time, where a filter leaves some of them out.
const SCAN_STEP: u32 = 500;
/// Threads that read a page's entries: a worker's lie far apart, and the disk is waited for.
const READERS: usize = 4;
/// So many days without an entry are worth a line.
const SILENCE_DAYS: i64 = 45;

/// Families of kinds that the filter offers.
const FAMILIES: &[(&str, &str, &str)] = &[
    ("wages", "工资", "wages"),
    ("payment", "支付", "payments"),
    ("work", "考勤", "days worked"),
    ("contract", "合同", "contracts"),
    ("site", "进退场", "coming and going"),
    ("worker", "工人信息", "worker"),
    ("sheet", "工资表定稿", "sheet seals"),
    ("batch", "银行批次锁定", "batch seals"),
    ("account", "专户流水", "dedicated account"),
    ("tax", "个税", "tax"),
    ("deduction", "专项附加扣除等", "declared deductions"),
    ("subcontract", "分包", "subcontracts"),
    ("deposit", "工资保证金", "wage deposits"),
    ("complaint", "投诉", "complaints"),
    ("warning", "预警处置", "handled warnings"),
    ("data", "查看个人信息", "reveals"),
    ("project", "项目", "project"),
    ("crew", "班组", "crew"),
    ("organisation", "单位信息", "organisation"),
];

/// The page.
pub(super) async fn trail<'a>(ctx: &'a Ctx, whom: &Whom) -> Result<Content<'a>, Trouble> {
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
    let mut table = Table {
        caption: l.of("全部记录，按先后顺序", "Everything recorded, in ledger order").to_owned(),
        columns: vec![
            column("seq", l.of("记录", "Entry")),
            column("recorded_at", l.of("记录时间（中国）", "Recorded at (China)")),
            column("occurred_on", l.of("发生日期", "Happened on")),
            column("kind", l.of("类型", "Kind")),
            column("what", l.of("内容", "What it says")),
            column("refers", l.of("所指记录", "About entry")),
            column("actor", l.of("填报人", "Handed in by")),
        ],
        empty: l.of("未查到。", "Nothing found."),
        ..Table::default()
    };
    let span = Span::of(ctx)?;
    match ctx.asked.format {
        None => page(ctx, &about, &span, &mut table).await?,
        Some(_) => table.rest = Some(export(ctx, about, span).await?),
    }
    let crumbs = ctx.crumbs(vec![
        (name.clone(), parent),
        (l.of("全部记录（留痕）", "Audit trail").to_owned(), ctx.address.clone()),
    ]);
    let blocks = vec![Block::Html(filter_form(ctx)), Block::Table(table)];
    Ok(Content {
        title: name, kind: l.of("全部记录（留痕）", "Audit trail"), crumbs, blocks, head: None
    })
}

/// The entries between two sequences, neither of them among these. All are there as of the page's entry: what was
/// recorded is never changed.
#[derive(Clone, Copy)]
struct Span {
    after: u64,
    before: u64,
}

impl Span {
    /// By the days that are asked for: the ledger's own time grows with its sequence.
    fn of(ctx: &Ctx) -> Result<Span, Trouble> {
        let (reader, end) = (ctx.node.ledger.reader(), ctx.shown.lateness.head().seq + 1);
        let place = |day| place_of(reader, day, end - 1).map_err(|error| ctx.failed(error));
        let after = ctx.asked.from.map(place).transpose()?.map_or(0, |first| first.saturating_sub(1));
        let until = ctx.asked.to.and_then(|day| day.tomorrow().ok());
        Ok(Span { after, before: until.map(place).transpose()?.unwrap_or(end) })
    }
}

/// Whether an entry is of the kind that is asked for.
fn fits(ctx: &Ctx, row: &AuditRow) -> bool {
    ctx.asked.kind.as_deref().is_none_or(|kind| {
        row.type_name == kind || row.type_name.strip_prefix(kind).is_some_and(|rest| rest.starts_with('.'))
    })
}

/// One page of a trail.
async fn page(ctx: &Ctx, about: &About, span: &Span, table: &mut Table<'_>) -> Result<(), Trouble> {
    let mark = |mark: &Mark| mark.entry().ok_or(Trouble::BadField(ctx.lang, "after"));
    let (span, back) = match &ctx.asked.at {
        At::Beginning => (*span, false),
        At::After(row) => (Span { after: mark(row)?.max(span.after), ..*span }, false),
        At::Before(row) => (Span { before: mark(row)?.min(span.before), ..*span }, true),
    };
    let found = find(ctx, about, span, back).await?;
    let unfiltered = ctx.asked.kind.is_none() && ctx.asked.from.is_none() && ctx.asked.to.is_none();
    if found.rows.is_empty() && unfiltered && ctx.asked.at == At::Beginning {
        return Err(ctx.nowhere());
    }
    table.note = found.unfinished.then(|| {
        ctx.lang.of(
            format!("为找符合条件的记录已查看 {SCAN_MAX} 条；翻页继续查找。"),
            format!("{SCAN_MAX} entries were looked at for those that fit; other pages look further."),
        )
    });
    let (previous, next) = match back {
        true => (found.further, Some(found.near)),
        false => (Some(found.near).filter(|_| ctx.asked.at != At::Beginning), found.further),
    };
    let (previous, next) = (previous.map(Mark::of_entry), next.map(Mark::of_entry));
    let is_whole = previous.is_none() && next.is_none();
    table.pager = (!is_whole).then(|| Pager::to(ctx, previous.as_ref(), next.as_ref()));
    (table.rows, _) = cells(ctx, &found.rows, None).await?;
    Ok(())
}

struct Found {
    rows: Vec<AuditRow>,
    /// Where looking began, and where it goes on; `None` where there is nothing more.
    near: u64,
    further: Option<u64>,
    /// Whether looking stopped before the page was full.
    unfinished: bool,
}

/// Looks for a page of entries from the beginning of a span, or from its end.
async fn find(ctx: &Ctx, about: &About, span: Span, back: bool) -> Result<Found, Trouble> {
    let limit =
        if ctx.asked.kind.is_some() { SCAN_STEP } else { u32::try_from(PAGE).unwrap_or(SCAN_STEP) + 1 };
    let Span { mut after, mut before } = span;
    let mut found = Found {
        rows: Vec::new(),
        near: if back { before.saturating_sub(1) } else { after + 1 },
        further: None,
        unfinished: false,
    };
    let mut scanned = 0;
    'looking: loop {
        let model = &ctx.shown.model;
        let rows = match back {
            true => model.audit_before(about, before, limit).await,
            false => model.audit(about, after, limit).await,
        };
        let rows = rows.map_err(|error| ctx.trouble(error))?;
        let full = u32::try_from(rows.len()) == Ok(limit);
        scanned += rows.len();
        for row in rows {
            if row.seq <= after || row.seq >= before {
                break 'looking;
            }
            if fits(ctx, &row) {
                if found.rows.len() == PAGE {
                    found.further = found.rows.last().map(|row| row.seq);
                    break 'looking;
                }
                found.rows.push(row);
            }
            match back {
                true => before = row.seq,
                false => after = row.seq,
            }
        }
        if !full {
            break;
        }
        if scanned >= SCAN_MAX {
            (found.further, found.unfinished) = (Some(if back { before } else { after }), true);
            break;
        }
    }
    if back {
        found.rows.reverse();
    }
    // The pages beside this one begin at its own rows.
    let edge = if back { found.rows.last() } else { found.rows.first() };
    if let Some(edge) = edge {
        found.near = edge.seq;
    }
    Ok(found)
}

/// All entries that fit, some at a time.
async fn export<'a>(ctx: &'a Ctx, about: About, span: Span) -> Result<Rest<'a>, Trouble> {
    let most = u32::try_from(EXPORT_ROWS_MAX).unwrap_or(u32::MAX);
    let number = ctx.shown.model.audit_count(&about, span.after, span.before, most.saturating_add(1)).await;
    if number.map_err(|error| ctx.trouble(error))? > u64::from(most) {
        return Err(Trouble::TooMany(ctx.lang, EXPORT_ROWS_MAX));
    }
    let begin = (about, span.after, None::<i64>);
    let steps = stream::try_unfold(begin, move |(about, after, recorded_at)| async move {
        let rows =
            ctx.shown.model.audit(&about, after, SCAN_STEP).await.map_err(|error| ctx.trouble(error))?;
        let mut own: Vec<AuditRow> = rows.into_iter().take_while(|row| row.seq < span.before).collect();
        let Some(last) = own.last().map(|row| row.seq) else { return Ok(None) };
        own.retain(|row| fits(ctx, row));
        let (cells, recorded_at) = cells(ctx, &own, recorded_at).await?;
        Ok(Some((cells, (about, last, recorded_at))))
    });
    Ok(steps.boxed())
}

/// The first entry recorded on a day or later, China date; one beyond the head where there is none.
fn place_of(reader: &Reader, day: Date, head: u64) -> Result<u64, ReadFailed> {
    let zone = TimeZone::fixed(Offset::constant(8));
    let begin = day.to_zoned(zone).map_or(i64::MAX, |time| time.timestamp().as_microsecond());
    let (mut low, mut high) = (1, head + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        match reader.head_at(middle)?.recorded_at < begin {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    Ok(low)
}

/// Some entries, and those that they speak of; crews' labels opened.
pub(super) async fn entries(ctx: &Ctx, seqs: &[u64]) -> Result<BTreeMap<u64, Recorded>, Trouble> {
    let parts = seqs.chunks(seqs.len().div_ceil(READERS).max(1)).map(|part| {
        let (reader, part) = (ctx.node.ledger.reader().clone(), part.to_vec());
        tokio::task::spawn_blocking(move || read(&reader, &part))
    });
    let mut entries = BTreeMap::new();
    for part in join_all(parts).await {
        entries.extend(part.map_err(|error| ctx.failed(error))?.map_err(|error| ctx.failed(error))?);
    }
    let is_crew = |entry: &Recorded| entry.event.subject_kind() == SubjectKind::Crew;
    let mut crews: Vec<Recorded> =
        entries.extract_if(.., |_, entry| is_crew(entry)).map(|(_, entry)| entry).collect();
    if !crews.is_empty() {
        ctx.open_labels(&mut crews).await?;
        entries.extend(crews.into_iter().map(|entry| (entry.header.seq, entry)));
    }
    Ok(entries)
}

/// Entries, and those that they speak of.
fn read(reader: &Reader, seqs: &[u64]) -> Result<BTreeMap<u64, Recorded>, ReadFailed> {
    let mut entries = BTreeMap::new();
    for seq in seqs {
        let entry = reader.entry(*seq)?;
        if let Some(named) = entry.event.refers().and_then(wages::Refers::entry) {
            entries.insert(named, reader.entry(named)?);
        }
        entries.insert(*seq, entry);
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

/// Rows of entries; between them, how long nothing was recorded. `before` = when the entry before them was; with them
/// comes when the last of them was.
async fn cells(
    ctx: &Ctx,
    rows: &[AuditRow],
    mut before: Option<i64>,
) -> Result<(Vec<Vec<Cell>>, Option<i64>), Trouble> {
    let seqs: Vec<u64> = rows.iter().map(|row| row.seq).collect();
    let entries = entries(ctx, &seqs).await?;
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(entry) = entries.get(&row.seq) else { continue };
        let recorded_at = entry.header.recorded_at;
        out.extend(before.and_then(|before| silence(before, recorded_at)).map(|days| silent(ctx, days)));
        before = Some(recorded_at);
        out.push(row_cells(ctx, row, entry, &entries));
    }
    Ok((out, before))
}

fn row_cells(ctx: &Ctx, row: &AuditRow, entry: &Recorded, entries: &BTreeMap<u64, Recorded>) -> Vec<Cell> {
    let l = ctx.lang;
    let named = entry.event.refers().and_then(wages::Refers::entry);
    // What is corrected stands beside what corrects it.
    let refers = named.map(|seq| {
        let said = entries.get(&seq).map(|entry| words::describe(l, &entry.event)).unwrap_or_default();
        Cell::from(format!("{seq}：{said}")).to(ctx.href(&Address::Entry(seq)))
    });
    vec![
        Cell::from(Value::Code(row.seq.to_string())).to(ctx.href(&Address::Entry(row.seq))),
        Value::Time(entry.header.recorded_at).into(),
        row.occurred_on
            .map(Cell::from)
            .or(row.month.map(Cell::from))
            .unwrap_or_else(|| Value::Nothing.into()),
        words::kind(l, row.type_name).into(),
        words::describe(l, &entry.event).into(),
        refers.unwrap_or_else(|| Value::Nothing.into()),
        words::account(l, &entry.source.actor.to_string()),
    ]
}

fn filter_form(ctx: &Ctx) -> Markup {
    let l = ctx.lang;
    let kind = ctx.asked.kind.as_deref().unwrap_or_default();
    let family = kind.split('.').next().unwrap_or_default();
    html! {
        form class="filter" method="get" action=(ctx.address) {
            (ctx.hidden(&["kind", "from", "to", "after", "before"]))
            label for="kind" { (l.of("类型", "Kind")) }
            select id="kind" name="kind" {
                option value="" { (l.of("全部", "All")) }
                @for (value, zh, en) in FAMILIES {
                    option value=(value) selected[*value == family] { (l.of(*zh, *en)) }
                }
            }
            label for="from" { (l.of("记录于", "Recorded from")) }
            input id="from" type="date" name="from" value=[ctx.asked.from] min="2015-01-01" max="2100-12-31";
            label for="to" { (l.of("至", "to")) }
            input id="to" type="date" name="to" value=[ctx.asked.to] min="2015-01-01" max="2100-12-31";
            button type="submit" { (l.of("筛选", "Filter")) }
        }
    }
}
