//! What others write to the topic, and what our own producers repeat.

use super::rig::{Intruder, Rig, read_all};
use journal::kafka::{Counts, Verdict};
use journal::testing::chained;
use journal::{AppendError, Head, Journal, ReadLimit};

/// A stranger's record lands before ours, is void, and ours still counts: found by reading.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn noise_between_breaks_the_induction_and_nothing_else() {
    let rig = Rig::new();
    let journal = rig.node("ours");
    let intruder = Intruder::new(&rig.settings);
    let mut head = journal.head();
    for round in 0..5 {
        journal.append(chained(&mut head, 3, 100)).await.expect("append");
        intruder.send_noise(&rig.settings.topic);
        // Whether the noise was read before is left to chance: either way the entries count.
        let outcome = journal.append(chained(&mut head, 2, 100)).await;
        assert_eq!(outcome.expect("appended after the noise"), head, "round {round}");
    }
    journal.catch_up().await.expect("catch up");
    assert_eq!(journal.counts(), Counts { repeats: 0, strangers: 5 });
    assert_eq!(read_all(&journal).len(), 25);
    drop(journal);
    let again = rig.node("ours");
    assert_eq!((again.head(), again.counts()), (head, Counts { repeats: 0, strangers: 5 }));
    let fresh = rig.node("fresh");
    assert_eq!((fresh.head(), fresh.counts()), (head, Counts { repeats: 0, strangers: 5 }));
}

/// What was sent twice is void the second time, and told from what a stranger wrote.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeats_are_told_from_strangers() {
    let rig = Rig::new();
    let journal = rig.node("ours");
    let mut head = journal.head();
    let entries = chained(&mut head, 4, 100);
    journal.append(entries.clone()).await.expect("append");
    rig.write(&entries[1..3]);
    let mut salted = entries[2].clone();
    salted.salt[15] ^= 1;
    rig.write(&[salted]);
    let other = chained(&mut Head { seq: 3, ..Head::genesis("another") }, 1, 100);
    rig.write(&other);
    assert_eq!(journal.catch_up().await.expect("catch up"), head);
    assert_eq!(journal.counts(), Counts { repeats: 2, strangers: 2 });
    let copy = rig.copy("scan");
    use Verdict::{Accepted, Repeat, Stranger};
    assert_eq!(rig.verdicts(&copy)[4..], [Stranger; 4], "an empty copy knows of no repeats");
    drop(journal);
    let expected = [Accepted, Accepted, Accepted, Accepted, Repeat, Repeat, Stranger, Stranger];
    assert_eq!(rig.verdicts(&rig.copy("ours")), expected);
}

/// Two nodes append without knowing of each other: one chain comes out, and both know it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_writers_make_one_chain() {
    let rig = Rig::new();
    let nodes = [rig.node("a"), rig.node("b")];
    let mut won = [0, 0];
    for round in 0..20 {
        // Different bodies, or the second would be a repeat of the first.
        let batches = [50, 60].map(|body| chained(&mut nodes[0].head(), 2, body + round));
        let outcomes =
            futures_util::future::join_all(nodes.iter().zip(batches).map(|(node, batch)| node.append(batch)))
                .await;
        for (i, outcome) in outcomes.iter().enumerate() {
            match outcome {
                Ok(_) => won[i] += 1,
                Err(AppendError::Void(_)) => {}
                Err(other) => panic!("round {round}: {other:?}"),
            }
        }
        let heads = [nodes[0].catch_up().await.expect("a"), nodes[1].catch_up().await.expect("b")];
        assert_eq!(heads[0], heads[1], "round {round}");
        assert_eq!(heads[0].seq, 2 * (won[0] + won[1]), "each receipt is an entry, and nothing else is");
    }
    assert_eq!(won[0] + won[1], 20, "in every round exactly one was first: {won:?}");
}

/// A follower's head moves by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_follow() {
    let rig = Rig::new();
    let (leader, follower) = (rig.node("leader"), rig.node("follower"));
    let mut seen = follower.follow();
    let mut head = leader.head();
    for size in [1, 5, 3000] {
        leader.append(chained(&mut head, size, 700)).await.expect("append");
        seen.wait_for(|seen| *seen == head).await.expect("the follower lives");
        let last = follower.read(head.seq, ReadLimit::ONE).expect("read");
        assert_eq!(last.get(0).map(|(position, _)| position), Some(head.seq), "what is known can be read");
    }
    // The leader steps back and follows in turn.
    let mut seen = leader.follow();
    follower.append(chained(&mut head, 2, 100)).await.expect("append");
    seen.wait_for(|seen| *seen == head).await.expect("the leader lives");
}

/// A transaction's marker takes an offset and is no record.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn markers_are_passed_over() {
    use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
    let rig = Rig::new();
    let journal = rig.node("ours");
    let mut head = journal.head();
    journal.append(chained(&mut head, 2, 100)).await.expect("append");
    let producer: BaseProducer = rdkafka::ClientConfig::new()
        .set("bootstrap.servers", &rig.settings.bootstrap)
        .set("transactional.id", &rig.settings.topic)
        .create()
        .expect("a producer");
    let wait = std::time::Duration::from_secs(30);
    producer.init_transactions(wait).expect("transactions");
    for commit in [true, false] {
        producer.begin_transaction().expect("begin");
        let noise = BaseRecord::<[u8], str>::to(&rig.settings.topic).partition(0).payload("noise");
        producer.send(noise).map_err(|(error, _)| error).expect("sent");
        producer.flush(wait).expect("delivered");
        let ended = if commit { producer.commit_transaction(wait) } else { producer.abort_transaction(wait) };
        ended.expect("the end of the transaction");
        assert_eq!(journal.catch_up().await.expect("catch up"), head);
        assert_eq!(journal.append(chained(&mut head, 2, 100)).await.expect("append"), head);
    }
    // An aborted record was there for all to read: it is void like any other.
    assert_eq!(journal.counts(), Counts { repeats: 0, strangers: 2 });
    assert_eq!(rig.node("fresh").head(), head);
}
