//! The contract that every back-end is held to.

use super::rig::Rig;
use journal::testing::contract;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_kafka() {
    contract(Rig::new).await;
}
