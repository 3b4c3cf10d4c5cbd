//! `backup` and `restore`: what they hold, what they refuse, and what is left when they are killed.
//!
//! `WAGELEDGER_TEST_KILLS` sets how often (3), `WAGELEDGER_TEST_SEED` when.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tests::{Answer, Book, Callers, Dice, Node, data, end_of, run, setting, shared_site, wageledger};

fn place(book: &Book, name: &str) -> PathBuf {
    book.dir().with_file_name(name)
}

fn backup(book: &Book, to: &Path) -> Command {
    let mut command = book.command("backup", &[]);
    command.arg("--to").arg(to);
    command
}

fn restore(from: &Path, to: &Path, more: &[&str]) -> Command {
    let mut command = wageledger();
    command.arg("restore").arg("--from").arg(from).arg("--to").arg(to).args(more);
    command
}

/// The restored ledger, with the epoch key of the original, which is kept elsewhere.
fn with_key(book: &Book, to: &Path) -> Book {
    fs::copy(book.file("vault.key"), to.join("vault.key")).expect("a key");
    Book::at(to)
}

fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_backup_holds_what_cannot_be_built_again_and_no_key() {
    let book = shared_site().0.copy();
    let (to, back) = (place(&book, "backup"), place(&book, "back"));
    let head = book.head();
    let told = run(backup(&book, &to)).exits(0).out;
    for word in [
        "wageledger.example.org/site",
        &head.seq.to_string(),
        &head.hash,
        "vault.key",
        "epoch key",
        "restore",
    ] {
        assert!(told.contains(word), "{word} in\n{told}");
    }
    assert_eq!(names(&to), ["backup.json", "ledger.head", "ledger.sqlite", "vault.sqlite"]);
    let key = fs::read_to_string(book.file("vault.key")).expect("a key");
    let raw = (0..32).map(|at| u8::from_str_radix(&key[2 * at..2 * at + 2], 16).expect("digits"));
    let (hex, raw): (&[u8], Vec<u8>) = (key.trim().as_bytes(), raw.collect());
    for name in names(&to) {
        let bytes = fs::read(to.join(&name)).expect("a file");
        let holds = |what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
        assert!(!holds(hex) && !holds(&raw), "the epoch key is in {name}");
    }
    run(backup(&book, &to)).exits(3).says(&["already"]);

    let told = run(restore(&to, &back, &[])).exits(0).out;
    for word in ["still needed", "vault.key", "verify", &head.hash] {
        assert!(told.contains(word), "{word} in\n{told}");
    }
    assert_eq!(names(&back), ["ledger.head", "ledger.sqlite", "vault.sqlite"]);
    run(restore(&to, &back, &[])).exits(3).says(&["already"]);
    let restored = with_key(&book, &back);
    restored.verifies();
    assert_eq!(restored.entries(), book.entries());
    let arrears = |book: &Book| book.arrears("2026-06-30", "worker", &crate::REVEAL);
    assert_eq!(arrears(&restored), arrears(&book), "and everything personal opens");
    // Nothing was written to the backup itself.
    run(restore(&to, &place(&book, "again"), &[])).exits(0);
}

#[test]
fn the_epoch_key_is_tried_when_it_is_at_hand() {
    let book = Book::new();
    book.import(&[data("updates/01")]).exits(0);
    let to = place(&book, "backup");
    run(backup(&book, &to)).exits(0);
    let key = book.file("vault.key");
    let told =
        run(restore(&to, &place(&book, "one"), &["--key-file", key.to_str().expect("a path")])).exits(0).out;
    assert!(told.contains("opens the keys of all"), "{told}");
    let wrong = place(&book, "wrong.key");
    fs::write(&wrong, "ab".repeat(32)).expect("written");
    let answer = run(restore(&to, &place(&book, "two"), &["--key-file", wrong.to_str().expect("a path")]));
    answer.exits(3).says(&["not the epoch key"]);
    assert!(!place(&book, "two").exists());
}

/// Every byte of a backup is looked at, and every file: what is not as it was backed up is refused by its name.
#[test]
fn a_backup_that_was_changed_is_refused() {
    let mut dice = Dice::thrown("a_backup_that_was_changed_is_refused");
    let book = Book::new();
    book.import(&[data("updates/01")]).exits(0);
    let to = place(&book, "backup");
    run(backup(&book, &to)).exits(0);
    let back = place(&book, "back");
    let refused = |name: &str, what: &str| {
        let answer = run(restore(&to, &back, &[]));
        assert!(matches!(answer.code, Some(1 | 3)), "{name} {what}\n{}", answer.shown());
        assert!(answer.err.contains(name), "{name} {what}\n{}", answer.shown());
        assert!(!back.exists(), "{name} {what}");
        assert!(
            !names(book.dir().parent().expect("a folder")).iter().any(|name| name.contains("unfinished"))
        );
    };
    for name in names(&to) {
        let whole = fs::read(to.join(&name)).expect("a file");
        if name != "backup.json" {
            for _ in 0..5 {
                let mut bytes = whole.clone();
                let at = dice.index(bytes.len());
                bytes[at] ^= 1 << dice.below(8);
                fs::write(to.join(&name), bytes).expect("written");
                refused(&name, &format!("byte {at} changed"));
            }
        }
        for kept in [0, whole.len() / 2, whole.len() - 1] {
            fs::write(to.join(&name), &whole[..kept]).expect("written");
            refused(&name, &format!("cut to {kept} bytes"));
        }
        fs::remove_file(to.join(&name)).expect("removed");
        refused(&name, "removed");
        fs::write(to.join(&name), whole).expect("written");
    }
    // A head that the journal does not have, a file that is none of a backup, another form.
    let manifest = fs::read_to_string(to.join("backup.json")).expect("a manifest");
    let hash = book.head().hash;
    for (from, other) in [
        (hash.as_str(), "0".repeat(64)),
        ("\"ledger.head\"", "\"../ledger.head\"".to_owned()),
        ("\"format\": 1", "\"format\": 2".to_owned()),
        ("example.org", "example.com".to_owned()),
    ] {
        assert!(manifest.contains(from), "{manifest}");
        fs::write(to.join("backup.json"), manifest.replace(from, &other)).expect("written");
        refused("backup.json", from);
    }
    fs::write(to.join("backup.json"), manifest).expect("written");
    run(restore(&to, &back, &[])).exits(0);
}

