//! Read models from the outside: entries in, answers out.

mod by_hand;
mod differences;
mod engines;
mod followers;
mod given_samples;
mod late;
mod orders;
mod place;
mod plans;
mod recourse;
mod scenarios;
mod silent;
mod steps;
mod strays;
mod undated;
mod warnings;
mod withholding;
