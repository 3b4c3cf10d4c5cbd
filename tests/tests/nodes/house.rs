//! The same ledger in a folder and in Kafka with PostgreSQL.

use serde_json::Value;
use std::process::Command;
use tests::{Book, Cluster, Servers, data, read_json, run, server, text, wageledger};

fn copy(from: &Book, to: &Book) -> Command {
    let mut command = wageledger();
    command.arg("copy").arg("--from").arg(from.named()).arg("--to").arg(to.named());
    command
}

/// An answer without what is particular to the ledger: its head, and the order of lines that are otherwise alike,
/// which is that of the workers' ids.
fn comparable(mut answer: Value) -> (Value, Vec<String>) {
    answer["head"].take();
    let mut rows: Vec<String> =
        answer["rows"].take().as_array().expect("rows").iter().map(Value::to_string).collect();
    rows.sort();
    (answer, rows)
}

/// The site through a node into Kafka and PostgreSQL: the same arrears as in a folder, on every day; and the same
/// hashes when the ledger moves into a folder and back into another topic.
#[test]
fn a_site_in_kafka_and_postgres_and_back() {
    let cluster = Cluster::new("site");
    let book = cluster.book(1);
    let node = cluster.serve(1);
    node.ready();
    book.import(&[data("site")]).exits(0);
    let embedded = Book::new();
    embedded.import(&[data("site")]).exits(0);
    let days = read_json("site/expected.json");
    let days: Vec<String> =
        days["arrears"].as_array().expect("days").iter().map(|d| text(&d["as_of"])).collect();
    assert_eq!(days.len(), 8);
    for day in &days {
        for by in ["line", "project", "employer", "region", "bucket"] {
            let reveal: &[&str] = if by == "line" { &["--reveal", "--purpose", "test"] } else { &[] };
            let (here, there) = (embedded.arrears(day, by, reveal), book.arrears(day, by, reveal));
            assert_eq!(comparable(here), comparable(there), "{day} by {by}");
        }
    }
    drop(node);

    let folder = Book::bare();
    run(copy(&book, &folder)).exits(0);
    let report = folder.verifies();
    assert_eq!(folder.entries(), book.entries(), "every byte");
    let topic = Cluster::bare("back", &server("WAGELEDGER_TEST_KAFKA"), 1);
    let back = topic.book(1);
    let config = std::fs::read_to_string(back.named()).expect("a configuration");
    let origin = |text: &str| text.lines().find(|l| l.starts_with("origin")).expect("an origin").to_owned();
    let first = std::fs::read_to_string(book.named()).expect("a configuration");
    std::fs::write(back.named(), config.replace(&origin(&config), &origin(&first))).expect("written");
    run(copy(&folder, &back)).exits(0);
    assert_eq!(back.verifies()["head"], report["head"]);
    assert_eq!(back.entries(), folder.entries(), "every byte");
    // Once more: nothing to do.
    run(copy(&folder, &back)).exits(0);
    assert_eq!(back.verifies()["head"], report["head"]);
}

/// A topic that was deleted: nobody goes on without it, and any node's copy puts it back, every byte.
#[test]
fn a_lost_topic_is_put_back() {
    let mut servers = Servers::with_postgres(1);
    let cluster = Cluster::on("lost", &servers);
    let (book, other) = (cluster.book(1), cluster.book(2));
    book.import(&[data("site")]).exits(0);
    let before = book.verifies();
    other.verifies();
    servers.lose(cluster.topic());
    book.import(&[data("updates/01")]).exits(3).says(&["wageledger copy"]);
    let copy_of_node = |book: &Book| Book::at(book.dir());
    run(copy(&copy_of_node(&book), &book)).exits(0);
    assert_eq!(book.verifies()["head"], before["head"]);
    assert_eq!(cluster.book(3).verifies()["head"], before["head"], "a new node reads it all");
    assert_eq!(cluster.book(3).entries(), book.entries(), "every byte");
    // And life goes on, on either node.
    let node = cluster.serve(2);
    node.ready();
    other.import(&[data("updates/01")]);
    assert!(other.head().seq > before["head"]["seq"].as_u64().expect("a number"));
    drop(node);
    book.verifies();
}

/// Without a vault the chain is verified and the read model compared, and what is sealed is not judged: nobody calls it
/// verified.
#[test]
fn without_a_vault() {
    let (site, _) = tests::shared_site();
    let bare = site.copy();
    for name in ["vault.sqlite", "vault.sqlite-wal", "vault.key"] {
        let _ = std::fs::remove_file(bare.file(name));
    }
    let target = Book::bare();
    run(copy(&bare, &target)).exits(0);
    target.ask("rebuild", &[]).exits(0);
    let report = target.verify().exits(5).json();
    assert_eq!((&report["verdict"], &report["ok"]), (&"not_judged".into(), &false.into()), "{report:#}");
    let judged: Vec<(&str, bool)> = report["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .map(|check| (check["name"].as_str().expect("a name"), check["judged"] != false))
        .collect();
    assert!(judged.contains(&("chain", true)) && judged.contains(&("sheet_seals", true)), "{judged:?}");
    assert!(judged.contains(&("read_model", true)), "{judged:?}");
    assert!(judged.contains(&("sealed_fields", false)) && judged.contains(&("vault", false)), "{judged:?}");
    assert_eq!(report["head"]["hash"], site.head().hash.as_str());
}
