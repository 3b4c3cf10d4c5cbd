//! What is overdue: figures, rankings and lists that several pages show for their part of the ledger.

use super::address::Address;
use super::ctx::Ctx;
use super::table::{Block, Cell, Column, Content, Figure, Pager, Table, Tone, Value};
use super::trouble::Trouble;
use jiff::ToSpan;
use readmodel::{DueShare, Filter, LateRow, Overview, Sums, UnknownTotal};
use rules::{Bucket, Money, Month};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Rows of a list on one page.
pub(super) const PAGE_ROWS: u32 = 100;
/// Lines on a page that has something else to say, before it says how many more there are.
const FIRST_LINES: usize = 20;
/// Rows of a ranking, before it says how many more there are.
pub(super) const TOP_ROWS: usize = 10;

pub(super) fn column(name: &'static str, head: &'static str) -> Column {
    Column { name, head }
}

/// What a summary says.
pub(super) struct Summary<'a> {
    pub(super) total: Sums,
    pub(super) overdue: Overview<'a>,
    pub(super) unknown: UnknownTotal,
    pub(super) over: Money,
    pub(super) due: DueShare,
}

impl<'a> Summary<'a> {
    pub(super) fn of(ctx: &'a Ctx, filter: &'a Filter) -> Summary<'a> {
        let late = &ctx.shown.lateness;
        let overdue = late.overview(ctx.as_of, filter);
        Summary {
            total: overdue.total,
            overdue,
            unknown: late.unknown(ctx.as_of, filter),
            over: late.over(ctx.as_of, filter),
            due: late.due(Month::of(ctx.as_of), ctx.as_of, filter),
        }
    }
}

