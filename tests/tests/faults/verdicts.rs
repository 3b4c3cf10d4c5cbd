//! States of a ledger's folder, and what `verify` says of each: verdict, exit code, what was not judged, what was found.

use crate::forged::{last_of, origin, rewrite_without, store};
use crate::small;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use tests::{Answer, Book, data, text};

/// What is done, and what is said then: exit code, verdict, checks not judged, checks that found something, and words
/// among what is missing or found.
type State = (
    &'static str,
    fn(&Book),
    i32,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static str,
);

const OF_VAULT: &[&str] = &["sealed_fields", "subjects_map", "vault"];
/// What needs entries, and more.
macro_rules! of_entries {
    ($($more:literal),*) => {
        &[
            "chain",
            "body_digests",
            "subject_numbering",
            "strays",
            "facts",
            "sheet_seals",
            "batch_seals",
            "recorded_times",
            "sealed_fields",
            "read_model",
            $($more),*
        ]
    };
}
const OF_ENTRIES: &[&str] = of_entries!();
/// With the saved map of subjects, which still says of what entries it was.
const OF_ENTRIES_AND_MAP: &[&str] = of_entries!("subjects_map");
const EVERYTHING: &[&str] = of_entries!("vault");

const STATES: [State; 27] = [
    ("as it is", |_| {}, 0, "verified", &[], &[], ""),
    ("no vault", no_vault, 5, "not_judged", OF_VAULT, &[], "there is no vault"),
    ("no key", no_key, 5, "not_judged", OF_VAULT, &[], "the epoch key is missing"),
    (
        "neither",
        |b| {
            no_vault(b);
            no_key(b)
        },
        5,
        "not_judged",
        OF_VAULT,
        &[],
        "there is no vault",
    ),
    ("another key", other_key, 5, "not_judged", OF_VAULT, &[], "does not open the vault"),
    ("half a key", |b| put(b, "vault.key", b"0011"), 5, "not_judged", OF_VAULT, &[], "64 hexadecimal digits"),
    (
        "a later vault",
        |b| sql(b, "vault.sqlite", "UPDATE vault_state SET format = 2"),
        5,
        "not_judged",
        OF_VAULT,
        &[],
        "format 2",
    ),
    ("a value of the vault", damaged_vault, 1, "not_verified", &["sealed_fields"], &["vault"], "is damaged"),
    (
        "no vault but a file",
        |b| put(b, "vault.sqlite", &[7; 9000]),
        1,
        "not_verified",
        OF_VAULT,
        &["vault"],
        "not a database",
    ),
    ("the key of a subject", lost_key, 1, "not_verified", &[], &["sealed_fields"], "erased, or lost"),
    ("no read model", no_model, 5, "not_judged", &["read_model"], &[], "there is no read model"),
    ("a stale read model", stale, 5, "not_judged", &["read_model"], &[], "another version"),
    ("a row of the read model", changed_row, 1, "not_verified", &[], &["read_model"], "wage_line"),
    (
        "no read model but a file",
        |b| put(b, "readmodel.sqlite", &[7; 9000]),
        1,
        "not_verified",
        &[],
        &["read_model"],
        "not a database",
    ),
    (
        "another's read model",
        other_model,
        1,
        "not_verified",
        &[],
        &["read_model"],
        "origin is wageledger.example.org/other",
    ),
    (
        "a row, without a vault",
        |b| {
            no_vault(b);
            changed_row(b)
        },
        1,
        "not_verified",
        OF_VAULT,
        &["read_model"],
        "wage_line",
    ),
    (
        "no vault, no read model",
        |b| {
            no_vault(b);
            no_model(b)
        },
        5,
        "not_judged",
        &["sealed_fields", "vault", "read_model"],
        &[],
        "",
    ),
    (
        "an entry",
        changed_entry,
        1,
        "not_verified",
        &["read_model"],
        &["body_digests", "sheet_seals"],
        "salt and body",
    ),
    (
        "an entry, without the rest",
        |b| {
            no_vault(b);
            no_model(b);
            changed_entry(b)
        },
        1,
        "not_verified",
        &["sealed_fields", "vault", "read_model"],
        &["body_digests", "sheet_seals"],
        "salt and body",
    ),
    ("a line of a sealed batch", lost_payment, 4, "whole_with_findings", &[], &["batch_seals"], "lines"),
    (
        "a line, without a vault",
        |b| {
            lost_payment(b);
            no_vault(b)
        },
        5,
        "not_judged",
        &["sealed_fields", "vault"],
        &["batch_seals"],
        "",
    ),
    (
        "a cut tail, seen by the read model",
        |b| cut(b, 3),
        1,
        "not_verified",
        &[],
        &["chain", "read_model", "subjects_map"],
        "the read model has seen",
    ),
    (
        "no entry, seen by the read model",
        |b| cut(b, i64::MAX),
        1,
        "not_verified",
        OF_ENTRIES_AND_MAP,
        &["chain", "subjects_map"],
        "the vault beside it holds keys of",
    ),
    (
        "no entry beside a vault",
        |b| {
            cut(b, i64::MAX);
            no_model(b)
        },
        5,
        "not_judged",
        OF_ENTRIES,
        &[],
        "the vault beside it holds keys of",
    ),
    (
        "no entry, no key",
        |b| {
            cut(b, i64::MAX);
            no_model(b);
            no_key(b)
        },
        5,
        "not_judged",
        EVERYTHING,
        &[],
        "the journal has no entry",
    ),
    (
        "no entry and nothing else",
        |b| {
            cut(b, i64::MAX);
            no_model(b);
            no_vault(b)
        },
        5,
        "not_judged",
        EVERYTHING,
        &[],
        "the journal has no entry",
    ),
    ("a statement more", |b| drop(b.import(&[data("updates/08")]).exits(0)), 0, "verified", &[], &[], ""),
];

