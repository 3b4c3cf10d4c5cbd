//! How the program is reached over HTTP: what stands before every route, whatever it answers.
//!
//! | file | what |
//! |---|---|
//! | `guard` | the layer: host, origin, who asks, kind and size of a body, what answers tell a browser |
//! | `names` | the hosts that a listener answers to |
//! | `token`, `entrance` | the ledger's token; links and sessions of browsers |
//! | `body` | reading bodies within a budget and a time |
//! | `listen`, `patient` | connections: how many, how long |
//!
//! What is absent: nothing here knows a route, a command or a page.

mod body;
mod entrance;
mod guard;
mod listen;
mod names;
mod patient;
mod token;

pub(crate) use body::Budget;
pub(crate) use entrance::{Entrance, SIGN_IN};
pub(crate) use guard::{Guard, Guarded, Refusal, STYLE, path_and_query, was_led};
pub(crate) use listen::serve;
pub(crate) use names::{Names, without_port};
pub(crate) use token::Token;
