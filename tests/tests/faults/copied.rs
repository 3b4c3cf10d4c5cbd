//! A ledger's folder copied file by file: the copy holds everything that was acknowledged before, or is refused by name.
//!
//! `WAGELEDGER_TEST_COPIES` sets how many moments are tried (12), `WAGELEDGER_TEST_SEED` which.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;
use tests::{Acknowledged, Answer, Book, Callers, Dice, Node, data, setting};

/// The files that the README names.
const NAMED: [&str; 3] = ["ledger.sqlite", "vault.sqlite", "vault.key"];

fn copy_named(book: &Book) -> Book {
    let copy = Book::bare();
    fs::create_dir_all(copy.dir()).expect("a folder");
    for name in NAMED {
        fs::copy(book.file(name), copy.file(name)).expect("a copy");
    }
    copy
}

/// The copy answers as the original does.
#[track_caller]
fn holds_the_same(book: &Book, after: &str) {
    let copy = copy_named(book);
    let report = copy.verifies();
    assert_eq!(report["head"]["seq"], book.head().seq, "after {after}");
    assert_eq!(copy.entries(), book.entries(), "after {after}");
    let arrears = |book: &Book| book.arrears("2026-05-31", "worker", &[]);
    assert_eq!(arrears(&copy), arrears(book), "after {after}");
}

#[test]
fn the_files_that_are_named_hold_everything_after_each_command() {
    let book = Book::new();
    holds_the_same(&book, "init");
    for folder in ["reports/00-base", "reports/07-backup-as-the-readme-says"] {
        book.import(&[data(folder)]).exits(0);
        holds_the_same(&book, folder);
    }
    assert!(book.head().seq > 30, "both were taken in");
    book.arrears("2026-05-31", "worker", &crate::REVEAL);
    holds_the_same(&book, "a reveal");
    book.import(&[data("bad")]);
    holds_the_same(&book, "a refused import");
    let mut node = Node::start(&book);
    node.ready();
    let callers = Callers::of(&node.address, 4, 0);
    tests::until("entries", || callers.acknowledged().len() > 50);
    drop(callers);
    // A node that has nothing to do empties its log.
    std::thread::sleep(Duration::from_millis(2_500));
    holds_the_same(&book, "a node has nothing to do");
    node.signal("TERM");
    assert_eq!(node.end(), Some(0));
    holds_the_same(&book, "a node ended");
    let node = Node::start(&book);
    node.ready();
    let callers = Callers::of(&node.address, 4, 1_000_000);
    tests::until("entries", || callers.acknowledged().len() > 50);
    drop(node);
    drop(callers);
    // The next command puts in order what a killed one left, whatever it asks.
    book.arrears("2026-05-31", "project", &[]);
    holds_the_same(&book, "a question after a kill");
}

/// A journal that lost its end is refused by every command, which says which file says so.
#[test]
fn a_shorter_journal_is_refused_by_every_command() {
    let book = Book::new();
    book.import(&[data("updates/01")]).exits(0);
    let older = fs::read(book.file("ledger.sqlite")).expect("a file");
    let old_head = book.head();
    book.import(&[data("updates/02")]).exits(0);
    let head = book.head();
    book.forget_derived();
    for name in ["ledger.sqlite-wal", "ledger.sqlite-shm"] {
        let _ = fs::remove_file(book.file(name));
    }
    fs::write(book.file("ledger.sqlite"), older).expect("written");
    let to = book.dir().with_extension("to");
    let to = to.to_str().expect("a path");
    let said = [head.seq.to_string(), head.hash, old_head.seq.to_string(), old_head.hash];
    let refused = |answer: Answer| {
        let told = format!("{}{}", answer.out, answer.err);
        assert_eq!(answer.code, Some(1), "{}", answer.shown());
        for word in said.iter().map(String::as_str).chain(["ledger.head", "ledger.sqlite", "restore"]) {
            assert!(told.contains(word), "{word} in\n{}", answer.shown());
        }
    };
    refused(book.ask("verify", &[]));
    refused(book.ask("rebuild", &[]));
    refused(book.ask("arrears", &["--as-of", "2026-05-31"]));
    refused(book.ask("audit", &["--entry", "3"]));
    refused(book.ask("warnings", &["--as-of", "2026-05-31"]));
    refused(book.ask("serve", &["--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"]));
    refused(book.ask("backup", &["--to", to]));
    refused(book.import(&[data("updates/02")]));
    refused(book.import_with(&["--dry-run"], &[data("updates/02")]));
    let mut copy = tests::wageledger();
    copy.args(["copy", "--from"]).arg(book.dir()).args(["--to", to]);
    refused(tests::run(copy));
    // Gone altogether, it is not begun anew.
    fs::remove_file(book.file("ledger.sqlite")).expect("removed");
    book.ask("init", &[]).exits(1).says(&["ledger.head"]);
    book.ask("arrears", &["--as-of", "2026-05-31"]).exits(3).says(&["ledger.head"]);
}

