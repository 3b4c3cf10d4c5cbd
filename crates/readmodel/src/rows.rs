//! Rows on their way into the database, written many at a time.

use crate::ReadModelError;
use crate::engine::{self, Connection, ROWS_AT_ONCE, tuples};
use crate::tables::{Again, Table};
use crate::value::Value;
use std::fmt::Write as _;

/// Rows of one table, in column order, one after the other.
pub(crate) struct Rows {
    table: &'static Table,
    values: Vec<Value>,
}

impl Rows {
    pub(crate) fn of(table: &'static Table) -> Rows {
        Rows { table, values: Vec::new() }
    }

    /// Adds a row; `N` is checked against the table by a test that writes every table.
    pub(crate) fn push<const N: usize>(&mut self, row: [Value; N]) {
        debug_assert_eq!(N, self.table.columns.len(), "{}", self.table.name);
        self.values.extend(row);
    }

    /// Writes and forgets the rows.
    pub(crate) async fn write(&mut self, connection: &mut Connection) -> Result<(), ReadModelError> {
        let width = self.table.columns.len();
        let values = std::mem::take(&mut self.values);
        in_chunks(values, width, |rows| insert(self.table, rows), connection).await
    }
}

/// Deletes the rows of `table` whose first `width` columns are the values' (row after row).
pub(crate) async fn delete(
    table: &'static Table,
    width: usize,
    values: Vec<Value>,
    connection: &mut Connection,
) -> Result<(), ReadModelError> {
    let key: Vec<_> = table.columns.iter().take(width).map(|c| c.name).collect();
    let head = format!("DELETE FROM {} WHERE ({}) IN (VALUES ", table.name, key.join(", "));
    in_chunks(values, width, |rows| format!("{head}{})", tuples(rows, width)), connection).await
}

async fn in_chunks(
    values: Vec<Value>,
    width: usize,
    sql: impl Fn(usize) -> String,
    connection: &mut Connection,
) -> Result<(), ReadModelError> {
    let mut values = values.into_iter();
    while values.len() > 0 {
        let rows = chunk(values.len() / width);
        engine::execute(connection, sql(rows), values.by_ref().take(rows * width).collect()).await?;
    }
    Ok(())
}

/// How many of so many rows go into one statement.
pub(crate) fn chunk(rows: usize) -> usize {
    match rows {
        0 => 0,
        rows if rows >= ROWS_AT_ONCE => ROWS_AT_ONCE,
        rows => 1 << rows.ilog2(),
    }
}

fn insert(table: &Table, rows: usize) -> String {
    let names: Vec<_> = table.columns.iter().map(|c| c.name).collect();
    let values = tuples(rows, names.len());
    let mut sql = format!("INSERT INTO {} ({}) VALUES {values}", table.name, names.join(", "));
    let (key, rest) = names.split_at(table.key);
    let set: Vec<String> = match table.again {
        Again::Never => return sql,
        Again::Replace => rest.iter().map(|c| format!("{c} = excluded.{c}")).collect(),
        Again::Sheet => rest
            .iter()
            .map(|c| match c.strip_prefix("recorded_") {
                Some(_) => format!("{c} = sheet.{c} + excluded.{c}"),
                None => format!("{c} = COALESCE(excluded.{c}, sheet.{c})"),
            })
            .collect(),
    };
    let _ = write!(sql, " ON CONFLICT ({}) DO UPDATE SET {}", key.join(", "), set.join(", "));
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements() {
        assert_eq!(tuples(2, 2), "(?,?),(?,?)");
        assert_eq!([0, 1, 2, 3, 5, 255, 256, 9000].map(chunk), [0, 1, 2, 2, 4, 128, 256, 256]);
        assert_eq!(
            insert(&crate::tables::WORK, 1),
            "INSERT INTO work (worker, project, month, days) VALUES (?,?,?,?) \
             ON CONFLICT (worker, project, month) DO UPDATE SET days = excluded.days"
        );
    }
}
