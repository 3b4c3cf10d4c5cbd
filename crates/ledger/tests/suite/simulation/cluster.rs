//! Nodes that start, stand still, die and come back; who of them leads; and the read model beside each.

use super::executor::{Life, Sim, WIRE};
use super::node_journal::NodeJournal;
use super::topic::Broken;
use super::topic::Topic;
use crate::rig::SetClock;
use chain::{Head, Record, Tail, accept};
use journal::{BoxFuture, Journal, ReadLimit};
use ledger::{
    Forward, Leadership, Leads, Ledger, OpenError, Options, Outcome, Submission, SubmitError, Witness,
};
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;
use vault::Vault;
use wages::{Event, State};

/// A read model: the fold of the entries up to its cursor, kept in one transaction with it.
#[derive(Clone)]
pub(super) struct Model {
    pub(super) cursor: Head,
    pub(super) states: HashMap<Uuid, State>,
    tails: HashMap<[u8; 16], Tail>,
}

impl Model {
    fn empty(origin: &str) -> Model {
        Model { cursor: Head::genesis(origin), states: HashMap::new(), tails: HashMap::new() }
    }

    /// Folds an entry; of one that is of no stream nothing is looked at but its header.
    fn take(&mut self, record: &Record<'_>) {
        let accepted = accept(&self.cursor, record).expect("the journal vouches for it");
        self.cursor = accepted.head;
        let header = accepted.header;
        let Some(tail) = Tail::after(self.tails.get(&header.subject).copied(), &header) else { return };
        self.tails.insert(header.subject, tail);
        let (event, _) = Event::from_body(record.body).expect("a fact");
        let state = self.states.entry(Uuid::from_bytes(header.subject)).or_default();
        state.evolve(&Uuid::from_bytes(header.command_id), &event);
    }
}

#[derive(Clone)]
pub(super) struct Cluster(Arc<Shared>);

struct Shared {
    sim: Sim,
    topic: Arc<Topic>,
    vault: Vault,
    clock: Arc<SetClock>,
    nodes: Vec<Mutex<Node>>,
    /// What each node believes, late.
    beliefs: Vec<watch::Sender<Leads>>,
    leader: Mutex<Option<usize>>,
}

struct Node {
    life: Life,
    journal: NodeJournal,
    ledger: Option<Ledger>,
    model: Model,
}

/// Who leads, as one node hears of it.
struct Hearsay {
    cluster: Cluster,
    node: usize,
}

struct Way {
    cluster: Cluster,
    to: usize,
}

fn lost_on_the_way() -> SubmitError {
    SubmitError::Unavailable { reason: "lost on the way".to_owned() }
}

impl Cluster {
    pub(super) fn new(topic: &Arc<Topic>, vault: &Vault, clock: &Arc<SetClock>, nodes: usize) -> Cluster {
        let sim = &topic.sim;
        let empty = Model::empty(&topic.origin);
        let node = || {
            let life = sim.life();
            let journal = NodeJournal::new(topic, life, Vec::new());
            Mutex::new(Node { life, journal, ledger: None, model: empty.clone() })
        };
        let cluster = Cluster(Arc::new(Shared {
            sim: sim.clone(),
            topic: Arc::clone(topic),
            vault: vault.clone(),
            clock: Arc::clone(clock),
            nodes: (0..nodes).map(|_| node()).collect(),
            beliefs: (0..nodes).map(|_| watch::Sender::new(Leads::Nobody)).collect(),
            leader: Mutex::new(None),
        }));
        (0..nodes).for_each(|node| cluster.start(node));
        cluster
    }

    pub(super) fn len(&self) -> usize {
        self.0.nodes.len()
    }

    fn node(&self, node: usize) -> MutexGuard<'_, Node> {
        self.0.nodes[node].lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ledger(&self, node: usize) -> Option<Ledger> {
        self.node(node).ledger.clone()
    }

    pub(super) fn journal(&self, node: usize) -> NodeJournal {
        self.node(node).journal.clone()
    }

    pub(super) fn model(&self, node: usize) -> Model {
        self.node(node).model.clone()
    }

