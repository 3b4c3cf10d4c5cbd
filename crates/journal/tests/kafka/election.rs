//! Who leads, among nodes at a real broker.

use super::rig::Rig;
use journal::kafka::election::{Election, Leadership};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::time::Duration;

async fn until(election: &Election, wanted: Leadership) {
    election.watch().wait_for(|now| *now == wanted).await.expect("the election lives");
    assert_eq!(election.leadership(), wanted);
}

fn following(leader: &str) -> Leadership {
    Leadership::Following { leader: Some(leader.to_owned()) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_leads_and_the_next_takes_over() {
    let rig = Rig::new();
    let join = |address| Election::join(&rig.settings, address).expect("join");
    let first = join("10.0.0.1:7400");
    until(&first, Leadership::Leading).await;
    let second = join("10.0.0.2:7400");
    until(&second, following("10.0.0.1:7400")).await;
    let third = join("10.0.0.3:7400");
    until(&third, following("10.0.0.1:7400")).await;
    assert_eq!(first.leadership(), Leadership::Leading, "who joins takes nothing away");
    drop(first);
    let mut watches = [second.watch(), third.watch()];
    let leads = |now: &Leadership| *now == Leadership::Leading;
    let [a, b] = &mut watches;
    let second_leads = tokio::select! {
        won = a.wait_for(leads) => won.is_ok(),
        _ = b.wait_for(leads) => false,
    };
    let (leader, follower, address) =
        if second_leads { (&second, &third, "10.0.0.2:7400") } else { (&third, &second, "10.0.0.3:7400") };
    until(follower, following(address)).await;
    assert_eq!(leader.leadership(), Leadership::Leading);
    nothing_is_committed(&rig);
}

/// The group keeps no offsets: nobody reads by it.
fn nothing_is_committed(rig: &Rig) {
    let consumer: BaseConsumer = rdkafka::ClientConfig::new()
        .set("bootstrap.servers", &rig.settings.bootstrap)
        .set("group.id", format!("{}.leader", rig.settings.topic))
        .create()
        .expect("a consumer");
    let mut list = TopicPartitionList::new();
    list.add_partition(&rig.settings.topic, 0);
    let committed = consumer.committed_offsets(list, Duration::from_secs(10)).expect("an answer");
    let offset = committed.find_partition(&rig.settings.topic, 0).expect("the partition").offset();
    assert_eq!(offset, Offset::Invalid);
}
