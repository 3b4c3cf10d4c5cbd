//! Random clients, random faults, random restarts, and at the end: nothing is lost, doubled or untrue.
//!
//! A schedule is made by its seed alone: the clock holds the sequencer until a round's requests stand in its
//! queue, and the store takes no time. `WAGELEDGER_TEST_SEED` sets the first seed, `WAGELEDGER_TEST_SCHEDULES`
//! how many follow.

use crate::log::{Log, check_invariants};
use crate::rig::{Lagging, ORIGIN, Rig, SetClock, receipt, subject};
use crate::story::{Dice, KINDS, submission};
use crate::tidy::Tidy;
use journal::testing::FaultyJournal;
use journal::{Journal, MemoryJournal};
use ledger::{Ledger, Options, Outcome, Preview, Receipt, Submission, SubmitError};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use uuid::Uuid;
use wages::{Referenced, Refers, Rejection, decide};

const SUBJECTS: u128 = 5;
/// A schedule takes some milliseconds; one that takes this long does not end.
const PATIENCE: Duration = Duration::from_secs(30);

type Node = Arc<Lagging<FaultyJournal<Tidy>>>;

/// A refusal that a client was given, and the heads that his node's journal had when he asked and when he was
/// told.
struct Refused {
    asked: Submission,
    rejection: Rejection,
    from: u64,
    to: u64,
}

struct World<'a> {
    rig: &'a Rig,
    dice: Dice,
    clock: Arc<SetClock>,
    store: MemoryJournal,
    per_mille: u32,
    node: Node,
    ledger: Option<Ledger>,
    /// Nodes that were left behind, perhaps with a batch on its way.
    left: Vec<Node>,
    /// Everything that was ever asked.
    asked: Vec<Submission>,
    receipts: HashMap<(Uuid, Uuid), Receipt>,
    refused: Vec<Refused>,
    faults: u64,
}

