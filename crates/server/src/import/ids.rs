//! Ids of subjects and commands, derived from natural keys under the ledger's key.
//!
//! A subject's id is that of the command that registers it, so that the same ID number is the same worker
//! whoever hands it in, and nobody without the key can guess an ID number from an id.

use uuid::Uuid;
use vault::Vault;
use wages::{CreditCode, IdNumber, ProjectCode, Reference};

/// Derives ids.
#[derive(Clone)]
pub(crate) struct Ids {
    vault: Vault,
}

impl Ids {
    pub(crate) fn new(vault: Vault) -> Ids {
        Ids { vault }
    }

    /// Of a command of this kind with this natural key.
    pub(crate) fn command(&self, kind: &str, key: &[&str]) -> Uuid {
        Uuid::from_bytes(self.vault.command_id(kind, key))
    }

    pub(crate) fn worker(&self, id: &IdNumber) -> Uuid {
        self.command("worker.registered", &[id.as_str()])
    }

    pub(crate) fn project(&self, code: &ProjectCode) -> Uuid {
        self.command("project.registered", &[code.as_str()])
    }

    pub(crate) fn organisation(&self, code: &CreditCode) -> Uuid {
        self.command("organisation.registered", &[code.as_str()])
    }

    pub(crate) fn crew(&self, project: &ProjectCode, employer: &CreditCode, label: &str) -> Uuid {
        self.command("crew.registered", &[project.as_str(), employer.as_str(), label])
    }

    /// A line that a bank booked, whatever it says of it: payment or return.
    pub(crate) fn bank_line(&self, batch: &Reference, serial: &Reference) -> Uuid {
        self.command("payment.recorded", &[batch.as_str(), serial.as_str()])
    }
}
