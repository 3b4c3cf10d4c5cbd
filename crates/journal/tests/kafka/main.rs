//! The journal over a real Kafka: `tests/run.sh` starts the broker and says where it is.

mod brokers;
mod contract;
mod election;
mod intruders;
mod rig;
mod topics;
