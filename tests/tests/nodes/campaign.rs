//! Nodes under load while nodes are killed and paused, brokers killed, the database stopped: a campaign of random
//! faults, short unless it is asked for more.
//!
//! `WAGELEDGER_TEST_ROUNDS` sets how many rounds are played, `WAGELEDGER_TEST_BROKERS` (1 or 3) and
//! `WAGELEDGER_TEST_NODES` with how many servers, `WAGELEDGER_TEST_SEED` repeats one campaign.

use crate::organisation;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tests::{Cluster, Dice, Entry, Node, Place, Server, Servers, setting, until};

const CLIENTS: u64 = 4;

/// Commands that were answered: number, and the receipt's place and hash.
type Receipts = Mutex<BTreeMap<u64, (u64, String)>>;

/// When receipts came since the last look.
#[derive(Default)]
struct Beats(Mutex<Vec<Instant>>);

impl Beats {
    fn beat(&self) {
        self.0.lock().expect("no panic").push(Instant::now());
    }

    /// The longest time in which nobody got a receipt.
    fn longest_silence(&self) -> Duration {
        let last = self.0.lock().expect("no panic").last().copied();
        let mut beats = std::mem::replace(&mut *self.0.lock().expect("no panic"), last.into_iter().collect());
        beats.sort();
        let pairs = beats.windows(2).map(|pair| pair[1].duration_since(pair[0]));
        pairs.max().unwrap_or_default()
    }
}

/// Sends one command after the other to any node, each again with the same id until it has its receipt.
fn client(
    addresses: &Mutex<Vec<Place>>,
    next: &AtomicU64,
    stop: &AtomicBool,
    receipts: &Receipts,
    beats: &Beats,
) {
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
                beats.beat();
                break;
            }
            assert!(attempt < 2_000, "command {n} got no receipt");
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

/// What happens in a round.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Kill -9 of a node, which comes back.
    NodeKilled(usize),
    /// A node stands still for a while: shorter or longer than its group waits for a sign of life.
    NodePaused(usize),
    /// Kill -9 of a broker, which comes back.
    BrokerKilled(usize),
    /// The database is stopped, in order or at once, and started again.
    PostgresRestarted { at_once: bool },
}

impl Fault {
    /// Each kind comes once before any comes twice.
    fn any(round: u64, order: &[u64; 4], dice: &mut Dice, nodes: usize, brokers: usize) -> Fault {
        let kind = usize::try_from(round).ok().and_then(|round| order.get(round).copied());
        match kind.unwrap_or_else(|| dice.below(6)) {
            0 => Fault::BrokerKilled(dice.index(brokers) + 1),
            1 => Fault::PostgresRestarted { at_once: dice.below(2) == 0 },
            2 | 4 => Fault::NodeKilled(dice.index(nodes) + 1),
            _ => Fault::NodePaused(dice.index(nodes) + 1),
        }
    }
}

/// Everything that a campaign is played with.
struct Field {
    cluster: Cluster,
    servers: Servers,
    nodes: Vec<Node>,
}

impl Field {
    fn new(nodes: usize, brokers: usize) -> Field {
        let servers = Servers::with_postgres(brokers);
        let cluster = Cluster::on("campaign", &servers);
        let nodes: Vec<Node> = (1..=nodes).map(|n| cluster.serve(n)).collect();
        nodes.iter().for_each(Node::ready);
        Field { cluster, servers, nodes }
    }
}

fn befall(fault: Fault, dice: &mut Dice, field: &mut Field, addresses: &Mutex<Vec<Place>>) {
    let mut a_while = |longest: u64| std::thread::sleep(Duration::from_millis(dice.below(longest)));
    match fault {
        Fault::NodeKilled(n) => {
            field.nodes[n - 1].signal("KILL");
            field.nodes[n - 1].end();
            a_while(3_000);
            field.nodes[n - 1] = field.cluster.serve(n);
            addresses.lock().expect("no panic")[n - 1].clone_from(&field.nodes[n - 1].address);
        }
        Fault::NodePaused(n) => {
            field.nodes[n - 1].signal("STOP");
            a_while(9_000);
            field.nodes[n - 1].signal("CONT");
        }
        Fault::BrokerKilled(id) => {
            field.servers.signal(Server::Broker(id), "KILL");
            a_while(3_000);
            field.servers.start_again(Server::Broker(id));
        }
        Fault::PostgresRestarted { at_once } => {
            field.servers.signal(Server::Postgres, if at_once { "QUIT" } else { "INT" });
            a_while(3_000);
            field.servers.start_again(Server::Postgres);
        }
    }
}

