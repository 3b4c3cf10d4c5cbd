//! What is derived can be thrown away: it comes back the same, row by row.

use std::fs;
use tests::{Book, same_rows, shared_site};

#[test]
fn a_rebuilt_read_model_is_identical() {
    // Brought forward in pieces as the hand-ins came, against made anew in one go.
    let book = crate::small();
    let before = book.copy();
    book.ask("rebuild", &[]).exits(0);
    book.settle();
    same_rows(&before.file("readmodel.sqlite"), &book.file("readmodel.sqlite"));
    book.verifies();
}

#[test]
fn a_deleted_read_model_comes_back() {
    let book = shared_site().0.copy();
    let answer = book.arrears("2026-06-30", "worker", &[]);
    book.settle();
    let before = book.copy();
    remove_read_model(&book);
    assert_eq!(book.arrears("2026-06-30", "worker", &[]), answer);
    book.settle();
    same_rows(&before.file("readmodel.sqlite"), &book.file("readmodel.sqlite"));
    book.ask("rebuild", &[]).exits(0);
    book.settle();
    same_rows(&before.file("readmodel.sqlite"), &book.file("readmodel.sqlite"));
    fs::remove_file(book.file("subjects.map")).expect("removed");
    book.verifies();
}

fn remove_read_model(book: &Book) {
    for name in ["readmodel.sqlite", "readmodel.sqlite-wal", "readmodel.sqlite-shm"] {
        let _ = fs::remove_file(book.file(name));
    }
    assert!(!book.file("readmodel.sqlite").exists());
}
