//! A full disk, a file cut short: a clear message, nothing lost, and with room the same import completes it.

use std::fs;
use std::path::Path;
use std::process::Command;
use tests::{Answer, Book, clean, data, program, run, shared_site};

/// Runs `import` where no file may grow beyond so many KiB: as on a full disk, a write fails half-way.
fn import_within(book: &Book, kib: u64) -> Answer {
    let mut shell = clean(Command::new("sh"));
    // Without the trap the limit's signal would end the process; a full disk sends none. Units of 512 bytes.
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", kib * 2);
    shell.args(["-c", &script]).arg(program());
    shell.args(["import", "--format", "json", "--ledger"]).arg(book.dir()).arg(data("site"));
    run(shell)
}

#[test]
fn files_that_cannot_grow() {
    let mut refused = 0;
    for kib in [64, 400, 1_500, 6_000] {
        let book = Book::new();
        let before = book.entries();
        let answer = import_within(&book, kib);
        if answer.code == Some(0) {
            continue;
        }
        refused += 1;
        answer.exits(3).says(&["full", "too large", "disk", "I/O", "space"]);
        let now = book.entries();
        assert_eq!(now[..before.len()], *before, "{kib} KiB");
        book.verifies();
    }
    assert!(refused >= 2, "the limits were not met");
    let book = Book::new();
    import_within(&book, 1_500).exits(3);
    completes(&book);
}

/// With room again the same import completes what was begun.
fn completes(book: &Book) {
    book.import(&[data("site")]).exits(0);
    let whole = shared_site().0;
    assert_eq!(book.types(), whole.types(), "as many entries of each type as without the fault");
    book.verifies();
}

/// A small file system, which only the superuser can make.
struct Disk(tempfile::TempDir);

impl Disk {
    fn of(kib: u64) -> Option<Disk> {
        let folder = tempfile::tempdir().expect("a folder");
        let mount = |options: String| mount(&["-t", "tmpfs", "-o", &options, "tmpfs"], folder.path());
        mount(format!("size={kib}k")).then_some(())?;
        Some(Disk(folder))
    }

    fn grow(&self) {
        assert!(mount(&["-o", "remount,size=256m"], self.0.path()));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

fn mount(options: &[&str], at: &Path) -> bool {
    Command::new("mount").args(options).arg(at).output().is_ok_and(|output| output.status.success())
}

#[test]
fn a_full_disk() {
    let Some(disk) = Disk::of(3_000) else {
        println!("not allowed to mount here: files_that_cannot_grow has to do");
        return;
    };
    let book = Book::at(disk.0.path().join("ledger"));
    book.ask("init", &[]).exits(0);
    book.import(&[data("site")]).exits(3).says(&["full", "space"]);
    // What can be asked on a full disk is answered or refused, never wrongly.
    let answer = book.ask("arrears", &["--as-of", "2026-06-30"]);
    assert!(matches!(answer.code, Some(0 | 3)), "{}", answer.shown());
    let kept = book.entries();
    disk.grow();
    assert_eq!(book.entries(), kept);
    completes(&book);
    assert_eq!(book.entries()[..kept.len()], *kept);
}

#[test]
fn a_ledger_file_cut_short() {
    let whole = crate::small();
    let length = fs::metadata(whole.file("ledger.sqlite")).expect("a file").len();
    for kept in [0, 100, 5_000, length / 2, length - 1, length - 20_000] {
        let book = whole.copy();
        let file = fs::File::options().write(true).open(book.file("ledger.sqlite")).expect("a file");
        file.set_len(kept).expect("cut");
        drop(file);
        for (command, args) in
            [("verify", &[][..]), ("arrears", &["--as-of", "2026-06-30"]), ("audit", &["--entry", "3"])]
        {
            let answer = book.ask(command, args);
            let fine = matches!(answer.code, Some(1 | 3)) && (!answer.err.is_empty() || command == "verify");
            // A question may be answered where the pages that it needs are whole.
            let whole_pages = command != "verify" && kept > length / 2 && answer.code == Some(0);
            assert!(fine || whole_pages, "cut to {kept}: {}", answer.shown());
        }
        let answer = book.import(&[data("updates/08")]);
        assert!(
            matches!(answer.code, Some(1 | 3)) && !answer.err.is_empty(),
            "cut to {kept}: {}",
            answer.shown()
        );
    }
}

#[test]
fn a_folder_without_a_ledger() {
    let book = Book::bare();
    for (command, args) in [
        ("verify", &[][..]),
        ("rebuild", &[]),
        ("arrears", &["--as-of", "2026-06-30"]),
        ("audit", &["--project", "3301102601010101"]),
    ] {
        book.ask(command, args).exits(3).says(&["there is no ledger"]);
    }
    book.import(&[data("updates/01")]).exits(3).says(&["there is no ledger"]);
    let book = Book::new();
    book.ask("init", &[]).exits(3).says(&["already"]);
    book.import(&[data("no such folder")]).exits(3);
}
