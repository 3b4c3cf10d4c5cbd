//! A running node: the ledger open, its read model following, and a small HTTP surface.

mod api;
pub(crate) mod crew_names;
pub(crate) mod elected;
pub(crate) mod forward;
pub(crate) mod judge;
pub(crate) mod openapi;
pub(crate) mod shown;
pub(crate) mod wire;

use crate::cli;
use crate::desk;
use crate::failure::Failure;
use crate::follow::Follower;
use crate::home::Home;
use crate::http::{self, Budget, Entrance, Guard, Guarded, Names};
use crate::print;
use crate::process;
use crate::writing::{Announced, Writing, reachable};
use journal::KafkaJournal;
use judge::Judge;
use ledger::{Leadership, Ledger};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use readmodel::{Filter, Lateness};
use shown::Shown;

use std::borrow::Cow;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

/// So long may requests that are under way take when the node is told to stop.
const DRAIN_MAX: Duration = Duration::from_secs(20);
/// So often the arrears are counted for the metrics.
const ARREARS_EVERY: Duration = Duration::from_secs(60);
/// After a failure the follower waits so long before it tries again.
const FOLLOW_AGAIN: Duration = Duration::from_secs(1);
/// When nothing has come for so long, the read model is left to others.
const REST_AFTER: Duration = Duration::from_millis(500);
/// Between two looks at a read model that another node brings forward.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Exports that are written beside each other; whoever comes then is told to come again.
const EXPORTS_MAX: usize = 4;
/// Connections for commands and pages, at most.
const CONNECTIONS_MAX: usize = 4_096;
/// Connections for health and metrics; these have descriptors of their own.
const OPS_CONNECTIONS_MAX: usize = 64;
/// Descriptors for files, databases and brokers.
const DESCRIPTORS_RESERVED: usize = 256;

/// What the handlers share.
pub(crate) struct Node {
    pub(crate) ledger: Ledger,
    leadership: Arc<dyn Leadership>,
    /// The journal, when it is in a topic.
    kafka: Option<Arc<KafkaJournal>>,
    /// Who may ask.
    pub(crate) entrance: Arc<Entrance>,
    metrics: PrometheusHandle,
    stopping: AtomicBool,
    /// How far the read model has come; `u64::MAX` before anything is known.
    cursor: AtomicU64,
    /// What pages are made of; none before the read model is open.
    pub(crate) shown: watch::Sender<Option<Arc<Shown>>>,
    pub(crate) judge: Judge,
    /// How many exports may be written beside each other.
    pub(crate) exports: Arc<Semaphore>,
    /// Entries that somebody had verified last from a page: from, to, and whether the next one holds too.
    verified: Mutex<Option<(u64, u64, bool)>>,
}

impl Node {
    fn leads(&self) -> bool {
        self.leadership.follow().borrow().is_here()
    }