/// A node's copy of the journal is one chain with every command once, and every receipt that it has come to is in
/// it at its place.
fn holds(entries: &[Entry], receipts: &BTreeMap<u64, (u64, String)>) {
    for pair in entries.windows(2) {
        assert_eq!(pair[1].place().prev, pair[0].hash(), "one chain");
    }
    let commands: BTreeSet<_> = entries.iter().map(|entry| entry.place().command_id).collect();
    assert_eq!(commands.len(), entries.len(), "every command once");
    for (n, (place, hash)) in receipts {
        let place = usize::try_from(*place).expect("fits");
        if let Some(entry) = entries.get(place - 1) {
            assert_eq!(&entry.hash().to_string(), hash, "the receipt of command {n}");
        }
    }
}

#[test]
fn faults_at_random_moments() {
    let mut dice = Dice::thrown("faults_at_random_moments");
    let rounds = setting("WAGELEDGER_TEST_ROUNDS").unwrap_or(5);
    let size = |name, usual| usize::try_from(setting(name).unwrap_or(usual)).expect("few");
    let (nodes, brokers) = (size("WAGELEDGER_TEST_NODES", 2), size("WAGELEDGER_TEST_BROKERS", 1));
    let mut order = [0, 1, 2, 3];
    dice.shuffle(&mut order);
    let mut field = Field::new(nodes, brokers);
    let addresses = Mutex::new(field.nodes.iter().map(|node| node.address.clone()).collect());
    let (next, stop, receipts) = (AtomicU64::new(0), AtomicBool::new(false), Receipts::default());
    let beats = Beats::default();
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| scope.spawn(|| client(&addresses, &next, &stop, &receipts, &beats)))
            .collect();
        for round in 0..rounds {
            std::thread::sleep(Duration::from_millis(300 + dice.below(1_500)));
            let fault = Fault::any(round, &order, &mut dice, nodes, brokers);
            beats.longest_silence();
            befall(fault, &mut dice, &mut field, &addresses);
            // Somebody goes on, and whichever node is looked at has what was answered for.
            let before = receipts.lock().expect("no panic").len();
            until("another receipt", || receipts.lock().expect("no panic").len() > before);
            println!(
                "round {round}: {fault:?}, longest silence {:.1} s",
                beats.longest_silence().as_secs_f64()
            );
            let given = receipts.lock().expect("no panic").clone();
            let last = given.values().map(|(place, _)| *place).max().expect("some");
            let book = field.cluster.book(dice.index(nodes) + 1);
            until("the node has come so far", || book.head().seq >= last);
            holds(&book.entries(), &given);
        }
        stop.store(true, Ordering::SeqCst);
        for client in clients {
            client.join().expect("a client");
        }
    });
    drop(field.nodes);
    let receipts = receipts.into_inner().expect("no panic");
    assert!(receipts.len() as u64 > rounds, "something was recorded in between");
    let mut voids = 0;
    for n in 1..=nodes {
        let book = field.cluster.book(n);
        // The read model among it, against one that is made anew.
        let report = book.verify().exits(0).json();
        assert_eq!(report["ok"], true, "{report:#}");
        let entries = book.entries();
        holds(&entries, &receipts);
        assert_eq!(entries.len(), receipts.len() + 1, "nothing that nobody asked for");
        voids = report["voids"].as_u64().expect("a number");
    }
    println!("{} receipts in {rounds} rounds, {voids} voids", receipts.len());
}
