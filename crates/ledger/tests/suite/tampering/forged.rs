//! The chain made anew: what a forger who has the file cannot make fit.

use super::forger::Forger;
use super::{Fault, Whole};
use crate::rig::subject;

/// What a forger does who makes digests, chain and numbering anew.
#[tokio::test(flavor = "multi_thread")]
async fn forged_with_the_chain_made_anew() {
    let whole = Whole::new().await;
    let table: [Fault; 18] = [
        ("nothing", Forger::remake, ""),
        (
            "a line removed from a sealed sheet",
            |f| {
                f.rows.remove(9);
                f.remake()
            },
            "sheet_seals 11",
        ),
        (
            "a line removed from a sealed batch",
            |f| {
                f.rows.remove(13);
                f.remake()
            },
            "batch_seals 14",
        ),
        (
            "a seal removed",
            |f| {
                f.rows.remove(7);
                f.remake()
            },
            "",
        ), // an open sheet is shown as incomplete
        (
            "a line added to a sealed sheet",
            |f| {
                f.add(10, |b| b.replace("2026-04", "2026-03"));
                f.remake()
            },
            "sheet_seals 17",
        ),
        (
            "a line added to a sealed batch",
            |f| {
                f.add(12, |b| b.replace("S-1", "S-2"));
                f.remake()
            },
            "batch_seals 17",
        ),
        (
            "a line changed",
            |f| {
                f.edit(9, |b| b.replace("7800.00", "7000.00"));
                f.remake()
            },
            "sheet_seals 12",
        ),
        (
            "a line moved to the other sheet",
            |f| {
                f.edit(10, |b| b.replace("2026-04", "2026-03"));
                f.remake()
            },
            "sheet_seals 11, sheet_seals 12",
        ),
        (
            "a payment changed",
            |f| {
                f.edit(12, |b| b.replace("7800.00", "780.00"));
                f.remake()
            },
            "batch_seals 15",
        ),
        (
            "a sealed sum changed",
            |f| {
                f.edit(7, |b| b.replace("15600.00", "15000.00"));
                f.remake()
            },
            "sheet_seals 8",
        ),
        (
            "one command for another",
            |f| {
                f.header(9, |h| h.command_id = [7; 16]);
                f.remake()
            },
            "sheet_seals 12",
        ),
        (
            "another worker's line",
            |f| {
                f.header(9, |h| h.subject = *subject(2).as_bytes());
                f.remake()
            },
            "sealed_fields 10",
        ),
        (
            "a stranger's stream",
            |f| {
                f.header(15, |h| h.subject = [9; 16]);
                f.remake()
            },
            "sealed_fields 16",
        ),
        ("on the ledger's stream", |f| f.onto_ledgers_stream(15), "facts 16, sealed_fields 16"),
        (
            "a later version",
            |f| {
                f.edit(15, |b| b.replace(r#""v":1"#, r#""v":2"#));
                f.remake()
            },
            "facts 16",
        ),
        (
            "an unknown type",
            |f| {
                f.edit(15, |b| b.replace("worker.changed", "worker.praised"));
                f.remake()
            },
            "facts 16",
        ),
        (
            "no JSON",
            |f| {
                f.edit(15, |_| "{".to_owned());
                f.remake()
            },
            "facts 16",
        ),
        (
            "a field that is plain",
            |f| {
                f.plain(15, "phone", "13911111111");
                f.remake()
            },
            "sealed_fields 16",
        ),
    ];
    whole.check(&table).await;
}

/// Numbering made wrong while the chain is right.
#[tokio::test(flavor = "multi_thread")]
async fn numbering() {
    let whole = Whole::new().await;
    let table: [Fault; 5] = [
        (
            "subject_seq",
            |f| {
                f.header(9, |h| h.subject_seq += 1);
                f.rechain()
            },
            "strays 10, strays 14, sheet_seals 12, batch_seals 15",
        ),
        (
            "subject_prev",
            |f| {
                f.header(9, |h| h.subject_prev = 6);
                f.rechain()
            },
            "strays 10, strays 14, sheet_seals 12, batch_seals 15",
        ),
        (
            "first of its subject",
            |f| {
                f.header(9, |h| (h.subject_seq, h.subject_prev) = (1, 0));
                f.rechain()
            },
            "strays 10, strays 14, sheet_seals 12, batch_seals 15",
        ),
        (
            "kind",
            |f| {
                f.header(9, |h| h.kind = chain::Kind::Ledger);
                f.rechain()
            },
            "subject_numbering 10, facts 10",
        ),
        (
            "the ledger's kind",
            |f| {
                f.header(0, |h| h.kind = chain::Kind::Subject);
                f.rechain()
            },
            "subject_numbering 1, facts 1",
        ),
    ];
    whole.check(&table).await;
}

/// Sealed fields exchanged, with digests and chain made anew: each is bound to its worker and its name, and
/// its commitment to its value.
#[tokio::test(flavor = "multi_thread")]
async fn sealed_fields_exchanged() {
    let whole = Whole::new().await;
    let table: [Fault; 7] = [
        (
            "two fields of one entry",
            |f| {
                f.exchange((2, "phone"), (2, "card"));
                f.remake()
            },
            "sealed_fields 3",
        ),
        (
            "two fields of two entries of one worker",
            |f| {
                f.exchange((4, "name"), (15, "bank"));
                f.remake()
            },
            "sealed_fields 5, sealed_fields 16",
        ),
        (
            "one field of two workers",
            |f| {
                f.exchange((2, "phone"), (3, "phone"));
                f.remake()
            },
            "sealed_fields 3, sealed_fields 4",
        ),
        (
            "only what is encrypted, one field, two entries of one worker",
            |f| {
                f.exchange((5, "line.account.x"), (8, "line.account.x"));
                f.remake()
            },
            "sealed_fields 6, sealed_fields 9",
        ),
        (
            "only the commitments",
            |f| {
                f.exchange((4, "phone.c"), (15, "phone.c"));
                f.remake()
            },
            "sealed_fields 5, sealed_fields 16",
        ),
        (
            "another ID number",
            |f| {
                f.exchange((2, "id_number"), (3, "id_number"));
                f.remake()
            },
            "sealed_fields 3, sealed_fields 4",
        ),
        // Both are true words of one worker about one field: only a witness knows which was said when.
        (
            "one field of two entries of one worker",
            |f| {
                f.exchange((4, "phone"), (15, "phone"));
                f.remake()
            },
            "",
        ),
    ];
    whole.check(&table).await;
}
