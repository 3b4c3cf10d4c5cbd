//! Several nodes, random clients, and everything that may happen between them and a shared topic: messages
//! lost, unheard, doubled and late, nodes that stand still, die and come back, leaders who do not know that
//! they lead no more. At the end nothing is lost, doubled or untrue.
//!
//! A schedule is made by its seed alone: one thread, a time of its own, dice that say who goes on next.
//! `WAGELEDGER_TEST_SEED` sets the first seed, `WAGELEDGER_TEST_SCHEDULES` how many follow.

mod check;
mod cluster;
mod executor;
mod node_journal;
mod topic;

use crate::rig::{ORIGIN, Rig, SetClock, memory, receipt, subject};
use crate::story::{Dice, KINDS, submission};
use cluster::Cluster;
use executor::{Sim, WIRE};
use futures_util::future::{Either, select};
use journal::{Entry, Journal, ReadLimit};
use ledger::{Options, Outcome, Receipt, Submission, SubmitError};
use node_journal::NodeJournal;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use topic::{Broken, Topic};
use uuid::Uuid;
use wages::Rejection;

const SUBJECTS: u128 = 3;
const START: i64 = 1_772_000_000_000_000;
/// One schedule in so many is also verified from its first entry, and the sequencer asked all that it remembers.
const THOROUGH: u64 = 32;

/// A refusal that a client was given, and how far the topic was accepted when he asked and when he was told.
struct Refused {
    asked: Submission,
    rejection: Rejection,
    from: u64,
    to: u64,
}

/// What clients asked and were told.
#[derive(Default)]
struct Told {
    asked: Vec<Submission>,
    receipts: HashMap<(Uuid, Uuid), Receipt>,
    refused: Vec<Refused>,
}

#[derive(Clone)]
struct World {
    sim: Sim,
    topic: Arc<Topic>,
    cluster: Cluster,
    clock: Arc<SetClock>,
    told: Arc<Mutex<Told>>,
    /// Clients that still ask.
    clients: Arc<AtomicUsize>,
}

impl World {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_command(&self) -> Submission {
        let mut told = self.told();
        let sim = &self.sim;
        let known = told.asked.len() as u64;
        if known > 0 && sim.per_mille(300) {
            return told.asked[sim.below(known) as usize].clone();
        }
        let about = u128::from(sim.below(SUBJECTS as u64));
        let reused = known > 0 && sim.per_mille(50);
        let id = if reused { sim.below(known) } else { known };
        let to = u128::from(sim.below(1 + known));
        let kind = if sim.per_mille(200) { 0 } else { sim.below(KINDS) };
        let command = submission(about, u128::from(id), kind, 1 + sim.below(9), to);
        told.asked.push(command.clone());
        command
    }

    /// One client: asks, and asks again with the same ids, any node, until he has an answer or loses patience.
    async fn client(self) {
        for _ in 0..2 + self.sim.below(2) {
            let request: Vec<_> = (0..1 + self.sim.below(3)).map(|_| self.next_command()).collect();
            for _ in 0..1 + self.sim.below(5) {
                let node = self.sim.below(self.cluster.len() as u64) as usize;
                if self.ask(node, &request, 40 + self.sim.below(400)).await.is_some() {
                    break;
                }
                self.sim.sleep(self.sim.below(30)).await;
            }
            self.sim.sleep(self.sim.below(40)).await;
        }
        self.clients.fetch_sub(1, Ordering::SeqCst);
    }

    /// Asks a node once, and keeps what it says.
    async fn ask(&self, node: usize, request: &[Submission], patience: u64) -> Option<Vec<Outcome>> {
        let ledger = self.cluster.ledger(node)?;
        let from = self.topic.head().seq;
        let answer = pin!(ledger.submit(request.to_vec()));
        let outcomes = match select(answer, pin!(self.sim.sleep(patience))).await {
            Either::Left((Ok(outcomes), _)) => outcomes,
            Either::Left((Err(SubmitError::TooLarge { .. }), _)) => panic!("too large"),
            Either::Left((Err(_), _)) | Either::Right(_) => return None,
        };
        assert_eq!(outcomes.len(), request.len(), "an answer for each command");
        let to = self.topic.head().seq;
        for (asked, outcome) in request.iter().zip(&outcomes) {
            self.take(asked.clone(), outcome, from, to);
        }
        Some(outcomes)
    }

    /// Keeps what a client was told; one command has one receipt for ever.
    fn take(&self, asked: Submission, outcome: &Outcome, from: u64, to: u64) {
        let mut told = self.told();
        match outcome {
            Outcome::Rejected(rejection) => {
                told.refused.push(Refused { asked, rejection: rejection.clone(), from, to });
            }
            recorded => {
                let receipt = receipt(recorded);
                let known = told.receipts.insert((asked.subject, asked.command_id), receipt);
                assert!(known.is_none_or(|known| known == receipt), "one command, one receipt");
            }
        }
    }