impl<'a> World<'a> {
    async fn new(rig: &'a Rig, seed: u64) -> World<'a> {
        let mut dice = Dice::new(seed);
        let store = MemoryJournal::new(ORIGIN);
        let clock = Arc::new(SetClock::at(1_772_000_000_000_000));
        let plain = Arc::new(Tidy::on(&store));
        Ledger::create(plain, rig.vault.clone(), clock.clone(), Options::default(), "tester")
            .await
            .expect("a ledger")
            .close()
            .await;
        let per_mille = [0, 20, 60, 150][dice.below(4) as usize];
        let node = node(&store, &mut dice, per_mille);
        let (left, asked, refused) = (Vec::new(), Vec::new(), Vec::new());
        let (receipts, ledger) = (HashMap::new(), None);
        let mut world = World {
            rig,
            dice,
            clock,
            store,
            per_mille,
            node,
            ledger,
            left,
            asked,
            receipts,
            refused,
            faults: 0,
        };
        world.open().await;
        world
    }

    /// Opens the ledger on the present node, however often reading fails on the way.
    async fn open(&mut self) {
        let options = Options {
            batch_max: 1 + self.dice.below(6) as usize,
            in_flight_max: 1 + self.dice.below(12) as usize,
            cached_states: NonZeroUsize::new(1 + self.dice.below(3) as usize).expect("more than 0"),
            ..Options::default()
        };
        for _ in 0..100 {
            let (vault, clock) = (self.rig.vault.clone(), self.clock.clone());
            if let Ok(ledger) = Ledger::open(self.node.clone(), vault, clock, options.clone(), &[]).await {
                self.ledger = Some(ledger);
                return;
            }
        }
        panic!("the ledger does not open");
    }

    /// The process ends, and another begins on the same store.
    async fn restart(&mut self) {
        if let Some(ledger) = self.ledger.take() {
            ledger.close().await;
        }
        let node = node(&self.store, &mut self.dice, self.per_mille);
        self.faults += self.node.inner.injected();
        self.left.push(std::mem::replace(&mut self.node, node));
        self.open().await;
    }

    /// What a node that was left behind had still on its way arrives.
    async fn late(&mut self) {
        for node in std::mem::take(&mut self.left) {
            node.inner.heal();
            node.catch_up().await.expect("healed");
        }
    }

    fn next_command(&mut self) -> Submission {
        let dice = &mut self.dice;
        if !self.asked.is_empty() && dice.percent(30) {
            return self.asked[dice.below(self.asked.len() as u64) as usize].clone();
        }
        let about = u128::from(dice.below(SUBJECTS as u64));
        let reused = !self.asked.is_empty() && dice.percent(5);
        let id = if reused { dice.below(self.asked.len() as u64) } else { self.asked.len() as u64 };
        let to = u128::from(dice.below(1 + self.asked.len() as u64));
        let kind = if dice.percent(15) { 0 } else { dice.below(KINDS) };
        let command = submission(about, u128::from(id), kind, 1 + dice.below(9), to);
        self.asked.push(command.clone());
        command
    }

    /// Several clients ask at once.
    async fn round(&mut self) {
        self.clock.set(1_772_000_000_000_000 + self.dice.below(2_000_000) as i64 - 1_000_000);
        let ledger = self.ledger.clone().expect("open");
        let from = self.node.head().seq;
        self.clock.hold(true);
        let mut waiting = Vec::new();
        for _ in 0..1 + self.dice.below(5) {
            let request: Vec<Submission> = (0..1 + self.dice.below(6)).map(|_| self.next_command()).collect();
            let (ledger, asked) = (ledger.clone(), request.clone());
            let mut answer = Box::pin(async move { ledger.submit(asked).await });
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            // Who is behind its journal answers at once, and does not look at the clock.
            let early = match answer.as_mut().poll(&mut context) {
                std::task::Poll::Ready(early) => Some(early),
                std::task::Poll::Pending => None,
            };
            waiting.push((answer, early, request));
        }
        self.clock.hold(false);
        let mut answers = Vec::new();
        for (answer, early, request) in waiting {
            let answer = match early {
                Some(early) => early,
                None => answer.await,
            };
            match answer {
                Ok(outcomes) => {
                    assert_eq!(outcomes.len(), request.len());
                    answers.extend(request.into_iter().zip(outcomes));
                }
                Err(SubmitError::Unavailable { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        let to = self.node.head().seq;
        for (asked, outcome) in answers {
            self.take(asked, outcome, from, to);
        }
    }

    /// Keeps what a client was told; one command has one receipt for ever.
    fn take(&mut self, asked: Submission, outcome: Outcome, from: u64, to: u64) {
        match outcome {
            Outcome::Rejected(rejection) => {
                self.refused.push(Refused { asked, rejection, from, to });
            }
            told => {
                let receipt = receipt(&told);
                let known = self.receipts.insert((asked.subject, asked.command_id), receipt);
                assert!(known.is_none_or(|known| known == receipt), "one command, one receipt");
            }
        }
    }

    /// Asks until there is an answer.
    async fn ask(&mut self, ledger: &Ledger, asked: Submission) -> Outcome {
        let from = self.node.head().seq;
        let mut tries = 0;
        loop {
            match ledger.submit(vec![asked.clone()]).await {
                Ok(mut outcomes) => {
                    let outcome = outcomes.remove(0);
                    self.take(asked, outcome.clone(), from, self.node.head().seq);
                    return outcome;
                }
                Err(SubmitError::Unavailable { .. }) if tries < 3 => tries += 1,
                Err(error) => panic!("healed, and yet {error}"),
            }
        }
    }

    /// When all is well again everything is sent once more, and then everything must hold.
    async fn settle(mut self) -> u64 {
        self.late().await;
        self.node.inner.heal();
        self.faults += self.node.inner.injected();
        let ledger = self.ledger.clone().expect("open");
        // One more worker: what is appended finds whatever another wrote.
        self.ask(&ledger, submission(SUBJECTS, 1_000_000, 0, 1, 0)).await;
        let mut outcomes = Vec::new();
        for asked in self.asked.clone() {
            outcomes.push((asked.clone(), self.ask(&ledger, asked).await));
        }
        let store: Arc<dyn Journal> = Arc::new(Tidy::on(&self.store));
        let log = check_invariants(&store, &self.rig.vault).await;
        assert_eq!(log.voids, 0);
        self.check_commands(&log, &outcomes);
        self.check_refusals(&log);
        self.check_states(&log, &ledger).await;
        ledger.close().await;
        self.faults
    }

    /// Every receipt ever given is true; every command is recorded once, or not at all if nobody has a receipt
    /// for it; and nothing else is.
    fn check_commands(&self, log: &Log, outcomes: &[(Submission, Outcome)]) {
        self.receipts.values().for_each(|receipt| log.check_receipt(receipt));
        let counts = log.commands();
        for (asked, outcome) in outcomes {
            let command = (asked.subject, asked.command_id);
            let known = self.receipts.contains_key(&command);
            assert_eq!(counts.contains_key(&command), known, "{command:?}: {outcome:?}");
        }
        assert_eq!(log.entries.len(), 1 + self.receipts.len(), "nothing that nobody asked for");
    }

    /// Every refusal follows from what was accepted at some moment between question and answer.
    fn check_refusals(&self, log: &Log) {
        for Refused { asked, rejection, from, to } in &self.refused {
            if let Rejection::CommandIdReused { entry } = rejection {
                let place = &log.entries[*entry as usize - 1];
                assert_eq!((place.subject(), place.command_id()), (asked.subject, asked.command_id));
                continue;
            }
            let explained = (*from..=*to).any(|seq| naive(log, asked, seq).as_ref() == Err(rejection));
            assert!(explained, "{rejection:?} between entries {from} and {to} of {asked:?}");
        }
    }

    /// The sequencer remembers of each subject what a naive fold of its entries says.
    async fn check_states(&self, log: &Log, ledger: &Ledger) {
        for about in 0..SUBJECTS {
            let own = || log.entries.iter().filter(|entry| entry.subject() == subject(about));
            let tail = ledger.tail(subject(about)).await.expect("an answer");
            let last = own().next_back().map(|entry| (entry.header.seq, own().count() as u64));
            assert_eq!(tail.map(|tail| (tail.seq, tail.entries)), last, "worker {about}");
            for kind in 0..KINDS {
                let probe = submission(about, 1_000_000, kind, 1 + kind % 9, 3 * about + u128::from(kind));
                let preview = ledger.preview(vec![probe.clone()]).await.expect("a preview").remove(0);
                let expected = match naive(log, &probe, u64::MAX) {
                    Ok(()) => Preview::Recorded,
                    Err(rejection) => Preview::Rejected(rejection),
                };
                assert_eq!(preview, expected, "worker {about}: {:?}", probe.command);
            }
        }
    }
}

/// A node of its own on the store, with faults of its own.
fn node(store: &MemoryJournal, dice: &mut Dice, per_mille: u32) -> Node {
    let faulty = FaultyJournal::seeded(Tidy::on(store), dice.next(), per_mille);
    Arc::new(Lagging::new(faulty, dice.below(3) as usize * 7))
}

/// What the rule says to a command over the entries up to `seq`.
fn naive(log: &Log, asked: &Submission, seq: u64) -> Result<(), Rejection> {
    let mut before = log.entries.iter().filter(|e| e.header.seq <= seq && e.subject() == asked.subject);
    let referenced = asked.command.refers().and_then(|refers| {
        before.find(|entry| match refers {
            Refers::Entry(entry_seq) => entry.header.seq == *entry_seq,
            Refers::Command(command) => entry.command_id() == *command,
        })
    });
    let referenced = referenced.map(|e| Referenced { seq: e.header.seq, event: e.event.clone() });
    decide(&log.state(asked.subject, seq), asked.command.clone(), referenced.as_ref()).map(|_| ())
}

/// One schedule; gives how many faults there were.
async fn run(rig: &Rig, seed: u64) -> u64 {
    let mut world = World::new(rig, seed).await;
    for _ in 0..6 + world.dice.below(8) {
        match world.dice.below(100) {
            0..12 => world.restart().await,
            12..18 => world.late().await,
            _ => world.round().await,
        }
    }
    world.settle().await
}

#[expect(clippy::disallowed_methods, reason = "seed and size of a test run")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

/// Says which schedule it was when it fails.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("to see it again: WAGELEDGER_TEST_SEED={} WAGELEDGER_TEST_SCHEDULES=1", self.0);
        }
    }
}

/// Runs schedules, some at a time; a failure names its seed.
fn schedules(default: u64) {
    let first =
        setting("WAGELEDGER_TEST_SEED").unwrap_or_else(|| RandomState::new().hash_one("simulation") >> 16);
    let number = setting("WAGELEDGER_TEST_SCHEDULES").unwrap_or(default);
    println!("WAGELEDGER_TEST_SEED={first} WAGELEDGER_TEST_SCHEDULES={number}");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let rig = runtime.block_on(Rig::new());
    runtime.block_on(rig.bind(0..=SUBJECTS));
    let (next, faults) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::SeqCst);
                    if n >= number {
                        return;
                    }
                    let named = Named(first.wrapping_add(n));
                    let ended = async { tokio::time::timeout(PATIENCE, run(&rig, named.0)).await };
                    let faults_of_it = runtime.block_on(ended).expect("a schedule comes to its end");
                    faults.fetch_add(faults_of_it, Ordering::SeqCst);
                }
            });
        }
    });
    let faults = faults.into_inner();
    assert!(faults > number || number < 10, "{faults} faults in {number} schedules show nothing");
}

#[test]
fn random_schedules() {
    schedules(500);
}
