//! Rows on their way into the database, written many at a time.

use crate::ReadModelError;
use crate::engine::{Connection, CopyRows};
use crate::tables::{Again, Table};
use crate::value::Value;

/// Rows of one table.
pub(crate) struct Rows {
    table: &'static Table,
    /// Of these it is known that no row has their key.
    new: CopyRows,
    /// Of these it is not, or one has.
    again: CopyRows,
}

impl Rows {
    pub(crate) fn of(table: &'static Table) -> Rows {
        Rows { table, new: CopyRows::of(table.columns), again: CopyRows::of(table.columns) }
    }

    /// Adds a row, in column order; a test that writes every table holds the number of its values against the table. A key
    /// comes once.
    pub(crate) fn push<const N: usize>(&mut self, row: [Value; N]) {
        self.put(row, true);
    }

    /// Adds a row with a key that no row of the table has.
    pub(crate) fn push_new<const N: usize>(&mut self, row: [Value; N]) {
        self.put(row, false);
    }

    /// Adds a row; `stored` = its key may be there.
    pub(crate) fn put<const N: usize>(&mut self, row: [Value; N], stored: bool) {
        let never = matches!(self.table.again, Again::Never);
        let rows = if stored && !never { &mut self.again } else { &mut self.new };
        rows.push(row);
    }

    /// Takes out what is to wait for more: rows too few to be worth a statement. What takes the place of others never
    /// waits, nor what it may take the place of. Where nothing waits, as many will come again, and `room` is for them.
    pub(crate) fn hold_back(&mut self, few: usize, room: &mut Rows) -> Rows {
        let waits = self.again.is_empty() && self.new.len() < few;
        let mut held = Rows::of(self.table);
        std::mem::swap(&mut held.new, if waits { &mut self.new } else { &mut room.new });
        held
    }

    /// Leaves nothing but room.
    pub(crate) fn clear(&mut self) {
        self.new.clear();
        self.again.clear();
    }

    /// The larger room of two that are empty.
    pub(crate) fn or_larger(self, other: Rows) -> Rows {
        let larger = |one: CopyRows, two: CopyRows| if one.capacity() < two.capacity() { two } else { one };
        Rows { table: self.table, new: larger(self.new, other.new), again: larger(self.again, other.again) }
    }

    /// Writes the rows.
    pub(crate) async fn write(&self, connection: &mut Connection) -> Result<(), ReadModelError> {
        connection.write(self.table, &self.new, true).await?;
        connection.write(self.table, &self.again, false).await
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
            "number = excluded.number".to_owned(),
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
            " ON CONFLICT (about, whom, part) DO UPDATE SET last = excluded.last, number = excluded.number, entries = trail.entries || excluded.entries"
        );
        assert_eq!(conflict(&crate::tables::PAYMENT), "");
    }
}
