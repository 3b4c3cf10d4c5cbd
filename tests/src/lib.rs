//! Harness of the end-to-end tests. Every test runs the real binary, as a person at a shell would, on folders
//! of its own; what a command printed is all that is believed of it, beside the files that it left.
//!
//! What is absent: nothing here calls the crates that are tested. Only `chain` is used, to forge entries and
//! to read the head of a ledger without asking the program under test.

mod answer;
mod book;
mod browser;
mod cluster;
mod dice;
mod organisation;
mod page;
mod sample;
mod servers;
mod sheet;

pub use answer::{Answer, fen, fen_text, text};
pub use book::{Book, Entry, Head, clean, end_of, program, run, wageledger};
pub use browser::{Browser, Element};
pub use cluster::{Cluster, Http, Node, Place, server, until};
pub use dice::{Dice, setting};
pub use organisation::{Acknowledged, Callers, organisation};
pub use page::{Cell, Page, Table, shown_fen};
pub use sample::{data, kind_counts, read_json, shared_site};
pub use servers::{Server, Servers};
pub use sheet::{Tables, dump, same_rows, tables};
