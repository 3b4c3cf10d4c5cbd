//! Two nodes: either takes commands, and when the leader goes the other goes on.

use crate::organisation;
use serde_json::json;
use std::time::{Duration, Instant};
use tests::{Cluster, Node, data, until};

fn leads(node: &Node) -> bool {
    node.metric("wageledger_leading") == Some(1.0)
}

/// Sends until there is a receipt: its sequence and hash.
fn recorded(node: &Node, n: u64) -> (u64, String) {
    let begun = Instant::now();
    loop {
        if let Some(answer) = node.post(&organisation(n))
            && (200..300).contains(&answer.status)
        {
            let receipt = answer.json();
            return (
                receipt["seq"].as_u64().expect("a place"),
                receipt["hash"].as_str().expect("a hash").into(),
            );
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "no receipt within a minute");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn either_node_takes_commands_and_the_other_takes_over() {
    let cluster = Cluster::new("takeover");
    let (one, two) = (cluster.serve(1), cluster.serve(2));
    one.ready();
    two.ready();
    assert!(leads(&one) != leads(&two), "one of them leads");
    let mut receipts = Vec::new();
    for n in 0..20 {
        receipts.push((n, recorded(if n % 2 == 0 { &one } else { &two }, n)));
    }
    // A command at the shell beside either goes through, whoever leads.
    for n in [1, 2] {
        cluster.book(n).import(&[data("site/projects.csv")]).exits(0);
    }
    let first_led = leads(&one);
    let (mut leader, other) = if first_led { (one, two) } else { (two, one) };
    leader.signal("KILL");
    let killed = Instant::now();
    leader.end();
    receipts.push((20, recorded(&other, 20)));
    println!("from kill to receipt: {:.1} s", killed.elapsed().as_secs_f64());
    assert!(leads(&other));
    for n in 21..40 {
        receipts.push((n, recorded(&other, n)));
    }
    // What was asked before is known after, with the same receipt.
    for (n, receipt) in &receipts {
        assert_eq!(&recorded(&other, *n), receipt, "command {n}");
    }
    // The first comes back and follows; nothing it gives is another's.
    let back = Node::start(&cluster.book(if first_led { 1 } else { 2 }));
    back.ready();
    assert_eq!(recorded(&back, 3), receipts[3].1);
    drop((back, other));
    let book = cluster.book(2);
    book.verifies();
    let entries = book.entries();
    for (n, (seq, hash)) in &receipts {
        let entry = &entries[usize::try_from(*seq).expect("fits") - 1];
        assert_eq!(&entry.hash().to_string(), hash, "command {n}");
    }
    let mut commands: Vec<[u8; 16]> = entries.iter().map(|entry| entry.place().command_id).collect();
    commands.sort_unstable();
    commands.dedup();
    assert_eq!(commands.len(), entries.len(), "every command once");
}

/// A leader that stood still is no leader when it goes on.
#[test]
fn a_paused_leader_hurts_nothing() {
    let cluster = Cluster::new("paused");
    let (one, two) = (cluster.serve(1), cluster.serve(2));
    one.ready();
    two.ready();
    let (leader, other) = if leads(&one) { (&one, &two) } else { (&two, &one) };
    let first = recorded(leader, 1);
    leader.signal("STOP");
    until("the other leads", || leads(other));
    let second = recorded(other, 2);
    leader.signal("CONT");
    // Whatever it answers now is true: the receipt of what is known, no refusal out of the past.
    assert_eq!(recorded(leader, 2), second);
    assert_eq!(recorded(leader, 1), first);
    let mut changed = organisation(2);
    changed["command"]["name"] = json!("改名");
    until("a refusal over what is recorded", || {
        leader.post(&changed).is_some_and(|answer| answer.status == 422)
    });
    recorded(leader, 3);
    drop((one, two));
    let report = cluster.book(1).verify().exits(0).json();
    assert_eq!((report["ok"].as_bool(), report["entries"].as_u64()), (Some(true), Some(4)), "{report:#}");
}
