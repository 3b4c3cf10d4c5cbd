//! Files as people really send them: what is not read is said, in the words, in the JSON and by the exit code.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tests::{Book, data, kind_counts, text};

fn reports(folder: &str) -> PathBuf {
    data("reports").join(folder)
}

/// A ledger with the right site that the folders vary.
fn base() -> Book {
    let book = Book::new();
    book.import(&[reports("00-base")]).exits(0);
    book
}

fn codes(report: &Value, list: &str) -> Vec<String> {
    report[list].as_array().expect("a list").iter().map(|finding| text(&finding["code"])).collect()
}

/// `fate` of everything given, by the last part of its path.
fn fates(report: &Value) -> Vec<(String, String)> {
    let files = report["files"].as_array().expect("files");
    let fate = |file: &Value| {
        let path = text(&file["file"]);
        let base = Path::new(&path).file_name().expect("a name").to_string_lossy().into_owned();
        (base, text(&file["fate"]))
    };
    let mut fates: Vec<(String, String)> = files.iter().map(fate).collect();
    fates.sort();
    fates
}

fn fate(report: &Value, name: &str) -> String {
    let of = fates(report).into_iter().find(|(base, _)| base == name);
    of.unwrap_or_else(|| panic!("{name} is not in {report}")).1
}

#[test]
fn a_stray_quote_loses_no_day() {
    let book = base();
    let head = book.head();
    let report = book.import(&[reports("01-stray-quote-attendance")]).exits(1).json();
    let stray = report["errors"].as_array().expect("errors").iter().find(|e| e["code"] == "stray_quote");
    assert_eq!(stray.expect("the mark is found")["line"], 6);
    assert_eq!(kind_counts(&report, "refused")["attendance"], 80);
    assert_eq!(book.head(), head, "nothing is recorded");
    // Rows cannot be left out of a file whose rows are in doubt.
    book.import_with(&["--skip-bad-rows"], &[reports("01-stray-quote-attendance")]).exits(1);
    assert_eq!(book.head(), head);
}

#[test]
fn a_hidden_draft_is_not_read() {
    let book = base();
    let head = book.head();
    let report = book.import(&[reports("05-hidden-draft-sheet")]).exits(1).json();
    assert_eq!(codes(&report, "errors"), ["hidden_sheet"]);
    let message = text(&report["errors"][0]["message"]);
    assert!(message.contains("工资表 (2)"), "{message}");
    assert_eq!(book.head(), head);
}

#[test]
fn hidden_rows_are_said() {
    let book = base();
    let report = book.import(&[reports("29-hidden-rows/in-total")]).exits(0).json();
    assert_eq!(codes(&report, "warnings"), ["hidden_rows"]);
    assert!(text(&report["warnings"][0]["message"]).contains("rows 8 and 9"), "{report}");
    assert_eq!(kind_counts(&report, "recorded")["wage-sheet"], 4);
    let book = base();
    let report = book.import(&[reports("29-hidden-rows/subtotal")]).exits(1).json();
    for error in report["errors"].as_array().expect("errors") {
        assert_eq!(error["code"], "total_mismatch");
        assert!(text(&error["message"]).contains("rows 8 and 9 are hidden"), "{error}");
    }
    assert!(kind_counts(&report, "recorded").is_empty());
}

/// A folder with everything that may lie in one.
fn mixed(folder: &Path) {
    for file in fs::read_dir(reports("00-base")).expect("a folder").flatten() {
        fs::copy(file.path(), folder.join(file.file_name())).expect("a copy");
    }
    for (name, content) in [
        ("expected.json", "{}"),
        ("~$roster-3301112602010166.xlsx", "lock"),
        (".DS_Store", "x"),
        ("projects.csv.bak", "x"),
    ] {
        fs::write(folder.join(name), content).expect("written");
    }
    fs::create_dir(folder.join(".git")).expect("a folder");
    fs::write(folder.join(".git/projects.csv"), "x").expect("written");
}

#[test]
fn everything_given_has_a_fate() {
    let folder = tempfile::tempdir().expect("a folder");
    mixed(folder.path());
    let book = Book::new();
    let report = book.import(&[folder.path().to_owned()]).exits(0).json();
    let found = fates(&report);
    for (name, expect) in [
        ("projects.csv", "recorded"),
        ("roster-3301112602010166.xlsx", "recorded"),
        ("expected.json", "listed_only"),
        ("~$roster-3301112602010166.xlsx", "listed_only"),
        (".DS_Store", "listed_only"),
        (".git", "listed_only"),
        ("projects.csv.bak", "listed_only"),
    ] {
        assert_eq!(fate(&report, name), expect, "{found:?}");
    }
    assert_eq!(found.len(), 9, "{found:?}");
    let again = book.import(&[folder.path().to_owned()]).exits(0).json();
    assert_eq!(fate(&again, "contracts-3301112602010166.csv"), "already_known");
}

