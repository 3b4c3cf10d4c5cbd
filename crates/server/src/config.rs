//! What the environment says. Nothing else of the program looks there.

/// Account that facts are recorded under: `WAGELEDGER_ACTOR`, else the name of the operating system's user.
#[expect(clippy::disallowed_methods, reason = "this is where the environment enters")]
pub(crate) fn actor() -> String {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    set("WAGELEDGER_ACTOR").or_else(|| set("USER")).unwrap_or_else(|| wages::UNKNOWN.to_owned())
}

/// The vault's epoch key in hexadecimal, when it is not kept in the ledger's folder: `WAGELEDGER_VAULT_KEY`.
#[expect(clippy::disallowed_methods, reason = "this is where the environment enters")]
pub(crate) fn vault_key() -> Option<String> {
    std::env::var("WAGELEDGER_VAULT_KEY").ok().filter(|value| !value.is_empty())
}

/// What callers of a node must know that listens elsewhere than on loopback: `WAGELEDGER_NODE_TOKEN`.
#[expect(clippy::disallowed_methods, reason = "this is where the environment enters")]
pub(crate) fn node_token() -> Option<String> {
    std::env::var("WAGELEDGER_NODE_TOKEN").ok().filter(|value| !value.is_empty())
}

/// What to log: `WAGELEDGER_LOG`, as in `info` or `ledger=debug`; warnings by default.
#[expect(clippy::disallowed_methods, reason = "this is where the environment enters")]
pub(crate) fn log_filter() -> String {
    std::env::var("WAGELEDGER_LOG").unwrap_or_else(|_| "warn".to_owned())
}

/// Where temporary folders go.
pub(crate) fn temporary_folder() -> std::path::PathBuf {
    std::env::temp_dir()
}
