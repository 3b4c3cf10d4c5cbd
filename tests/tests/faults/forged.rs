//! Entries removed, swapped, doubled, cut off; a chain rewritten as a whole; an older file put back.

use crate::small;
use crate::tampered::assert_found;
use crate::verdicts::forget_head;
use chain::{Hash, Header, body_digest};
use rusqlite::params;
use serde_json::Value;
use std::collections::HashMap;
use tests::{Book, Entry, data, text};

/// Puts other entries in the place of all. Whoever does that takes the head file away too, so that what finds it is what
/// else has seen the entries.
pub(crate) fn store(book: &Book, entries: &[Entry]) {
    let mut database = book.open("ledger.sqlite");
    let all = database.transaction().expect("a transaction");
    all.execute("DELETE FROM entry", []).expect("emptied");
    for entry in entries {
        let row = params![entry.seq, entry.header, entry.salt, entry.body];
        all.execute("INSERT INTO entry VALUES (?, ?, ?, ?)", row).expect("stored");
    }
    all.commit().expect("stored");
    let _ = std::fs::remove_file(book.file("ledger.head"));
}

#[test]
fn an_entry_removed() {
    let book = small();
    let mut entries = book.entries();
    entries.remove(60);
    store(&book, &entries);
    assert_found(&book, "a removed entry");
    let report = book.verify().exits(1).json();
    assert!(report.to_string().contains("61"), "the entry is named: {report}");
}

#[test]
fn an_entry_removed_and_the_gap_closed() {
    let book = small();
    let mut entries = book.entries();
    entries.remove(60);
    for (place, entry) in (1..).zip(&mut entries) {
        entry.seq = place;
    }
    store(&book, &entries);
    assert_found(&book, "a removed entry");
}

#[test]
fn two_entries_swapped() {
    let book = small();
    let mut entries = book.entries();
    entries.swap(60, 61);
    entries[60].seq = 61;
    entries[61].seq = 62;
    store(&book, &entries);
    assert_found(&book, "swapped entries");
}

#[test]
fn an_entry_doubled() {
    for at in [60, usize::MAX] {
        let book = small();
        let mut entries = book.entries();
        let at = at.min(entries.len() - 1);
        let double = entries[at].clone();
        entries.insert(at, double);
        for (place, entry) in (1..).zip(&mut entries) {
            entry.seq = place;
        }
        store(&book, &entries);
        assert_found(&book, "a doubled entry");
    }
}

/// What is cut off at the end leaves a perfect chain: the read model has seen more, and is asked.
#[test]
fn a_cut_tail() {
    for lost in [1, 20] {
        let book = small();
        let mut entries = book.entries();
        entries.truncate(entries.len() - lost);
        store(&book, &entries);
        assert_found(&book, "a cut tail");
        let head = book.head();
        book.ask("rebuild", &[]).exits(1).says(&["read model"]);
        book.import(&[data("updates/08")]).exits(1).says(&["read model"]);
        assert_eq!(book.head(), head, "nobody appends to a shorter past");
        assert_found(&book, "and the witness is still there");
    }
}

/// Removes one entry and writes all the others anew, so that sequence, links, numbering of subjects and body
/// digests fit: what somebody could do who holds the disk and our source.
pub(crate) fn rewrite_without(entries: &[Entry], origin: &str, gone: i64) -> Vec<Entry> {
    let mut out = Vec::new();
    let mut prev: Hash = chain::Head::genesis(origin).hash;
    let mut tails: HashMap<[u8; 16], (u64, u64)> = HashMap::new();
    for entry in entries.iter().filter(|entry| entry.seq != gone) {
        let seq = if entry.seq > gone { entry.seq - 1 } else { entry.seq };
        let body = shift_references(&entry.body, gone);
        let salt: &[u8; 16] = entry.salt.as_slice().try_into().expect("16 bytes");
        let was = entry.place();
        let tail = tails.entry(was.subject).or_insert((0, 0));
        let header = Header {
            seq: seq.cast_unsigned(),
            prev,
            body_digest: body_digest(salt, &body),
            subject_seq: tail.1 + 1,
            subject_prev: tail.0,
            ..was
        };
        *tail = (header.seq, header.subject_seq);
        let new = Entry { seq, header: header.encode().to_vec(), salt: entry.salt.clone(), body };
        prev = new.hash();
        out.push(new);
    }
    out
}