#[test]
fn backups_while_64_callers_append_and_the_node_is_killed() {
    let mut dice = Dice::thrown("backups_while_64_callers_append_and_the_node_is_killed");
    let book = Book::new();
    book.import(&[data("updates/01")]).exits(0);
    for round in 1..=setting("WAGELEDGER_TEST_KILLS").unwrap_or(3) {
        let mut node = Node::start(&book);
        node.ready();
        let callers = Callers::of(&node.address, 64, round * 1_000_000);
        tests::until("many entries", || callers.acknowledged().len() > 300);
        let acknowledged = callers.acknowledged();
        let to = place(&book, &format!("backup-{round}"));
        let running =
            backup(&book, &to).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        std::thread::sleep(Duration::from_millis(dice.below(200)));
        node.signal("KILL");
        node.end();
        end_of(running, "backup".to_owned()).exits(0);
        drop(callers);
        let back = place(&book, &format!("back-{round}"));
        run(restore(&to, &back, &[])).exits(0);
        let restored = with_key(&book, &back);
        restored.verifies();
        let entries = restored.entries();
        for (seq, hash) in &acknowledged {
            let entry = &entries[usize::try_from(*seq).expect("fits") - 1];
            assert_eq!(&entry.hash().to_string(), hash, "round {round}: entry {seq}");
        }
    }
    book.verifies();
}

/// Kills a command when a file has come to be in the folder that it makes aside; the files that were there then.
fn killed_when(mut child: Child, beside: &Path, name: &str) -> Option<Vec<String>> {
    let unfinished = format!("{}.unfinished-", beside.file_name().expect("a name").to_string_lossy());
    let folder = beside.parent().expect("a folder");
    loop {
        let aside = names(folder).into_iter().find(|name| name.starts_with(&unfinished));
        if let Some(aside) = aside.map(|aside| folder.join(aside))
            && (name.is_empty() || aside.join(name).exists())
        {
            child.kill().expect("killed");
            child.wait().expect("ended");
            // Renamed by now, or a step further on.
            return fs::read_dir(&aside).is_ok().then(|| names(&aside));
        }
        if child.try_wait().expect("asked").is_some() {
            return None;
        }
    }
}

/// Killed at each step, a backup or a restore leaves nothing at its place, or all of it; what it leaves aside is taken
/// for no backup and no ledger until it was whole; and the same command, run again, does it.
#[test]
fn killed_at_each_step() {
    let book = shared_site().0.copy();
    let whole = place(&book, "whole");
    run(backup(&book, &whole)).exits(0);
    let steps = ["", "ledger.sqlite", "ledger.head", "vault.sqlite", "backup.json"];
    let mut met = 0;
    for (command, step) in
        steps.iter().map(|step| ("backup", step)).chain(steps[..4].iter().map(|step| ("restore", step)))
    {
        let to = place(&book, &format!("{command}-{}", step.replace('.', "-")));
        let start = || match command {
            "backup" => backup(&book, &to),
            _ => restore(&whole, &to, &[]),
        };
        let child = start().stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let left = killed_when(child, &to, step);
        met += usize::from(left.is_some());
        if to.exists() {
            // It was quicker than the kill: then all of it is there.
            is_whole(&book, command, &to);
            continue;
        }
        for aside in names(to.parent().expect("a folder")).iter().filter(|name| name.contains(".unfinished-"))
        {
            let aside = to.with_file_name(aside);
            let made = aside.join("backup.json").exists();
            let answer = run(restore(&aside, &place(&book, "none"), &[]));
            assert!(
                made && answer.code == Some(0) || refused(&answer),
                "{command} {step}: {}",
                answer.shown()
            );
            let _ = fs::remove_dir_all(place(&book, "none"));
            fs::remove_dir_all(&aside).expect("removed");
        }
        run(start()).exits(0);
        is_whole(&book, command, &to);
    }
    assert!(met >= 4, "only {met} of 9 steps were met");
}

fn refused(answer: &Answer) -> bool {
    matches!(answer.code, Some(1 | 3)) && answer.err.contains("backup.json")
}

fn is_whole(book: &Book, command: &str, at: &Path) {
    let ledger = match command {
        "backup" => {
            let back = at.with_extension("back");
            run(restore(at, &back, &[])).exits(0);
            back
        }
        _ => at.to_owned(),
    };
    let restored = with_key(book, &ledger);
    assert_eq!(restored.head(), book.head());
    restored.verifies();
}
