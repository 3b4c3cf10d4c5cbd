//! Years whose calendar of rest days nobody has: what is known is answered, the rest stands beside it, on every command.

use serde_json::{Value, json};
use tests::{Answer, Book, data, text};

/// The project of the small site.
const PROJECT: &str = "3301112602010166";
/// What one of its wage sheets comes to: four lines of 5,500.00.
const SHEET: i64 = 2_200_000;

const BY: [&str; 9] =
    ["project", "employer", "contractor", "owner", "crew", "worker", "region", "bucket", "line"];

fn site(folders: &[&str]) -> Book {
    let book = Book::new();
    for folder in folders {
        let taken = book.import(&[data(&format!("reports/{folder}"))]);
        assert!(matches!(taken.code, Some(0 | 1)), "{folder}: {}{}", taken.out, taken.err);
        assert_eq!(taken.json()["errors"], json!([]), "{folder}");
    }
    book
}

fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// `wageledger COMMAND --as-of DAY …`
fn asked(book: &Book, command: &[&str], as_of: &str) -> Answer {
    let (first, more) = command.split_first().expect("a command");
    book.ask(first, &[more, &["--as-of", as_of]].concat())
}

/// Lines, workers and years of which the due day is not known.
fn not_known(told: &Value) -> (u64, u64, String, Value) {
    let of = &told["unknown"]["due_day"];
    let count = |name: &str| of[name].as_u64().expect("a count");
    (count("lines"), count("workers"), text(&of["outstanding"]), of["no_calendar"].clone())
}

#[test]
fn november_is_answered_and_december_stands_beside() {
    let book = site(&["00-base", "23-new-year"]);
    for (as_of, overdue, open, years) in [
        ("2026-12-15", 0, 0, json!([])),
        ("2026-12-31", SHEET, 0, json!([])),
        ("2027-01-05", SHEET, SHEET, json!([2027])),
        ("2100-12-31", SHEET, SHEET, json!([2027])),
    ] {
        for by in BY {
            let told = book.arrears(as_of, by, &[]);
            assert_eq!(text(&told["total"]["outstanding"]), yuan(overdue), "{as_of} {by}");
            let lines = u64::from(open > 0) * 4;
            assert_eq!(not_known(&told), (lines, lines, yuan(open), years.clone()), "{as_of} {by}");
            let rows = told["not_known"].as_array().expect("rows");
            let sum: i64 = rows.iter().map(|row| tests::fen(&row["outstanding"])).sum();
            // What is not known to be overdue has no age.
            assert_eq!(sum, if by == "bucket" { 0 } else { open }, "{as_of} {by}");
        }
    }
    let told = book.arrears("2027-01-05", "line", &[]);
    let row = &told["not_known"][0];
    assert_eq!((&row["due_on"], &row["agreed_day"]), (&Value::Null, &json!("2027-01-15")), "{row}");
    assert_eq!((&row["no_calendar"], &row["month"]), (&json!(2027), &json!("2026-12")), "{row}");
    // As a table and as rows for a program: beside the sum, and listed where it is asked for.
    let table = asked(&book, &["arrears", "--by", "line"], "2027-01-05").exits(0);
    assert!(table.out.contains("total 22,000.00 owed to 4 workers on 4 wage lines"), "{}", table.out);
    assert!(
        table.out.contains(
            "not known for want of the calendar of 2027: whether 22,000.00 on 4 wage lines of 4 workers"
        ),
        "{}",
        table.out
    );
    let rows = asked(&book, &["arrears", "--by", "line", "--format", "csv"], "2027-01-05").exits(0);
    assert!(rows.out.contains("2026-11") && !rows.out.contains("2026-12,"), "{}", rows.out);
    assert!(rows.err.contains("calendar of 2027"), "{}", rows.err);
    let listed =
        asked(&book, &["arrears", "--by", "line", "--format", "csv", "--undated"], "2027-01-05").exits(0);
    assert_eq!(listed.out.matches("2026-12").count(), 4, "{}", listed.out);
    assert!(!(table.out + &rows.err).contains(".toml"), "a message names a source file");
}

#[test]
fn one_line_of_a_far_year_changes_no_sum() {
    let book = site(&["00-base", "23-new-year"]);
    let days =
        ["2015-01-01", "2024-04-15", "2026-06-30", "2026-12-31", "2027-01-05", "2031-07-01", "2100-12-31"];
    let asked: Vec<(&str, &str)> = days.iter().flat_map(|day| BY.iter().map(|by| (*day, *by))).collect();
    let known = || -> Vec<Value> {
        let answers = asked.iter().map(|(day, by)| book.arrears(day, by, &[]));
        answers.map(|told| json!([told["rows"], told["total"], told["unallocated"]])).collect()
    };
    let before = known();
    book.import(&[data("reports/far-years")]).exits(0);
    for (question, (before, after)) in asked.iter().zip(before.into_iter().zip(known())) {
        assert_eq!(before, after, "{question:?}");
    }
    let told = book.arrears("2031-07-01", "project", &[]);
    assert_eq!(not_known(&told), (12, 4, yuan(3 * SHEET), json!([2024, 2027, 2031])));
}

