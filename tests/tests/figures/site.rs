//! The folder `site`: half a year of three building sites.

use crate::overdue::{Background, Key, check_day, key_of};
use jiff::civil::Date;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use tests::{Book, Dice, data, fen, kind_counts, read_json, shared_site, text};

fn expected() -> Value {
    read_json("site/expected.json")
}

fn background(expected: &Value) -> BTreeMap<Key, Background> {
    let lines = expected["lines"].as_array().expect("lines");
    let background = |line: &Value| Background {
        gross: text(&line["gross"]),
        net: text(&line["net"]),
        due_on: text(&line["adjusted_due"]),
    };
    lines.iter().map(|line| (key_of(line), background(line))).collect()
}

#[test]
fn every_row_is_counted_once() {
    let (expected, (_, report)) = (expected(), shared_site());
    let counts = |name: &str| expected["counts"][name].as_u64().expect("a count");
    let mut in_files: BTreeMap<String, u64> = BTreeMap::new();
    for file in expected["files"].as_array().expect("files") {
        let kind = text(&file["kind"]).replace("wage-sheet-correction", "wage-sheet");
        *in_files.entry(kind).or_default() += file["rows"].as_u64().expect("rows");
    }
    let recorded = kind_counts(report, "recorded");
    assert_eq!(recorded["projects"], counts("projects"));
    assert_eq!(recorded["roster"], counts("roster_rows"));
    assert_eq!(recorded["contracts"], counts("contracts"));
    assert_eq!(recorded["attendance"], counts("attendance_rows"));
    assert_eq!(recorded["wage-sheet"], counts("wage_sheet_rows_in_files"));
    assert_eq!(recorded["bank-result"], counts("bank_lines"));
    assert_eq!(recorded["account"], counts("account_rows"));
    let known = kind_counts(report, "already_recorded");
    assert_eq!(known["attendance"], counts("attendance_identical_repeats"));
    for (kind, rows) in in_files {
        let known = known.get(&kind).copied().unwrap_or_default();
        assert_eq!(recorded[&kind] + known, rows, "rows of {kind}");
    }
    assert!(kind_counts(report, "refused").is_empty(), "{}", report["refused"]);
    assert_eq!(report["errors"], serde_json::json!([]));
    // On purpose there are columns in the files that nobody knows.
    for warning in report["warnings"].as_array().expect("warnings") {
        assert_eq!(warning["code"], "unknown_column", "{warning}");
    }
}

#[test]
fn arrears_on_every_day() {
    let (expected, book) = (expected(), shared_site().0.copy());
    let known = background(&expected);
    let days = expected["arrears"].as_array().expect("days");
    assert_eq!(days.len(), 8);
    for day in days {
        check_day(&book, day, &known, "site");
        check_unknown(&book, &expected, &text(&day["as_of"]));
    }
    book.verifies();
}

/// Beside every sum stands what it does not know: worker-months with attendance and no wage line, once the
/// line would be overdue.
fn check_unknown(book: &Book, expected: &Value, as_of: &str) {
    let (mut months, mut tenths) = (0_u64, 0);
    for missing in expected["attendance_without_wage_line"].as_array().expect("worker-months") {
        if due_of_missing(expected, missing).as_str() < as_of {
            months += 1;
            tenths += text(&missing["days"]).replace('.', "").parse::<i64>().expect("tenths");
        }
    }
    let unknown = &book.arrears(as_of, "project", &[])["unknown"];
    let days = format!("{}.{}", tenths / 10, tenths % 10);
    assert_eq!(unknown["worker_months"], months, "as of {as_of}: {unknown}");
    assert_eq!(text(&unknown["days"]), days, "as of {as_of}: {unknown}");
    assert_eq!(unknown["unsealed_lines"], 0, "as of {as_of}: {unknown}");
}

/// When a line that is missing would be due: on the pay day of the worker's other lines of that project and
/// employer, else of the project, moved to the last working day before a rest day.
fn due_of_missing(expected: &Value, missing: &Value) -> String {
    let same =
        |line: &&Value| ["project", "employer", "worker"].iter().all(|name| line[name] == missing[name]);
    let of_contract = expected["lines"].as_array().expect("lines").iter().find(same);
    let pay_day = match of_contract {
        Some(line) => text(&line["nominal_due"])[8..].parse().expect("a day"),
        None => {
            let projects = expected["projects"].as_array().expect("projects");
            let project = projects.iter().find(|project| project["project"] == missing["project"]);
            project.and_then(|project| project["pay_day"].as_i64()).expect("a pay day")
        }
    };
    let month: Date = format!("{}-01", text(&missing["month"])).parse().expect("a month");
    let next = month.last_of_month().tomorrow().expect("a month later");
    let mut due = next.saturating_add(jiff::Span::new().days(pay_day - 1));
    while !is_working_day(expected, due) {
        due = due.yesterday().expect("a day before");
    }
    due.to_string()
}

