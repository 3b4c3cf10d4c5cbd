//! Who leads: the member of a consumer group to whom the topic's one partition is assigned.
//!
//! Leadership is for speed only. Two nodes that both believe they lead cannot hurt the ledger: what one appends
//! without knowing of the other's is void. So this module is careful, and nothing rests on it.
//!
//! The group commits no offsets and its members read nothing. Their client ids carry the addresses at which
//! they can be asked.

use super::client::{Consume, Plain, log};
use super::error::OpenError;
use super::record::PARTITION;
use super::settings::KafkaSettings;
use crate::ReadError;
use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaRespErr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// After so long without a heartbeat the brokers give the partition to another: the least they allow.
const SESSION: Duration = Duration::from_secs(6);
const HEARTBEAT_MS: u32 = 1500;
/// How often the member looks around.
const STEP: Duration = Duration::from_millis(100);
/// How often a node that does not lead asks who does.
const ASK_EVERY: Duration = Duration::from_millis(500);
const ASK_FOR: Duration = Duration::from_secs(3);
/// An answer is believed for so long while no other comes: one dead broker among several keeps the client from
/// asking for some time, and an address out of date does no harm, since who does not lead says so.
const BELIEVED: Duration = Duration::from_secs(30);

/// What this node is, as far as it knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Leadership {
    /// The partition is this node's.
    Leading,
    /// It is another's, or nobody's just now.
    Following {
        /// At which address whoever leads can be asked, if somebody does.
        leader: Option<String>,
    },
    /// The brokers cannot be reached, or were not for so long that another may lead.
    Unknown,
}

/// Membership in the group out of which the leader is chosen, for as long as this lives.
pub struct Election {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    leadership: watch::Sender<Leadership>,
    address: String,
}

struct State {
    /// The partition is assigned here.
    mine: bool,
    /// The process stood still for so long that the assignment may be another's by now.
    doubt: bool,
    /// When the member last looked around.
    seen: Instant,
    /// Who leads, as the brokers said last; `None`: they did not answer.
    found: Option<Found>,
    closing: bool,
}

/// An answer of the brokers.
struct Found {
    /// Client id of the partition's holder.
    leader: Option<String>,
    asked: Instant,
}

impl Election {
    /// Joins the group of the topic, as a node that can be asked at `address`.
    pub fn join(settings: &KafkaSettings, address: &str) -> Result<Election, OpenError> {
        settings.check()?;
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                mine: false,
                doubt: false,
                seen: Instant::now(),
                found: None,
                closing: false,
            }),
            wake: Condvar::new(),
            leadership: watch::Sender::new(Leadership::Unknown),
            address: address.to_owned(),
        });
        let consumer = BaseConsumer::from_config_and_context(
            &config(settings, address),
            Member { shared: Arc::clone(&shared), topic: settings.topic.clone() },
        )
        .map_err(ReadError::io)?;
        consumer.subscribe(&[&settings.topic]).map_err(ReadError::io)?;
        let finder = Consume::from_config_and_context(&settings.consumer(), Plain).map_err(ReadError::io)?;
        let mut election = Election { shared: Arc::clone(&shared), threads: Vec::new() };
        let topic = settings.topic.clone();
        let finding = Arc::clone(&shared);
        election.spawn("kafka-member", move || be_member(&consumer, &shared))?;
        election.spawn("kafka-leader", move || find(&finder, &finding, &topic))?;
        Ok(election)
    }

    fn spawn(&mut self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), OpenError> {
        let thread = std::thread::Builder::new().name(name.into()).spawn(run).map_err(ReadError::io)?;
        self.threads.push(thread);
        Ok(())
    }

    /// What this node is now. Looks at the clock itself: a process that stood still does not take itself for
    /// the leader while its other threads have not run yet.
    pub fn leadership(&self) -> Leadership {
        self.shared.lock().leadership(&self.shared.address)
    }

    /// The same as it changes.
    pub fn watch(&self) -> watch::Receiver<Leadership> {
        self.shared.leadership.subscribe()
    }
}

impl Drop for Election {
    /// Leaves the group, so that another leads at once.
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.wake.notify_all();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the election panicked");
            }
        }
    }
}

