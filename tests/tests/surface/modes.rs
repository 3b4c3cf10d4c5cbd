//! What lies on the disk is its owner's alone, whatever the caller's umask, whoever writes it: the program, SQLite, a
//! library that writes workbooks.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tests::{Answer, Book, Http, Node, data, run};

/// An employer of the sample.
const EMPLOYER: &str = "91330102XN2TH3BJ0N";
const REVEAL: [&str; 3] = ["--reveal", "--purpose", "test"];

/// The program under a umask that takes nothing away.
fn open_to_all() -> Command {
    let mut command = tests::clean(Command::new("sh"));
    command.args(["-c", "umask 0; exec \"$0\" \"$@\""]).arg(tests::program());
    command
}

fn asked(args: &[&str], paths: &[&Path]) -> Answer {
    let mut command = open_to_all();
    command.args(args).args(paths);
    run(command)
}

/// Every file and folder below a folder, with its mode.
fn modes(folder: &Path) -> Vec<(PathBuf, u32, bool)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let metadata = entry.metadata().expect("a file");
        found.push((entry.path(), metadata.permissions().mode() & 0o777, metadata.is_dir()));
        if metadata.is_dir() {
            found.extend(modes(&entry.path()));
        }
    }
    found
}

/// All below the folder are their owner's; how many files there are.
#[track_caller]
fn are_private(folder: &Path, after: &str) -> usize {
    let all = modes(folder);
    for (path, mode, is_folder) in &all {
        let right = if *is_folder { 0o700 } else { 0o600 };
        assert_eq!(*mode, right, "after {after}: {} has {mode:o}", path.display());
    }
    all.iter().filter(|(.., is_folder)| !is_folder).count()
}

#[test]
fn everything_written_is_private() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let ledger = at("ledger");
    asked(&["init", "--ledger"], &[&ledger]).exits(0);
    assert!(are_private(folder.path(), "init") >= 5);
    asked(&["import", "--ledger"], &[&ledger, &data("site")]).exits(0);
    are_private(folder.path(), "import");

    let errors = at("errors");
    let mut command = open_to_all();
    command.args(["import", "--dry-run", "--error-workbook"]).arg(&errors).arg("--ledger").arg(&ledger);
    command.arg(data("bad").join("02-roster-id"));
    run(command).exits(1);
    assert!(are_private(folder.path(), "an error workbook") > 0 && errors.is_dir());

    let mut command = open_to_all();
    command.args(["serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0", "--ledger"]);
    let node = Node::run(&Book::at(&ledger), command);
    node.ready();
    assert_eq!(Http::get(&node.address, "/projects?format=xlsx").expect("an answer").status, 200);
    let limits = fs::read_to_string(format!("/proc/{}/limits", node.process())).expect("its limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "no core dumps");
    // The log is the test's own file.
    fs::remove_file(ledger.with_extension("log")).expect("the test's log");
    are_private(folder.path(), "a node's start");
    drop(node);

    let (backup, restored, copy, tax) = (at("backup"), at("restored"), at("copy"), at("tax"));
    asked(&["backup", "--ledger"], &[&ledger, Path::new("--to"), &backup]).exits(0);
    are_private(folder.path(), "a backup");
    // A backup that came from elsewhere with other modes.
    for (path, _, is_folder) in modes(&backup) {
        let mode = if is_folder { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
    }
    asked(&["restore", "--from"], &[&backup, Path::new("--to"), &restored]).exits(0);
    are_private(&restored, "a restore");
    fs::remove_dir_all(&backup).expect("removed");
    asked(&["copy", "--from"], &[&ledger, Path::new("--to"), &copy]).exits(0);
    are_private(folder.path(), "a copy");
    asked(&["rebuild", "--ledger"], &[&ledger]).exits(0);
    are_private(folder.path(), "a rebuild");
    let mut command = open_to_all();
    command.args(["tax", "--month", "2026-05", "--employer", EMPLOYER, "--export"]).arg(&tax);
    command.args(REVEAL).arg("--ledger").arg(&ledger);
    run(command).exits(0);
    assert!(are_private(folder.path(), "an export for the tax office") > 0 && tax.is_dir());
    asked(&["demo", "--no-serve", "--dir"], &[&at("demo")]).exits(0);
    are_private(folder.path(), "the demo");
}

/// What is everybody's follows the caller's umask.
#[test]
fn documents_are_not() {
    let folder = tempfile::tempdir().expect("a folder");
    for (command, name) in [("schemas", "schemas"), ("man", "man")] {
        let out = folder.path().join(name);
        asked(&[command, "--out"], &[&out]).exits(0);
        let all = modes(&out);
        assert!(!all.is_empty() && all.iter().all(|(_, mode, _)| mode & 0o444 == 0o444), "{all:?}");
    }
}