#[test]
fn every_state_has_its_verdict() {
    let mut wrong = String::new();
    for (name, change, code, verdict, missing, found, words) in STATES {
        let book = small();
        change(&book);
        let answer = book.verify();
        if let Err(why) = says(&answer, code, verdict, missing, found, words) {
            wrong += &format!("{name}: {why}\n{}\n", answer.shown());
        }
        let plain = book.ask("verify", &[]);
        if let Err(why) = says_in_words(&plain, code, verdict) {
            wrong += &format!("{name}, in words: {why}\n{}\n", plain.shown());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn says(
    answer: &Answer,
    code: i32,
    verdict: &str,
    missing: &[&str],
    found: &[&str],
    words: &str,
) -> Result<(), String> {
    if answer.code != Some(code) {
        return Err(format!("exit {:?}, not {code}", answer.code));
    }
    let report = answer.json();
    if report["verdict"] != verdict || report["ok"] != (code == 0) {
        return Err(format!("verdict {} ({}), not {verdict}", report["verdict"], report["ok"]));
    }
    let checks = report["checks"].as_array().ok_or("checks")?;
    let named = |of: &dyn Fn(&Value) -> bool| -> BTreeSet<String> {
        checks.iter().filter(|check| of(check)).map(|check| text(&check["name"])).collect()
    };
    let set = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    let unjudged = named(&|check| check["judged"] == false);
    if unjudged != set(missing) {
        return Err(format!("not judged {unjudged:?}, not {missing:?}"));
    }
    let findings = named(&|check| check["found"].as_u64() != Some(0));
    if findings != set(found) {
        return Err(format!("found in {findings:?}, not {found:?}"));
    }
    // What was not looked at is never said to hold.
    for check in checks {
        let ok = match (check["found"].as_u64(), check["judged"].as_bool()) {
            (Some(0), Some(true)) => Value::Bool(true),
            (Some(0), _) => Value::Null,
            _ => Value::Bool(false),
        };
        if check["ok"] != ok || check["judged"] == check["missing"].is_string() {
            return Err(format!("{check:#}"));
        }
    }
    if !report.to_string().contains(words) {
        return Err(format!("nothing says “{words}”"));
    }
    Ok(())
}

fn says_in_words(answer: &Answer, code: i32, verdict: &str) -> Result<(), String> {
    let begins = match verdict {
        "verified" => "verified: ",
        "not_verified" => "NOT VERIFIED: ",
        "whole_with_findings" => "whole, with findings about content: ",
        _ => "not judged: ",
    };
    let last = answer.out.lines().last().unwrap_or_default();
    if answer.code != Some(code) || !last.starts_with(begins) {
        return Err(format!("exit {:?}, “{last}”", answer.code));
    }
    if code != 0 && answer.out.lines().any(|line| line.starts_with("verified")) {
        return Err("it says verified".to_owned());
    }
    Ok(())
}

fn no_vault(book: &Book) {
    for name in ["vault.sqlite", "vault.sqlite-wal"] {
        let _ = fs::remove_file(book.file(name));
    }
}

fn no_key(book: &Book) {
    fs::remove_file(book.file("vault.key")).expect("a key");
}

fn other_key(book: &Book) {
    fs::copy(Book::new().file("vault.key"), book.file("vault.key")).expect("another ledger's");
}

fn put(book: &Book, name: &str, bytes: &[u8]) {
    let _ = fs::remove_file(book.file(&format!("{name}-wal")));
    fs::write(book.file(name), bytes).expect("written");
}

fn sql(book: &Book, name: &str, statement: &str) {
    let database = book.open(name);
    database.pragma_update(None, "ignore_check_constraints", true).expect("a pragma");
    database.pragma_update(None, "foreign_keys", false).expect("a pragma");
    assert!(database.execute(statement, []).expect(statement) > 0, "{statement}");
}

fn damaged_vault(book: &Book) {
    sql(
        book,
        "vault.sqlite",
        "UPDATE subject_key SET wrapped = randomblob(length(wrapped)) WHERE rowid = \
        (SELECT MIN(rowid) FROM subject_key)",
    );
}

fn lost_key(book: &Book) {
    let worker = book.entries().into_iter().find(|entry| entry.type_name() == "worker.registered");
    let subject = worker.expect("a worker").place().subject;
    sql(
        book,
        "vault.sqlite",
        &format!("DELETE FROM subject_key WHERE subject = x'{}'", hex::encode(subject)),
    );
}

fn no_model(book: &Book) {
    book.forget_derived();
}

fn stale(book: &Book) {
    sql(book, "readmodel.sqlite", "UPDATE position SET fingerprint = 'x' || fingerprint");
}

fn changed_row(book: &Book) {
    sql(
        book,
        "readmodel.sqlite",
        "UPDATE wage_line SET net = net + 1 WHERE line = (SELECT MIN(line) FROM wage_line)",
    );
}

fn other_model(book: &Book) {
    sql(book, "readmodel.sqlite", "UPDATE position SET origin = 'wageledger.example.org/other'");
}

fn changed_entry(book: &Book) {
    sql(
        book,
        "ledger.sqlite",
        "UPDATE entry SET body = \
        CAST(replace(CAST(body AS TEXT), '\"net\":\"', '\"net\":\"1') AS BLOB) WHERE seq = \
        (SELECT MIN(seq) FROM entry WHERE CAST(body AS TEXT) LIKE '{\"type\":\"wages.accrued\"%')",
    );
}

/// A chain made anew without a payment of a sealed batch, and its read model.
fn lost_payment(book: &Book) {
    let entries = book.entries();
    store(book, &rewrite_without(&entries, &origin(&entries), last_of(&entries, "payment.recorded")));
    forget_head(book);
    book.forget_derived();
    book.ask("rebuild", &[]).exits(0);
}

/// The last entries gone, and what noted where the journal ended.
pub(crate) fn cut(book: &Book, entries: i64) {
    let kept = i64::try_from(book.entries().len()).expect("few").saturating_sub(entries);
    let cut = book.open("ledger.sqlite").execute("DELETE FROM entry WHERE seq > ?1", [kept]);
    assert!(cut.expect("a table") > 0);
    forget_head(book);
}

/// Takes away the note of the journal's head, as whoever holds the folder can.
pub(crate) fn forget_head(book: &Book) {
    let _ = fs::remove_file(book.file("ledger.head"));
}
