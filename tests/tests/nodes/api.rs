//! The HTTP surface of a node on a folder.

use crate::organisation;
use serde_json::{Value, json};
use tests::{Book, Http, Node, Place, data, run, until};

#[test]
fn commands_are_recorded_once_and_refused_with_reason() {
    let book = Book::new();
    let node = Node::start(&book);
    let first = node.post(&organisation(1)).expect("an answer");
    assert_eq!(first.status, 201, "{first:?}");
    let receipt = first.json();
    assert_eq!((receipt["outcome"].as_str(), receipt["seq"].as_u64()), (Some("recorded"), Some(2)));
    assert_eq!(receipt["hash"], book.entries()[1].hash().to_string().as_str());
    let again = node.post(&organisation(1)).expect("an answer");
    assert_eq!((again.status, again.json()["outcome"].as_str()), (200, Some("already_recorded")));
    assert_eq!(again.json()["hash"], receipt["hash"]);
    let mut other = organisation(1);
    other["command"]["name"] = json!("另一家公司");
    let reused = node.post(&other).expect("an answer");
    assert_eq!((reused.status, &reused.json()["rejection"]["code"]), (422, &json!("command_id_reused")));

    let many: Vec<Value> = (1..=40).map(organisation).collect();
    let many = node.post(&json!(many)).expect("an answer");
    let answers = many.json();
    let outcomes: Vec<_> =
        answers.as_array().expect("a list").iter().map(|a| a["outcome"].as_str()).collect();
    assert_eq!((many.status, outcomes.len(), outcomes[0]), (200, 40, Some("already_recorded")));
    assert!(outcomes[1..].iter().all(|outcome| *outcome == Some("recorded")), "{outcomes:?}");

    let entry = Http::get(&node.address, "/v1/entries/2").expect("an answer").json();
    assert_eq!(entry["hash"], receipt["hash"]);
    assert_eq!(entry["body"]["type"], "organisation.registered");
    assert_eq!(Http::get(&node.address, "/v1/entries/999").expect("an answer").status, 404);
    until("the read model follows", || node.metric("wageledger_readmodel_lag_entries") == Some(0.0));
    assert_eq!(node.metric("wageledger_commands_total{outcome=\"recorded\"}"), Some(40.0));
    assert_eq!(node.metric("wageledger_head_seq"), Some(41.0));
}

#[test]
fn what_is_not_understood_is_refused_and_nothing_recorded() {
    let book = Book::new();
    let node = Node::start(&book);
    let mut unknown_field = organisation(1);
    unknown_field["command"]["nmae"] = json!("x");
    let mut unknown_type = organisation(1);
    unknown_type["command"]["type"] = json!("MakeRich");
    let mut sealed = organisation(1);
    sealed["command"] = json!({ "type": "RegisterCrew", "project": "3301062512180102",
        "label": { "c": "x", "x": "y" } });
    let many: Vec<Value> = (0..5_001).map(organisation).collect();
    let table = [
        (unknown_field, 400, "unknown field `nmae`"),
        (unknown_type, 400, "unknown variant `MakeRich`"),
        (json!("hello"), 400, "command 0"),
        (sealed, 400, ""),
        (json!([organisation(1), { "subject": 1 }]), 400, "command 1"),
        (json!(many), 413, "5000 commands, this one has more"),
    ];
    for (body, status, says) in table {
        let refused = node.post(&body).expect("an answer");
        let fits = refused.status == status || (status == 400 && refused.status == 422);
        assert!(fits && refused.body.contains(says), "{status} {says}: {refused:?}");
    }
    let large = format!("\"{}\"", "x".repeat(33 << 20));
    let refused = Http::ask(&node.address, "POST", "/v1/commands", &large);
    assert!(refused.is_none_or(|refused| refused.status == 413));
    assert_eq!(book.head().seq, 1, "nothing was recorded");
}

#[test]
fn commands_at_the_shell_go_through_the_node_that_runs() {
    let book = Book::new();
    let mut node = Node::start(&book);
    node.ready();
    book.import(&[data("site")]).exits(0);
    assert_eq!(node.metric("wageledger_head_seq"), Some(book.head().seq as f64), "the node recorded it");
    let total = book.arrears("2026-07-31", "project", &["--reveal", "--purpose", "test"])["total"].clone();
    assert_eq!(total["outstanding"], "1444815.39");
    node.signal("TERM");
    assert_eq!(node.end(), Some(0), "it ends by itself");
    assert!(!book.file("node.json").exists());
    book.verifies();
    assert_eq!(book.arrears("2026-07-31", "project", &[])["total"], total);
}

/// A node that other machines reach asks for the same token, and answers to no name that it was not given.
#[test]
fn a_node_that_others_reach() {
    let book = Book::new();
    let short = ["--listen", "0.0.0.0:0", "--ops-listen", "127.0.0.1:0"];
    let mut command = book.command("serve", &short);
    command.env("WAGELEDGER_NODE_TOKEN", "short");
    run(command).exits(2).says(&["WAGELEDGER_NODE_TOKEN", "16 characters"]);
    let node = Node::listening(&book, "0.0.0.0:0");
    let port = node.address.at.rsplit_once(':').expect("a port").1;
    let here = Place { at: format!("127.0.0.1:{port}"), ..node.address.clone() };
    assert_eq!(Http::get(&here, "/v1/entries/1").expect("an answer").status, 200);
    assert_eq!(Http::get(&Place::open(&here.at), "/v1/entries/1").expect("an answer").status, 401);
    assert_eq!(Http::get(&here, "/").expect("an answer").status, 404, "no pages");
    let asked = |host: &str| {
        let host = format!("host: {host}:{port}");
        Http::send(&here, "GET", "/v1/entries/1", &[&host], "").expect("an answer").status
    };
    for (host, status) in [("192.0.2.7", 200), ("localhost", 200), ("node-1", 403), ("evil.example", 403)] {
        assert_eq!(asked(host), status, "{host}");
    }
}
