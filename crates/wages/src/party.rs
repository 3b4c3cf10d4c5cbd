//! Whom a fact names besides its subject and its source.

use crate::event::PrivateSlot;
use crate::{AccountId, CreditCode, Private};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A person, firm or office: by account or code where it has one, else in words, which are sealed as they may hold a name.
/// As JSON: `{"account":"…"}`, `{"organisation":"…"}` or `{"named":…}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// An account of the ledger.
    Account(AccountId),
    /// An organisation.
    Organisation(CreditCode),
    /// Anybody else, in words.
    Named(Private),
}

impl PrivateSlot for Party {
    fn slot(&self) -> Option<&Private> {
        match self {
            Party::Named(words) => Some(words),
            Party::Account(_) | Party::Organisation(_) => None,
        }
    }

    fn slot_mut(&mut self) -> Option<&mut Private> {
        match self {
            Party::Named(words) => Some(words),
            Party::Account(_) | Party::Organisation(_) => None,
        }
    }
}