/// Bodies that name a later entry than the one that is gone name its new place.
fn shift_references(body: &[u8], gone: i64) -> Vec<u8> {
    let mut body = String::from_utf8(body.to_vec()).expect("JSON is UTF-8");
    for name in ["\"corrects\":", "\"returns\":", "\"contract\":", "\"line\":"] {
        let Some(at) = body.find(name).map(|at| at + name.len()) else { continue };
        let digits: String = body[at..].chars().take_while(char::is_ascii_digit).collect();
        if let Ok(seq) = digits.parse::<i64>()
            && seq > gone
        {
            body.replace_range(at..at + digits.len(), &(seq - 1).to_string());
        }
    }
    body.into_bytes()
}

pub(crate) fn origin(entries: &[Entry]) -> String {
    text(&entries[0].fact()["origin"])
}

/// The check of content that alone must speak when everything else was made to fit, the read model among it.
#[track_caller]
fn only(book: &Book, check: &str) {
    forget_head(book);
    book.forget_derived();
    book.ask("rebuild", &[]).exits(0);
    let report: Value = book.verify().exits(4).json();
    for found in report["checks"].as_array().expect("checks") {
        assert_eq!(found["ok"] == true, found["name"] != check, "{report:#}");
    }
    assert_eq!(report["voids"], 0, "{report:#}");
}

/// The last entry of a type that nothing later refers to.
pub(crate) fn last_of(entries: &[Entry], type_name: &str) -> i64 {
    let found = entries.iter().rev().find(|entry| entry.type_name() == type_name);
    found.unwrap_or_else(|| panic!("no {type_name}")).seq
}

#[test]
fn a_line_removed_from_a_sealed_sheet() {
    let book = small();
    let entries = book.entries();
    // The control: rewritten without the last entry, which nobody misses, all holds but the witness.
    let without_last = rewrite_without(&entries, &origin(&entries), entries.len().try_into().expect("few"));
    assert_eq!(without_last[..], entries[..entries.len() - 1], "rewriting alone changes nothing");
    let line = entries.iter().find(|entry| entry.type_name() == "wages.accrued").expect("a line");
    let corrected = |seq: i64| entries.iter().any(|e| e.fact()["corrects"] == seq);
    let lines = entries.iter().filter(|e| e.type_name() == "wages.accrued");
    let victim = lines.clone().map(|e| e.seq).find(|seq| !corrected(*seq)).unwrap_or(line.seq);
    store(&book, &rewrite_without(&entries, &origin(&entries), victim));
    only(&book, "sheet_seals");
}

#[test]
fn a_line_removed_from_a_sealed_batch() {
    let book = small();
    let entries = book.entries();
    store(&book, &rewrite_without(&entries, &origin(&entries), last_of(&entries, "payment.recorded")));
    only(&book, "batch_seals");
}

/// An older copy of the ledger's file beside the newer read model: who appended now would fork the record.
#[test]
fn an_older_file_put_back() {
    let book = Book::new();
    book.import(&[data("updates/01")]).exits(0);
    book.settle();
    let older = book.copy();
    book.import(&[data("updates/02")]).exits(0);
    book.arrears("2026-07-31", "project", &[]);
    book.settle();
    std::fs::copy(older.file("ledger.sqlite"), book.file("ledger.sqlite")).expect("put back");
    let _ = std::fs::remove_file(book.file("ledger.sqlite-wal"));
    let head = book.head();
    assert_eq!(head, older.head());
    book.import(&[data("updates/02")]).exits(1).says(&["ledger.head"]);
    std::fs::remove_file(book.file("ledger.head")).expect("removed");
    book.import(&[data("updates/02")]).exits(1).says(&["read model"]);
    assert_eq!(book.head(), head, "nothing is appended");
    assert_found(&book, "an older file");
    book.ask("rebuild", &[]).exits(1);
    let answer = book.ask("arrears", &["--as-of", "2026-07-31"]);
    assert_eq!(answer.code, Some(1), "a question is not answered from two pasts\n{}", answer.shown());
}

/// Two ledgers that part after one past: each is whole, and no entry of the one goes with the other.
#[test]
fn a_tail_from_another_present() {
    let (book, other) = (small(), small());
    for book in [&book, &other] {
        book.import(&[data("updates/08")]).exits(0);
        book.verifies();
    }
    let (mut entries, others) = (book.entries(), other.entries());
    assert_eq!(entries.len(), others.len());
    let last = entries.len() - 1;
    assert_ne!(entries[last], others[last]);
    entries[last] = others[last].clone();
    store(&book, &entries);
    assert_found(&book, "a foreign entry");
    // The whole of the other's tail makes a perfect chain: only who saw this one can tell.
    let book = small();
    book.import(&[data("updates/08")]).exits(0);
    book.arrears("2026-07-31", "project", &[]);
    store(&book, &others);
    assert_found(&book, "another present");
    book.import(&[data("updates/10")]).exits(1).says(&["read model"]);
}
