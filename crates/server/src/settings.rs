//! The configuration of a node: a TOML file, which `--ledger` takes in place of a folder.
//!
//! ```toml
//! [ledger]
//! origin = "wageledger.example.org/hangzhou"
//! dir = "node-1"                  # the node's own files; relative to this file
//!
//! [kafka]                         # without it, the journal is the SQLite file in `dir`
//! bootstrap = "kafka-1:9092,kafka-2:9092,kafka-3:9092"
//! topic = "hangzhou"
//! replication = 3                 # when the topic is made
//! options = { "security.protocol" = "SASL_SSL" }   # librdkafka's
//!
//! [postgres]                      # without it, read model and vault are SQLite files in `dir`
//! url = "postgres://wageledger@db/wageledger"
//! schema = "hangzhou"
//!
//! [vault]
//! key_file = "/run/secrets/epoch.key"   # else WAGELEDGER_VAULT_KEY, else vault.key in `dir`
//!
//! [node]
//! address = "http://node-1:8470"  # where the other nodes reach this one
//! names = ["ledger.example.org"]  # names beside those by which callers ask for it; another host is refused
//! token_file = "/run/secrets/node.token"   # else WAGELEDGER_NODE_TOKEN, else node.token in `dir`
//! token = "…"                     # the token itself, in place of a file
//! ```

use crate::failure::Failure;
use crate::http::Token;
use journal::KafkaSettings;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A configuration file, read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) ledger: LedgerSettings,
    pub(crate) kafka: Option<KafkaSettings>,
    pub(crate) postgres: Option<PostgresSettings>,
    #[serde(default)]
    pub(crate) vault: VaultSettings,
    #[serde(default)]
    pub(crate) node: NodeSettings,
}

/// `[ledger]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LedgerSettings {
    /// Globally unique name.
    pub(crate) origin: String,
    /// The node's own files.
    pub(crate) dir: PathBuf,
}

/// `[postgres]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PostgresSettings {
    /// As in `postgres://user:password@host:5432/database`.
    pub(crate) url: String,
    /// Schema of the read model; the vault's is this with `_vault`.
    #[serde(default = "schema")]
    pub(crate) schema: String,
}

fn schema() -> String {
    "wageledger".to_owned()
}

/// `[vault]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VaultSettings {
    /// The epoch key.
    pub(crate) key_file: Option<PathBuf>,
}

/// `[node]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeSettings {
    /// Where the other nodes reach this one, as in `http://node-1:8470`.
    pub(crate) address: Option<String>,
    /// Names and addresses beside those by which callers may ask for it, without a port.
    #[serde(default)]
    pub(crate) names: Vec<String>,
    /// What callers must know.
    pub(crate) token: Option<Token>,
    /// The file that holds it.
    pub(crate) token_file: Option<PathBuf>,
}

/// What the shortest right configuration looks like.
const LIKE: &str = r#"
the shortest configuration that is right:

[ledger]
origin = "wageledger.example.org/hangzhou"
dir = "node-1"

the other tables are [kafka], [postgres], [vault] and [node]: see README, "Nodes: Kafka and PostgreSQL""#;

impl Settings {
    /// Reads a configuration; its paths are relative to the file.
    pub(crate) fn read(path: &Path) -> Result<Settings, Failure> {
        let name = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::cannot(format!("reading {name}: {error}")))?;
        let mut settings: Settings = toml::from_str(&text).map_err(|error| {
            // The line itself may hold a password or the token: its number is enough.
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count().saturating_add(1);
            Failure::Usage(format!("{name}, line {line}: {}{LIKE}", error.message()))
        })?;
        let beside = path.parent().unwrap_or(Path::new(""));
        settings.ledger.dir = beside.join(&settings.ledger.dir);
        settings.vault.key_file = settings.vault.key_file.map(|file| beside.join(file));
        settings.node.token_file = settings.node.token_file.map(|file| beside.join(file));
        Ok(settings)
    }
}