    /// Why traffic should go elsewhere.
    fn not_ready(&self) -> Option<Cow<'static, str>> {
        if self.stopping.load(Ordering::Relaxed) {
            return Some("stopping".into());
        }
        if matches!(*self.leadership.follow().borrow(), ledger::Leads::Nobody) {
            return Some("no node leads this ledger".into());
        }
        if self.kafka.as_ref().is_some_and(|kafka| kafka.topic_fault().is_some()) {
            return Some("the topic's settings could lose entries".into());
        }
        if let Some(off) = self.ledger.clock_off() {
            return Some(format!("nothing is recorded while the clock is off: {off}").into());
        }
        (self.cursor.load(Ordering::Relaxed) == u64::MAX).then_some("the read model is not open yet".into())
    }

    /// Records in the topic that do not count: repeats, and others. None where there is no topic.
    pub(crate) fn voids(&self) -> Option<(u64, u64)> {
        self.kafka.as_ref().map(|kafka| kafka.counts()).map(|counts| (counts.repeats, counts.strangers))
    }

    /// Entries of the topic that are not in the local copy yet.
    pub(crate) fn copy_lag(&self) -> Option<u64> {
        self.kafka.as_ref().map(|kafka| kafka.copy_lag())
    }

    pub(crate) fn note_verified(&self, from: u64, to: u64, holds: bool) {
        *self.verified.lock().unwrap_or_else(PoisonError::into_inner) = Some((from, to, holds));
    }

    pub(crate) fn verified(&self) -> Option<(u64, u64, bool)> {
        *self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the gauges, when somebody asks for them.
    fn measure(&self) {
        let head = self.ledger.reader().journal().head().seq;
        metrics::gauge!("wageledger_head_seq").set(head as f64);
        metrics::gauge!("wageledger_leading").set(if self.leads() { 1.0 } else { 0.0 });
        if let Some(kafka) = &self.kafka {
            let counts = kafka.counts();
            metrics::gauge!("wageledger_voids", "kind" => "repeat").set(counts.repeats as f64);
            metrics::gauge!("wageledger_voids", "kind" => "stranger").set(counts.strangers as f64);
            metrics::gauge!("wageledger_copy_lag_entries").set(kafka.copy_lag() as f64);
        }
        let cursor = self.cursor.load(Ordering::Relaxed);
        if cursor != u64::MAX {
            metrics::gauge!("wageledger_readmodel_lag_entries").set(head.saturating_sub(cursor) as f64);
        }
    }
}

/// Runs a node until it is told to stop. The first line that it prints is its address, the last a link that signs a
/// browser in and leads to `path`.
pub(crate) async fn serve(home: &Home, args: &cli::Serve, path: &str) -> Result<(), Failure> {
    let running = Running::start(home, args.listen, args.ops_listen).await?;
    print::out(&format!("http://{}\n", running.address))?;
    print::out(&format!("health and metrics: http://{}\n", running.ops_address))?;
    let journal = running.node.ledger.reader().journal();
    let (origin, head) = (journal.origin(), journal.head());
    print::out(&format!("ledger {origin}, entry {} {}\n", head.seq, head.hash))?;
    if running.address.ip().is_loopback() {
        let link = running.node.entrance.link(path);
        print::out(&format!("pages, opened once by this link: http://{}{link}\n", running.address))?;
    } else {
        print::out(
            "no pages: they are for this machine alone until there is access control; listen on 127.0.0.1\n",
        )?;
    }
    signal().await?;
    running.stop().await;
    Ok(())
}

/// A node that answers.
pub(crate) struct Running {
    pub(crate) node: Arc<Node>,
    pub(crate) address: SocketAddr,
    pub(crate) ops_address: SocketAddr,
    writing: Writing,
    told: Announced,
    stop: watch::Sender<bool>,
    follower: JoinHandle<()>,
    erasures: JoinHandle<()>,
    serving: JoinHandle<()>,
    ops: JoinHandle<()>,
}