fn group(topic: &str) -> String {
    format!("{topic}.leader")
}

/// Sticky: a node that joins takes nothing from the one that leads.
fn config(settings: &KafkaSettings, address: &str) -> ClientConfig {
    let mut config = settings.consumer();
    config
        .set("group.id", group(&settings.topic))
        .set("client.id", address)
        .set("group.protocol", "classic")
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", SESSION.as_millis().to_string())
        .set("heartbeat.interval.ms", HEARTBEAT_MS.to_string())
        .set("auto.offset.reset", "latest");
    config
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, state: &State) {
        let now = state.leadership(&self.address);
        self.leadership.send_if_modified(|known| {
            let changed = *known != now;
            if changed {
                tracing::info!(leadership = ?now, "leadership");
                *known = now;
            }
            changed
        });
    }
}

impl State {
    fn leadership(&self, address: &str) -> Leadership {
        if self.mine {
            let still = self.doubt || self.seen.elapsed() >= SESSION;
            return if still { Leadership::Unknown } else { Leadership::Leading };
        }
        match &self.found {
            Some(found) if found.asked.elapsed() < BELIEVED => {
                // What the brokers still call ours was revoked, or is about to be given to us.
                let leader = found.leader.clone().filter(|leader| leader != address);
                Leadership::Following { leader }
            }
            Some(_) | None => Leadership::Unknown,
        }
    }
}

/// What the group tells a member.
struct Member {
    shared: Arc<Shared>,
    topic: String,
}

impl ClientContext for Member {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "kafka election");
    }
}

impl ConsumerContext for Member {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, what: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let ours = list.find_partition(&self.topic, PARTITION).is_some();
        let assigned = what == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        let done = if assigned { hold(consumer, list) } else { consumer.incremental_unassign(list) };
        if let Err(error) = done {
            tracing::warn!(%error, "the group's assignment could not be taken");
        }
        let mut state = self.shared.lock();
        if ours {
            (state.mine, state.doubt) = (assigned, false);
        }
        if !assigned {
            state.found = None;
        }
        self.shared.publish(&state);
        drop(state);
        self.shared.wake.notify_all();
    }
}

/// Takes the assignment and reads nothing of it.
fn hold(consumer: &BaseConsumer<Member>, list: &mut TopicPartitionList) -> KafkaResult<()> {
    list.set_all_offsets(Offset::End)?;
    consumer.incremental_assign(list)?;
    consumer.pause(list)
}

/// Keeps the membership alive and serves its callbacks.
fn be_member(consumer: &BaseConsumer<Member>, shared: &Shared) {
    loop {
        // Nothing is fetched from a paused partition; what may have been before the pause is of no use here.
        if let Some(Err(error)) = consumer.poll(STEP) {
            tracing::debug!(%error, "the leader's group");
        }
        let mut state = shared.lock();
        if state.closing {
            return;
        }
        if state.seen.elapsed() >= SESSION {
            state.doubt = state.mine;
            shared.wake.notify_all();
        }
        state.seen = Instant::now();
        shared.publish(&state);
    }
}

/// Asks the brokers who leads, while it is not this node or it is not sure.
fn find(consumer: &Consume, shared: &Shared, topic: &str) {
    let group = group(topic);
    loop {
        let (sure, closing) = {
            let state = shared.lock();
            (state.mine && !state.doubt, state.closing)
        };
        if closing {
            return;
        }
        if !sure {
            let asked = Instant::now();
            let answer = holder(consumer, &group, topic);
            let mut state = shared.lock();
            match answer {
                Ok(leader) => {
                    if state.doubt && leader.as_deref() == Some(&shared.address) {
                        state.doubt = false;
                    }
                    state.found = Some(Found { leader, asked });
                }
                Err(error) => tracing::debug!(%error, "asking who leads"),
            }
            shared.publish(&state);
        }
        while consumer.poll(Duration::ZERO).is_some() {}
        let state = shared.lock();
        if !state.closing {
            drop(shared.wake.wait_timeout(state, ASK_EVERY).unwrap_or_else(PoisonError::into_inner));
        }
    }
}

