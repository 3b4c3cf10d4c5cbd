//! The folder `updates`: one small site as twelve hand-ins that come again, come changed, or come late.

use crate::bad::check_findings;
use crate::overdue::{Background, check_day, key_of};
use serde_json::Value;
use std::collections::BTreeMap;
use tests::{Book, data, fen, kind_counts, read_json, text};

#[test]
fn twelve_hand_ins() {
    let expected = read_json("updates/expected.json");
    let steps = expected["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 12);
    let book = Book::new();
    for step in steps {
        let name = text(&step["step"]);
        let context = &format!("hand-in {name}");
        let head = book.head();
        hand_in(&book, step, &name, context);
        let recorded: u64 = files(step).map(|file| file["recorded"].as_u64().expect("a count")).sum();
        if recorded == 0 && refused(step) > 0 {
            assert_eq!(book.head(), head, "{context}: refused whole, so nothing is appended");
        }
        check_arrears(&book, &step["state"], context);
        crate::history::check_workers(&book, &step["state"], context);
    }
    book.verifies();
}

fn files(step: &Value) -> impl Iterator<Item = &Value> {
    step["files"].as_array().expect("files").iter()
}

fn refused(step: &Value) -> u64 {
    files(step).map(|file| file["refused"].as_u64().expect("a count")).sum()
}

/// Hands a folder in: rows of every kind are counted right, and what is wrong stands at its place.
fn hand_in(book: &Book, step: &Value, name: &str, context: &str) {
    let report = book.import(&[data("updates").join(name)]);
    let report = report.exits(i32::from(refused(step) > 0)).json();
    for what in ["recorded", "already_recorded", "refused"] {
        let mut right: BTreeMap<String, u64> = BTreeMap::new();
        for file in files(step) {
            let rows = file[what].as_u64().expect("a count");
            if rows > 0 {
                *right.entry(text(&file["kind"])).or_default() += rows;
            }
        }
        assert_eq!(kind_counts(&report, what), right, "{context}: {what}");
    }
    let mut errors = Vec::new();
    let mut may_follow = Value::Null;
    for file in files(step) {
        errors.extend(file["errors"].as_array().expect("errors").iter().cloned());
        if file["may_follow"].is_array() {
            may_follow = file["may_follow"].clone();
        }
    }
    check_findings(&report, &errors, &may_follow, context);
}

fn check_arrears(book: &Book, state: &Value, context: &str) {
    let mut known = BTreeMap::new();
    for line in state["lines"].as_array().expect("lines") {
        let of = |name: &str| text(&line[name]);
        let background = Background { gross: of("gross"), net: of("net"), due_on: of("adjusted_due") };
        known.insert(key_of(line), background);
    }
    for day in state["arrears"].as_array().expect("days") {
        check_day(book, day, &known, context);
        let as_of = text(&day["as_of"]);
        let answer = book.arrears(&as_of, "project", &[]);
        let unknown = &answer["unknown"];
        let context = format!("{context}, as of {as_of}: {unknown}");
        assert_eq!(unknown["worker_months"], day["unknown_total"]["worker_months"], "{context}");
        assert_eq!(unknown["days"], day["unknown_total"]["days"], "{context}");
        assert_eq!(unknown["unsealed_lines"], 0, "{context}");
        let surplus: i64 =
            day["surplus"].as_array().expect("surplus").iter().map(|s| fen(&s["amount"])).sum();
        assert_eq!(fen(&answer["unallocated"]), surplus, "{context}");
    }
}
