//! What was not handed in although it should have been: the figure beside sums, the list behind it, and what a month's cell
//! says. Unknown is not zero.

use super::address::Address;
use super::ctx::Ctx;
use super::late::{behind, employer_cell, project_cell, said};
use super::list::fill;
use super::spot::{Key, Spot, spot};
use super::table::{Block, Cell, Content, Figure, Table, Tone, Value, column};
use super::trouble::Trouble;
use super::undated;
use jiff::civil::Date;
use readmodel::{DueShare, Filter, SilentMonth, SilentTotal};
use rules::{HandedIn, Money, Month};

/// How many wage sheets are missing, and how many people are on the rosters of those months; `None` where none is.
pub(super) fn figure(ctx: &Ctx, filter: &Filter, silent: &SilentTotal) -> Option<Figure> {
    let l = ctx.lang;
    let SilentTotal { site_months, people, without_roster } = *silent;
    (site_months > 0).then(|| Figure {
        label: l.of("未报送工资表", "Wage sheets not handed in"),
        cell: Cell::from(site_months).to(behind(ctx, &Address::Silent, filter)).toned(Tone::Warn),
        note: words(ctx, people, without_roster),
    })
}

/// Whom the missing sheets concern; nothing is said of what there is none of.
fn words(ctx: &Ctx, people: u64, without_roster: u64) -> String {
    let l = ctx.lang;
    let rosters = l.of(format!("花名册 {people} 人"), format!("{people} people on the rosters"));
    let nobody = l.of(
        format!("其中 {without_roster} 个未报送花名册，人数不明"),
        format!("{without_roster} of them without a roster, where nobody knows how many people"),
    );
    let parts = [(people, rosters), (without_roster, nobody)];
    let told: Vec<String> =
        parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, words)| words).collect();
    let unit = l.of("个项目·月", "months of projects");
    format!("{unit}{}{}", l.of("，", ", "), told.join(l.of("，", ", ")))
}

/// What falls due this month, where wage sheets are missing that should say it: the sum is not zero, and not the whole.
pub(super) fn due_this_month(ctx: &Ctx, filter: &Filter, due: &DueShare, on_time: String) -> Figure {
    let l = ctx.lang;
    // Wages of a month are due in the next.
    let month = Month::of(ctx.as_of).previous();
    let without = ctx.shown.lateness.without_sheet(month, ctx.as_of, filter);
    let silent = l.of(
        format!("{} 个项目未报送 {month} 工资表", without.silent),
        format!("{} projects have not handed in the wage sheet of {month}", without.silent),
    );
    let awaited = l.of(
        format!("{} 个项目 {month} 工资表未到报送期限", without.awaited),
        format!("{} projects may still hand in the wage sheet of {month}", without.awaited),
    );
    let undated = undated::may_be_due(ctx, due);
    let parts =
        [(due.lines, on_time), (due.undated, undated), (without.silent, silent), (without.awaited, awaited)];
    let label = l.of("本月应付", "Due this month");
    let cell = match (due.lines, without.silent, without.awaited) {
        (0, 0, _) if due.undated > 0 => Cell::from(l.of("不明", "not known")).toned(Tone::Warn),
        (0, 1.., _) => Cell::from(l.of("未报送", "not handed in")).toned(Tone::Warn),
        (0, 0, 1..) => Cell::from(l.of("未到期", "not yet")),
        _ => due.net.into(),
    };
    let told: Vec<String> =
        parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, words)| words).collect();
    let note = if told.is_empty() { on_time_of_none(ctx) } else { told.join(l.of("；", "; ")) };
    Figure { label, cell, note }
}

fn on_time_of_none(ctx: &Ctx) -> String {
    ctx.lang.of("没有应付的工资".to_owned(), "nothing falls due".to_owned())
}

/// What stands in the cell of a report that is not there.
pub(super) fn absent(ctx: &Ctx, state: HandedIn) -> Cell {
    let l = ctx.lang;
    match state {
        HandedIn::Yes => Cell::from(l.of("已报送", "handed in")),
        HandedIn::No => Cell::from(l.of("未报送", "not handed in")).toned(Tone::Warn),
        HandedIn::NotYet => Cell::from(l.of("未到期", "not yet")).toned(Tone::Quiet),
        HandedIn::NotExpected => Value::Nothing.into(),
    }
}

