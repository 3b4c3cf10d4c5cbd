//! Brokers that are killed, stopped and started again.

use super::rig::{Rig, read_all};
use super::topics::topic_with;
use journal::kafka::election::{Election, Leadership};
use journal::testing::{ORIGIN, chained, heads_after};
use journal::{AppendError, Head, Journal, KafkaJournal};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tests::{Server, Servers};

/// So long brokers that were all started again may need to serve a partition.
const PATIENCE: Duration = Duration::from_secs(60);

fn without_topic(brokers: &Servers, replication: u16) -> Rig {
    let mut rig = Rig::without_topic();
    rig.settings.bootstrap = brokers.bootstrap().to_owned();
    rig.settings.replication = replication;
    rig
}

fn rig(brokers: &Servers, replication: u16) -> Rig {
    let rig = without_topic(brokers, replication);
    KafkaJournal::create_topic(&rig.settings).expect("a topic");
    rig
}

/// A caller who does what the trait says, until told to stop: every head that was acknowledged.
async fn work(journal: &KafkaJournal, stop: &AtomicBool) -> Vec<Head> {
    let mut head = journal.head();
    let mut acknowledged = Vec::new();
    let mut body = 200;
    while !stop.load(Ordering::Relaxed) {
        let waiting: Vec<_> = (0..4).map(|_| journal.append(chained(&mut head, 25, body))).collect();
        let mut failed = false;
        for outcome in waiting {
            match outcome.await {
                Ok(after) => {
                    assert!(!failed, "appended behind a failure");
                    acknowledged.push(after);
                }
                // Void too: an earlier batch of ours may have come late.
                Err(_) => failed = true,
            }
        }
        while failed && !stop.load(Ordering::Relaxed) {
            if let Ok(found) = journal.catch_up().await {
                // Decided anew, an entry has other bytes: what comes late must not pass for it.
                (head, failed, body) = (found, false, body + 1);
            }
        }
    }
    acknowledged
}

/// Every acknowledged head is in the chain that a new node reads.
fn assert_all_there(rig: &Rig, acknowledged: &[Head]) {
    let fresh = rig.node("fresh");
    let heads = heads_after(Head::genesis(ORIGIN), &read_all(&fresh));
    assert_eq!(heads.last(), Some(&fresh.head()));
    for head in acknowledged {
        let at = usize::try_from(head.seq - 1).expect("small");
        assert_eq!(heads.get(at), Some(head), "an acknowledged entry");
    }
}

async fn seen_beyond(journal: &KafkaJournal, entries: u64) {
    let target = journal.head().seq + entries;
    journal.follow().wait_for(|head| head.seq >= target).await.expect("the journal lives");
}

/// Kill -9 of the only broker, and its restart: nothing acknowledged is lost, and appending goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_is_killed_and_comes_back() {
    let mut brokers = Servers::brokers(1);
    let rig = rig(&brokers, 1);
    let journal = rig.node("ours");
    let stop = AtomicBool::new(false);
    let acknowledged = tokio::join!(work(&journal, &stop), async {
        for _ in 0..2 {
            seen_beyond(&journal, 500).await;
            brokers.signal(Server::Broker(1), "KILL");
            tokio::task::block_in_place(|| brokers.start_again(Server::Broker(1)));
        }
        seen_beyond(&journal, 500).await;
        stop.store(true, Ordering::Relaxed);
    })
    .0;
    assert_all_there(&rig, &acknowledged);
}

/// Who leads and loses the brokers does not know any more whether he leads; when they are back, somebody does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_election_without_brokers() {
    let mut brokers = Servers::brokers(1);
    let rig = rig(&brokers, 1);
    let election = Election::join(&rig.settings, "10.0.0.1:7400").expect("join");
    let mut watch = election.watch();
    watch.wait_for(|now| *now == Leadership::Leading).await.expect("the election lives");
    brokers.signal(Server::Broker(1), "KILL");
    watch.wait_for(|now| *now == Leadership::Unknown).await.expect("the election lives");
    tokio::task::block_in_place(|| brokers.start_again(Server::Broker(1)));
    watch.wait_for(|now| *now == Leadership::Leading).await.expect("the election lives");
}

