//! The journal over a real Kafka: `tests/run.sh` starts the broker and says where it is.

mod contract;
mod intruders;
mod rig;
mod topics;