/// The months without a wage sheet that fit the query's fields.
pub(super) fn silent_page(ctx: &Ctx) -> Result<Content<'_>, Trouble> {
    let l = ctx.lang;
    let filter = &ctx.asked.filter;
    let lateness = &ctx.shown.lateness;
    let mut table = Table {
        caption: l.of("未报送工资表的月份", "Months without a wage sheet").to_owned(),
        note: Some(
            l.of(
                "花名册上有人而到期未报送工资表：应付多少不明，不等于零。报送期限为约定工资支付日；未约定的为次月末（本系统的口径）。",
                "People are on the roster and no wage sheet was handed in in time: what is owed is not known, which is not zero. In time is by the agreed pay day, or by the end of the next month where none is agreed (a convention of this system).",
            )
            .to_owned(),
        ),
        columns: vec![
            column("project", l.of("项目", "Project")),
            column("month", l.of("工资月份", "Month")),
            column("employer", l.of("用人单位", "Employer")),
            column("people", l.of("花名册人数", "On the roster")),
            column("worked", l.of("考勤人数（全项目）", "With attendance (whole project)")),
            column("expected_by", l.of("报送期限", "Expected by")),
            column("days", l.of("已过天数", "Days since")),
        ],
        empty: l.of("没有到期未报送的工资表。", "No wage sheet is missing."),
        sortable: true,
        ..Table::default()
    };
    let rows = lateness.silent_months(ctx.as_of, filter);
    fill(ctx, &mut table, rows, place, |row| cells(ctx, row))?;
    let total = lateness.silent(ctx.as_of, filter);
    let blocks = figure(ctx, filter, &total).map(|figure| Block::Figures(vec![figure])).into_iter();
    let kind = l.of("未报送工资表", "Wage sheets not handed in");
    let crumbs = ctx.crumbs(vec![(kind.to_owned(), Address::Silent)]);
    let blocks = blocks.chain([Block::Table(table)]).collect();
    Ok(Content { title: said(ctx, filter), kind, crumbs, blocks, head: None })
}

fn days(ctx: &Ctx, row: &SilentMonth<'_>) -> i64 {
    rules::days_overdue(ctx.as_of, row.expected_by)
}

/// The oldest come first.
fn place<'a>(row: &SilentMonth<'a>, by: Option<&str>) -> Spot<'a> {
    let first: Key<'a> = match by {
        Some("project") => row.project.into(),
        Some("month") => row.month.into(),
        Some("employer") => row.employer.into(),
        Some("people") => row.people.and_then(|people| i64::try_from(people).ok()).into(),
        Some("worked") => row.worked.into(),
        _ => row.expected_by.into(),
    };
    spot([first, row.project.into(), row.month.into(), row.employer.into()])
}

fn cells(ctx: &Ctx, row: &SilentMonth<'_>) -> Vec<Cell> {
    let l = ctx.lang;
    let month = match row.project.parse() {
        Ok(code) => Cell::from(row.month).to(ctx.href(&Address::Payments(code, row.month))),
        Err(_) => row.month.into(),
    };
    let not_handed_in = || Cell::from(l.of("未报送", "not handed in")).toned(Tone::Warn);
    let employer = match row.people {
        Some(_) => employer_cell(ctx, row.employer),
        None => Cell::from(l.of("不明", "not known")),
    };
    vec![
        project_cell(ctx, row.project),
        month,
        employer,
        row.people.map_or_else(not_handed_in, Cell::from),
        if row.worked == 0 { not_handed_in() } else { row.worked.into() },
        row.expected_by.into(),
        days(ctx, row).into(),
    ]
}

/// What a month end's amount of arrears leaves out; before anything is known, all of it.
pub(super) fn beside_amount(
    ctx: &Ctx,
    end: Date,
    amount: Money,
    begins: Option<Month>,
    filter: &Filter,
) -> Option<&'static str> {
    let l = ctx.lang;
    if begins.is_none_or(|first| end < first.first_day()) {
        return Some("—");
    }
    let silent = ctx.shown.lateness.silent(end, filter).site_months > 0;
    match (silent, amount) {
        (false, _) => None,
        (true, Money::ZERO) => Some(l.of("未报送", "no data")),
        (true, _) => Some(l.of("不全", "partly")),
    }
}
