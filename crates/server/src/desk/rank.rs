//! Rankings: what is overdue by region, project, employer, crew, worker or age, beside a bar.

use super::address::Address;
use super::ctx::Ctx;
use super::late::{Summary, behind};
use super::list::fill;
use super::spot::{Key, spot};
use super::table::{Cell, Column, Table, column};
use super::trouble::Trouble;
use readmodel::{Filter, Sums};
use rules::{Bucket, Money};
use std::collections::BTreeMap;

/// Rows of a ranking on a page that has something else to say, before it says how many more there are.
const TOP_ROWS: usize = 10;

/// How much of a ranking is shown.
pub(super) enum Extent {
    /// The first rows of those with anything overdue, with a link to a page that lists all.
    Top(String),
    /// The first rows of all, with a link to a page that lists the others too.
    First(String),
    /// All of it, page by page.
    List,
}

/// The columns of a ranking; the first is what is ranked.
pub(super) fn rank_columns(ctx: &Ctx, first: Column) -> Vec<Column> {
    let l = ctx.lang;
    vec![
        first,
        column("outstanding", l.of("拖欠工资（元）", "Overdue (yuan)")),
        column("bar", l.of("占比", "Share")).unsorted(),
        column("workers", l.of("人数", "Workers")),
        column("lines", l.of("笔数", "Lines")),
        column("since", l.of("最早拖欠起始日", "Overdue since")),
        column("oldest", l.of("最长拖欠天数", "Oldest (days)")),
    ]
}

/// One row of a ranking, with its share of `whole`.
pub(super) fn rank_row(ctx: &Ctx, name: Cell, sums: &Sums, whole: Money, filter: &Filter) -> Vec<Cell> {
    let lines = behind(ctx, &Address::Arrears, filter);
    vec![
        name,
        Cell::from(sums.outstanding).to(lines),
        Cell::bar(sums.outstanding, whole),
        sums.workers.into(),
        sums.lines.into(),
        sums.since(ctx.as_of).into(),
        oldest(sums),
    ]
}

/// Days of the oldest; nothing is overdue for no days.
fn oldest(sums: &Sums) -> Cell {
    (sums.lines > 0).then_some(sums.oldest_days).into()
}

/// The last row of a ranking.
pub(super) fn rank_total(ctx: &Ctx, total: &Sums, filter: &Filter) -> Vec<Cell> {
    let lines = behind(ctx, &Address::Arrears, filter);
    vec![
        ctx.lang.of("合计", "Total").into(),
        Cell::from(total.outstanding).to(lines),
        "".into(),
        total.workers.into(),
        total.lines.into(),
        total.since(ctx.as_of).into(),
        oldest(total),
    ]
}

/// Fills a table with sums by some key. `key` is what an address may say of it, or
/// of what stands in a named column beside it; `row` makes cells, given the sum of all.
pub(super) fn rank<'a, K: Ord + Clone + Send + 'a>(
    ctx: &'a Ctx,
    table: &mut Table<'a>,
    extent: Extent,
    sums: &BTreeMap<K, Sums>,
    key: impl Fn(&K, Option<&str>) -> Key<'a>,
    row: impl Fn(&K, &Sums, Money) -> Vec<Cell> + Send + 'a,
) -> Result<(), Trouble> {
    table.empty = ctx.lang.of("当日没有拖欠的工资。", "Nothing is overdue on this day.");
    let whole = all_of(sums.values());
    match extent {
        Extent::List => {
            table.sortable = true;
            let rows = sums.iter().map(|(key, sums)| (key.clone(), *sums));
            let place = |(of, sums): &(K, Sums), by: Option<&str>| match measure(sums, by) {
                Some(measure) => spot([measure, key(of, None)]),
                None => spot([key(of, by), key(of, None)]),
            };
            fill(ctx, table, rows, place, move |(key, sums)| row(key, sums, whole))
        }
        Extent::Top(ref list) | Extent::First(ref list) => {
            let mut ranked: Vec<_> = sums.iter().collect();
            ranked.sort_by_key(|(_, sums)| std::cmp::Reverse(sums.outstanding));
            let all = ranked.len();
            table.rows = ranked.iter().take(TOP_ROWS).map(|(key, sums)| row(key, sums, whole)).collect();
            let text = match extent {
                Extent::Top(_) => {
                    ctx.lang.of("查看全部（含无拖欠的）", "All, also without arrears").to_owned()
                }
                _ => ctx.lang.of(format!("全部 {all} 个"), format!("All {all}")),
            };
            let is_more = all > TOP_ROWS || matches!(extent, Extent::Top(_));
            table.more = is_more.then(|| (text, list.clone()));
            Ok(())
        }
    }
}

/// What is owed by age, with shares.
pub(super) fn by_age(ctx: &Ctx, filter: &Filter, summary: &Summary<'_>) -> Table<'static> {
    let l = ctx.lang;
    let sums = &summary.overdue.by_age;
    let whole = all_of(sums.values());
    let row = |bucket: Bucket| {
        let sums = sums.get(&Some(bucket)).copied().unwrap_or_default();
        let filter = Filter { bucket: Some(bucket), ..filter.clone() };
        let name = format!("{} {}", bucket.label(), l.of("天", "days"));
        let name = Cell::from(name).to(behind(ctx, &Address::Arrears, &filter));
        rank_row(ctx, name, &sums, whole, &filter)
    };
    Table {
        caption: l.of("按拖欠时长", "By age").to_owned(),
        columns: rank_columns(ctx, column("age", l.of("拖欠天数", "Days overdue"))),
        rows: Bucket::ALL.into_iter().map(row).collect(),
        ..Table::default()
    }
}

/// The sum of which each row is a share.
fn all_of<'a>(sums: impl Iterator<Item = &'a Sums>) -> Money {
    let add = |sum: Money, one: &Sums| sum.checked_add(one.outstanding).unwrap_or(Money::from_fen(i64::MAX));
    sums.fold(Money::ZERO, add)
}

/// What a ranking is sorted by, where it is one of the sums: the largest first, unless something else is asked for.
fn measure<'a>(sums: &Sums, by: Option<&str>) -> Option<Key<'a>> {
    Some(match by {
        Some("outstanding") => sums.outstanding.fen().into(),
        Some("workers") => sums.workers.into(),
        Some("lines") => sums.lines.into(),
        Some("oldest") => sums.oldest_days.into(),
        // The oldest is the earliest.
        Some("since") => sums.oldest_days.saturating_neg().into(),
        Some(_) => return None,
        None => sums.outstanding.fen().saturating_neg().into(),
    })
}
