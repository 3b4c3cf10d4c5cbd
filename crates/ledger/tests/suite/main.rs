//! The ledger under test: over journals that work, that fail on purpose, and that were changed behind its
//! back. A vault is real throughout, time is set by hand.

#[path = "../../../wages/tests/scenarios/command.rs"]
mod command;
mod faults;
mod idempotency;
mod limits;
mod log;
mod opening;
mod preview;
mod receipts;
mod rig;
mod scenarios;
mod simulation;
mod story;
mod tampering;
mod tidy;
