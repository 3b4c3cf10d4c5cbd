//! A worker's wages month by month: what is owed on each line, what came of it, and work that no line stands for.

use super::address::Address;
use super::ctx::Ctx;
use super::late::project_cell;
use super::list::fill;
use super::payments::{gate_cell, gravity, state};
use super::spot::{Key, Spot, spot};
use super::table::{Block, Cell, Figure, Table, Tone, Value, column};
use super::trouble::Trouble;
use super::undated::{no_calendar, not_known};
use jiff::civil::Date;
use readmodel::{LineDays, State, WageVersion, WorkMonth, WorkerPayment};
use rules::{Days, DueLine, Money, Month};
use std::collections::{BTreeMap, BTreeSet};

/// Payments fill lines of one project, employer and month.
type GroupKey = (String, String, Month);

/// A wage line, and what came of it.
pub(super) struct Line {
    version: WageVersion,
    paid: Money,
    open: Money,
    /// Booked days of payments that count.
    when: Vec<Date>,
    state: State,
    days_overdue: Option<i64>,
    /// 工日 of the gate; `None` = it has none of this line.
    gate: Option<Days>,
}

impl Line {
    /// Whether it is not paid in full, and nobody knows whether it is overdue.
    fn may_be_overdue(&self, ctx: &Ctx) -> bool {
        let unpaid = self.version.due_on.is_none() && self.open > Money::ZERO;
        unpaid && rules::earliest_due(self.version.nominal_due) < ctx.as_of
    }
}

/// A row of the statement.
enum Row {
    Line(Box<Line>),
    /// Work that no line stands for: silence, in its place.
    Silent(WorkMonth),
}

/// The lines in force, with the payments that fill them.
pub(super) fn lines(
    ctx: &Ctx,
    versions: Vec<WageVersion>,
    payments: &[WorkerPayment],
    work: &[WorkMonth],
) -> Vec<Line> {
    let mut groups: BTreeMap<GroupKey, Vec<WageVersion>> = BTreeMap::new();
    for version in versions.into_iter().filter(|version| version.in_force) {
        let key = (version.project.clone(), version.employer.clone(), version.month);
        groups.entry(key).or_default().push(version);
    }
    let mut lines = Vec::new();
    for ((project, employer, month), versions) in groups {
        let of = |p: &&WorkerPayment| p.project == project && p.employer == employer && p.month == month;
        let own: Vec<&WorkerPayment> =
            payments.iter().filter(of).filter(|p| p.value_on.is_none_or(|day| day <= ctx.as_of)).collect();
        let came_back = |p: &WorkerPayment| p.returned_on.is_some_and(|day| day <= ctx.as_of);
        let counts = |p: &&&WorkerPayment| p.value_on.is_some() && !came_back(p);
        let paid = Money::checked_sum(own.iter().filter(counts).map(|p| p.amount)).unwrap_or_default();
        let due: Vec<DueLine> =
            versions.iter().map(|v| DueLine { due_on: v.due_on, net: v.net, recorded: v.line }).collect();
        let (shares, _) = rules::allocate(paid, &due);
        let when: Vec<Date> = own.iter().filter(counts).filter_map(|p| p.value_on).collect();
        for (version, paid) in versions.into_iter().zip(shares) {
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
                _ => State::of_unpaid(version.nominal_due, version.due_on, ctx.as_of),
            };
            let when = if paid > Money::ZERO { when.clone() } else { Vec::new() };
            let of = |w: &&WorkMonth| {
                w.project == version.project
                    && w.month == version.month
                    && w.employer == version.employer
                    && w.crew == Some(version.crew)
            };
            let gate = work.iter().find(of).map(|w| w.days);
            lines.push(Line { version, paid, open, when, state, days_overdue, gate });
        }
    }
    lines
}