/// A filter as fields of a query.
pub(super) fn fields(filter: &Filter) -> Vec<(&'static str, String)> {
    let all = [
        ("region", filter.region.clone()),
        ("project", filter.project.clone()),
        ("employer", filter.employer.clone()),
        ("crew", filter.crew.map(|crew| crew.to_string())),
        ("worker", filter.worker.map(|worker| worker.to_string())),
        ("bucket", filter.bucket.map(|bucket| bucket.label().to_owned())),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// A list of the rows behind a figure.
pub(super) fn behind(ctx: &Ctx, list: &Address, filter: &Filter) -> String {
    let fields = fields(filter);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    ctx.href_with(list, &fields)
}

/// Due dates that matter must be known, or there is no answer.
pub(super) fn answerable(ctx: &Ctx) -> Result<(), Trouble> {
    ctx.shown.lateness.calendars_suffice(ctx.as_of).map_err(|error| ctx.trouble(error))
}

/// The figures at the top of a page.
pub(super) fn figures(ctx: &Ctx, filter: &Filter, summary: &Summary<'_>) -> Block {
    let l = ctx.lang;
    let Summary { total, unknown, over, due, .. } = summary;
    let lines = behind(ctx, &Address::Arrears, filter);
    let missing = behind(ctx, &Address::Missing, filter);
    let none = total.lines == 0;
    let owed = Cell::from(total.outstanding).to(lines.clone());
    let mut all = vec![
        Figure {
            label: l.of("逾期未付", "Overdue and unpaid"),
            cell: if none { owed } else { owed.toned(Tone::Bad) },
            note: l.of(
                format!("{} 笔工资明细，最久 {} 天", total.lines, total.oldest_days),
                format!("{} wage lines, the oldest {} days", total.lines, total.oldest_days),
            ),
        },
        Figure {
            label: l.of("涉及工人", "Workers concerned"),
            cell: Cell::from(total.workers).to(lines.clone()),
            note: l.of(format!("{} 个项目", total.projects), format!("on {} sites", total.projects)),
        },
        Figure {
            label: l.of("未知：有出勤、无工资表", "Unknown: worked, on no wage sheet"),
            cell: {
                let cell = Cell::from(unknown.worker_months).to(missing);
                if unknown.worker_months > 0 { cell.toned(Tone::Warn) } else { cell }
            },
            note: l.of(
                format!(
                    "人月，共 {} 工日；另有 {} 笔明细所在工资表未封存",
                    unknown.days, unknown.unsealed_lines
                ),
                format!(
                    "worker-months, {} days of work; and {} lines on sheets without a seal",
                    unknown.days, unknown.unsealed_lines
                ),
            ),
        },
        Figure {
            label: l.of("本月应付", "Due this month"), cell: due.net.into(), note: on_time(ctx, due)
        },
    ];
    if *over > Money::ZERO {
        all.push(Figure {
            label: l.of("已付但无对应明细", "Paid, and taken by no wage line"),
            cell: Cell::from(*over).toned(Tone::Warn),
            note: l.of(
                "不抵作其他月份或其他工人".to_owned(),
                "never moved to another month or worker".to_owned(),
            ),
        });
    }
    Block::Figures(all)
}

/// Share of what had come due that was paid in time, in tenths of a percent by lines.
fn on_time(ctx: &Ctx, due: &DueShare) -> String {
    let l = ctx.lang;
    if due.settled == 0 {
        return l.of(format!("{} 笔，均未到期", due.lines), format!("{} lines, none due yet", due.lines));
    }
    let tenths = due.on_time.saturating_mul(1000) / due.settled;
    let percent = format!("{}.{}%", tenths / 10, tenths % 10);
    l.of(
        format!("已到期 {} 笔，按时付清 {}（{percent}）", due.settled, due.on_time),
        format!("{} of {} lines due so far were paid in time ({percent})", due.on_time, due.settled),
    )
}

/// Sums by some key, the largest first.
pub(super) fn ranked<K: Ord + Clone>(sums: &BTreeMap<K, Sums>) -> Vec<(K, Sums)> {
    let mut ranked: Vec<(K, Sums)> = sums.iter().map(|(key, sums)| (key.clone(), *sums)).collect();
    ranked.sort_by(|(one, a), (other, b)| b.outstanding.cmp(&a.outstanding).then_with(|| one.cmp(other)));
    ranked
}

/// The columns of a ranking; the first is what is ranked.
pub(super) fn rank_columns(ctx: &Ctx, first: Column) -> Vec<Column> {
    let l = ctx.lang;
    vec![
        first,
        column("outstanding", l.of("逾期未付（元）", "Overdue (yuan)")),
        column("bar", l.of("占比", "Share")),
        column("workers", l.of("工人", "Workers")),
        column("lines", l.of("明细", "Lines")),
        column("oldest", l.of("最久天数", "Oldest (days)")),
    ]
}

/// One row of a ranking.
pub(super) fn rank_row(ctx: &Ctx, name: Cell, sums: &Sums, most: Money, filter: &Filter) -> Vec<Cell> {
    let lines = behind(ctx, &Address::Arrears, filter);
    vec![
        name,
        Cell::from(sums.outstanding).to(lines.clone()),
        Cell::bar(sums.outstanding, most),
        sums.workers.into(),
        Cell::from(sums.lines).to(lines),
        sums.oldest_days.into(),
    ]
}

/// The last row of a ranking.
pub(super) fn rank_total(ctx: &Ctx, total: &Sums, filter: &Filter) -> Vec<Cell> {
    let lines = behind(ctx, &Address::Arrears, filter);
    vec![
        ctx.lang.of("合计", "Total").into(),
        Cell::from(total.outstanding).to(lines.clone()),
        "".into(),
        total.workers.into(),
        Cell::from(total.lines).to(lines),
        total.oldest_days.into(),
    ]
}

/// What is owed by age, as bars.
pub(super) fn by_age(ctx: &Ctx, filter: &Filter, summary: &Summary<'_>) -> Table {
    let l = ctx.lang;
    let sums = &summary.overdue.by_age;
    let most = sums.values().map(|sums| sums.outstanding).max().unwrap_or_default();
    let row = |bucket: Bucket| {
        let sums = sums.get(&Some(bucket)).copied().unwrap_or_default();
        let filter = Filter { bucket: Some(bucket), ..filter.clone() };
        let name = format!("{} {}", bucket.label(), l.of("天", "days"));
        let name = Cell::from(name).to(behind(ctx, &Address::Arrears, &filter));
        rank_row(ctx, name, &sums, most, &filter)
    };
    Table {
        caption: l.of("按账龄", "By age").to_owned(),
        columns: rank_columns(ctx, column("age", l.of("逾期天数", "Days overdue"))),
        rows: Bucket::ALL.into_iter().map(row).collect(),
        ..Table::default()
    }
}

/// The overdue amount at the last twelve month ends up to the day.
pub(super) fn over_time(ctx: &Ctx, filter: &Filter) -> Block {
    let mut ends = Vec::new();
    let mut end = Month::of(ctx.as_of).last_day();
    if end != ctx.as_of {
        end = Month::of(ctx.as_of).first_day().saturating_sub(1.days());
    }
    for _ in 0..12 {
        ends.push(end);
        end = Month::of(end).first_day().saturating_sub(1.days());
    }
    let sticks = ends.into_iter().rev().map(|end| super::table::Stick {
        label: end.to_string(),
        value: ctx.shown.lateness.amount(end, filter),
        href: ctx.here(&[("as_of", &end.to_string()), ("page", "")]),
    });
    let caption =
        ctx.lang.of("最近十二个月末的逾期未付（元）", "Overdue at the last twelve month ends (yuan)");
    Block::Chart(caption.to_owned(), sticks.collect())
}

/// The order of a list of lines; no two stand in one place.
fn compare(name: &str, a: &LateRow<'_>, b: &LateRow<'_>) -> Ordering {
    let line = |row: &LateRow<'_>| row.line.line;
    let by = match name {
        "outstanding" => a.outstanding.cmp(&b.outstanding),
        "net" => a.line.net.cmp(&b.line.net),
        "days" => a.days_overdue.cmp(&b.days_overdue),
        "month" => return (a.line.month, line(a)).cmp(&(b.line.month, line(b))),
        "project" => return (a.project, line(a)).cmp(&(b.project, line(b))),
        "employer" => return (&a.line.employer, line(a)).cmp(&(&b.line.employer, line(b))),
        _ => return (a.line.due_on, line(a)).cmp(&(b.line.due_on, line(b))),
    };
    by.then_with(|| line(b).cmp(&line(a)))
}

/// One page of a list of lines in the order that is asked for. Only the page is sorted: of a city's list it is a small
/// part.
fn page_of<'a>(ctx: &Ctx, mut rows: Vec<LateRow<'a>>) -> Vec<LateRow<'a>> {
    let (name, down) = match &ctx.asked.sort {
        Some((name, down)) => (name.as_str(), *down),
        None => ("due_on", false),
    };
    let order =
        |a: &LateRow<'a>, b: &LateRow<'a>| if down { compare(name, b, a) } else { compare(name, a, b) };
    let page = ctx.asked.page.unwrap_or(1);
    let skip = usize::try_from((page - 1).saturating_mul(PAGE_ROWS)).unwrap_or(usize::MAX);
    let size = usize::try_from(PAGE_ROWS).unwrap_or(usize::MAX);
    if skip >= rows.len() {
        return Vec::new();
    }
    rows.select_nth_unstable_by(skip, order);
    let mut rows = rows.split_off(skip);
    if size < rows.len() {
        rows.select_nth_unstable_by(size, order);
        rows.truncate(size);
    }
    rows.sort_unstable_by(order);
    rows
}