impl Running {
    /// Opens the ledger and listens.
    pub(crate) async fn start(
        home: &Home,
        listen_on: SocketAddr,
        ops_listen_on: SocketAddr,
    ) -> Result<Running, Failure> {
        let token = home.node_token_or_new()?;
        let connections_max = connections_max(process::descriptors());
        let metrics = recorder()?;
        let listener = listen(listen_on, "--listen").await?;
        let ops = listen(ops_listen_on, "--ops-listen").await?;
        let (address, ops_address) = (listener.local_addr()?, ops.local_addr()?);
        let configured = home.settings().and_then(|settings| settings.node.address.clone());
        let base = configured.unwrap_or_else(|| format!("http://{}", reachable(address)));
        let writing = home.serve(base).await?;
        let node = Arc::new(Node {
            ledger: writing.ledger.clone(),
            leadership: Arc::clone(&writing.leadership),
            kafka: writing.kafka.clone(),
            entrance: Arc::new(Entrance::new(token, address.port())),
            metrics,
            stopping: AtomicBool::new(false),
            cursor: AtomicU64::new(u64::MAX),
            shown: watch::Sender::new(None),
            judge: Judge::default(),
            exports: Arc::new(Semaphore::new(EXPORTS_MAX)),
            verified: Mutex::new(None),
        });
        let told = writing.announce(address)?;
        let (stop, stopped) = watch::channel(false);
        let follower = tokio::spawn(follower(home.clone(), Arc::clone(&node), stopped.clone()));
        let (watched, until_stopped) = (Arc::clone(&node), stopped.clone());
        let erasures = tokio::spawn(async move { crew_names::watch_erasures(&watched, until_stopped).await });
        let routes = Running::routes(&node, address, home.node_names());
        let ops_routes = Running::ops_routes(&node, ops_address);
        let serving = tokio::spawn(http::serve(listener, routes, connections_max, stopped));
        // Health is answered to the end.
        let ops = tokio::spawn(async move {
            let (_never, stopped) = watch::channel(false);
            http::serve(ops, ops_routes, OPS_CONNECTIONS_MAX, stopped).await;
        });
        Ok(Running { node, address, ops_address, writing, told, stop, follower, erasures, serving, ops })
    }

    /// Commands, entries, and on loopback pages.
    fn routes(node: &Arc<Node>, address: SocketAddr, names: Vec<String>) -> Guarded {
        let has_pages = address.ip().is_loopback();
        let mut routes = api::routes(Arc::clone(node));
        if has_pages {
            routes = routes.fallback_service(desk::routes(Arc::clone(node)));
        }
        let guard = Guard {
            names: Names::of(address, names),
            entrance: Some(Arc::clone(&node.entrance)),
            budget: Budget::default(),
            commands_bytes_max: wire::REQUEST_BYTES_MAX,
            to_programs: api::refused,
            to_people: if has_pages { desk::refused } else { api::refused },
        };
        Guarded::new(guard, routes)
    }

    /// Health and metrics, for anybody who reaches them: no page of another site does.
    fn ops_routes(node: &Arc<Node>, address: SocketAddr) -> Guarded {
        let guard = Guard {
            names: Names::any(address),
            entrance: None,
            budget: Budget::default(),
            commands_bytes_max: 0,
            to_programs: api::refused,
            to_people: api::refused,
        };
        Guarded::new(guard, api::ops_routes(Arc::clone(node)))
    }

    /// Answers what is under way, and ends.
    pub(crate) async fn stop(self) {
        let Running { node, writing, told, stop, follower, erasures, serving, ops, .. } = self;
        node.stopping.store(true, Ordering::Relaxed);
        tracing::info!("stopping: no new requests, those under way are answered");
        let _ = stop.send(true);
        if tokio::time::timeout(DRAIN_MAX, serving).await.is_err() {
            tracing::warn!("some requests took too long and were cut off; their ids can be sent again");
        }
        drop(told);
        writing.ledger.close().await;
        if tokio::time::timeout(DRAIN_MAX, follower).await.is_err() {
            tracing::warn!("the read model's last batch was cut off; it is made again at the next start");
        }
        erasures.abort();
        ops.abort();
    }
}

/// How many connections for commands and pages fit below so many descriptors.
fn connections_max(descriptors: usize) -> usize {
    let left = descriptors.saturating_sub(DESCRIPTORS_RESERVED + OPS_CONNECTIONS_MAX);
    left.max(descriptors / 4).clamp(1, CONNECTIONS_MAX)
}

async fn listen(address: SocketAddr, option: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            let free = SocketAddr::new(address.ip(), 0);
            Failure::cannot(format!(
                "{address} is taken already, by another node on this machine perhaps: give this one another address \
                 with {option}, as in {option} {free}, which takes any port that is free"
            ))
        }
        ErrorKind::AddrNotAvailable => {
            Failure::cannot(format!("{address} is no address of this machine: {option} 127.0.0.1:8470 is one"))
        }
        _ => Failure::cannot(format!("listening on {address} ({option}): {error}")),
    })
}

