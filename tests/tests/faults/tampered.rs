//! One stored value changed: whichever it is, `verify` says so.

use crate::small;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use tests::{Book, Dice, tables};

/// What may be changed unseen, and why.
const FREE: [(&str, &str, &str, &str); 1] = [(
    "ledger.sqlite",
    "meta",
    "value",
    "the row `fence` only counts durable writes and says nothing; the other rows are looked at by themselves",
)];

#[test]
fn every_column_of_the_journal() {
    every_column("ledger.sqlite", 8);
}

#[test]
fn every_column_of_the_vault() {
    every_column("vault.sqlite", 4);
}

#[test]
fn every_column_of_the_read_model() {
    every_column("readmodel.sqlite", 1);
}

#[test]
fn what_the_journal_says_of_itself() {
    for key in ["format", "origin"] {
        let book = small();
        let changed = book.open("ledger.sqlite").execute(
            "UPDATE meta SET value = CASE value WHEN '1' THEN '2' ELSE 'x' || substr(value, 2) END WHERE key = ?",
            [key],
        );
        assert_eq!(changed, Ok(1));
        assert_found(&book, &format!("meta {key}"));
    }
}

/// The key under which an entry is stored is no part of what is hashed, and still must be its sequence: first,
/// in the middle, and last, where nothing follows that could contradict.
#[test]
fn an_entry_under_another_key() {
    let last = small().head().seq.cast_signed();
    for (seq, other) in [(1, 0), (1, -1), (60, 1_000_060), (last, last + 1), (last, i64::MAX)] {
        let book = small();
        let moved =
            book.open("ledger.sqlite").execute("UPDATE entry SET seq = ? WHERE seq = ?", [other, seq]);
        assert_eq!(moved, Ok(1));
        assert_found(&book, &format!("entry {seq} stored as {other}"));
    }
}

/// For each column of each table with rows, so many times: changes a value, expects `verify` to find it, puts
/// it back.
fn every_column(name: &str, times: usize) {
    let book = small();
    let mut dice = Dice::thrown(name);
    let (mut changed, mut missed) = (0, Vec::new());
    for (table, columns) in tables(&book.open(name)) {
        for column in columns.iter().flat_map(|column| std::iter::repeat_n(column, times)) {
            if FREE.iter().any(|(n, t, c, _)| (*n, *t, *c) == (name, table.as_str(), column.as_str())) {
                continue;
            }
            let database = loose(&book, name);
            let Some(row) = row_with(&database, &table, &columns, column, &mut dice) else { continue };
            let at = columns.iter().position(|c| c == column).expect("a column");
            let before = row[at].clone();
            let after = change(&database, &table, &columns, &row, at, &mut dice);
            drop(database);
            let entry = match (table.as_str(), &row[0]) {
                ("entry", Value::Integer(seq)) if name == "ledger.sqlite" => Some(*seq),
                _ => None,
            };
            if let Err(why) = found(&book, entry) {
                missed.push(format!("{table}.{column}: {before:?} → {after:?}: {why}"));
            }
            let mut now = row.clone();
            now[at] = after;
            assert_eq!(put(&loose(&book, name), &table, &columns, &now, at, &before), Ok(1));
            changed += 1;
        }
    }
    assert!(changed >= 5, "{changed} values changed");
    println!("{name}: {changed} values changed");
    book.verifies();
    assert!(
        missed.is_empty(),
        "{name}: {} of {changed} changes not found:\n{}",
        missed.len(),
        missed.join("\n")
    );
}

/// A connection that lets through what the program never would write.
fn loose(book: &Book, name: &str) -> Connection {
    let database = book.open(name);
    database.pragma_update(None, "foreign_keys", false).expect("a pragma");
    database.pragma_update(None, "ignore_check_constraints", true).expect("a pragma");
    database
}

/// Any row that has a value in the column.
fn row_with(
    database: &Connection,
    table: &str,
    columns: &[String],
    column: &str,
    dice: &mut Dice,
) -> Option<Vec<Value>> {
    let sql = format!("SELECT * FROM \"{table}\" WHERE \"{column}\" IS NOT NULL");
    let mut query = database.prepare(&sql).expect("a table");
    let row =
        |row: &rusqlite::Row<'_>| (0..columns.len()).map(|at| row.get(at)).collect::<Result<Vec<Value>, _>>();
    let mut rows = query.query_map([], row).expect("rows").collect::<Result<Vec<_>, _>>().expect("rows");
    if rows.is_empty() { None } else { Some(rows.swap_remove(dice.index(rows.len()))) }
}

/// Writes another value; a key's neighbour may be taken, then one further away.
fn change(
    database: &Connection,
    table: &str,
    columns: &[String],
    row: &[Value],
    at: usize,
    dice: &mut Dice,
) -> Value {
    for further in [1, 1_000_003] {
        let after = other(&row[at], further, dice);
        if put(database, table, columns, row, at, &after) == Ok(1) {
            return after;
        }
    }
    panic!("{table}.{} takes no other value", columns[at]);
}

