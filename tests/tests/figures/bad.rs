//! The folder `bad`: fifteen files with faults, each found at its place, none recorded.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tests::{Book, data, kind_counts, read_json, shared_site, text};

/// Sheet, line, cell, column, kind of fault.
type Place = (String, String, String, String, String);

fn place(finding: &Value, kind: &str) -> Place {
    (
        text(&finding["sheet"]),
        text(&finding["line"]),
        text(&finding["cell"]),
        text(&finding["column"]),
        text(&finding[kind]),
    )
}

/// Checks findings against what the sample lists: all of it, and nothing else but what `may_follow`.
#[track_caller]
pub(crate) fn check_findings(report: &Value, expected: &[Value], may_follow: &Value, context: &str) {
    for (list, severity) in [("errors", "error"), ("warnings", "warning")] {
        let found: Vec<&Value> = report[list].as_array().expect("a list").iter().collect();
        let places: BTreeSet<Place> = found.iter().map(|finding| place(finding, "code")).collect();
        let right: BTreeSet<Place> =
            expected.iter().filter(|e| e["severity"] == severity).map(|e| place(e, "kind")).collect();
        let missed: Vec<_> = right.difference(&places).collect();
        assert!(missed.is_empty(), "{context}: {severity} not found: {missed:?}\nfound: {places:?}");
        for more in places.difference(&right) {
            let follows =
                may_follow.as_array().is_some_and(|kinds| kinds.iter().any(|kind| text(kind) == more.4));
            assert!(follows, "{context}: {severity} that is none: {more:?}");
        }
        assert_eq!(found.len(), places.len(), "{context}: every place once");
        for finding in found {
            assert!(!text(&finding["message"]).is_empty(), "{finding}");
            check_value(finding, expected, context);
        }
    }
}

fn check_value(finding: &Value, expected: &[Value], context: &str) {
    let Some(right) = expected.iter().find(|e| place(e, "kind") == place(finding, "code")) else { return };
    let value = text(&finding["value"]);
    if finding["value"].is_null() || right["value"].is_null() {
        assert_eq!(finding["value"], right["value"], "{context}: value");
    } else if ["姓名", "证件号码", "身份证号码", "手机号", "工资卡号", "银行卡号", "收款账号", "收款户名"]
        .contains(&text(&finding["column"]).as_str())
    {
        // What is personal is not printed: four characters at most, which with the cell are enough to find it.
        let right = text(&right["value"]);
        let shown = value.trim_start_matches('*');
        assert!(
            shown.chars().count() <= 4 && (value.contains('*') || right.is_empty()),
            "{context}: {value}"
        );
        let is_number = finding["code"] == "numeric_identifier";
        assert!(is_number || right.ends_with(shown), "{context}: {value}");
    } else {
        assert_eq!(finding["value"], right["value"], "{context}: value");
    }
}

struct Case {
    file: PathBuf,
    name: String,
    expected: Value,
}

fn cases() -> Vec<Case> {
    let cases = read_json("bad/expected-errors.json")["cases"].as_array().expect("cases").clone();
    assert_eq!(cases.len(), 15);
    let case = |expected: Value| {
        let name = text(&expected["file"]);
        Case { file: data("bad").join(&name), name, expected }
    };
    cases.into_iter().map(case).collect()
}

impl Case {
    fn errors(&self) -> &[Value] {
        self.expected["errors"].as_array().expect("errors")
    }

    fn check(&self, report: &Value) {
        check_findings(report, self.errors(), &self.expected["may_follow"], &self.name);
        for finding in report["errors"].as_array().expect("errors") {
            assert_eq!(Path::new(&text(&finding["file"])), self.file, "{finding}");
        }
    }
}

#[test]
fn every_fault_is_found_at_its_place_and_nothing_is_recorded() {
    let book = shared_site().0.copy();
    let head = book.head();
    for case in cases() {
        let report = book.import(std::slice::from_ref(&case.file)).exits(1).json();
        case.check(&report);
        assert!(kind_counts(&report, "recorded").is_empty(), "{}: {report}", case.name);
        assert!(kind_counts(&report, "already_recorded").is_empty(), "{}: {report}", case.name);
        assert!(kind_counts(&report, "refused").values().sum::<u64>() > 0, "{}: {report}", case.name);
        assert_eq!(book.head(), head, "{}: nothing is appended", case.name);
    }
}