#[test]
fn every_command_answers_every_day_that_can_be_asked_about() {
    let book = site(&["00-base", "23-new-year", "far-years"]);
    let told = book.arrears("2027-01-05", "line", &["--reveal", "--purpose", "test"]);
    let worker = text(&told["rows"][0]["id_number"]);
    let commands: [&[&str]; 6] = [
        &["arrears"],
        &["arrears", "--by", "line", "--undated"],
        &["warnings", "--all"],
        &["warnings", "--all", "--format", "csv"],
        &["chains"],
        &["owed", "--worker", &worker],
    ];
    for as_of in
        ["2015-01-01", "2020-02-29", "2024-04-15", "2026-12-31", "2027-01-05", "2031-07-01", "2100-12-31"]
    {
        for command in commands {
            let answer = asked(&book, command, as_of);
            // Nobody works for anybody before he came.
            let nobody = command[0] == "owed" && as_of < "2026" && answer.code == Some(1);
            assert!(answer.code == Some(0) || nobody, "{command:?} {as_of}: {}{}", answer.out, answer.err);
        }
    }
    for as_of in
        ["2014-12-31", "1800-01-01", "2101-01-01", "2200-01-01", "9999-12-31", "2026-02-30", "2026-6-30", "x"]
    {
        for command in commands {
            let answer = asked(&book, command, as_of);
            assert_eq!(answer.code, Some(2), "{command:?} {as_of}: {}", answer.out);
            assert!(answer.err.contains("2026-06-30") && answer.err.contains("2100-12-31"), "{}", answer.err);
        }
    }
    let owed = asked(&book, &["owed", "--worker", &worker], "2027-01-05").exits(0).out;
    assert!(owed.contains("缺 2024、2027 年日历") || owed.contains("the calendar of 2024, 2027"), "{owed}");
    for month in ["2024-03", "2026-11", "2026-12", "2031-05"] {
        let mut explain = tests::wageledger();
        let ledger = book.named().display().to_string();
        explain.args(["rules", "explain", "worker-month", "--ledger", &ledger, "--worker", &worker]);
        explain.args(["--month", month, "--as-of", "2031-07-01"]);
        tests::run(explain).exits(0);
        book.ask("tax", &["--month", month]).exits(0);
    }
    book.verifies();
}

#[test]
fn an_indicator_of_one_site_is_unknown_and_the_others_are_judged() {
    let book = site(&["00-base", "23-new-year"]);
    let judged = |as_of: &str| -> Vec<Value> {
        let told = asked(&book, &["warnings", "--all", "--format", "json"], as_of).exits(0).json();
        told["rows"].as_array().expect("rows").clone()
    };
    let of = |rows: &[Value], rule: &str| -> Value {
        let own = rows.iter().find(|row| row["rule"] == rule && row["project_code"] == PROJECT);
        own.unwrap_or_else(|| panic!("no {rule}")).clone()
    };
    let (before, after) = (judged("2026-12-31"), judged("2027-01-05"));
    for rule in ["I13", "I14", "I15"] {
        let (known, beside) = (of(&before, rule), of(&after, rule));
        assert_eq!(known["figures"]["not_known"], Value::Null, "{known}");
        let not_known = &beside["figures"]["not_known"];
        assert_eq!((&not_known["lines"], &not_known["amount"]), (&json!(4), &json!("22000.00")), "{beside}");
        assert_eq!(not_known["no_calendar"], json!([2027]), "{beside}");
        if known["colour"] == "none" {
            assert_eq!(beside["colour"], "unknown", "{beside}");
        }
    }
    assert_ne!(of(&after, "I13")["colour"], "unknown", "what is overdue since November is known");
    for rule in ["I02", "I05", "I09", "I10"] {
        assert_eq!(of(&after, rule)["figures"]["not_known"], Value::Null, "{rule}");
    }
}

#[test]
fn a_question_of_law_alone_without_law_is_asked_wrongly() {
    let mut explain = tests::wageledger();
    explain.args(["rules", "explain", "due", "--month", "2031-05", "--pay-day", "15"]);
    let answer = tests::run(explain);
    assert_eq!(answer.code, Some(2), "{}{}", answer.out, answer.err);
    assert!(answer.err.contains("2031") && !answer.err.contains(".toml"), "{}", answer.err);
}