/// Another value of the same kind, as little different as can be.
fn other(value: &Value, further: i64, dice: &mut Dice) -> Value {
    match value {
        Value::Integer(number) => Value::Integer(number + further),
        Value::Text(text) if text.is_empty() => Value::Text("x".to_owned()),
        Value::Text(text) => {
            let mut chars: Vec<char> = text.chars().collect();
            let at = dice.index(chars.len());
            chars[at] = if chars[at] == '7' { '8' } else { '7' };
            Value::Text(chars.into_iter().collect())
        }
        Value::Blob(bytes) => {
            let mut bytes = bytes.clone();
            let at = dice.index(bytes.len());
            bytes[at] ^= 1 << dice.below(8);
            Value::Blob(bytes)
        }
        Value::Null | Value::Real(_) => panic!("a value that no table holds"),
    }
}

fn put(
    database: &Connection,
    table: &str,
    columns: &[String],
    row: &[Value],
    at: usize,
    value: &Value,
) -> rusqlite::Result<usize> {
    let row_is: Vec<String> =
        columns.iter().enumerate().map(|(at, column)| format!("\"{column}\" IS ?{}", at + 2)).collect();
    let sql = format!("UPDATE \"{table}\" SET \"{}\" = ?1 WHERE {}", columns[at], row_is.join(" AND "));
    let values: Vec<&Value> = std::iter::once(value).chain(row).collect();
    database.execute(&sql, params_from_iter(values))
}

/// Whether the damage is found: `verify` names a finding, and the entry where one was touched, and ends with 1;
/// or cannot even open the ledger and says why; or names the database that it cannot judge any more, and ends with 5.
fn found(book: &Book, entry: Option<i64>) -> Result<(), String> {
    let answer = book.verify();
    match answer.code {
        Some(1) if !answer.out.is_empty() => {
            let report = answer.json();
            let checks = report["checks"].as_array().expect("checks");
            let bad = checks.iter().filter(|check| check["ok"] == false);
            let named = bad.flat_map(|check| check["findings"].as_array().expect("findings"));
            let named = named.filter(|finding| {
                let what = finding["what"].as_str().unwrap_or_default();
                let names = |seq: i64| finding["seq"] == seq || what.contains(&format!("entry {seq}"));
                !what.is_empty() && entry.is_none_or(names)
            });
            if report["ok"] == false && named.count() > 0 { Ok(()) } else { Err(answer.shown()) }
        }
        Some(5) if entry.is_none() => {
            let report = answer.json();
            let missing = report["missing"].as_array().expect("what is missing");
            let named = |missing: &serde_json::Value| {
                ["vault", "read_model"].iter().any(|check| missing["check"] == *check)
            };
            if report["ok"] == false && missing.iter().any(named) { Ok(()) } else { Err(answer.shown()) }
        }
        Some(1 | 3) if answer.err.starts_with("wageledger: ") => Ok(()),
        _ => Err(format!("exit {:?}, {}", answer.code, answer.err)),
    }
}

#[track_caller]
pub(crate) fn assert_found(book: &Book, what: &str) {
    if let Err(why) = found(book, None) {
        panic!("{what} was not found: {why}");
    }
}

/// What a database says, without the journal's row `fence`, which says nothing.
fn said(book: &Book, name: &str) -> std::collections::BTreeMap<String, Vec<String>> {
    let mut said = tests::dump(&book.file(name));
    if let Some(meta) = said.get_mut("meta") {
        let says = ["format", "origin"].map(|key| format!("[Text({:?})", key.as_bytes()));
        meta.retain(|row| says.iter().any(|key| row.starts_with(key)));
    }
    said
}

/// Bits of the files themselves: whatever they hit, no command panics, and either the damage is named or not
/// one row says anything else.
#[test]
fn flipped_bits_of_files() {
    let mut dice = Dice::thrown("flipped_bits_of_files");
    let whole = small();
    for name in ["ledger.sqlite", "vault.sqlite", "readmodel.sqlite"] {
        let right = said(&whole, name);
        for _ in 0..10 {
            let book = whole.copy();
            let mut bytes = std::fs::read(book.file(name)).expect("a file");
            let at = dice.index(bytes.len());
            bytes[at] ^= 1 << dice.below(8);
            std::fs::write(book.file(name), &bytes).expect("written");
            let answer = book.verify();
            match answer.code {
                Some(0) => assert!(said(&book, name) == right, "{name}: byte {at} was changed unseen"),
                Some(1 | 3 | 5) => {}
                _ => panic!("{name}: byte {at}\n{}", answer.shown()),
            }
            let answer = book.ask("arrears", &["--as-of", "2026-07-31"]);
            assert!(matches!(answer.code, Some(0 | 1 | 3)), "{name}: byte {at}\n{}", answer.shown());
        }
    }
}
