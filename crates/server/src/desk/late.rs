//! What is overdue: figures, rankings and lists that several pages show for their part of the ledger.

use super::address::Address;
use super::ctx::Ctx;
use super::list::fill;
use super::rank::by_age;
use super::silent;
use super::spot::{At, Key, Spot, leaf, spot};
use super::table::{Block, Cell, Content, Figure, Table, Tone, Value, column};
use super::trouble::Trouble;
use super::undated;
use crate::asked_day::FIRST;
use jiff::ToSpan;
use readmodel::{DueShare, Filter, LateRow, MissingMonth, Overview, Sums, UnknownTotal};
use rules::{Money, Month};

/// Lines on a page that has something else to say, before it says how many more there are.
const FIRST_LINES: usize = 20;

/// What a summary says.
pub(super) struct Summary<'a> {
    pub(super) total: Sums,
    pub(super) overdue: Overview<'a>,
    pub(super) unknown: UnknownTotal,
    pub(super) over: Money,
    pub(super) due: DueShare,
}

impl<'a> Summary<'a> {
    pub(super) fn of(ctx: &'a Ctx, filter: &Filter) -> Summary<'a> {
        Summary::with(ctx, filter, ctx.shown.lateness.overview(ctx.as_of, filter))
    }

    /// Of a page that ranks nothing but ages.
    fn by_age(ctx: &'a Ctx, filter: &Filter) -> Summary<'a> {
        Summary::with(ctx, filter, ctx.shown.lateness.ages(ctx.as_of, filter))
    }

    fn with(ctx: &'a Ctx, filter: &Filter, overdue: Overview<'a>) -> Summary<'a> {
        let late = &ctx.shown.lateness;
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
        ("contractor", filter.contractor.clone()),
        ("owner", filter.owner.clone()),
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

/// The figures at the top of a page.
pub(super) fn figures(ctx: &Ctx, filter: &Filter, summary: &Summary<'_>) -> Block<'static> {
    let l = ctx.lang;
    let total = &summary.total;
    let lines = behind(ctx, &Address::Arrears, filter);
    let none = total.lines == 0;
    let owed = Cell::from(total.outstanding).to(lines.clone());
    let mut all = vec![
        Figure {
            label: l.of("拖欠工资", "Overdue and unpaid"),
            cell: if none { owed } else { owed.toned(Tone::Bad) },
            note: l.of(
                format!("{} 笔工资，最长 {} 天", total.lines, total.oldest_days),
                format!("{} wage lines, the oldest {} days", total.lines, total.oldest_days),
            ),
        },
        Figure {
            label: l.of("涉及人数", "Workers concerned"),
            cell: Cell::from(total.workers).to(lines.clone()),
            note: l.of(format!("{} 个项目", total.projects), format!("on {} sites", total.projects)),
        },
    ];
    all.extend(beside(ctx, filter, summary));
    Block::Figures(all)
}

/// What stands beside what is overdue: what is not known, what falls due, money that no line takes.
pub(super) fn beside(ctx: &Ctx, filter: &Filter, summary: &Summary<'_>) -> Vec<Figure> {
    let l = ctx.lang;
    let Summary { unknown, over, due, .. } = summary;
    let missing = behind(ctx, &Address::Missing, filter);
    let mut all = vec![
        Figure {
            label: l.of("有考勤无工资表", "Worked, on no wage sheet"),
            cell: {
                let cell = Cell::from(unknown.worker_months).to(missing);
                if unknown.worker_months > 0 { cell.toned(Tone::Warn) } else { cell }
            },
            note: unknown_words(ctx, unknown),
        },
        silent::due_this_month(ctx, filter, due, on_time(ctx, due)),
    ];
    all.extend(silent::figure(ctx, filter, &unknown.silent));
    all.extend(undated::figure(ctx, filter, &unknown.undated));
    if *over > Money::ZERO {
        all.push(Figure {
            label: l.of("已付但无对应工资", "Paid, and taken by no wage line"),
            cell: Cell::from(*over).toned(Tone::Warn),
            note: l.of(
                "不冲抵其他月份或其他工人".to_owned(),
                "never moved to another month or worker".to_owned(),
            ),
        });
    }
    all
}

/// What is not known beside the sums; nothing is said of what there is none of.
fn unknown_words(ctx: &Ctx, unknown: &UnknownTotal) -> String {
    let l = ctx.lang;
    let UnknownTotal { worker_months, days, unsealed_lines, .. } = unknown;
    let worked = l.of(format!("人次（{days} 工日）"), format!("worker-months, {days} days of work"));
    let unsealed = l.of(
        format!("{unsealed_lines} 笔工资所在工资表未定稿"),
        format!("{unsealed_lines} lines on sheets without a seal"),
    );
    let parts = [(*worker_months, worked), (*unsealed_lines, unsealed)];
    let told: Vec<String> =
        parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, words)| words).collect();
    told.join(l.of("；另有 ", "; and "))
}

/// Share of what had come due that was paid in time, in tenths of a percent by lines.
fn on_time(ctx: &Ctx, due: &DueShare) -> String {
    let l = ctx.lang;
    if due.settled == 0 {
        return l.of(format!("{} 笔，均未到支付日", due.lines), format!("{} lines, none due yet", due.lines));
    }
    let tenths = due.on_time.saturating_mul(1000) / due.settled;
    let percent = format!("{}.{}%", tenths / 10, tenths % 10);
    l.of(
        format!("已到期 {} 笔，按时付清 {}（{percent}）", due.settled, due.on_time),
        format!("{} of {} lines due so far were paid in time ({percent})", due.on_time, due.settled),
    )
}

/// The overdue amount at the last twelve month ends up to the day.
pub(super) fn over_time(ctx: &Ctx, filter: &Filter) -> Block<'static> {
    let mut ends = Vec::new();
    let mut end = Month::of(ctx.as_of).last_day();
    if end != ctx.as_of {
        end = Month::of(ctx.as_of).first_day().saturating_sub(1.days());
    }
    for _ in 0..12 {
        ends.push(end);
        end = Month::of(end).first_day().saturating_sub(1.days());
    }
    // Of a day before those that can be asked about there is no page.
    ends.retain(|end| *end >= FIRST);
    let begins = ctx.shown.lateness.begins(filter);
    let sticks = ends.into_iter().rev().map(|end| (end, ctx.shown.lateness.amount(end, filter)));
    let sticks = sticks.map(|(end, value)| super::table::Stick {
        label: end.to_string(),
        value,
        lacks: silent::beside_amount(ctx, end, value, begins, filter),
        href: ctx.here(&[("as_of", &end.to_string()), ("after", ""), ("before", "")]),
    });
    let caption =
        ctx.lang.of("最近十二个月末的拖欠工资（元）", "Overdue at the last twelve month ends (yuan)");
    Block::Chart(caption.to_owned(), sticks.collect())
}

/// Where a line stands in a list of them.
fn place<'a>(row: &LateRow<'a>, by: Option<&str>) -> Spot<'a> {
    let line = row.line;
    let first: Key<'a> = match by {
        Some("worker") => line.worker.into(),
        Some("month") => line.month.into(),
        Some("outstanding") => row.outstanding().fen().into(),
        Some("net") => line.net.fen().into(),
        Some("paid") => line.net.checked_sub(row.outstanding()).map(Money::fen).into(),
        Some("days") => row.days_overdue().into(),
        Some("project") => row.project.into(),
        Some("employer") => (&*line.employer).into(),
        Some("crew") => line.crew.into(),
        _ => row.due_on.into(),
    };
    spot([first, row.entry().into()])
}