/// The figures above the statement, over all lines.
pub(super) fn sums(ctx: &Ctx, lines: &[Line]) -> Block<'static> {
    let l = ctx.lang;
    let sum = |of: &dyn Fn(&Line) -> Money| Money::checked_sum(lines.iter().map(of));
    let overdue = sum(&|line| if line.days_overdue.is_some() { line.open } else { Money::ZERO });
    let oldest = lines.iter().filter_map(|line| line.days_overdue).max();
    let cell = Cell::from(overdue);
    let undated = undated(ctx, lines);
    let mut figures = vec![
        Figure {
            label: l.of("拖欠工资", "Overdue and unpaid"),
            cell: if oldest.is_some() { cell.toned(Tone::Bad) } else { cell },
            note: match oldest {
                Some(days) => l.of(format!("最长 {days} 天"), format!("the oldest {days} days")),
                None => String::new(),
            },
        },
        Figure {
            label: l.of("应实发合计", "Net pay in all"),
            cell: sum(&|line| line.version.net.max(Money::ZERO)).into(),
            note: l.of(format!("{} 笔", lines.len()), format!("{} lines", lines.len())),
        },
        Figure {
            label: l.of("已付合计", "Paid in all"),
            cell: sum(&|line| line.paid).into(),
            note: l.of("截至所选日期", "by the chosen day").to_owned(),
        },
    ];
    if let Some(undated) = undated {
        figures.insert(1, undated);
    }
    Block::Figures(figures)
}

/// What may be overdue and is not known to be.
fn undated(ctx: &Ctx, lines: &[Line]) -> Option<Figure> {
    let l = ctx.lang;
    let undated: Vec<&Line> = lines.iter().filter(|line| line.may_be_overdue(ctx)).collect();
    let years: BTreeSet<i16> = undated.iter().filter_map(|line| line.version.no_calendar).collect();
    let why = no_calendar(ctx, &years);
    (!undated.is_empty()).then(|| Figure {
        label: l.of("应支付日期不明，未计入拖欠", "Due day not known, not counted as overdue"),
        cell: Cell::from(Money::checked_sum(undated.iter().map(|line| line.open))).toned(Tone::Warn),
        note: l.of(format!("{} 笔；{why}", undated.len()), format!("{} lines; {why}", undated.len())),
    })
}

/// The statement, page by page, the latest month first.
pub(super) fn statement(ctx: &Ctx, lines: Vec<Line>, work: Vec<WorkMonth>) -> Result<Table<'_>, Trouble> {
    let l = ctx.lang;
    let mut table = Table {
        caption: l.of("各月工资", "Statement by month").to_owned(),
        columns: vec![
            column("month", l.of("月份", "Month")),
            column("days", l.of("工资表工日", "Sheet days")),
            column("gate", l.of("考勤工日", "Gate days")),
            column("gross", l.of("应发", "Gross")),
            column("social", l.of("社保", "Social insurance")),
            column("housing", l.of("公积金", "Housing fund")),
            column("tax", l.of("个税", "Income tax")),
            column("other", l.of("其他扣款", "Other deductions")),
            column("advances", l.of("借支/生活费", "Advances")),
            column("net", l.of("实发", "Net")),
            column("paid", l.of("已付", "Paid")),
            column("when", l.of("入账日期", "Booked on")),
            column("state", l.of("状态", "State")),
            column("open", l.of("尚欠", "Still owed")),
            column("overdue", l.of("拖欠天数", "Days overdue")),
            column("project", l.of("项目", "Project")),
            column("crew", l.of("班组", "Crew")),
        ],
        empty: l.of("未报送工资。", "No wages are recorded."),
        sortable: true,
        ..Table::default()
    };
    let silent = work.into_iter().filter(|month| month.no_line).map(Row::Silent);
    let rows = lines.into_iter().map(|line| Row::Line(Box::new(line))).chain(silent);
    fill(ctx, &mut table, rows, place, |row| match row {
        Row::Line(line) => line_cells(ctx, line),
        Row::Silent(month) => silent_cells(ctx, month),
    })?;
    Ok(table)
}

