//! What the environment says. Nothing else of the program looks there.

use crate::failure::Failure;
use nix::unistd::{Uid, User};
use std::env::VarError;
use wages::AccountId;

/// Account that facts are recorded under: `WAGELEDGER_ACTOR`, else the number of the system's account of this process's user. What
/// anybody may set without being asked, such as `USER`, says nothing.
///
/// # Errors
///
/// There is no such account, or what the variable holds is none: nothing may be recorded that nobody said.
#[expect(clippy::disallowed_methods, reason = "this is where the environment enters")]
pub(crate) fn actor() -> Result<AccountId, Failure> {
    match std::env::var("WAGELEDGER_ACTOR") {
        Ok(value) if !value.trim().is_empty() => checked(value.trim()),
        Ok(_) | Err(VarError::NotPresent) => account(Uid::current()),
        Err(VarError::NotUnicode(_)) => checked(""),
    }
}

/// An account of the system, by its number: its name may be a person's.
fn account(uid: Uid) -> Result<AccountId, Failure> {
    let known = User::from_uid(uid).ok().flatten();
    known.and_then(|_| format!("uid-{uid}").parse().ok()).ok_or_else(|| {
        Failure::Usage(format!(
            "nobody says this: user {uid} has no account on this machine; name the account that facts are recorded \
             under, as in WAGELEDGER_ACTOR=clerk-7"
        ))
    })
}

fn checked(actor: &str) -> Result<AccountId, Failure> {
    actor.parse().map_err(|_| {
        Failure::Usage(
            "WAGELEDGER_ACTOR must be an account, no name: 1 to 64 letters, digits, points, hyphens or underscores, as in \
             clerk-7; `unknown` is nobody's"
                .to_owned(),
        )
    })
}

/// The vault's epoch key in hexadecimal, when it is not kept in the ledger's folder: `WAGELEDGER_VAULT_KEY`.
#[expect(clippy::disallowed_methods, reason = "this is where the environment enters")]
pub(crate) fn vault_key() -> Option<String> {
    std::env::var("WAGELEDGER_VAULT_KEY").ok().filter(|value| !value.is_empty())
}

/// What callers of a node must know, when it is not kept in a file: `WAGELEDGER_NODE_TOKEN`.
#[expect(clippy::disallowed_methods, reason = "this is where the environment enters")]
pub(crate) fn node_token() -> Option<String> {
    std::env::var("WAGELEDGER_NODE_TOKEN").ok().filter(|value| !value.is_empty())
}

/// What to log: `WAGELEDGER_LOG`, as in `info` or `ledger=debug`; warnings by default.
#[expect(clippy::disallowed_methods, reason = "this is where the environment enters")]
pub(crate) fn log_filter() -> String {
    std::env::var("WAGELEDGER_LOG").unwrap_or_else(|_| "warn".to_owned())
}

/// Whether a terminal may be written to in colours: `NO_COLOR` says that it may not (no-color.org).
#[expect(clippy::disallowed_methods, reason = "this is where the environment enters")]
pub(crate) fn may_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Where temporary folders go.
pub(crate) fn temporary_folder() -> std::path::PathBuf {
    std::env::temp_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As in a container that runs under a number of its own.
    #[test]
    fn a_number_without_an_account_is_nobody() {
        let failure = account(Uid::from_raw(3_999_999_999)).unwrap_err();
        assert_eq!(failure.exit_code(), 2);
        let message = failure.to_string();
        assert!(message.contains("3999999999") && message.contains("WAGELEDGER_ACTOR=clerk-7"), "{message}");
        assert_eq!(account(Uid::from_raw(0)).unwrap().as_str(), "uid-0");
    }
}