/// The first overdue lines as a table, with a link to the list of all.
pub(super) fn first_lines(ctx: &Ctx, filter: &Filter) -> Table {
    let mut rows: Vec<LateRow<'_>> = ctx.shown.lateness.overdue(ctx.as_of, filter).collect();
    let all = rows.len();
    let first = rows.len().min(FIRST_LINES);
    if first < all {
        rows.select_nth_unstable_by(first, |a, b| compare("due_on", a, b));
        rows.truncate(first);
    }
    rows.sort_unstable_by(|a, b| compare("due_on", a, b));
    let text = ctx.lang.of(format!("全部 {all} 笔"), format!("All {all}"));
    let more = (all > first).then(|| (text, behind(ctx, &Address::Arrears, filter)));
    Table { sortable: false, more, ..line_table(ctx, &rows) }
}

/// Overdue lines as a table, one page of them.
fn lines(ctx: &Ctx, filter: &Filter) -> Table {
    let rows: Vec<LateRow<'_>> = ctx.shown.lateness.overdue(ctx.as_of, filter).collect();
    let (page, all) = (ctx.asked.page.unwrap_or(1), u64::try_from(rows.len()).unwrap_or(u64::MAX));
    let pager = (all > u64::from(PAGE_ROWS)).then_some(Pager::Numbered { page, size: PAGE_ROWS, rows: all });
    Table { pager, ..line_table(ctx, &page_of(ctx, rows)) }
}