/// Where a row stands. A line is told from others by its entry, silent work by its crew, or by project and employer
/// where no crew is known.
fn place(row: &Row, by: Option<&str>) -> Spot<'static> {
    let (month, (days, gate), project, employer, crew, line) = match row {
        Row::Line(line) => {
            let v = &line.version;
            (v.month, (Some(v.days), line.gate), &v.project, &v.employer, Some(v.crew), Some(&**line))
        }
        Row::Silent(work) => {
            (work.month, (None, Some(work.days)), &work.project, &work.employer, work.crew, None)
        }
    };
    let code = |code: &str| Key::Code(code.to_owned().into());
    let fen = |of: fn(&Line) -> Option<Money>| Key::from(line.and_then(of).map(Money::fen));
    let first = match by {
        Some("month") => month.into(),
        Some("days") => days.map(Days::tenths).into(),
        Some("gate") => gate.map(Days::tenths).into(),
        Some("gross") => fen(|line| Some(line.version.gross)),
        Some("social") => fen(|line| Some(line.version.deductions.social_insurance)),
        Some("housing") => fen(|line| Some(line.version.deductions.housing_fund)),
        Some("tax") => fen(|line| Some(line.version.deductions.income_tax)),
        Some("other") => fen(|line| Some(line.version.deductions.other)),
        Some("advances") => fen(advances),
        Some("net") => fen(|line| Some(line.version.net)),
        Some("paid") => fen(|line| Some(line.paid)),
        Some("when") => line.and_then(|line| line.when.first().copied()).into(),
        Some("state") => line.map_or(Key::Nothing, |line| gravity(line.state)),
        Some("open") => fen(|line| Some(line.open)),
        Some("overdue") => line.and_then(|line| line.days_overdue).into(),
        Some("project") => code(project),
        Some("crew") => crew.into(),
        _ => latest_first(month),
    };
    let own = line.map_or(crew.into(), |line| line.version.line.into());
    spot([first, latest_first(month), own, code(project), code(employer)])
}

fn latest_first(month: Month) -> Key<'static> {
    let day = month.first_day();
    Key::from(-(i64::from(day.year()) * 12 + i64::from(day.month())))
}

fn advances(line: &Line) -> Option<Money> {
    let advances = &line.version.advances;
    advances.loan.checked_add(advances.living_cost)
}

fn line_cells(ctx: &Ctx, line: &Line) -> Vec<Cell> {
    let v = &line.version;
    let when: Vec<String> = line.when.iter().map(Date::to_string).collect();
    vec![
        Cell::from(v.month).to(ctx.href(&Address::Line(v.line))),
        v.days.into(),
        gate_cell(ctx, LineDays { sheet: v.days, gate: line.gate }),
        v.gross.into(),
        v.deductions.social_insurance.into(),
        v.deductions.housing_fund.into(),
        v.deductions.income_tax.into(),
        v.deductions.other.into(),
        advances(line).into(),
        Cell::from(v.net).to(ctx.href(&Address::Line(v.line))),
        line.paid.into(),
        Cell::from((!when.is_empty()).then(|| when.join(" "))),
        state(ctx, line.state),
        line.open.into(),
        match v.no_calendar.filter(|_| line.may_be_overdue(ctx)) {
            Some(year) => not_known(ctx, year),
            None => line.days_overdue.into(),
        },
        project_cell(ctx, &v.project),
        Cell::from(ctx.crew_name(v.crew)).to(ctx.href(&Address::Crew(v.crew))),
    ]
}

fn silent_cells(ctx: &Ctx, work: &WorkMonth) -> Vec<Cell> {
    let nothing = || Cell::from(Value::Nothing);
    let crew = work.crew.map(|crew| Cell::from(ctx.crew_name(crew)).to(ctx.href(&Address::Crew(crew))));
    let mut row = vec![work.month.into(), nothing()];
    row.push(work.days.into());
    row.extend((3..12).map(|_| nothing()));
    row.push(Cell::from(ctx.lang.of("未编工资表", "no wage line")).toned(Tone::Warn));
    row.extend((13..15).map(|_| nothing()));
    row.push(project_cell(ctx, &work.project));
    row.push(crew.unwrap_or_else(nothing));
    row
}
