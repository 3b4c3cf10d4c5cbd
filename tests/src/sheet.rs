//! Everything that a SQLite database says, to compare it.

use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::Path;

/// Tables by name, each with its column names.
pub type Tables = BTreeMap<String, Vec<String>>;

/// A database's own tables and their columns.
pub fn tables(database: &Connection) -> Tables {
    let mut names = database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .expect("a schema");
    let names: Vec<String> =
        names.query_map([], |row| row.get(0)).expect("tables").collect::<Result<_, _>>().expect("tables");
    let columns = |table: &String| {
        let empty = database.prepare(&format!("SELECT * FROM \"{table}\"")).expect("a table");
        empty.column_names().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    names.iter().map(|table| (table.clone(), columns(table))).collect()
}

/// All rows of all tables, as text, in an order that depends on nothing but their contents.
pub fn dump(file: &Path) -> BTreeMap<String, Vec<String>> {
    let database = Connection::open(file).expect("a database");
    let mut all = BTreeMap::new();
    for (table, columns) in tables(&database) {
        let mut query = database.prepare(&format!("SELECT * FROM \"{table}\"")).expect("a table");
        let row = |row: &rusqlite::Row<'_>| {
            // As they are stored: text that was damaged need not be UTF-8.
            let cells = (0..columns.len()).map(|at| row.get_ref(at));
            cells.collect::<Result<Vec<_>, _>>().map(|cells| format!("{cells:?}"))
        };
        let rows = query.query_map([], row).expect("rows").collect::<Result<Vec<_>, _>>();
        let mut rows = rows.expect("rows");
        rows.sort_unstable();
        all.insert(table, rows);
    }
    all
}

/// Asserts that two databases say the same, row by row.
#[track_caller]
pub fn same_rows(one: &Path, other: &Path) {
    let (one, other) = (dump(one), dump(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "tables");
    assert!(one.values().any(|rows| rows.len() > 1), "nothing to compare");
    for (table, rows) in &one {
        let others = &other[table];
        assert_eq!(rows.len(), others.len(), "rows of {table}");
        for (row, other) in rows.iter().zip(others) {
            assert_eq!(row, other, "a row of {table}");
        }
    }
}