fn is_working_day(expected: &Value, day: Date) -> bool {
    let calendar = &expected["calendar"][day.year().to_string()];
    let in_list =
        |name: &str| calendar[name].as_array().expect("days").iter().any(|d| text(d) == day.to_string());
    let weekend = day.weekday().to_monday_zero_offset() >= 5;
    in_list("make_up_working_days") || !(weekend || in_list("holidays"))
}

#[test]
fn a_second_import_records_nothing() {
    let book = shared_site().0.copy();
    let (head, expected) = (book.head(), expected());
    let report = book.import(&[data("site")]).exits(0).json();
    assert_eq!(book.head(), head, "nothing is appended");
    assert!(kind_counts(&report, "recorded").is_empty(), "{report}");
    assert!(kind_counts(&report, "refused").is_empty(), "{report}");
    let known: u64 = kind_counts(&report, "already_recorded").values().sum();
    let rows = expected["files"].as_array().expect("files").iter().map(|f| f["rows"].as_u64().expect("rows"));
    assert_eq!(known, rows.sum::<u64>());
    assert_eq!(report["errors"], serde_json::json!([]));
}

/// One file a call, in an order that only respects who needs whom: the record is another, the figures are not.
#[test]
fn the_order_of_files_changes_no_figure() {
    let (expected, mut dice) = (expected(), Dice::thrown("the_order_of_files_changes_no_figure"));
    let mut files: Vec<(usize, PathBuf)> = Vec::new();
    for file in expected["files"].as_array().expect("files") {
        let turn = match file["kind"].as_str().expect("a kind") {
            "projects" => 0,
            "roster" => 1,
            "wage-sheet-correction" => 3,
            _ => 2,
        };
        files.push((turn, data("site").join(text(&file["name"]))));
    }
    dice.shuffle(&mut files);
    files.sort_by_key(|(turn, _)| *turn);
    let book = Book::new();
    // One by one at first, then in handfuls: as clerks do, and quicker.
    let mut rest = files.iter().map(|(_, file)| file.clone()).collect::<Vec<_>>();
    let mut recorded: BTreeMap<String, u64> = BTreeMap::new();
    while !rest.is_empty() {
        let many = if rest.len() > 130 { 1 } else { 1 + dice.index(20) };
        let now: Vec<PathBuf> = rest.drain(..many.min(rest.len())).collect();
        let report = book.import(&now).exits(0).json();
        for (kind, count) in kind_counts(&report, "recorded") {
            *recorded.entry(kind).or_default() += count;
        }
    }
    assert_eq!(recorded, kind_counts(shared_site().1, "recorded"));
    let known = background(&expected);
    for day in expected["arrears"].as_array().expect("days").iter().step_by(3) {
        check_day(&book, day, &known, "files in another order");
        check_unknown(&book, &expected, &text(&day["as_of"]));
    }
    book.verifies();
}

/// The same money by different ways: what batches brought is what lines and surplus took.
#[test]
fn what_was_paid_is_what_the_banks_said() {
    let (expected, book) = (expected(), shared_site().0.copy());
    let mut types = BTreeSet::new();
    let (mut paid, mut gross, mut net) = (0, 0, 0);
    for entry in book.entries() {
        let fact = entry.fact();
        match entry.type_name().as_str() {
            "payment.recorded" => paid += fen(&fact["payment"]["amount"]),
            "wages.accrued" => {
                gross += fen(&fact["line"]["gross"]);
                net += fen(&fact["line"]["net"]);
            }
            _ => {}
        }
        types.insert(entry.type_name());
    }
    let count = |name: &str| fen(&expected["counts"][name]);
    assert_eq!(paid, count("paid_total"));
    let superseded = expected["superseded_lines"].as_array().expect("lines");
    let known = background(&expected);
    for line in superseded {
        let corrected = &known[&key_of(line)];
        gross += fen(&corrected.gross.clone().into()) - fen(&line["gross"]);
        net += fen(&corrected.net.clone().into()) - fen(&line["net"]);
    }
    assert_eq!((gross, net), (count("gross_total"), count("net_total")));
    for needed in ["file.imported", "sheet.sealed", "batch.sealed", "wages.corrected", "payment.failed"] {
        assert!(types.contains(needed), "{needed} in {types:?}");
    }
}
