//! The chain as it was: single bytes, and whole entries out of place.

use super::forger::{Forger, HEADER, Row};
use super::{Fault, Whole, fits, witness_at_end};
use crate::rig::ORIGIN;

/// One bit of each field of an entry: a line of April, so that its seal misses it too.
#[tokio::test(flavor = "multi_thread")]
async fn every_field_of_an_entry() {
    let whole = Whole::new().await;
    let mut wrong = String::new();
    for (field, at, expected) in [
        ("magic", 0, "chain 10, (subject_numbering 14), sheet_seals 12"),
        ("suite", 4, "chain 10, (subject_numbering 14), sheet_seals 12"),
        ("kind 9", 5, "chain 10, (subject_numbering 14), sheet_seals 12"),
        ("reserved", 6, "chain 10, (subject_numbering 14), sheet_seals 12"),
        ("seq", 8, "chain 10, (subject_numbering 14), sheet_seals 12"),
        ("seq, last byte", 15, "chain 10, (subject_numbering 14), sheet_seals 12"),
        ("recorded_at, outside of the window", 16, "chain 10, chain 11, (sheet_seals 12)"),
        ("recorded_at, within it", 23, "chain 11, (sheet_seals 12)"),
        ("prev", 24, "chain 10, chain 11, (sheet_seals 12)"),
        ("body_digest", 56, "body_digests 10, chain 11, sheet_seals 12"),
        ("subject", 88, "chain 11, strays 10, (subject_numbering 14), (sheet_seals 12)"),
        ("subject_seq", 111, "chain 11, strays 10, (subject_numbering 14), (sheet_seals 12)"),
        ("subject_prev", 119, "chain 11, strays 10, (subject_numbering 14), (sheet_seals 12)"),
        ("command_id", 135, "chain 11, sheet_seals 12"),
        ("salt", HEADER, "body_digests 10, sheet_seals 12"),
        ("body", HEADER + 16, "body_digests 10, sheet_seals 12"),
        ("body, later", HEADER + 200, "body_digests 10, sheet_seals 12"),
    ] {
        let mut rows = whole.rows.clone();
        rows[9].flip(at, 8);
        let (found, said) = whole.verify(&rows, &[]).await;
        if !fits(expected, &found) {
            wrong += &format!("{field}: expected {expected}, found {}\n{said}", found.join(", "));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Whatever single byte is changed of whatever entry, something is found, at the entry or at the one behind it
/// whose link shows it; and what follows is not blamed, but for seals and the next entry of the same subject.
async fn every_byte_of(entries: &[usize]) {
    let whole = Whole::new().await;
    let mut wrong = String::new();
    for entry in entries {
        let row = &whole.rows[*entry];
        let (seq, len) = (row.position, HEADER + row.salt.len() + row.body.len());
        for at in (0..HEADER).step_by(3).chain((HEADER..len).step_by(29)) {
            let mut rows = whole.rows.clone();
            rows[*entry].flip(at, 1);
            let (found, said) = whole.verify(&rows, &witness_at_end(&whole)).await;
            let blamed = |finding: &str| finding.ends_with(&format!(" {seq}"));
            // Behind the last there is only the witness.
            let behind = |finding: &str| {
                finding == format!("chain {}", seq + 1) || (seq == 16 && finding == "chain 15")
            };
            let numbered = found.iter().filter(|f| f.starts_with("subject_numbering") && !blamed(f)).count();
            let others = found.iter().any(|f| {
                !blamed(f) && !behind(f) && !f.contains("_seals") && !f.starts_with("subject_numbering")
            });
            if !found.iter().any(|f| blamed(f) || behind(f)) || numbered > 1 || others {
                wrong += &format!("entry {seq}, byte {at}: {}\n{said}", found.join(", "));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_byte_shows() {
    every_byte_of(&[1, 5, 7, 12, 15]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_byte_of_the_first_entry_shows() {
    every_byte_of(&[0]).await;
    let first: Fault = ("the first removed", |f| drop(f.rows.remove(0)), "chain 1");
    Whole::new().await.check(&[first]).await;
}

/// An entry whose header cannot be read is there, only unreadable; and it is one finding.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_not_missing() {
    let whole = Whole::new().await;
    let mut rows = whole.rows.clone();
    rows[15].flip(0, 1);
    rows[6].flip(0, 1);
    let (found, said) = whole.verify(&rows, &witness_at_end(&whole)).await;
    let chain: Vec<_> = found.iter().filter(|found| found.starts_with("chain")).collect();
    assert_eq!(chain, ["chain 7", "chain 16"], "{said}");
    assert!(!said.contains("missing") && !said.contains("cut"), "{said}");
}

/// An entry behind a gap, or behind a changed header, is looked into like any other.
#[tokio::test(flavor = "multi_thread")]
async fn one_fault_does_not_hide_another() {
    let whole = Whole::new().await;
    let table: [Fault; 3] = [
        (
            "10 removed, 11 changed",
            |f| {
                f.rows[10].flip(HEADER + 20, 1);
                f.rows.remove(9);
            },
            "chain 10, body_digests 11, (subject_numbering 14), sheet_seals 12",
        ),
        (
            "10's time and 11's body changed",
            |f| {
                f.rows[10].flip(HEADER + 20, 1);
                f.rows[9].flip(16, 8)
            },
            "chain 10, chain 11, body_digests 11, sheet_seals 12",
        ),
        ("9's time changed", |f| f.rows[8].flip(16, 8), "chain 9, chain 10, (sheet_seals 12)"),
    ];
    whole.check(&table).await;
}

/// Rows taken out, swapped, doubled: the chain as it was.
#[tokio::test(flavor = "multi_thread")]
async fn entries_out_of_place() {
    let whole = Whole::new().await;
    let table: [Fault; 8] = [
        ("a line removed", |f| drop(f.rows.remove(9)), "chain 10, (subject_numbering 14), sheet_seals 12"),
        (
            "two lines removed",
            |f| drop(f.rows.drain(8..10)),
            "chain 9, (subject_numbering 13), (subject_numbering 14), sheet_seals 12",
        ),
        ("a payment removed", |f| drop(f.rows.remove(12)), "chain 13, batch_seals 15"),
        (
            "two neighbours swapped",
            |f| f.swap(8, 9),
            "chain 9, chain 10, (subject_numbering 13), (subject_numbering 14), sheet_seals 12",
        ),
        (
            "two apart swapped",
            |f| f.swap(5, 12),
            "chain 6, chain 13, (subject_numbering 9), sheet_seals 8, batch_seals 15",
        ),
        (
            "doubled over its neighbour",
            |f| f.double(8, 9),
            "chain 10, (subject_numbering 14), sheet_seals 12",
        ),
        ("doubled at the end", |f| f.append_copy(9), "chain 17"),
        ("the last removed", |f| drop(f.rows.pop()), ""), // nobody saw it: see the witnesses
    ];
    whole.check(&table).await;
}

/// A cut tail, and a chain that was made anew from somewhere on, show only to somebody who saw more.
#[tokio::test(flavor = "multi_thread")]
async fn witnesses_see_what_the_chain_cannot() {
    let whole = Whole::new().await;
    let mut remade = Forger { rows: whole.rows.clone(), origin: ORIGIN };
    remade.edit(15, |body| body.replace(r#""v":1"#, r#""v": 1"#));
    remade.remake();
    let table: [(&str, Vec<Row>, &str); 4] = [
        ("whole", whole.rows.clone(), ""),
        ("the last cut", whole.rows[..15].to_vec(), "chain 15"),
        ("much cut", whole.rows[..4].to_vec(), "chain 4"),
        ("the last made anew", remade.rows, "chain 16"),
    ];
    for (name, rows, expected) in table {
        let (found, said) = whole.verify(&rows, &witness_at_end(&whole)).await;
        assert!(fits(expected, &found), "{name}: {found:?}\n{said}");
    }
}
