//! Read models from the outside: entries in, answers out.

mod by_hand;
mod differences;
mod given_samples;
mod orders;
mod plans;
mod scenarios;
mod steps;
