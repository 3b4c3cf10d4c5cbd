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
        self.again.extend(row);
    }

    /// Adds a row with a key that no row of the table has.
    pub(crate) fn push_new<const N: usize>(&mut self, row: [Value; N]) {
        debug_assert_eq!(N, self.table.columns.len(), "{}", self.table.name);
        self.new.extend(row);
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
    };
    format!(" ON CONFLICT ({}) DO UPDATE SET {}", names(table, table.key), set.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements() {
        assert_eq!(
            insert_into(&crate::tables::WORK),
            "INSERT INTO work (worker, project, month, days, gate)"
        );
        assert_eq!(
            conflict(&crate::tables::WORK),
            " ON CONFLICT (worker, project, month) DO UPDATE SET days = excluded.days, gate = excluded.gate"
        );
        assert_eq!(conflict(&crate::tables::ENTRY), "");
    }
}