/// A head file that is gone, cut, changed, or behind: no command fails for it, and the next writer puts it right.
#[test]
fn a_head_file_that_says_less() {
    let book = Book::new();
    book.import(&[data("updates/01")]).exits(0);
    let behind = fs::read(book.file("ledger.head")).expect("a file");
    book.import(&[data("updates/02")]).exits(0);
    let right = fs::read(book.file("ledger.head")).expect("a file");
    assert_ne!(behind, right);
    let changed = [&right[..30], b"x", &right[31..]].concat();
    let texts: [&[u8]; 5] = [b"", &right[..50], &changed, b"\xff\xfe nothing of ours, and long\n", &behind];
    for text in texts {
        fs::write(book.file("ledger.head"), text).expect("written");
        book.arrears("2026-05-31", "project", &[]);
        let verified = book.verify();
        let garbage = text != behind;
        assert_eq!(verified.json()["ok"], true, "{garbage} {}", verified.shown());
        book.import(&[data("updates/02")]).exits(0);
        assert_eq!(fs::read(book.file("ledger.head")).expect("a file"), right);
    }
    fs::remove_file(book.file("ledger.head")).expect("removed");
    book.verifies();
    book.import(&[data("updates/02")]).exits(0);
    assert_eq!(fs::read(book.file("ledger.head")).expect("a file"), right);
}

/// Copies a file as `cp` does, some of it after the other, while it changes.
fn copy_slowly(from: &Path, to: &Path, dice: &mut Dice) {
    // It may be gone by now: a log that was taken away, a file that was renamed.
    let Ok(mut source) = fs::File::open(from) else { return };
    let mut target = fs::File::create(to).expect("a file");
    let mut buffer = vec![0; 4096 << dice.below(7)];
    let slow = dice.below(3) == 0;
    loop {
        let read = source.read(&mut buffer).expect("read");
        if read == 0 {
            return;
        }
        target.write_all(&buffer[..read]).expect("written");
        if slow && dice.below(8) == 0 {
            std::thread::sleep(Duration::from_millis(dice.below(4)));
        }
    }
}

/// Copies the folder, in any order or that of the names, whole or without some of the files that hold its tail.
fn copy_folder(book: &Book, dice: &mut Dice) -> (Book, String) {
    let mut names: Vec<String> = fs::read_dir(book.dir())
        .expect("a folder")
        .map(|file| file.expect("a file").file_name().to_string_lossy().into_owned())
        .filter(|name| name != "node.json" && !name.ends_with(".lock"))
        .collect();
    names.sort();
    if dice.below(2) == 0 {
        dice.shuffle(&mut names);
    }
    let whole = dice.below(3) == 0;
    let named_only = !whole && dice.below(4) == 0;
    let mut out = Vec::new();
    names.retain(|name| {
        let tail = name.ends_with("-wal") || name.ends_with("-shm") || name == "ledger.head";
        let left_out = match (named_only, tail) {
            (true, _) => !NAMED.contains(&name.as_str()),
            (false, true) => !whole && dice.below(2) == 0,
            (false, false) => false,
        };
        if left_out {
            out.push(name.clone());
        }
        !left_out
    });
    let copy = Book::bare();
    fs::create_dir_all(copy.dir()).expect("a folder");
    for name in &names {
        copy_slowly(&book.file(name), &copy.file(name), dice);
    }
    (copy, format!("copied {names:?}, left out {out:?}"))
}