/// Client id of the member that holds the partition.
fn holder(consumer: &Consume, group: &str, topic: &str) -> KafkaResult<Option<String>> {
    let list = consumer.fetch_group_list(Some(group), ASK_FOR).inspect_err(|_| {
        // All brokers are asked, and one that is gone fails the whole answer until it is known to be gone.
        if let Err(error) = consumer.fetch_metadata(Some(topic), ASK_FOR) {
            tracing::debug!(%error, "asking which brokers there are");
        }
    })?;
    let members =
        list.groups().iter().filter(|found| found.name() == group).flat_map(|found| found.members());
    let mut holders =
        members.filter(|member| member.assignment().and_then(|bytes| holds(bytes, topic)).unwrap_or(false));
    Ok(holders.next().map(|member| member.client_id().to_owned()))
}

/// Whether an assignment of the classic protocol holds a partition of the topic: version (16 bits), number of
/// topics (32), then each topic's name (length in 16) and its partitions (number in 32, each 32).
fn holds(bytes: &[u8], topic: &str) -> Option<bool> {
    let mut rest = bytes;
    let mut take = |len: usize| {
        let (taken, behind) = rest.split_at_checked(len)?;
        rest = behind;
        Some(taken)
    };
    take(2)?;
    let topics = u32::from_be_bytes(take(4)?.try_into().ok()?);
    for _ in 0..topics {
        let len = u16::from_be_bytes(take(2)?.try_into().ok()?);
        let name = take(usize::from(len))?;
        let partitions = u32::from_be_bytes(take(4)?.try_into().ok()?);
        take(usize::try_from(partitions).ok()?.checked_mul(4)?)?;
        if name == topic.as_bytes() && partitions > 0 {
            return Some(true);
        }
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assignment(topics: &[(&str, u32)]) -> Vec<u8> {
        let mut bytes = vec![0, 3];
        bytes.extend((topics.len() as u32).to_be_bytes());
        for (name, partitions) in topics {
            bytes.extend((name.len() as u16).to_be_bytes());
            bytes.extend(name.as_bytes());
            bytes.extend(partitions.to_be_bytes());
            bytes.extend((0..*partitions).flat_map(u32::to_be_bytes));
        }
        bytes.extend([0xff; 4]);
        bytes
    }

    /// A process that stood still leads no more, before anybody told it so.
    #[test]
    fn standing_still_ends_leadership() {
        let long_ago = Instant::now().checked_sub(BELIEVED);
        let mut state = State { mine: true, doubt: false, seen: Instant::now(), found: None, closing: false };
        assert_eq!(state.leadership("a:1"), Leadership::Leading);
        state.doubt = true;
        assert_eq!(state.leadership("a:1"), Leadership::Unknown);
        state.doubt = false;
        state.seen = long_ago.expect("the clock began earlier");
        assert_eq!(state.leadership("a:1"), Leadership::Unknown);
        state.mine = false;
        assert_eq!(state.leadership("a:1"), Leadership::Unknown, "nobody has said anything yet");
        let found = |asked| Some(Found { leader: Some("b:2".into()), asked });
        state.found = found(Instant::now());
        assert_eq!(state.leadership("a:1"), Leadership::Following { leader: Some("b:2".into()) });
        assert_eq!(state.leadership("b:2"), Leadership::Following { leader: None }, "ours was revoked");
        state.found = found(state.seen);
        assert_eq!(state.leadership("a:1"), Leadership::Unknown, "an old answer is none");
    }

    #[test]
    fn assignments_are_read() {
        assert_eq!(holds(&assignment(&[("other", 2), ("ours", 1)]), "ours"), Some(true));
        assert_eq!(holds(&assignment(&[("ours", 0)]), "ours"), Some(false));
        assert_eq!(holds(&assignment(&[]), "ours"), Some(false));
        assert_eq!(holds(&assignment(&[("ours", 1)])[..9], "ours"), None, "cut short");
        assert_eq!(holds(&[], "ours"), None);
        let huge = [0, 0, 0, 0, 0, 1, 0, 1, b'x', 0xff, 0xff, 0xff, 0xff];
        assert_eq!(holds(&huge, "ours"), None);
    }
}
