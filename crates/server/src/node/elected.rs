//! Leadership of a ledger in Kafka: whoever holds the group's one partition.

use super::forward::{Host, Leader};
use crate::http::Token;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use journal::kafka::election::{self, Election};
use journal::{Journal, KafkaJournal, KafkaSettings};
use ledger::{Forward, Leadership, Leads};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use vault::entropy;

/// A member that lost the group hears of it at a heartbeat: after two, what it says of itself is true.
const CONFIRMED_AFTER: Duration = Duration::from_millis(3_000);
/// After a failure to look at the topic, so long until the next try.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What a member of the group is.
pub(crate) enum Role {
    /// A node that others reach at this address, as in `http://node-1:8470`.
    Node {
        /// The address.
        address: String,
    },
    /// A command at the command line: it leads for its duration where no node runs, and nobody can ask it.
    Command,
}

/// Membership, and what follows from it.
pub(crate) struct Elected {
    election: Arc<Election>,
    leads: watch::Receiver<Leads>,
    following: JoinHandle<()>,
    peers: Peers,
}

/// How others are reached.
#[derive(Clone)]
struct Peers {
    journal: Arc<KafkaJournal>,
    token: Option<Token>,
    /// A command waits and tries again by itself; a node tells its caller to.
    patient: bool,
}

impl Elected {
    pub(crate) fn join(
        settings: &KafkaSettings,
        journal: &Arc<KafkaJournal>,
        role: Role,
        token: Option<Token>,
    ) -> Result<Elected, journal::kafka::OpenError> {
        let (address, patient) = match role {
            Role::Node { address } => (address, false),
            Role::Command => (format!("command-{}", entropy::uuid().simple()), true),
        };
        let election = Arc::new(Election::join(settings, &address)?);
        let peers = Peers { journal: Arc::clone(journal), token, patient };
        let (send, leads) = watch::channel(Leads::Nobody);
        let following = tokio::spawn(follow(election.watch(), peers.clone(), send));
        Ok(Elected { election, leads, following, peers })
    }
}

impl Drop for Elected {
    fn drop(&mut self) {
        self.following.abort();
    }
}

impl Leadership for Elected {
    fn follow(&self) -> watch::Receiver<Leads> {
        self.leads.clone()
    }

    fn confirm(&self) -> BoxFuture<'static, Leads> {
        let (election, peers) = (Arc::clone(&self.election), self.peers.clone());
        async move {
            tokio::time::sleep(CONFIRMED_AFTER).await;
            peers.leads(&election.leadership())
        }
        .boxed()
    }
}

/// Tells what membership means for the ledger, as it changes.
async fn follow(
    mut member: watch::Receiver<election::Leadership>,
    peers: Peers,
    leads: watch::Sender<Leads>,
) {
    loop {
        let now = member.borrow_and_update().clone();
        if now == election::Leadership::Leading {
            // Who takes over looks whether the topic still holds what he knows, before he decides anything.
            leads.send_replace(Leads::Nobody);
            if let Err(error) = peers.journal.confirm().await {
                tracing::error!(%error, "the topic cannot be taken over");
                tokio::time::sleep(LOOK_AGAIN).await;
                continue;
            }
        }
        leads.send_replace(peers.leads(&now));
        if member.changed().await.is_err() {
            return;
        }
    }
}

impl Peers {
    fn leads(&self, now: &election::Leadership) -> Leads {
        match now {
            election::Leadership::Leading => Leads::Here,
            election::Leadership::Following { leader: Some(address) } => {
                self.forward(address).map_or(Leads::Nobody, Leads::Elsewhere)
            }
            election::Leadership::Following { leader: None } | election::Leadership::Unknown => Leads::Nobody,
        }
    }

    /// The way to the leader; none to a command that leads.
    fn forward(&self, address: &str) -> Option<Arc<dyn Forward>> {
        if !address.starts_with("http") {
            return None;
        }
        match Leader::at(address, self.token.clone(), self.journal.origin()) {
            Ok(leader) if self.patient => {
                let journal = Arc::clone(&self.journal) as Arc<dyn Journal>;
                Some(Arc::new(Host { leader, journal }))
            }
            Ok(leader) => Some(Arc::new(leader)),
            Err(error) => {
                tracing::error!(address, %error, "the leader's address cannot be used");
                None
            }
        }
    }
}
