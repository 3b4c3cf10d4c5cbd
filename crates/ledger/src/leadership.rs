//! Who decides: of the nodes of one ledger, one.
//!
//! Leadership is for speed only. Two nodes that both believe they lead cannot hurt the ledger, since the journal
//! accepts what follows its head and nothing else; they would only decide twice what counts once.

use crate::{Outcome, Submission, SubmitError};
use futures_util::future::{BoxFuture, ready};
use std::fmt;
use std::sync::Arc;
use tokio::sync::watch;

/// Where commands are decided now.
#[derive(Clone)]
pub enum Leads {
    /// Here.
    Here,
    /// On another node, which this takes commands to.
    Elsewhere(Arc<dyn Forward>),
    /// Nobody knows of a leader: there is none yet, or this node is cut off from the others.
    Nobody,
}

/// Takes commands to the leader.
pub trait Forward: Send + Sync + 'static {
    /// As [`Ledger::submit`](crate::Ledger::submit), decided there. Nothing is forwarded a second time: who does
    /// not lead either answers [`SubmitError::NoLeader`].
    fn submit(&self, submissions: Vec<Submission>) -> BoxFuture<'static, Result<Vec<Outcome>, SubmitError>>;
}

/// Says who leads.
pub trait Leadership: Send + Sync + 'static {
    /// Who leads, as it changes.
    fn follow(&self) -> watch::Receiver<Leads>;

    /// Asks whoever appoints the leader, now. A sequencer that finds a stranger's entry decides no more until this
    /// has said that it still leads.
    fn confirm(&self) -> BoxFuture<'static, Leads>;
}

impl fmt::Debug for dyn Leadership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Leadership")
    }
}

/// A ledger whose leader never changes: one node alone, or a guest of another.
pub struct Appointed(watch::Sender<Leads>);

impl Appointed {
    /// For ever.
    pub fn new(leads: Leads) -> Appointed {
        Appointed(watch::Sender::new(leads))
    }
}

impl Leadership for Appointed {
    fn follow(&self) -> watch::Receiver<Leads> {
        self.0.subscribe()
    }

    fn confirm(&self) -> BoxFuture<'static, Leads> {
        Box::pin(ready(self.0.borrow().clone()))
    }
}

impl Leads {
    /// Whether commands are decided here.
    pub fn is_here(&self) -> bool {
        matches!(self, Leads::Here)
    }
}
