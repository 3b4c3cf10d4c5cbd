//! The pages of a running node: their figures, what they say to hostile input, and how they work in a browser.

mod browser;
mod erasure;
mod figures;
mod firms;
mod hostile;
mod large;
mod silent;
mod site;
mod walker;
mod warnings;
mod worker;
mod years;