/// A name that is none of ours: every spelling of a table's file is an error, named or found in a folder.
#[test]
fn an_unknown_name_is_an_error() {
    let source = reports("00-base").join("contracts-3301112602010166.csv");
    let book = base();
    for name in [
        "合同.csv",
        "CONTRACT.CSV",
        "工资表.xlsx",
        "花名册.XLS",
        "notes.txt",
        "考勤.et",
        "a.ods",
        "contracts.tsv",
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("三月");
        fs::create_dir(&inner).expect("a folder");
        let file = inner.join(name);
        fs::copy(&source, &file).expect("a copy");
        for given in [folder.path(), file.as_path()] {
            let given = [given.to_owned(), source.clone()];
            let report = book.import(&given).exits(1).json();
            assert_eq!(fate(&report, name), "unrecognised", "{report}");
            assert_eq!(codes(&report, "errors"), ["unknown_file"], "{report}");
            assert_eq!(
                fate(&report, "contracts-3301112602010166.csv"),
                "already_known",
                "the rest is taken in"
            );
            let report = book.import_with(&["--ignore-unknown"], &given).exits(0).json();
            assert_eq!(codes(&report, "warnings"), ["unknown_file"], "{report}");
            assert_eq!(fate(&report, name), "unrecognised");
        }
        let mut words = book.command("import", &[]);
        words.arg(folder.path());
        let answer = tests::run(words).exits(1);
        assert!(answer.out.contains("unrecognised") && answer.out.contains(name), "{}", answer.shown());
    }
}

#[test]
fn named_files_of_other_kinds_are_errors() {
    let folder = tempfile::tempdir().expect("a folder");
    mixed(folder.path());
    let book = base();
    for name in ["expected.json", "~$roster-3301112602010166.xlsx", ".DS_Store", "projects.csv.bak"] {
        let file = folder.path().join(name);
        let report = book.import(std::slice::from_ref(&file)).exits(1).json();
        assert_eq!(
            (fate(&report, name), codes(&report, "errors")),
            ("unrecognised".into(), vec!["unknown_file".into()])
        );
        book.import_with(&["--ignore-unknown"], &[file]).exits(0);
    }
    let empty = tempfile::tempdir().expect("a folder");
    book.import(&[empty.path().to_owned()]).exits(2);
    book.import(&[empty.path().join("none")]).exits(3);
}

#[test]
fn a_file_given_twice_is_taken_once() {
    let base = reports("00-base");
    let book = Book::new();
    let twice = [base.clone(), base.join("projects.csv"), base.join("../00-base/projects.csv")];
    let report = book.import(&twice).exits(0).json();
    let fates = fates(&report);
    let of_projects: Vec<&str> =
        fates.iter().filter(|(name, _)| name == "projects.csv").map(|(_, fate)| fate.as_str()).collect();
    assert_eq!(of_projects, ["given_twice", "given_twice", "recorded"], "{report}");
}

#[cfg(unix)]
#[test]
fn links_and_what_cannot_be_read() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().expect("a folder");
    mixed(folder.path());
    let book = base();
    // A link to a file is the file; a link to a folder is not entered, for it may lead round in a circle.
    symlink(reports("01-stray-quote-attendance"), folder.path().join("ring")).expect("a link");
    symlink(folder.path(), folder.path().join("round")).expect("a link");
    symlink(folder.path().join("gone.csv"), folder.path().join("projects (2).csv")).expect("a link");
    let report = book.import(&[folder.path().to_owned()]).exits(1).json();
    assert_eq!(fate(&report, "ring"), "not_entered");
    assert_eq!(fate(&report, "round"), "not_entered");
    assert_eq!(fate(&report, "projects (2).csv"), "unreadable");
    let mut errors = codes(&report, "errors");
    errors.sort();
    assert_eq!(errors, ["folder_not_entered", "folder_not_entered", "unreadable_file"]);
    // What cannot be read is no matter of names.
    book.import_with(&["--ignore-unknown"], &[folder.path().to_owned()]).exits(1);
}
