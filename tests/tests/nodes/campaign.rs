//! Nodes under load while nodes are killed and paused: a short campaign of random faults.
//!
//! `WAGELEDGER_TEST_ROUNDS` sets how many rounds are played, `WAGELEDGER_TEST_SEED` repeats one campaign.

use crate::organisation;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tests::{Cluster, Dice, Node, setting};

const NODES: usize = 2;
const CLIENTS: u64 = 4;

/// Commands that were answered: number, and the receipt's place and hash.
type Receipts = Mutex<BTreeMap<u64, (u64, String)>>;

/// Sends one command after the other to any node, each again with the same id until it has its receipt.
fn client(addresses: &Mutex<Vec<String>>, next: &AtomicU64, stop: &AtomicBool, receipts: &Receipts) {
    while !stop.load(Ordering::SeqCst) {
        let n = next.fetch_add(1, Ordering::SeqCst);
        let body = organisation(n).to_string();
        for attempt in 0.. {
            let address = {
                let addresses = addresses.lock().expect("no panic");
                addresses[(n as usize + attempt) % addresses.len()].clone()
            };
            let answer = tests::Http::ask(&address, "POST", "/v1/commands", &body);
            if let Some(answer) = answer.filter(|answer| (200..300).contains(&answer.status)) {
                let receipt = answer.json();
                let place = receipt["seq"].as_u64().expect("a place");
                let hash = receipt["hash"].as_str().expect("a hash").to_owned();
                receipts.lock().expect("no panic").insert(n, (place, hash));
                break;
            }
            assert!(attempt < 2_000, "command {n} got no receipt");
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

#[test]
fn nodes_killed_and_paused_at_random_moments() {
    let mut dice = Dice::thrown("nodes_killed_and_paused_at_random_moments");
    let rounds = setting("WAGELEDGER_TEST_ROUNDS").unwrap_or(4);
    let cluster = Cluster::new("campaign");
    let mut nodes: Vec<Node> = (1..=NODES).map(|n| cluster.serve(n)).collect();
    nodes.iter().for_each(Node::ready);
    let addresses = Mutex::new(nodes.iter().map(|node| node.address.clone()).collect());
    let (next, stop, receipts) = (AtomicU64::new(0), AtomicBool::new(false), Receipts::default());
    std::thread::scope(|scope| {
        let clients: Vec<_> =
            (0..CLIENTS).map(|_| scope.spawn(|| client(&addresses, &next, &stop, &receipts))).collect();
        for round in 0..rounds {
            std::thread::sleep(Duration::from_millis(300 + dice.below(1_500)));
            let victim = dice.index(NODES);
            let kill = dice.below(2) == 0;
            println!("round {round}: node {} {}", victim + 1, if kill { "killed" } else { "paused" });
            if kill {
                nodes[victim].signal("KILL");
                nodes[victim].end();
                std::thread::sleep(Duration::from_millis(dice.below(3_000)));
                nodes[victim] = cluster.serve(victim + 1);
                addresses.lock().expect("no panic")[victim].clone_from(&nodes[victim].address);
            } else {
                nodes[victim].signal("STOP");
                // Sometimes shorter, sometimes longer than the group waits for a sign of life.
                std::thread::sleep(Duration::from_millis(dice.below(9_000)));
                nodes[victim].signal("CONT");
            }
        }
        stop.store(true, Ordering::SeqCst);
        for client in clients {
            client.join().expect("a client");
        }
    });
    drop(nodes);
    let book = cluster.book(1);
    let report = book.verify().exits(0).json();
    assert_eq!(report["ok"], true, "{report:#}");
    let receipts = receipts.into_inner().expect("no panic");
    assert!(receipts.len() as u64 > rounds, "something was recorded in between");
    let entries = book.entries();
    let mut commands: Vec<[u8; 16]> = entries.iter().map(|entry| entry.place().command_id).collect();
    commands.sort_unstable();
    commands.dedup();
    assert_eq!(commands.len(), entries.len(), "every command once");
    for (n, (place, hash)) in &receipts {
        let entry = &entries[usize::try_from(*place).expect("fits") - 1];
        assert_eq!(&entry.hash().to_string(), hash, "the receipt of command {n}");
    }
    assert_eq!(entries.len(), receipts.len() + 1, "nothing that nobody asked for");
    println!("{} receipts in {rounds} rounds, {} voids", receipts.len(), report["voids"]);
}
