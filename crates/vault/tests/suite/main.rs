//! The vault as its callers see it.
#![cfg(test)]

mod backups;
mod copies;
mod cost;
mod damage;
mod erasure;
mod keys;
mod place;
