//! The first thing that a newcomer runs.

use std::process::Command;
use tests::{Answer, run, wageledger};

fn demo(args: &[&str]) -> (Answer, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command: Command = wageledger();
    command.arg("demo").args(["--no-serve", "--dir"]).arg(folder.path().join("demo")).args(args);
    (run(command), folder)
}

#[test]
fn ends_in_arrears_and_a_verification() {
    let (answer, folder) = demo(&[]);
    let answer = answer.exits(0);
    let tables: Vec<&str> = answer.out.lines().filter(|line| line.starts_with("arrears as of")).collect();
    assert_eq!(tables.len(), 2, "by project and by bucket\n{}", answer.shown());
    let of = |words: &str| answer.out.find(words).unwrap_or_else(|| panic!("{words}\n{}", answer.shown()));
    assert!(of("arrears as of") < of("61-90"), "{}", answer.shown());
    assert!(of("total ") < of("not known: "), "unknown is not zero\n{}", answer.shown());
    assert!(of("61-90") < of("\nverified: "), "{}", answer.shown());
    assert!(!answer.out.contains("NOT VERIFIED"), "{}", answer.shown());
    // What it left is a ledger like any other.
    let book = tests::Book::at(folder.path().join("demo").join("ledger"));
    book.verifies();
    let total = book.arrears("2026-06-30", "project", &[])["total"]["lines"].as_u64();
    assert!(total.is_some_and(|lines| lines > 0));
    assert_eq!(book.arrears("2026-06-30", "bucket", &[])["total"]["lines"].as_u64(), total);
}

#[test]
fn shows_what_one_fen_does() {
    let (answer, folder) = demo(&["--tamper"]);
    let answer = answer.exits(0);
    let (before, after) = answer.out.split_once("\nverified: ").expect("at first all holds");
    assert!(before.contains("arrears as of"), "{}", answer.shown());
    assert!(after.contains("NOT VERIFIED"), "{}", answer.shown());
    let entry: String = after
        .split_once("entry ")
        .map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect())
        .expect("the changed entry is named");
    assert!(after.contains(&format!("entry {entry}: salt and body do not fit")), "{}", answer.shown());
    tests::Book::at(folder.path().join("demo").join("ledger")).verify().exits(1);
}

#[test]
fn builds_only_in_a_folder_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("mine"), "mine").expect("written");
    let mut command = wageledger();
    command.args(["demo", "--no-serve", "--dir"]).arg(folder.path());
    run(command).exits(3).says(&["not empty"]);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
}