fn line_table(ctx: &Ctx, rows: &[LateRow<'_>]) -> Table {
    let l = ctx.lang;
    let cells = |row: &LateRow<'_>| {
        let line = row.line;
        let paid = line.net.checked_sub(row.outstanding);
        vec![
            Cell::from(ctx.worker_name(line.worker)).to(ctx.href(&Address::Worker(line.worker))),
            Cell::from(line.month).to(ctx.href(&Address::Line(line.line))),
            Cell::from(row.outstanding).to(ctx.href(&Address::Line(line.line))),
            line.net.into(),
            paid.into(),
            line.due_on.into(),
            Cell::from(row.days_overdue),
            project_cell(ctx, row.project),
            employer_cell(ctx, &line.employer),
            Cell::from(ctx.crew_name(line.crew)).to(ctx.href(&Address::Crew(line.crew))),
        ]
    };
    Table {
        caption: l.of("逾期工资明细", "Overdue wage lines").to_owned(),
        note: Some(
            l.of(
                "姓名与证件号密封；打开须在工人页面写明用途。",
                "Names and ID numbers are sealed; a worker's page opens them for a purpose.",
            )
            .to_owned(),
        ),
        columns: vec![
            column("worker", l.of("工人", "Worker")),
            column("month", l.of("工资月份", "Month")),
            column("outstanding", l.of("逾期未付", "Overdue")),
            column("net", l.of("实发应付", "Net pay")),
            column("paid", l.of("已付", "Paid")),
            column("due_on", l.of("应付日", "Due on")),
            column("days", l.of("逾期天数", "Days")),
            column("project", l.of("项目", "Project")),
            column("employer", l.of("用人单位", "Employer")),
            column("crew", l.of("班组", "Crew")),
        ],
        rows: rows.iter().map(cells).collect(),
        empty: l.of("当日没有逾期未付的工资。", "Nothing is overdue on this day."),
        sortable: true,
        ..Table::default()
    }
}

/// A project's name, leading to it.
pub(super) fn project_cell(ctx: &Ctx, code: &str) -> Cell {
    let name = Cell::from(ctx.project_name(code));
    match code.parse() {
        Ok(code) => name.to(ctx.href(&Address::Project(code))),
        Err(_) => name,
    }
}

/// An employer's name, leading to him.
pub(super) fn employer_cell(ctx: &Ctx, code: &str) -> Cell {
    let name = Cell::from(ctx.employer_name(code));
    match code.parse() {
        Ok(code) => name.to(ctx.href(&Address::Employer(code))),
        Err(_) => name,
    }
}

