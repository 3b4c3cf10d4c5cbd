//! Heads and receipts that people hold, shown to `verify`.

use crate::small;
use crate::verdicts::cut;
use serde_json::Value;
use std::fs;
use tests::{Answer, data};

/// What is given, and what is said of it.
#[test]
fn heads_and_receipts() {
    let book = small();
    let entries = book.entries();
    let head = |seq: usize| format!("{seq}:{}", entries[seq - 1].hash());
    let shown = |args: &[&str]| book.ask("verify", &[&["--format", "json"], args].concat());
    let last = entries.len();
    let check = |answer: &Answer| {
        let report = answer.json();
        let checks = report["checks"].as_array().expect("checks").clone();
        checks.into_iter().find(|check| check["name"] == "heads_shown").expect("the check")
    };
    // Every entry that there is.
    let all: Vec<String> = (1..=last).map(head).collect();
    let args: Vec<&str> = all.iter().flat_map(|head| ["--head", head.as_str()]).collect();
    let answer = shown(&args).exits(0);
    assert_eq!(check(&answer)["note"], format!("{last} shown"));
    // Another hash, beyond the end, both at once.
    let other = format!("7:{}", entries[7].hash());
    let beyond = format!("{}:{}", last + 1, entries[7].hash());
    for (args, seqs, words) in [
        (vec!["--head", &other], vec![7], "and here it is"),
        (vec!["--head", &beyond], vec![last + 1], "the ledger ends at entry"),
        (vec!["--head", &all[3], "--head", &beyond, "--head", &other], vec![7, last + 1], "and here it is"),
    ] {
        let found = check(&shown(&args).exits(1));
        assert_eq!(found["kind"], "integrity");
        let findings = found["findings"].as_array().expect("findings");
        let named: Vec<usize> = findings
            .iter()
            .map(|f| usize::try_from(f["seq"].as_u64().expect("a place")).expect("few"))
            .collect();
        assert_eq!(named, seqs, "{found:#}");
        assert!(found.to_string().contains(words), "{found:#}");
    }
    for wrong in [
        "",
        "7",
        "7:",
        "7:00",
        "x:y",
        &format!("0:{}", entries[7].hash()),
        &format!("7 {}", entries[7].hash()),
    ] {
        book.ask("verify", &["--head", wrong]).exits(2).says(&["1301:7a8c9fb8"]);
    }
}

#[test]
fn receipts_in_files() {
    let book = small();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("receipts.json");
    let shown = |content: &str| {
        fs::write(&file, content).expect("written");
        book.ask("verify", &["--receipt", &file.to_string_lossy()])
    };
    // What the program itself gives out.
    let report = book.import(&[data("updates/08"), data("updates/07")]).exits(0);
    let receipts = report.json()["receipts"].as_array().expect("receipts").clone();
    assert!(receipts.len() >= 2, "{receipts:?}");
    shown(&report.out).exits(0);
    shown(&format!("\u{feff}{}", Value::from(receipts.clone()))).exits(0);
    let one = book.ask("receipt", &[]).exits(0);
    assert_eq!(one.json()["seq"], book.head().seq);
    assert_eq!(one.json()["hash"], book.head().hash);
    shown(&one.out).exits(0);
    let third = book.ask("receipt", &["--entry", "3"]).exits(0).json();
    assert_eq!(third["hash"], book.entries()[2].hash().to_string());
    book.ask("receipt", &["--entry", "999999"]).exits(2).says(&["--entry "]);
    // Once more the same files: the original receipts.
    let again = book.import(&[data("updates/08"), data("updates/07")]).exits(0).json();
    assert_eq!(again["receipts"], Value::from(receipts.clone()));
    let dry = book.import_with(&["--dry-run"], &[data("updates/09")]).json();
    assert_eq!(dry["receipts"], Value::from(Vec::<Value>::new()), "a rehearsal has nothing to show");
    // What was changed in a receipt, or is of another ledger, or none at all.
    let with = |field: &str, value: Value| {
        let mut receipt = third.clone();
        receipt[field] = value;
        receipt.to_string()
    };
    shown(&with("hash", receipts[0]["hash"].clone())).exits(1);
    shown(&with("recorded_at", "2026-01-01T00:00:00Z".into())).exits(1);
    shown(&with("seq", 4.into())).exits(1);
    shown(&with("seq", 1_000_000.into())).exits(1);
    for wrong in [with("origin", "o".into()), with("seq", 0.into()), with("hash", "00".into())] {
        shown(&wrong).exits(2);
    }
    for wrong in ["", "[]", "{}", "7", "{\"receipts\": []}", "[{\"outcome\": \"rejected\"}]", "receipt"] {
        shown(wrong).exits(2).says(&["{\"origin\": "]);
    }
    book.ask("verify", &["--receipt", "/nowhere/receipts.json"]).exits(3);
    // A tail cut where nothing but the receipt has seen it.
    let before = book.ask("receipt", &[]).exits(0).out;
    cut(&book, 2);
    book.forget_derived();
    book.ask("rebuild", &[]).exits(0);
    book.verifies();
    let answer = shown(&before).exits(1);
    assert!(answer.out.contains("its tail was cut"), "{}", answer.shown());
}