/// The first overdue lines as a table, with a link to the list of all.
pub(super) fn first_lines(ctx: &Ctx, filter: &Filter) -> Table<'static> {
    let rows = ctx.shown.lateness.overdue(ctx.as_of, filter);
    let first = leaf(rows, |row| place(row, None), false, &At::Beginning, FIRST_LINES);
    let all = first.all;
    let text = ctx.lang.of(format!("全部 {all} 笔"), format!("All {all}"));
    let more = (all > first.rows.len()).then(|| (text, behind(ctx, &Address::Arrears, filter)));
    let rows = first.rows.iter().map(|row| line_cells(ctx, row)).collect();
    Table { sortable: false, more, rows, ..line_table(ctx) }
}

fn line_cells(ctx: &Ctx, row: &LateRow<'_>) -> Vec<Cell> {
    let line = row.line;
    let paid = line.net.checked_sub(row.outstanding());
    vec![
        Cell::from(ctx.worker_name(line.worker)).to(ctx.href(&Address::Worker(line.worker))),
        Cell::from(line.month).to(ctx.href(&Address::Line(line.line))),
        Cell::from(row.outstanding()).to(ctx.href(&Address::Line(line.line))),
        line.net.into(),
        paid.into(),
        line.due_on.into(),
        Cell::from(row.days_overdue()),
        project_cell(ctx, row.project),
        employer_cell(ctx, &line.employer),
        Cell::from(ctx.crew_name(line.crew)).to(ctx.href(&Address::Crew(line.crew))),
    ]
}