/// What a filter says, in words.
fn said(ctx: &Ctx, filter: &Filter) -> String {
    let mut words = Vec::new();
    if let Some(region) = &filter.region {
        words.push(ctx.region_name(Some(region)));
    }
    if let Some(project) = &filter.project {
        words.push(ctx.project_name(project));
    }
    if let Some(employer) = &filter.employer {
        words.push(ctx.employer_name(employer));
    }
    if let Some(crew) = filter.crew {
        words.push(ctx.crew_name(crew));
    }
    if let Some(worker) = filter.worker {
        words.push(ctx.worker_name(worker));
    }
    if let Some(bucket) = filter.bucket {
        words.push(format!("{} {}", bucket.label(), ctx.lang.of("天", "days")));
    }
    if words.is_empty() {
        words.push(ctx.lang.of("全部", "All").to_owned());
    }
    words.join(" · ")
}

/// All overdue lines that fit the query's fields.
pub(super) fn lines_page(ctx: &Ctx) -> Result<Content, Trouble> {
    answerable(ctx)?;
    let filter = &ctx.asked.filter;
    let title = said(ctx, filter);
    let summary = Summary::of(ctx, filter);
    let mut blocks = vec![figures(ctx, filter, &summary)];
    let mut table = lines(ctx, filter);
    table.total = Some(
        [Cell::from(ctx.lang.of("合计", "Total")), Cell::from(None::<i64>), summary.total.outstanding.into()]
            .into_iter()
            .chain((3..table.columns.len()).map(|_| Cell::from(None::<i64>)))
            .collect(),
    );
    blocks.push(Block::Table(table));
    if filter.bucket.is_none() {
        blocks.push(Block::Table(by_age(ctx, filter, &summary)));
    }
    let kind = ctx.lang.of("逾期工资明细", "Overdue wage lines");
    let crumbs = ctx.crumbs(vec![(kind.to_owned(), Address::Arrears)]);
    Ok(Content { title, kind, crumbs, blocks })
}

/// Work that no wage line stands for.
pub(super) fn missing_page(ctx: &Ctx) -> Result<Content, Trouble> {
    answerable(ctx)?;
    let l = ctx.lang;
    let filter = &ctx.asked.filter;
    let mut missing: Vec<_> = ctx.shown.lateness.missing(ctx.as_of, filter).collect();
    missing.sort_by_key(|(project, m)| (m.due_on, *project, m.month, m.worker));
    let rows = missing.iter().map(|(project, m)| {
        let crew = m.crew.map(|crew| Cell::from(ctx.crew_name(crew)).to(ctx.href(&Address::Crew(crew))));
        vec![
            Cell::from(ctx.worker_name(m.worker)).to(ctx.href(&Address::Worker(m.worker))),
            m.month.into(),
            m.days.into(),
            m.due_on.into(),
            project_cell(ctx, project),
            employer_cell(ctx, &m.employer),
            crew.unwrap_or_else(|| Value::Nothing.into()),
        ]
    });
    let mut table = Table {
        caption: l.of("有出勤而不在任何工资表上", "Worked, and on no wage sheet").to_owned(),
        note: Some(
            l.of(
                "金额未知，不是零：这些工日应有工资，而账本中没有明细。",
                "The amount is unknown, not zero: wages should be owed for these days, and the ledger has no line.",
            )
            .to_owned(),
        ),
        columns: vec![
            column("worker", l.of("工人", "Worker")),
            column("month", l.of("月份", "Month")),
            column("days", l.of("工日", "Days")),
            column("due_on", l.of("本应付日", "Would be due on")),
            column("project", l.of("项目", "Project")),
            column("employer", l.of("用人单位", "Employer")),
            column("crew", l.of("班组", "Crew")),
        ],
        rows: rows.collect(),
        empty: l.of("没有这样的人月。", "There are none."),
        sortable: true,
        ..Table::default()
    };
    table.sort(ctx.asked.sort.as_ref());
    table.paginate(ctx.asked.page.unwrap_or(1), PAGE_ROWS);
    let kind = l.of("未知工资", "Unknown wages");
    let crumbs = ctx.crumbs(vec![(kind.to_owned(), Address::Missing)]);
    Ok(Content { title: said(ctx, filter), kind, crumbs, blocks: vec![Block::Table(table)] })
}
