//! What may go wrong with a machine, or be done to its files: nothing acknowledged is lost, nothing is doubled,
//! nothing changes unseen.

mod backup;
mod copied;
mod disk;
mod forged;
mod killed;
mod rebuilt;
mod shown;
mod tampered;
mod verdicts;

use std::sync::OnceLock;
use tests::{Book, data};

/// Reading personal data needs a reason.
const REVEAL: [&str; 3] = ["--reveal", "--purpose", "end-to-end test"];

/// A small ledger in which almost every table has rows: seven hand-ins of the folder `updates`, three more
/// projects with account statements, one reveal; the read model is at the head.
fn small() -> Book {
    static SMALL: OnceLock<Book> = OnceLock::new();
    let small = SMALL.get_or_init(|| {
        let book = Book::new();
        for step in ["01", "02", "03", "04", "05", "06", "07"] {
            book.import(&[data("updates").join(step)]).exits(0);
        }
        let statement = |month| data("site").join(format!("account-3301102601010101-{month}.csv"));
        book.import(&[data("site/projects.csv"), statement("202601"), statement("202602")]).exits(0);
        book.arrears("2026-07-31", "line", &REVEAL);
        book.arrears("2026-07-31", "project", &[]);
        book.settle();
        book.verifies();
        book
    });
    small.copy()
}
