//! Triggers, views and other tables: what makes an append that is reported done store nothing.

use super::{ORIGIN, outcome, place};
use crate::testing::chained;
use crate::{Head, Journal, OpenError, ReadError, ReadLimit, SqliteJournal};
use rusqlite::Connection;
use std::path::Path;

/// What is done to the file; what takes it back, where that can be done.
const CHANGES: [(&str, &str, Option<&str>); 9] = [
    (
        "a trigger that swallows rows",
        "CREATE TRIGGER t BEFORE INSERT ON entry BEGIN SELECT RAISE(IGNORE); END",
        Some("DROP TRIGGER t"),
    ),
    (
        "a trigger that takes rows out again",
        "CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM entry WHERE seq = NEW.seq; END",
        Some("DROP TRIGGER t"),
    ),
    (
        "a trigger that changes rows",
        "CREATE TRIGGER t AFTER INSERT ON entry BEGIN UPDATE entry SET body = x'7b7d' WHERE seq = NEW.seq; END",
        Some("DROP TRIGGER t"),
    ),
    (
        "a trigger that does nothing yet",
        "CREATE TRIGGER t AFTER DELETE ON meta BEGIN SELECT 1; END",
        Some("DROP TRIGGER t"),
    ),
    (
        "a view in the table's place",
        "ALTER TABLE entry RENAME TO kept; CREATE VIEW entry AS SELECT seq, header, salt, body FROM kept; \
         CREATE TRIGGER t INSTEAD OF INSERT ON entry BEGIN SELECT 1; END",
        None,
    ),
    (
        "a view that shows less",
        "ALTER TABLE entry RENAME TO kept; CREATE VIEW entry AS SELECT * FROM kept WHERE seq < 3",
        None,
    ),
    ("another table", "CREATE TABLE notes(x)", Some("DROP TABLE notes")),
    ("an index", "CREATE INDEX i ON entry(length(body))", Some("DROP INDEX i")),
    ("one more column", "ALTER TABLE entry ADD COLUMN more TEXT DEFAULT 'x'", None),
];

fn change(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

/// Whoever opens such a file, for whatever, is told what is in it.
#[tokio::test]
async fn a_file_with_anything_else_is_refused() {
    for (name, sql, back) in CHANGES {
        let (_folder, path) = place();
        let journal = SqliteJournal::create(&path, ORIGIN).unwrap();
        let mut head = journal.head();
        journal.append(chained(&mut head, 3, 100)).await.unwrap();
        drop(journal);
        change(&path, sql);
        let opened = [
            SqliteJournal::open(&path),
            SqliteJournal::open_read_only(&path),
            SqliteJournal::open_to_inspect(&path),
        ];
        for refused in opened.map(|opened| opened.err()) {
            let refused = refused.unwrap_or_else(|| panic!("{name}"));
            assert!(matches!(refused, OpenError::Read(ReadError::Damaged { .. })), "{name}: {refused}");
            assert!(refused.is_broken(), "{name}");
        }
        if let Some(back) = back {
            change(&path, back);
            let journal = SqliteJournal::open(&path).unwrap();
            assert_eq!(journal.head(), head, "{name}");
        }
    }
}

/// Put in while the journal is open: nobody is told of an entry that is not there.
#[tokio::test]
async fn what_is_put_in_meanwhile_gets_no_receipt() {
    for (name, sql, back) in CHANGES {
        let (_folder, path) = place();
        let journal = SqliteJournal::create(&path, ORIGIN).unwrap();
        let mut head = journal.head();
        for count in [1, 5, 200] {
            journal.append(chained(&mut head, count, 100)).await.unwrap();
        }
        change(&path, sql);
        let refused = journal.append(chained(&mut head.clone(), 2, 100)).await;
        assert_eq!(outcome(&refused), "not appended", "{name}");
        assert!(journal.catch_up().await.is_err(), "{name}");
        let Some(back) = back else { continue };
        change(&path, back);
        assert_eq!(journal.catch_up().await.unwrap(), head, "{name}");
        journal.append(chained(&mut head, 2, 100)).await.unwrap();
        assert_eq!(all(&journal), head, "{name}");
    }
}

fn all(journal: &SqliteJournal) -> Head {
    let (mut head, mut from) = (Head::genesis(ORIGIN), 1);
    while let Some(next) = {
        let records = journal.read(from, ReadLimit::BULK).unwrap();
        records.iter().for_each(|(_, record)| head = chain::accept(&head, &record).unwrap().head);
        records.next_position()
    } {
        from = next;
    }
    head
}