/// What an answer says of a copy: whether it was taken for a whole ledger, but for a read model that no question has made
/// yet. What is refused is refused by the name of a file or an entry.
fn believed(answer: &Answer, what: &str) -> bool {
    let told = format!("{}{}", answer.out, answer.err);
    match answer.code {
        Some(0) => true,
        Some(5) => {
            let judged = told.contains("there is no read model");
            assert!(judged, "{what}: not judged, and not for want of a read model\n{}", answer.shown());
            true
        }
        Some(1 | 3) => {
            let named = ["ledger.", "vault.", "readmodel.", "entry ", "read model"];
            assert!(
                named.iter().any(|name| told.contains(name)),
                "{what}: names nothing\n{}",
                answer.shown()
            );
            false
        }
        _ => panic!("{what}\n{}", answer.shown()),
    }
}

fn all_there(copy: &Book, acknowledged: &Acknowledged, what: &str) {
    let entries = copy.entries();
    for (seq, hash) in acknowledged {
        let at = usize::try_from(*seq).expect("fits") - 1;
        let found = entries.get(at).map(|entry| entry.hash().to_string());
        assert_eq!(found.as_ref(), Some(hash), "entry {seq} was acknowledged before: {what}");
    }
}

/// So many moments are tried with one ledger: each takes longer, the more there is in it.
const MOMENTS_OF_A_LEDGER: u64 = 25;

#[test]
fn a_folder_copied_at_random_moments() {
    let mut dice = Dice::thrown("a_folder_copied_at_random_moments");
    let moments = setting("WAGELEDGER_TEST_COPIES").unwrap_or(12);
    let (mut whole, mut tried) = (0, 0);
    while tried < moments {
        let now = MOMENTS_OF_A_LEDGER.min(moments - tried);
        whole += moments_of_a_ledger(now, &mut dice);
        tried += now;
        println!("{tried} moments: {whole} copies whole, {} refused by name", tried - whole);
    }
    assert!(whole > 0 && whole < moments, "both were met");
}

/// Copies a ledger's folder at so many moments, while its node is kept busy, idle, and killed; how many copies were whole.
fn moments_of_a_ledger(moments: u64, dice: &mut Dice) -> u64 {
    let book = Book::new();
    book.import(&[data("updates/01")]).exits(0);
    let mut node = Node::start(&book);
    node.ready();
    let callers = Callers::of(&node.address, 4, 0);
    let mut whole = 0;
    for moment in 1..=moments {
        // Bursts and rests, so that logs are begun anew, emptied, and marks are put and taken away around the copies.
        callers.pause(dice.below(3) == 0);
        let longer = 3 * u64::from(dice.below(6) == 0);
        std::thread::sleep(Duration::from_millis(dice.below(400) << longer));
        callers.pause(dice.below(4) == 0);
        std::thread::sleep(Duration::from_millis(dice.below(30)));
        let acknowledged = callers.acknowledged();
        let (copy, how) = copy_folder(&book, dice);
        callers.pause(true);
        whole += u64::from(is_whole(&copy, &acknowledged, dice, &format!("moment {moment}: {how}")));
        if dice.below(30) == 0 {
            node.signal("KILL");
            node.end();
            node = Node::start(&book);
            node.ready();
            callers.move_to(&node.address);
        }
    }
    drop(callers);
    node.signal("TERM");
    assert_eq!(node.end(), Some(0));
    book.verifies();
    whole
}

/// Whether every command takes a copy for a whole ledger. If any does, everything that was acknowledged is in it.
fn is_whole(copy: &Book, acknowledged: &Acknowledged, dice: &mut Dice, what: &str) -> bool {
    let mut asked = [("arrears", &["--as-of", "2026-05-31"][..]), ("verify", &[]), ("rebuild", &[])];
    dice.shuffle(&mut asked);
    let said: Vec<bool> =
        asked.iter().map(|(command, args)| believed(&copy.ask(command, args), what)).collect();
    if said.contains(&true) {
        all_there(copy, acknowledged, what);
    }
    let whole = !said.contains(&false);
    if whole {
        // It goes on as a ledger of its own.
        copy.import(&[data("updates/02")]).exits(0);
        copy.verifies();
    }
    whole
}
