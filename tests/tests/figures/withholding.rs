//! What should have been withheld from the wages of the folder `site`.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tests::{Book, fen, fen_text, read_json, shared_site, text};

const PAY_MONTHS: &[&str] =
    &["2025-12", "2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07", "2026-08"];

fn tax(book: &Book, month: &str, more: &[&str]) -> Value {
    let mut args = vec!["--month", month, "--format", "json"];
    args.extend(more);
    book.ask("tax", &args).exits(0).json()
}

fn rows(document: &Value, name: &str) -> Vec<Value> {
    document[name].as_array().unwrap_or_else(|| panic!("no {name} in {document}")).clone()
}

/// A row of the answer, named as the expected figures name it.
fn variance(row: &Value) -> Vec<String> {
    let names = [
        "project_code",
        "employer_code",
        "crew",
        "id_number",
        "month",
        "pay_month",
        "on_sheet",
        "right",
        "difference",
    ];
    assert_eq!(row.as_object().expect("a row").len(), names.len(), "{row}");
    names.iter().map(|name| text(&row[name])).collect()
}

#[test]
fn every_variance_and_no_other() {
    let (expected, book) = (read_json("site/expected.json"), shared_site().0.copy());
    let names =
        ["project", "employer", "crew", "worker", "month", "pay_month", "on_sheet", "right", "difference"];
    let wanted: BTreeSet<Vec<String>> = expected["tax_variances"]
        .as_array()
        .expect("variances")
        .iter()
        .map(|row| names.iter().map(|name| text(&row[name])).collect())
        .collect();
    let mut found = BTreeSet::new();
    for month in PAY_MONTHS {
        let answer = tax(&book, month, &["--variances", "--reveal", "--purpose", "tax audit"]);
        found.extend(rows(&answer, "rows").iter().map(variance));
    }
    assert_eq!(found, wanted);
    assert_eq!(found.len(), 18);
    book.verifies();
}

#[test]
fn what_the_sheets_show_by_agent_and_month() {
    let (expected, book) = (read_json("site/expected.json"), shared_site().0.copy());
    for (employer, months) in expected["tax_by_employer_month"].as_object().expect("employers") {
        for (month, wanted) in months.as_object().expect("months") {
            let answer = tax(&book, month, &["--employer", employer]);
            let lines = rows(&answer, "rows");
            assert!(lines.iter().all(|row| row["employer_code"] == *employer.as_str()), "{answer}");
            let sum = lines.iter().map(|row| fen(&row["on_sheet"])).sum();
            assert_eq!(fen_text(sum), text(wanted), "{employer} {month}");
            assert_eq!(answer["total"]["on_sheet"], *wanted, "{employer} {month}");
            let difference: i64 = lines.iter().map(|row| fen(&row["difference"])).sum();
            let total = fen(&answer["total"]["on_sheet"]) - fen(&answer["total"]["right"]);
            assert_eq!(difference, total, "{employer} {month}");
        }
    }
}

/// Lines of a month that were never paid in full, from the lines and payments that the sample data tell.
#[test]
fn tax_on_wages_that_were_never_paid() {
    let (expected, book) = (read_json("site/expected.json"), shared_site().0.copy());
    let mut groups: BTreeMap<[String; 4], (i64, i64)> = BTreeMap::new();
    let key = |line: &Value| ["month", "project", "employer", "worker"].map(|name| text(&line[name]));
    let lines = expected["lines"].as_array().expect("lines");
    for line in lines {
        let group = groups.entry(key(line)).or_default();
        group.0 += fen(&line["net"]);
        group.1 +=
            line["payments"].as_array().expect("payments").iter().map(|p| fen(&p["amount"])).sum::<i64>();
    }
    for month in PAY_MONTHS {
        let wanted: BTreeSet<[String; 4]> = lines
            .iter()
            .filter(|line| fen(&line["deductions"]["income_tax"]) > 0)
            .map(key)
            .filter(|key| next_month(&key[0]) == *month && groups[key].1 < groups[key].0)
            .collect();
        let answer = tax(&book, month, &["--variances", "--reveal", "--purpose", "unpaid"]);
        let found = rows(&answer, "unpaid")
            .into_iter()
            .map(|row| ["month", "project_code", "employer_code", "id_number"].map(|name| text(&row[name])));
        assert_eq!(found.collect::<BTreeSet<_>>(), wanted, "{month}");
    }
}

fn next_month(month: &str) -> String {
    let (year, month) = month.split_once('-').expect("a month");
    let (year, month): (i32, i32) = (year.parse().expect("a year"), month.parse().expect("a month"));
    format!("{:04}-{:02}", year + month / 12, month % 12 + 1)
}

/// Who worked and is on no sheet; who had wages of two agents in a month.
#[test]
fn missing_and_split_wages() {
    let (expected, book) = (read_json("site/expected.json"), shared_site().0.copy());
    let wanted: BTreeSet<[String; 4]> = expected["attendance_without_wage_line"]
        .as_array()
        .expect("worker-months")
        .iter()
        .map(|row| ["month", "project", "worker", "days"].map(|name| text(&row[name])))
        .collect();
    let mut agents: BTreeMap<[String; 2], BTreeSet<String>> = BTreeMap::new();
    for line in expected["lines"].as_array().expect("lines") {
        let key = [next_month(&text(&line["month"])), text(&line["worker"])];
        agents.entry(key).or_default().insert(text(&line["employer"]));
    }
    let (mut found, mut split) = (BTreeSet::new(), BTreeMap::new());
    for month in PAY_MONTHS {
        let answer = tax(&book, month, &["--variances", "--reveal", "--purpose", "returns"]);
        for row in rows(&answer, "missing") {
            found.insert(["month", "project_code", "id_number", "days"].map(|name| text(&row[name])));
        }
        for row in rows(&answer, "split") {
            let key = [text(&row["pay_month"]), text(&row["id_number"])];
            let employers: &mut BTreeSet<String> = split.entry(key).or_default();
            employers.insert(text(&row["employer_code"]));
        }
    }
    assert_eq!(found, wanted);
    agents.retain(|_, employers| employers.len() > 1);
    assert!(!agents.is_empty());
    assert_eq!(split, agents);
}

/// Nobody's number without a purpose; with one, each worker shown has an entry that says so.
#[test]
fn revealing_is_recorded() {
    let book = shared_site().0.copy();
    let head = book.head();
    let sealed = tax(&book, "2026-04", &["--variances"]);
    assert_eq!(book.head(), head, "looking at sealed data records nothing");
    for name in ["rows", "split", "unpaid", "missing"] {
        assert!(rows(&sealed, name).iter().all(|row| row["id_number"].is_null()), "{name}");
    }
    assert!(rows(&sealed, "rows").iter().all(|row| row["crew"].is_string()));
    let open = tax(&book, "2026-04", &["--variances", "--reveal", "--purpose", "tax audit of April"]);
    let mut people = BTreeSet::new();
    for name in ["rows", "split", "unpaid", "missing"] {
        people.extend(rows(&open, name).iter().map(|row| text(&row["id_number"])));
    }
    let entries = book.entries();
    let reveals = entries.iter().filter(|entry| entry.type_name() == "data.revealed");
    assert_eq!(reveals.clone().count(), people.len());
    assert!(reveals.clone().all(|entry| entry.fact()["question"] == "tax"));
    book.ask("tax", &["--month", "2026-04", "--reveal"]).exits(2);
    book.ask("tax", &["--month", "2026-13"]).exits(2);
    book.ask("tax", &["--month", "2026-04", "--employer", "91330102XN2TH3BJ0X"]).exits(2);
    book.verifies();
}
