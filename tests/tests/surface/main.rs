//! What others rely on: schemas and golden bodies, crates and their arrows, the demo, what is kept secret.

mod arrows;
mod codes;
mod demo;
mod modes;
mod schemas;
mod secret;
mod who;
mod words;
