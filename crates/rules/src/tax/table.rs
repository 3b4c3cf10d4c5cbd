//! Progressive tax tables with quick deductions.

use crate::step::percent;
use crate::{Money, RuleError};
use rust_decimal::Decimal;
use serde::Deserialize;
use std::fmt;

/// A row of a tax table as it stands in a data file: amounts over the row before, up to and including
/// `up_to` (no end in the last row), are taxed at `rate`, less `quick` of the whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRow {
    /// Highest amount in the row, included; `None` in the last.
    pub up_to: Option<Money>,
    /// Marginal rate, as in 0.03.
    pub rate: Decimal,
    /// Quick deduction (速算扣除数), in yuan.
    pub quick: Money,
}

/// A progressive table (税率表): tax = base × rate − quick deduction of the row in which the base lies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    rows: Vec<TableRow>,
}

impl Table {
    /// From rows in ascending order. Says what is wrong when the rows do not make one continuous tax: the
    /// quick deduction of each row must be the one before plus its limit times the step of the rate.
    pub fn new(rows: &[TableRow]) -> Result<Table, String> {
        let Some((last, before)) = rows.split_last() else { return Err("a table without rows".to_owned()) };
        if last.up_to.is_some() {
            return Err("the last row has no `up_to`".to_owned());
        }
        let mut previous: Option<(Money, &TableRow)> = None;
        for row in before.iter().chain([last]) {
            let quick = match previous {
                None => Some(Money::ZERO),
                Some((limit, before)) => row
                    .rate
                    .checked_sub(before.rate)
                    .and_then(|step| Money::of(limit.yuan(), step))
                    .and_then(|step| before.quick.checked_add(step)),
            };
            if quick != Some(row.quick) {
                return Err(format!("quick deduction {} does not follow from the row before", row.quick));
            }
            if let (Some((limit, _)), Some(up_to)) = (previous, row.up_to)
                && up_to <= limit
            {
                return Err(format!("the row up to {up_to} does not come after the one up to {limit}"));
            }
            previous = row.up_to.map(|limit| (limit, row));
        }
        Ok(Table { rows: rows.to_vec() })
    }

    /// Its rows, from the lowest.
    pub fn rows(&self) -> &[TableRow] {
        &self.rows
    }

    /// The row in which `base` lies; limits are inclusive, so 36,000.00 is still in the row up to 36,000.
    pub fn row(&self, base: Money) -> TableRow {
        let row = self.rows.iter().find(|row| row.up_to.is_none_or(|limit| base <= limit));
        // A table has a last row without limit: `new` sees to it.
        row.copied().unwrap_or(TableRow { up_to: None, rate: Decimal::ZERO, quick: Money::ZERO })
    }
}

impl TableRow {
    /// `base` × rate, half up to the fen, less the quick deduction; nothing for a base of nothing or less.
    pub fn tax(&self, base: Money) -> Result<Money, RuleError> {
        if base <= Money::ZERO {
            return Ok(Money::ZERO);
        }
        base.times(self.rate)?.minus(self.quick)
    }

    /// `base × rate - quick`, with figures.
    pub(crate) fn formula(&self, base: Money) -> String {
        format!("{base} × {} - {}", percent(self.rate), self.quick)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, row) in self.rows.iter().enumerate() {
            let limit = row.up_to.map_or_else(|| "above".to_owned(), |limit| format!("≤ {limit}"));
            let join = if at == 0 { "" } else { "; " };
            write!(f, "{join}{limit}: {} - {}", percent(row.rate), row.quick)?;
        }
        Ok(())
    }
}
