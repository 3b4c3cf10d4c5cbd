//! What `verify` says of a ledger in Kafka and PostgreSQL when something of it is not there.

use serde_json::Value;
use std::fs;
use tests::{Book, Cluster, data, text};

/// The checks that were not judged, and those that found something.
fn said(book: &Book, code: i32) -> (Vec<String>, Vec<String>) {
    let report = book.verify().exits(code).json();
    let named = |of: fn(&Value) -> bool| {
        let checks = report["checks"].as_array().expect("checks").iter();
        checks.filter(|check| of(check)).map(|check| text(&check["name"])).collect()
    };
    (named(|check| check["judged"] == false), named(|check| check["ok"] == false))
}

#[test]
fn what_is_missing_is_named() {
    let cluster = Cluster::new("verdicts");
    let book = cluster.book(1);
    book.import(&[data("site/projects.csv"), data("site/roster-3301102601010101.xlsx")]).exits(0);
    let report = book.verifies();
    let checks: Vec<String> =
        report["checks"].as_array().expect("checks").iter().map(|check| text(&check["name"])).collect();
    assert!(checks.contains(&"topic".to_owned()) && checks.contains(&"read_model".to_owned()), "{checks:?}");

    // Without the key: the read model is compared in the database all the same.
    let key = cluster.folder().join("epoch.key");
    let kept = fs::read(&key).expect("a key");
    fs::remove_file(&key).expect("removed");
    let of_vault = ["sealed_fields", "vault", "subjects_map"].map(str::to_owned).to_vec();
    assert_eq!(said(&book, 5), (of_vault, vec![]));
    fs::write(&key, &kept).expect("put back");

    // In a schema that nobody made there is neither vault nor read model.
    let config = fs::read_to_string(book.named()).expect("a configuration");
    let (schema, elsewhere) = (format!("schema = \"{}\"", cluster.topic()), "schema = \"nowhere\"");
    assert!(config.contains(&schema), "{config}");
    fs::write(book.named(), config.replace(&schema, elsewhere)).expect("written");
    let missing = ["sealed_fields", "vault", "subjects_map", "read_model"].map(str::to_owned).to_vec();
    assert_eq!(said(&book, 5), (missing, vec![]));
    fs::write(book.named(), &config).expect("put back");
    book.verifies();

    // A local copy that was changed is broken, whatever the topic says.
    let change = "UPDATE entry SET body = x'7b7d' WHERE seq = 3";
    assert_eq!(book.open("ledger.sqlite").execute(change, []), Ok(1));
    let (_, broken) = said(&book, 1);
    assert!(broken.contains(&"body_digests".to_owned()), "{broken:?}");
}
