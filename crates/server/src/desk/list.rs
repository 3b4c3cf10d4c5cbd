//! Lists that may be longer than a page: a page of them for the screen, all of them for an export.

use super::ctx::Ctx;
use super::spot::{At, Leaf, Spot, compare, leaf};
use super::table::{Cell, Pager, Rest, Table};
use super::trouble::Trouble;
use futures_util::{StreamExt, stream};

/// Rows of a list on one page: so few that a page with its style sheet stays below 100 kB.
pub(super) const PAGE_ROWS: usize = 50;
/// Rows that an export writes at most, each list by itself.
pub(super) const EXPORT_ROWS_MAX: usize = 200_000;
/// Rows that an export makes at a time.
pub(super) const EXPORT_STEP: usize = 500;

/// What a list is sorted by.
pub(super) struct Order<'a> {
    /// Name of the column; `None` = as the list stands where nobody asks.
    pub(super) by: Option<&'a str>,
    /// Whether the largest come first.
    pub(super) down: bool,
}

/// The order that is asked for, where a column has its name.
pub(super) fn order<'a>(ctx: &'a Ctx, table: &Table<'_>) -> Order<'a> {
    let asked = ctx.asked.sort.as_ref();
    let known = asked.filter(|(name, _)| table.columns.iter().any(|column| column.name == name));
    known.map_or(Order { by: None, down: false }, |(name, down)| Order { by: Some(name), down: *down })
}

/// Fills a table with a page of a list, or with what an export writes. `spot` says where a row stands when the list is
/// sorted by a column; it tells any two rows apart.
pub(super) fn fill<'a, 's, T: Send + 'a>(
    ctx: &'a Ctx,
    table: &mut Table<'a>,
    rows: impl Iterator<Item = T>,
    spot: impl Fn(&T, Option<&str>) -> Spot<'s>,
    cells: impl Fn(&T) -> Vec<Cell> + Send + 'a,
) -> Result<(), Trouble> {
    let sorted = order(ctx, table);
    if ctx.asked.format.is_some() {
        let mut all: Vec<T> = rows.take(EXPORT_ROWS_MAX + 1).collect();
        if all.len() > EXPORT_ROWS_MAX {
            return Err(Trouble::TooMany(ctx.lang, EXPORT_ROWS_MAX));
        }
        all.sort_by(|a, b| compare(&spot(a, sorted.by), &spot(b, sorted.by), sorted.down));
        table.rest = Some(stepwise(all, cells));
        return Ok(());
    }
    let page = leaf(rows, |row| spot(row, sorted.by), sorted.down, &ctx.asked.at, PAGE_ROWS);
    table.pager = pager(ctx, &page);
    table.rows = page.rows.iter().map(cells).collect();
    Ok(())
}

/// Rows some at a time, each made when it is wanted.
fn stepwise<'a, T: Send + 'a>(rows: Vec<T>, cells: impl Fn(&T) -> Vec<Cell> + Send + 'a) -> Rest<'a> {
    let steps = stream::unfold((rows.into_iter(), cells), |(mut rows, cells)| async move {
        let step: Vec<Vec<Cell>> = rows.by_ref().take(EXPORT_STEP).map(|row| cells(&row)).collect();
        (!step.is_empty()).then(|| (Ok(step), (rows, cells)))
    });
    steps.boxed()
}

/// Where else in the list one can go; `None` where one page is all of it.
pub(super) fn pager<T>(ctx: &Ctx, page: &Leaf<T>) -> Option<Pager> {
    let Leaf { rows, skipped, all, previous, next } = page;
    let links = Pager::to(ctx, previous.as_ref(), next.as_ref());
    let is_whole = ctx.asked.at == At::Beginning && next.is_none();
    (!is_whole).then(|| Pager { place: Some((skipped + 1, skipped + rows.len(), *all)), ..links })
}
