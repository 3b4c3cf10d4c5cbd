//! Rows on their way into the database, written many at a time.

use crate::ReadModelError;
use crate::engine::Connection;
use crate::tables::{Again, Table};
use crate::value::Value;

/// Rows of one table, in column order, one after the other.
pub(crate) struct Rows {
    table: &'static Table,
    /// Of these it is known that no row has their key.
    new: Vec<Value>,
    /// Of these it is not, or one has.
    again: Vec<Value>,
}

impl Rows {
    pub(crate) fn of(table: &'static Table) -> Rows {
        Rows { table, new: Vec::new(), again: Vec::new() }
    }

    /// Adds a row; `N` is checked against the table by a test that writes every table. A key comes once.
    pub(crate) fn push<const N: usize>(&mut self, row: [Value; N]) {
        debug_assert_eq!(N, self.table.columns.len(), "{}", self.table.name);
        let rows = if matches!(self.table.again, Again::Never) { &mut self.new } else { &mut self.again };
        rows.extend(row);
    }

    /// Adds a row with a key that no row of the table has.
    pub(crate) fn push_new<const N: usize>(&mut self, row: [Value; N]) {
        debug_assert_eq!(N, self.table.columns.len(), "{}", self.table.name);
        self.new.extend(row);
    }

    /// Adds a row; `stored` = its key may be there.
    pub(crate) fn put<const N: usize>(&mut self, row: [Value; N], stored: bool) {
        if stored { self.push(row) } else { self.push_new(row) }
    }

    /// Takes out what is to wait for more: rows too few to be worth a statement. What takes the place of others never
    /// waits, nor what it may take the place of. Where nothing waits, as many will come again, and `room` is for them.
    pub(crate) fn hold_back(&mut self, few: usize, room: &mut Rows) -> Rows {
        let waits = self.again.is_empty() && self.new.len() < few * self.table.columns.len();
        let new = std::mem::take(if waits { &mut self.new } else { &mut room.new });
        Rows { table: self.table, new, again: Vec::new() }
    }

    /// Leaves nothing but room.
    pub(crate) fn clear(&mut self) {
        self.new.clear();
        self.again.clear();
    }

    /// The larger room of two that are empty.
    pub(crate) fn or_larger(self, other: Rows) -> Rows {
        let larger =
            |one: Vec<Value>, two: Vec<Value>| if one.capacity() < two.capacity() { two } else { one };
        Rows { table: self.table, new: larger(self.new, other.new), again: larger(self.again, other.again) }
    }

    /// Writes the rows; afterwards they may be gone.
    pub(crate) async fn write(&mut self, connection: &mut Connection) -> Result<(), ReadModelError> {
        connection.write(self.table, &mut self.new, true).await?;
        connection.write(self.table, &mut self.again, false).await
    }
}

/// The first columns of a table.
pub(crate) fn names(table: &Table, columns: usize) -> String {
    let names: Vec<_> = table.columns.iter().take(columns).map(|c| c.name).collect();
    names.join(", ")
}

/// The first half of a statement that adds rows.
pub(crate) fn insert_into(table: &Table) -> String {
    format!("INSERT INTO {} ({})", table.name, names(table, table.columns.len()))
}

/// The last part of it: what is done where a row has the key already.
pub(crate) fn conflict(table: &Table) -> String {
    let rest = table.columns.iter().skip(table.key).map(|c| c.name);
    let set: Vec<String> = match table.again {
        Again::Never => return String::new(),
        Again::Replace => rest.map(|c| format!("{c} = excluded.{c}")).collect(),
        Again::Sheet => rest
            .map(|c| match c.strip_prefix("recorded_") {
                Some(_) => format!("{c} = sheet.{c} + excluded.{c}"),
                None => format!("{c} = COALESCE(excluded.{c}, sheet.{c})"),
            })
            .collect(),
        Again::Count => rest.map(|c| format!("{c} = {0}.{c} + excluded.{c}", table.name)).collect(),
        Again::Trail => vec![
            "last = excluded.last".to_owned(),
            format!("entries = {0}.entries || excluded.entries", table.name),
        ],
    };
    format!(" ON CONFLICT ({}) DO UPDATE SET {}", names(table, table.key), set.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements() {
        assert_eq!(insert_into(&crate::tables::FACT), "INSERT INTO fact (type, entries)");
        assert_eq!(
            conflict(&crate::tables::EMPLOYMENT),
            " ON CONFLICT (worker, employer, project) DO UPDATE SET since = excluded.since"
        );
        assert_eq!(
            conflict(&crate::tables::TRAIL),
            " ON CONFLICT (about, whom, part) DO UPDATE SET last = excluded.last, entries = trail.entries || excluded.entries"
        );
        assert_eq!(conflict(&crate::tables::PAYMENT), "");
    }
}