#[test]
fn a_dry_run_says_the_same_and_records_nothing() {
    let book = shared_site().0.copy();
    let head = book.head();
    for case in cases() {
        let report = book.import_with(&["--dry-run"], std::slice::from_ref(&case.file)).exits(1).json();
        case.check(&report);
        assert_eq!(book.head(), head, "{}", case.name);
    }
    let empty = Book::new();
    let head = empty.head();
    empty.import_with(&["--dry-run"], &[data("updates/01/projects.csv")]).exits(0);
    assert_eq!(empty.head(), head, "a good file, too, is only looked at");
}

/// What `--skip-bad-rows` is for: the good rows are in, the wrong ones are named, and without all its lines
/// no sheet is sealed.
#[test]
fn good_rows_can_be_kept() {
    let book = shared_site().0.copy();
    for (folder, kind) in [("06-contracts", "contracts"), ("08-attendance-values", "attendance")] {
        let case = cases().into_iter().find(|case| case.name.starts_with(folder)).expect("a case");
        let bad: BTreeSet<u64> = case.errors().iter().filter_map(|error| error["line"].as_u64()).collect();
        let before = book.head().seq;
        let report = book.import_with(&["--skip-bad-rows"], std::slice::from_ref(&case.file)).exits(1).json();
        case.check(&report);
        assert_eq!(kind_counts(&report, "refused")[kind], bad.len() as u64, "{report}");
        assert!(kind_counts(&report, "recorded")[kind] > 0, "{report}");
        assert!(book.head().seq > before, "the good rows are recorded");
        let again = book.head();
        let report = book.import_with(&["--skip-bad-rows"], std::slice::from_ref(&case.file)).exits(1).json();
        assert!(kind_counts(&report, "recorded").is_empty(), "{report}");
        assert_eq!(book.head(), again, "the same once more records nothing");
    }
    let sheet = cases().into_iter().find(|case| case.name.starts_with("09")).expect("a case");
    let report = book.import_with(&["--skip-bad-rows"], &[sheet.file]).exits(1).json();
    assert_eq!(kind_counts(&report, "recorded")["wage-sheet"], 3, "{report}");
    let last = book.entries().iter().rev().take(6).map(tests::Entry::type_name).collect::<Vec<_>>();
    assert!(
        !last.contains(&"sheet.sealed".to_owned()),
        "a sheet with a line left out is not sealed: {last:?}"
    );
    let unsealed = book.arrears("2026-12-31", "project", &[])["unknown"]["unsealed_lines"].clone();
    assert_eq!(unsealed, 3, "its lines count, and are shown as those of an unsealed sheet");
    book.verifies();
}

/// The error workbook opens again, and the cells that are marked hold what the file held.
#[test]
fn an_error_workbook_shows_the_bad_cells() {
    use calamine::{Reader, Xlsx, open_workbook};
    let book = shared_site().0.copy();
    let folder = tempfile::tempdir().expect("a folder");
    for case in cases().into_iter().filter(|case| case.name.ends_with(".xlsx")) {
        for old in fs::read_dir(folder.path()).expect("a folder").flatten() {
            fs::remove_file(old.path()).expect("removed");
        }
        let options = ["--error-workbook", folder.path().to_str().expect("UTF-8")];
        book.import_with(&options, std::slice::from_ref(&case.file)).exits(1);
        let written: Vec<PathBuf> =
            fs::read_dir(folder.path()).expect("a folder").flatten().map(|file| file.path()).collect();
        let [written] = written.as_slice() else { panic!("{}: one workbook, not {written:?}", case.name) };
        let mut marked: Xlsx<_> = open_workbook(written).expect("a workbook");
        let mut original: Xlsx<_> = open_workbook(&case.file).expect("a workbook");
        for error in case.errors() {
            let sheet = text(&error["sheet"]);
            let was = original.worksheet_range(&sheet).expect("the sheet");
            let is = marked.worksheet_range(&sheet).unwrap_or_else(|e| panic!("{}: {sheet}: {e}", case.name));
            let Some(cell) = error["cell"].as_str() else { continue };
            let at = position(cell);
            let value =
                |range: &calamine::Range<calamine::Data>| range.get_value(at).map(ToString::to_string);
            assert_eq!(value(&is), value(&was), "{} {cell}", case.name);
            assert!(value(&is).is_some_and(|value| !value.is_empty()), "{} {cell} is empty", case.name);
        }
    }
}

/// Row and column from 0, of a cell as Excel names it.
fn position(cell: &str) -> (u32, u32) {
    let letters = cell.chars().take_while(char::is_ascii_alphabetic);
    let column = letters.fold(0, |sum, letter| sum * 26 + u32::from(letter) - u32::from('A') + 1);
    let row: u32 = cell.trim_start_matches(|c: char| c.is_ascii_alphabetic()).parse().expect("a row");
    (row - 1, column - 1)
}
