//! kill -9 at any moment: what was recorded stays, the same import completes it, nothing is doubled.
//!
//! `WAGELEDGER_TEST_KILLS` sets how often (10), `WAGELEDGER_TEST_SEED` when.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tests::{Book, Dice, Entry, data, end_of, same_rows, setting, shared_site};

/// A process that goes with the test, even when that fails while the process is stopped.
struct Started(Option<Child>);

impl Started {
    fn child(&mut self) -> &mut Child {
        self.0.as_mut().expect("not ended yet")
    }

    /// Kills it; whether it was still at work.
    fn kill(mut self) -> bool {
        let at_work = self.child().try_wait().expect("asked").is_none();
        self.child().kill().expect("killed");
        self.child().wait().expect("ended");
        at_work
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Starts a command whose output goes to files beside the ledger, so that it can be killed.
fn start(book: &Book, command: &str, paths: &[&str]) -> Started {
    let log = fs::File::create(book.dir().with_extension("err")).expect("a file");
    let mut process = book.command(command, &[]);
    process.args(paths.iter().map(|path| data(path)));
    Started(Some(process.stdout(Stdio::null()).stderr(log).spawn().expect("the program starts")))
}

/// Lines that a text import prints: one for each file that is in.
fn acknowledged(book: &Book) -> Vec<String> {
    let log = fs::read_to_string(book.dir().with_extension("err")).expect("a log");
    assert!(!log.contains("panicked at"), "{log}");
    log.lines().filter(|line| line.contains(" recorded, ")).map(str::to_owned).collect()
}

/// Distinct files whose note is in the ledger.
fn files_noted(entries: &[Entry]) -> usize {
    entries.iter().filter(|entry| entry.type_name() == "file.imported").count()
}

/// A ledger that was killed opens, holds, and begins with everything that it held before.
fn check_after_kill(book: &Book, before: &[Entry], round: u64) -> Vec<Entry> {
    let now = book.entries();
    assert!(now.len() >= before.len(), "round {round}: entries were lost");
    assert_eq!(now[..before.len()], *before, "round {round}: entries were changed");
    let mut files = acknowledged(book);
    files.retain(|line| !line.contains("(1).txt"));
    assert!(files_noted(&now) >= files.len(), "round {round}: acknowledged and lost: {files:?}");
    book.verifies();
    now
}

#[test]
fn an_import_killed_at_random_moments() {
    let mut dice = Dice::thrown("an_import_killed_at_random_moments");
    let rounds = setting("WAGELEDGER_TEST_KILLS").unwrap_or(10);
    let (whole, report) = shared_site();
    let book = Book::new();
    let mut entries = book.entries();
    let mut cut = 0;
    for round in 1..=rounds {
        let import = start(&book, "import", &["site"]);
        std::thread::sleep(Duration::from_millis(dice.below(1_500)));
        cut += u64::from(import.kill());
        entries = check_after_kill(&book, &entries, round);
    }
    assert!(cut > 0, "no import was cut short");
    let rest = book.import(&[data("site")]).exits(0).json();
    assert_eq!(rest["errors"], serde_json::json!([]));
    for (kind, rows) in tests::kind_counts(report, "recorded") {
        let counted = |what: &str| rest[what][&kind].as_u64().unwrap_or_default();
        let in_files = rows + report["already_recorded"][&kind].as_u64().unwrap_or_default();
        assert_eq!(counted("recorded") + counted("already_recorded"), in_files, "{kind}: {rest}");
    }
    assert_eq!(book.types(), whole.types(), "as many entries of each type as without a kill");
    book.verifies();
    let without_kill = whole.copy();
    for by in ["line", "bucket", "employer"] {
        let of = |book: &Book| {
            let answer = book.arrears("2026-06-30", by, &[]);
            let mut rows = answer["rows"].as_array().expect("rows").clone();
            rows.sort_by_key(ToString::to_string);
            (rows, answer["total"].clone(), answer["unknown"].clone(), answer["unallocated"].clone())
        };
        assert_eq!(of(&book), of(&without_kill), "arrears by {by}");
    }
    let head = book.head();
    book.import(&[data("site")]).exits(0);
    assert_eq!(book.head(), head, "and again nothing is recorded");
}

#[test]
fn a_rebuild_killed_at_random_moments() {
    let mut dice = Dice::thrown("a_rebuild_killed_at_random_moments");
    let book = shared_site().0.copy();
    let right = book.arrears("2026-06-30", "project", &[]);
    book.settle();
    let before = book.copy();
    for round in 1..=setting("WAGELEDGER_TEST_KILLS").unwrap_or(10) {
        let rebuild = start(&book, "rebuild", &[]);
        std::thread::sleep(Duration::from_millis(dice.below(400)));
        rebuild.kill();
        assert_eq!(book.arrears("2026-06-30", "project", &[]), right, "round {round}");
    }
    book.ask("rebuild", &[]).exits(0);
    book.settle();
    same_rows(&before.file("readmodel.sqlite"), &book.file("readmodel.sqlite"));
    book.verifies();
    assert_eq!(book.head(), before.head(), "a rebuild appends nothing");
}

/// While one process writes, another cannot, and says so; readers can.
#[test]
fn a_second_writer_is_turned_away() {
    let book = Book::new();
    book.import(&[data("updates/01")]).exits(0);
    let mut import = start(&book, "import", &["site"]);
    // Readers are answered in the meantime.
    for _ in 0..3 {
        book.arrears("2026-06-30", "project", &[]);
    }
    // Stopped in the middle of its work, so that the second certainly meets it.
    let mut stopped = false;
    for _ in 0..200 {
        std::thread::sleep(Duration::from_millis(20));
        if files_noted(&book.entries()) > 6 {
            signal(import.child(), "-STOP");
            stopped = import.child().try_wait().expect("asked").is_none();
            break;
        }
    }
    assert!(stopped, "the first process was not met at work");
    let head = book.head();
    book.import(&[data("updates/02")]).exits(3).says(&["another process is writing"]);
    book.ask("init", &[]).exits(3).says(&["another process is writing"]);
    book.ask("arrears", &["--as-of", "2026-06-30", "--reveal", "--purpose", "x"])
        .exits(3)
        .says(&["another process"]);
    assert_eq!(book.head(), head);
    signal(import.child(), "-CONT");
    let first = end_of(import.0.take().expect("not ended"), "the first import".to_owned());
    assert_eq!(first.code, Some(0));
    book.import(&[data("updates/02")]).exits(0);
    book.verifies();
}

fn signal(process: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &process.id().to_string()]).status().expect("kill");
    assert!(sent.success());
}