    /// Somebody who is no node of the ledger writes to the topic: a header that chains, made as he likes, and whatever body.
    /// Only what would continue a stream he does not write: that is a fact like another.
    fn stranger(&self) {
        let (sim, topic) = (&self.sim, &self.topic);
        let head = topic.head();
        let asked = self.told().asked.get(sim.below(8) as usize).map(|asked| asked.command_id);
        let about = u128::from(sim.below(SUBJECTS as u64 + 2));
        let ledger = sim.per_mille(100);
        let draft = chain::Draft {
            kind: if ledger { chain::Kind::Ledger } else { chain::Kind::Subject },
            recorded_at: START + sim.below(3_000_000) as i64 - 2_000_000,
            subject: if ledger { topic.subject_of(1) } else { *subject(about).as_bytes() },
            subject_seq: [sim.below(5), sim.next()][usize::from(sim.per_mille(100))],
            subject_prev: [sim.below(head.seq + 3), sim.next()][usize::from(sim.per_mille(100))],
            command_id: asked.map_or([7; 16], |id| *id.as_bytes()),
        };
        let body = match sim.below(3) {
            0 => bytes::Bytes::from_static(b"{"),
            1 => bytes::Bytes::from_static(b"{\"type\":\"worker.praised\",\"v\":1}"),
            _ => topic.any_body(),
        };
        let salt = [3; chain::SALT_LEN];
        let Ok(sealed) = chain::seal(&head, &draft, &salt, &body) else { return };
        if !topic.continues(&sealed.accepted.header) {
            topic.store(&[Entry { header: sealed.bytes, salt, body }]);
        }
    }

    /// What goes wrong with nodes while clients ask.
    async fn misfortune(&self) {
        let (sim, cluster) = (&self.sim, &self.cluster);
        while self.clients.load(Ordering::SeqCst) > 0 {
            sim.sleep(5 + sim.below(80)).await;
            self.clock.set(START + sim.below(2_000_000) as i64 - 1_000_000);
            if sim.per_mille(250) {
                self.stranger();
            }
            let node = sim.below(cluster.len() as u64) as usize;
            match sim.below(10) {
                0 | 1 => cluster.crash(node),
                2 | 3 => cluster.stand_still(node, 20 + sim.below(300)),
                4..7 => cluster.appoint(Some(node), 1 + sim.below(200)),
                7 => cluster.appoint(None, 50),
                // Whom nobody tells: he believes that he leads, and another does.
                _ => {
                    if let Some(leader) = cluster.leader() {
                        cluster.stand_still(leader, 50 + sim.below(200));
                        let next = (leader + 1) % cluster.len();
                        cluster.appoint(Some(next), 20);
                    }
                }
            }
        }
    }

    /// All is well again: everything is sent once more, and read to its end.
    async fn settle(&self) {
        let (sim, cluster) = (&self.sim, &self.cluster);
        self.topic.heal();
        let leader = sim.below(cluster.len() as u64) as usize;
        cluster.appoint(Some(leader), 50);
        sim.sleep(400).await;
        // What is appended now finds whatever came late.
        let last = submission(SUBJECTS, 1_000_000, 0, 1, 0);
        let mut asked = self.told().asked.clone();
        asked.insert(0, last);
        for request in asked.chunks(6) {
            let mut tries = 0;
            let node = sim.below(cluster.len() as u64) as usize;
            while self.ask(node, request, 2000).await.is_none() {
                tries += 1;
                assert!(tries < 8, "all is well, and yet node {node} does not answer");
            }
        }
        // Followers come to the end too.
        let mut rounds = 0;
        while (0..cluster.len()).any(|node| cluster.model(node).cursor.seq < self.topic.head().seq) {
            rounds += 1;
            assert!(rounds < 200, "a follower does not come to the end");
            sim.sleep(50).await;
        }
    }
}

/// What all schedules share: a vault, and the first entry of the ledger.
struct Ground {
    rig: Rig,
    first: Entry,
}

impl Ground {
    async fn new() -> Ground {
        let rig = Rig::new().await;
        rig.bind(0..=SUBJECTS).await;
        let journal = memory();
        rig.create(&journal, Options::default()).await.close().await;
        let records = journal.read(1, ReadLimit::ONE).expect("entry 1");
        let (_, record) = records.get(0).expect("entry 1");
        let first = Entry {
            header: record.header.try_into().expect("a header"),
            salt: record.salt.try_into().expect("a salt"),
            body: bytes::Bytes::copy_from_slice(record.body),
        };
        Ground { rig, first }
    }

