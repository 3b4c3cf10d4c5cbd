//! Nodes: commands over HTTP, a ledger in Kafka and PostgreSQL, moving house, and what happens when a node goes.

mod api;
mod backup;
mod campaign;
mod crowd;
mod guard;
mod house;
mod takeover;
mod verdicts;

pub(crate) use tests::organisation;