fn recorder() -> Result<PrometheusHandle, Failure> {
    let buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
    let name = Matcher::Full("wageledger_receipt_seconds".to_owned());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(name, &buckets)?;
    let handle = builder.install_recorder()?;
    metrics::describe_histogram!("wageledger_receipt_seconds", "From a request to its receipts");
    metrics::describe_counter!("wageledger_commands_total", "Commands answered, by outcome");
    metrics::describe_gauge!("wageledger_head_seq", "Last accepted entry known to this node");
    metrics::describe_gauge!("wageledger_leading", "1 while this node decides");
    metrics::describe_gauge!("wageledger_readmodel_lag_entries", "Entries not yet in the read model");
    metrics::describe_gauge!("wageledger_voids", "Records in the topic that do not count, by kind");
    metrics::describe_gauge!("wageledger_copy_lag_entries", "Entries not yet in the local copy");
    metrics::describe_gauge!("wageledger_overdue_lines", "Unpaid wage lines overdue today, by age");
    Ok(handle)
}

/// Waits for the signal to stop: interrupt or termination.
async fn signal() -> Result<(), Failure> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
        _ = terminate.recv() => Ok(()),
    }
}

/// Brings the read model forward as entries come; after a failure it tries again.
async fn follower(home: Home, node: Arc<Node>, mut stopped: watch::Receiver<bool>) {
    let mut moved = node.ledger.reader().journal().follow();
    let (mut follower, mut counted) = (Follower::default(), None);
    while !*stopped.borrow() {
        moved.mark_unchanged();
        let pause = match forward(&home, &node, &mut follower, &mut counted).await {
            Ok(cursor) if cursor >= moved.borrow().seq => {
                // Others may want it as soon as nothing more comes.
                let more = tokio::time::timeout(REST_AFTER, moved.changed());
                match more.await {
                    Ok(Ok(())) => continue,
                    Ok(Err(_)) => return,
                    Err(_) => follower.rest(),
                }
                None
            }
            // Another takes entries in, and has not come so far.
            Ok(_) => Some(LOOK_AGAIN),
            Err(failure) => {
                tracing::error!(error = %failure, "the read model could not be brought forward");
                Some(FOLLOW_AGAIN)
            }
        };
        tokio::select! {
            _ = stopped.changed() => {}
            () = tokio::time::sleep(pause.unwrap_or(ARREARS_EVERY)) => {}
            changed = moved.changed(), if pause.is_none() => if changed.is_err() { return },
        }
    }
}

async fn forward(
    home: &Home,
    node: &Node,
    follower: &mut Follower,
    counted: &mut Option<Instant>,
) -> Result<u64, Failure> {
    let model = follower.forward(home, node.ledger.reader()).await?;
    let before = node.shown.borrow().clone();
    let lateness = model.lateness(before.as_ref().map(|shown| &shown.lateness)).await?;
    let cursor = lateness.head().seq;
    node.cursor.store(cursor, Ordering::Relaxed);
    if counted.is_none_or(|at| at.elapsed() >= ARREARS_EVERY) {
        count_arrears(&lateness);
        *counted = Some(Instant::now());
    }
    // The read model before this one closes when the last page that is made of it is done.
    let vault = node.ledger.reader().vault();
    let shown = Shown::after(before.as_deref(), model, lateness, vault).await?;
    node.shown.send_replace(Some(Arc::new(shown)));
    Ok(cursor)
}

/// Unpaid lines by age, as numbers without any name.
fn count_arrears(lateness: &Lateness) {
    // Looked up: this is done between answers, and a city has millions of lines.
    let overview = lateness.ages(crate::clock::today(), &Filter::default());
    for bucket in rules::Bucket::ALL {
        let lines = overview.by_age.get(&Some(bucket)).map_or(0, |sums| sums.lines);
        metrics::gauge!("wageledger_overdue_lines", "days" => bucket.label()).set(lines as f64);
    }
}