    /// One schedule; gives how many faults there were and how long it took, or panics.
    async fn run(&self, seed: u64, broken: Option<Broken>) -> (u64, u64) {
        let mut dice = Dice::new(seed);
        let sim = Sim::new(dice.next());
        let topic = Topic::new(&sim, ORIGIN, [0, 20, 60, 120][dice.below(4) as usize], broken);
        topic.store(std::slice::from_ref(&self.first));
        let clock = Arc::new(SetClock::at(START));
        let cluster = Cluster::new(&topic, &self.rig.vault, &clock, 1 + dice.below(3) as usize);
        let clients = 2;
        let world = World {
            sim: sim.clone(),
            topic: Arc::clone(&topic),
            cluster: cluster.clone(),
            clock,
            told: Arc::default(),
            clients: Arc::new(AtomicUsize::new(clients)),
        };
        cluster.appoint(Some(0), 20);
        (0..clients).for_each(|_| sim.spawn(WIRE, world.clone().client()));
        let whole = world.clone();
        let ended = sim.run(async move {
            whole.misfortune().await;
            whole.settle().await;
        });
        ended.await.unwrap_or_else(|why| panic!("{why}"));
        self.check(&world, seed.is_multiple_of(THOROUGH)).await;
        cluster.dissolve();
        sim.clear();
        (topic.faults(), sim.now())
    }

    async fn check(&self, world: &World, thorough: bool) {
        let World { sim, topic, cluster, .. } = world;
        assert_eq!(topic.violation(), None);
        let (log, voids) = check::truth(topic, &self.rig.vault, thorough).await;
        {
            let told = world.told();
            let asked = told.asked.iter().map(|asked| (asked.subject, asked.command_id));
            check::check_commands(&log, &told.receipts, asked);
            check::check_refusals(&log, &told.refused);
        }
        check::check_models(&log, cluster);
        // A reader who begins anew counts the same voids.
        let anew = NodeJournal::new(topic, sim.life(), Vec::new());
        let leader = cluster.leader().and_then(|leader| cluster.ledger(leader)).expect("a leader");
        let told = sim.run(async move {
            anew.catch_up().await.expect("healed");
            assert_eq!(anew.voids(), voids);
            if thorough {
                check::check_states(&log, &leader).await;
            }
        });
        told.await.unwrap_or_else(|why| panic!("{why}"));
    }
}

#[expect(clippy::disallowed_methods, reason = "seed and size of a test run")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

/// Runs schedules, some at a time, until one fails: its seed, and how many faults there were.
fn schedules(number: u64, broken: Option<Broken>) -> (Option<u64>, u64) {
    let first =
        setting("WAGELEDGER_TEST_SEED").unwrap_or_else(|| RandomState::new().hash_one("simulation") >> 16);
    println!("WAGELEDGER_TEST_SEED={first} WAGELEDGER_TEST_SCHEDULES={number} {broken:?}");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let ground = runtime.block_on(Ground::new());
    let (next, faults) = (AtomicU64::new(0), AtomicU64::new(0));
    let failed = Mutex::new(None);
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(8);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::SeqCst);
                    if n >= number || failed.lock().expect("a seed").is_some() {
                        return;
                    }
                    let seed = first.wrapping_add(n);
                    let one = || {
                        let own = tokio::runtime::Builder::new_current_thread().enable_time().build();
                        own.expect("a runtime").block_on(ground.run(seed, broken))
                    };
                    match catch_unwind(AssertUnwindSafe(one)) {
                        Ok((more, _)) => drop(faults.fetch_add(more, Ordering::SeqCst)),
                        Err(_) => *failed.lock().expect("a seed") = Some(seed),
                    }
                }
            });
        }
    });
    (failed.into_inner().expect("a seed"), faults.into_inner())
}

fn number() -> u64 {
    setting("WAGELEDGER_TEST_SCHEDULES").unwrap_or(10_000)
}

#[test]
fn random_schedules() {
    let number = number();
    let (failed, faults) = schedules(number, None);
    if let Some(seed) = failed {
        panic!("to see it again: WAGELEDGER_TEST_SEED={seed} WAGELEDGER_TEST_SCHEDULES=1");
    }
    assert!(faults > number || number < 10, "{faults} faults in {number} schedules show nothing");
}

/// The same seed makes the same schedule: what a failure prints can be seen again.
#[test]
fn a_seed_makes_the_schedule() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let ground = runtime.block_on(Ground::new());
    let run = |seed| {
        let own = tokio::runtime::Builder::new_current_thread().enable_time().build();
        own.expect("a runtime").block_on(ground.run(seed, None))
    };
    let twice = |seed| (run(seed), run(seed));
    (1..40).map(twice).for_each(|(once, again)| assert_eq!(once, again));
}

/// A rule that is broken is found within as many schedules.
fn bites(broken: Broken) {
    let (failed, _) = schedules(number(), Some(broken));
    assert!(failed.is_some() || number() < 10_000, "{broken:?} was not found in {} schedules", number());
}

#[test]
fn a_weaker_accept_is_found() {
    bites(Broken::Accept);
}

#[test]
fn acknowledged_is_not_accepted() {
    bites(Broken::Induction);
}

#[test]
fn a_refusal_without_asking_for_the_end_is_found() {
    bites(Broken::EndNotAsked);
}

#[test]
fn who_does_not_step_down_is_found() {
    bites(Broken::StepDown);
}