    pub(super) fn leader(&self) -> Option<usize> {
        *self.0.leader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A node's process begins: it reads the topic to its end, opens the ledger and serves.
    fn start(&self, node: usize) {
        let life = self.node(node).life;
        let (cluster, journal) = (self.clone(), self.journal(node));
        let follower = (self.clone(), journal.clone());
        let sim = &self.0.sim;
        let options = Options {
            batch_max: 1 + sim.below(4) as usize,
            in_flight_max: 1 + sim.below(9) as usize,
            cached_states: NonZeroUsize::new(1 + sim.below(3) as usize).expect("more than 0"),
            cached_entries: sim.below(20) as usize,
            patience: Duration::ZERO,
            leadership: Arc::new(Hearsay { cluster: self.clone(), node }),
            ..Options::default()
        };
        sim.spawn(life, async move {
            if let Some((ledger, sequencer)) = cluster.open(node, &journal, options).await {
                cluster.node(node).ledger = Some(ledger);
                sequencer.await;
            }
        });
        sim.spawn(life, async move { follower.0.fold(node, follower.1).await });
    }

    async fn open(
        &self,
        node: usize,
        journal: &NodeJournal,
        options: Options,
    ) -> Option<(Ledger, BoxFuture<'static, ()>)> {
        let shared = &self.0;
        loop {
            shared.sim.sleep(1 + shared.sim.below(10)).await;
            if journal.catch_up().await.is_err() {
                continue;
            }
            // The read model knows an end that nobody may append before.
            let cursor = self.node(node).model.cursor;
            let witness = Witness { name: "read model", seq: cursor.seq, hash: cursor.hash };
            let (vault, clock) = (shared.vault.clone(), shared.clock.clone());
            let journal = Arc::new(journal.clone());
            match Ledger::open_driven(journal, vault, clock, options.clone(), &[witness]) {
                Ok(opened) => return Some(opened),
                Err(OpenError::Read(_)) => {}
                Err(error) => {
                    shared.topic.violated(format!("node {node} does not open: {error}"));
                    return None;
                }
            }
        }
    }

    /// The read model's follower.
    async fn fold(&self, node: usize, journal: NodeJournal) {
        let sim = &self.0.sim;
        let mut moved = journal.follow();
        loop {
            let cursor = self.node(node).model.cursor;
            let limit = ReadLimit { entries: 1 + sim.below(5) as usize, bytes: 1 << 20 };
            // What the journal does not vouch for yet, no read model may show.
            let known = journal.head();
            if known.seq > cursor.seq
                && let Ok(records) = journal.read(cursor.seq + 1, limit)
            {
                let mut model = self.model(node);
                for (_, record) in records.iter().take_while(|(seq, _)| *seq <= known.seq) {
                    model.take(&record);
                }
                // A crash here leaves rows and cursor as they were.
                sim.sleep(sim.below(4)).await;
                self.node(node).model = model;
            }
            if journal.head().seq <= cursor.seq && moved.changed().await.is_err() {
                return;
            }
            sim.sleep(1 + sim.below(20)).await;
        }
    }

    /// The process dies where it stands; another begins on its copy, on an older one, or on none.
    pub(super) fn crash(&self, node: usize) {
        let sim = &self.0.sim;
        let mut state = self.node(node);
        sim.end(state.life);
        let keeps = match sim.below(3) {
            0 => 0,
            1 => sim.below(1 + state.journal.entries() as u64) as usize,
            _ => usize::MAX,
        };
        if sim.below(6) == 0 {
            state.model = Model::empty(&self.0.topic.origin);
        }
        let known = state.journal.known(keeps);
        state.life = sim.life();
        state.journal = NodeJournal::new(&self.0.topic, state.life, known);
        let ended = state.ledger.take();
        drop(state);
        drop(ended);
        let (cluster, sim) = (self.clone(), sim.clone());
        let life = self.node(node).life;
        sim.clone().spawn(WIRE, async move {
            sim.sleep(sim.below(60)).await;
            // Unless it died again before it was up.
            if cluster.node(node).life == life {
                cluster.start(node);
            }
        });
    }

    pub(super) fn stand_still(&self, node: usize, ticks: u64) {
        let life = self.node(node).life;
        self.0.sim.stand_still(life, ticks);
    }

    /// Another node, or none, is appointed; the nodes hear of it sooner or later.
    pub(super) fn appoint(&self, leader: Option<usize>, delay: u64) {
        *self.0.leader.lock().unwrap_or_else(PoisonError::into_inner) = leader;
        for node in 0..self.len() {
            let (cluster, sim) = (self.clone(), self.0.sim.clone());
            self.0.sim.spawn(WIRE, async move {
                sim.sleep(sim.below(delay)).await;
                cluster.hear(node);
            });
        }
    }

    /// Lets go of what holds the cluster.
    pub(super) fn dissolve(&self) {
        for node in 0..self.len() {
            self.0.beliefs[node].send_replace(Leads::Nobody);
            drop(self.node(node).ledger.take());
        }
    }

    fn hear(&self, node: usize) -> Leads {
        let leads = match self.leader() {
            None => Leads::Nobody,
            Some(leader) if leader == node => Leads::Here,
            Some(to) => Leads::Elsewhere(Arc::new(Way { cluster: self.clone(), to })),
        };
        self.0.beliefs[node].send_replace(leads.clone());
        leads
    }

    async fn forwarded(self, to: usize, submissions: Vec<Submission>) -> Result<Vec<Outcome>, SubmitError> {
        let (sim, topic) = (&self.0.sim, &self.0.topic);
        sim.sleep(1 + sim.below(8)).await;
        let Some(ledger) = self.ledger(to).filter(|_| !topic.fails()) else { return Err(lost_on_the_way()) };
        if !self.0.beliefs[to].borrow().is_here() {
            return Err(SubmitError::NoLeader);
        }
        let answer = ledger.submit(submissions).await;
        sim.sleep(1 + sim.below(8)).await;
        if topic.fails() { Err(lost_on_the_way()) } else { answer }
    }
}

impl Leadership for Hearsay {
    fn follow(&self) -> watch::Receiver<Leads> {
        self.cluster.0.beliefs[self.node].subscribe()
    }

    fn confirm(&self) -> BoxFuture<'static, Leads> {
        let (cluster, node) = (self.cluster.clone(), self.node);
        Box::pin(async move {
            if cluster.0.topic.broken == Some(Broken::StepDown) {
                // Nobody is asked: the node goes on as if it led.
                return Leads::Here;
            }
            let sim = &cluster.0.sim;
            sim.sleep(1 + sim.below(8)).await;
            cluster.journal(node).confirmed();
            cluster.hear(node)
        })
    }
}

impl Forward for Way {
    fn submit(&self, submissions: Vec<Submission>) -> BoxFuture<'static, Result<Vec<Outcome>, SubmitError>> {
        Box::pin(self.cluster.clone().forwarded(self.to, submissions))
    }
}