/// Three brokers, each killed in turn: the two others carry on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_three_brokers_is_killed() {
    let mut brokers = Servers::brokers(3);
    let careless = without_topic(&brokers, 3);
    topic_with(&careless, 1, &[("min.insync.replicas", "1")]).await;
    let refused = careless.try_open("copy").err().expect("refused").to_string();
    assert!(refused.contains("min.insync.replicas = 1; it must be at least 2"), "{refused}");
    let rig = rig(&brokers, 3);
    let (journal, follower) = (rig.node("ours"), rig.node("follower"));
    let stop = AtomicBool::new(false);
    let acknowledged = tokio::join!(work(&journal, &stop), async {
        for broker in 1..=3 {
            seen_beyond(&journal, 200).await;
            brokers.signal(Server::Broker(broker), "KILL");
            seen_beyond(&journal, 200).await;
            tokio::task::block_in_place(|| brokers.start_again(Server::Broker(broker)));
        }
        seen_beyond(&follower, 200).await;
        stop.store(true, Ordering::Relaxed);
    })
    .0;
    assert_all_there(&rig, &acknowledged);
    assert_eq!(caught_up(&follower).await, caught_up(&journal).await);
}

/// What the journal has at its end, once the brokers can say it: one that has just come back may know no partition yet.
async fn caught_up(journal: &KafkaJournal) -> Head {
    let since = Instant::now();
    loop {
        match journal.catch_up().await {
            Ok(head) => return head,
            Err(error) => assert!(since.elapsed() < PATIENCE, "{error}"),
        }
    }
}

/// A broker that stands still: appends are given up, and reach the broker later all the same, wholly or their
/// first entries, since entries go out in as many requests as the moment makes them. Whatever came of it,
/// everybody says the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_that_come_late() {
    let brokers = Servers::brokers(1);
    let mut rig = rig(&brokers, 1);
    rig.settings.options.insert("message.timeout.ms".into(), "1000".into());
    rig.settings.options.insert("socket.timeout.ms".into(), "1000".into());
    let journal = rig.node("ours");
    let mut head = journal.head();
    journal.append(chained(&mut head, 10, 200)).await.expect("append");
    let mut acknowledged = vec![head];
    for round in 0..2 {
        brokers.signal(Server::Broker(1), "STOP");
        let mut ahead = head;
        let (first, second) = (chained(&mut ahead, 5, 300), chained(&mut ahead, 5, 300));
        let mut possible = [vec![head], heads_after(head, &first)].concat();
        let behind = heads_after(possible[5], &second);
        let (outcome, second) = tokio::join!(journal.append(first), journal.append(second));
        assert!(matches!(outcome, Err(AppendError::Unknown { .. })), "round {round}: {outcome:?}");
        match second {
            Err(AppendError::Unknown { .. }) => possible.extend(behind),
            // Not yet handed over when the first was given up: then it must not come.
            Err(AppendError::NotAppended { .. }) => {}
            other => panic!("round {round}: {other:?}"),
        }
        assert!(journal.catch_up().await.is_err(), "nobody can say now");
        let refused = journal.append(chained(&mut head.clone(), 1, 300)).await;
        assert!(matches!(refused, Err(AppendError::NotAppended { .. })), "round {round}: {refused:?}");
        brokers.signal(Server::Broker(1), "CONT");
        // What was on its way may come before or after the end is asked for.
        loop {
            let Ok(found) = journal.catch_up().await else { continue };
            assert!(possible.contains(&found), "round {round}: {found:?}");
            head = found;
            let entries = chained(&mut head, 2, 400 + round);
            // Given up again, where the broker is slow to wake: this one may come late, too.
            possible.extend(heads_after(found, &entries));
            if journal.append(entries).await.is_ok() {
                break;
            }
        }
        acknowledged.push(head);
    }
    assert_all_there(&rig, &acknowledged);
}

/// A node that goes with batches in flight leaves what the broker took, whole or in part, and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_is_dropped_with_batches_in_flight() {
    let brokers = Servers::brokers(1);
    let rig = rig(&brokers, 1);
    let mut head = Head::genesis(ORIGIN);
    let mut acknowledged = Vec::new();
    for _ in 0..3 {
        let journal = rig.node("ours");
        assert!(journal.head().seq >= head.seq, "what was queued has been written");
        head = journal.head();
        let mut ahead = head;
        let mut waiting: Vec<_> = (0..20).map(|_| journal.append(chained(&mut ahead, 200, 700))).collect();
        acknowledged.push(waiting.swap_remove(0).await.expect("the first"));
        drop(journal);
        for outcome in waiting {
            acknowledged.push(outcome.await.expect("drop waits for the broker"));
        }
    }
    assert_all_there(&rig, &acknowledged);
}