/// A table of overdue lines, without any.
fn line_table<'a>(ctx: &Ctx) -> Table<'a> {
    let l = ctx.lang;
    Table {
        caption: l.of("拖欠工资明细", "Overdue wage lines").to_owned(),
        note: Some(
            l.of(
                "姓名与证件号码已加密；查看须在工人页面登记用途。",
                "Names and ID numbers are sealed; a worker's page opens them for a purpose.",
            )
            .to_owned(),
        ),
        columns: vec![
            column("worker", l.of("工人", "Worker")),
            column("month", l.of("工资月份", "Month")),
            column("outstanding", l.of("拖欠工资", "Overdue")),
            column("net", l.of("应实发", "Net pay")),
            column("paid", l.of("已付", "Paid")),
            column("due_on", l.of("应支付日期", "Due on")),
            column("days", l.of("拖欠天数", "Days")),
            column("project", l.of("项目", "Project")),
            column("employer", l.of("用人单位", "Employer")),
            column("crew", l.of("班组", "Crew")),
        ],
        empty: l.of("当日没有拖欠的工资。", "Nothing is overdue on this day."),
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

/// What kind of page a list of all is.
pub(super) fn list_kind(ctx: &Ctx) -> &'static str {
    ctx.lang.of("全部", "All")
}

/// What a filter says, in words.
pub(super) fn said(ctx: &Ctx, filter: &Filter) -> String {
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
    if let Some(contractor) = &filter.contractor {
        let name = ctx.employer_name(contractor);
        words.push(ctx.lang.of(format!("施工总承包单位 {name}"), format!("general contractor {name}")));
    }
    if let Some(owner) = &filter.owner {
        let name = ctx.employer_name(owner);
        words.push(ctx.lang.of(format!("建设单位 {name}"), format!("owner {name}")));
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
pub(super) fn lines_page(ctx: &Ctx) -> Result<Content<'_>, Trouble> {
    let filter = &ctx.asked.filter;
    let title = said(ctx, filter);
    let summary = Summary::by_age(ctx, filter);
    let mut blocks = vec![figures(ctx, filter, &summary)];
    let mut table = line_table(ctx);
    let rows = ctx.shown.lateness.overdue(ctx.as_of, filter);
    fill(ctx, &mut table, rows, place, |row| line_cells(ctx, row))?;
    table.total = Some(
        [Cell::from(ctx.lang.of("合计", "Total")), Cell::from(""), summary.total.outstanding.into()]
            .into_iter()
            .chain((3..table.columns.len()).map(|_| Cell::from("")))
            .collect(),
    );
    blocks.push(Block::Table(table));
    if filter.bucket.is_none() {
        blocks.push(Block::Table(by_age(ctx, filter, &summary)));
    }
    let kind = ctx.lang.of("拖欠工资明细", "Overdue wage lines");
    let crumbs = ctx.crumbs(vec![(kind.to_owned(), Address::Arrears)]);
    Ok(Content { title, kind, crumbs, blocks, head: None })
}

/// Work that no wage line stands for.
pub(super) fn missing_page(ctx: &Ctx) -> Result<Content<'_>, Trouble> {
    let l = ctx.lang;
    let filter = &ctx.asked.filter;
    let mut table = Table {
        caption: l.of("有考勤未编工资", "Worked, and on no wage sheet").to_owned(),
        note: Some(
            l.of(
                "金额不明，不等于零：这些工日应有工资，但未报送工资表。",
                "The amount is not known, which is not zero: wages should be owed for these days, and no wage sheet was handed in.",
            )
            .to_owned(),
        ),
        columns: vec![
            column("worker", l.of("工人", "Worker")),
            column("month", l.of("月份", "Month")),
            column("days", l.of("工日", "Days")),
            column("due_on", l.of("应支付日期", "Would be due on")),
            column("project", l.of("项目", "Project")),
            column("employer", l.of("用人单位", "Employer")),
            column("crew", l.of("班组", "Crew")),
        ],
        empty: l.of("未查到。", "There are none."),
        sortable: true,
        ..Table::default()
    };
    let late = &ctx.shown.lateness;
    let rows = late.missing(ctx.as_of, filter).chain(late.undated_missing(ctx.as_of, filter));
    fill(ctx, &mut table, rows, missing_place, |row| missing_cells(ctx, row))?;
    let kind = l.of("有考勤未编工资", "Worked, on no wage sheet");
    let crumbs = ctx.crumbs(vec![(kind.to_owned(), Address::Missing)]);
    Ok(Content { title: said(ctx, filter), kind, crumbs, blocks: vec![Block::Table(table)], head: None })
}

/// A project, and a worker's month on it that no line stands for.
type Missing<'a> = (&'a str, &'a MissingMonth);

fn missing_place<'a>((project, missing): &Missing<'a>, by: Option<&str>) -> Spot<'a> {
    let first: Key<'a> = match by {
        Some("worker") => missing.worker.into(),
        Some("month") => missing.month.into(),
        Some("days") => missing.days.tenths().into(),
        Some("project") => (*project).into(),
        Some("employer") => (&*missing.employer).into(),
        Some("crew") => missing.crew.into(),
        _ => missing.due_on.into(),
    };
    spot([first, (*project).into(), missing.month.into(), missing.worker.into(), missing.crew.into()])
}

fn missing_cells(ctx: &Ctx, (project, missing): &Missing<'_>) -> Vec<Cell> {
    let crew = missing.crew.map(|crew| Cell::from(ctx.crew_name(crew)).to(ctx.href(&Address::Crew(crew))));
    vec![
        Cell::from(ctx.worker_name(missing.worker)).to(ctx.href(&Address::Worker(missing.worker))),
        missing.month.into(),
        missing.days.into(),
        undated::due_cell(ctx, missing.due_on, missing.no_calendar),
        project_cell(ctx, project),
        employer_cell(ctx, &missing.employer),
        crew.unwrap_or_else(|| Value::Nothing.into()),
    ]
}
