//! `wageledger backup`: a copy of what cannot be built again, made while a node serves.
//!
//! | step | killed here |
//! |---|---|
//! | a folder aside, `DIR.unfinished-…` | nothing at DIR |
//! | the journal, entry by entry, each accepted after the one before it, up to the head of the beginning | the same |
//! | the vault, its rows as of one moment | the same |
//! | `backup.json`: what is in it, with a digest of every file | the same |
//! | all of it on the disk, then one rename | nothing at DIR, or all of it |
//!
//! The journal goes first: a key is durable in the vault before an entry that is sealed with it is in the journal, so a
//! vault that is copied later has the key of every entry that was copied, unless it was erased in between.

use super::copy::copy_entries;
use crate::aside::Aside;
use crate::cli;
use crate::clock;
use crate::config;
use crate::failure::Failure;
use crate::home::{Home, journal_file};
use crate::print;
use crate::reach;
use chain::Head;
use journal::kafka::scan;
use journal::{Journal, KafkaSettings, SqliteJournal};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};
use vault::VaultError;

/// The manifest's name; a folder without it is no backup.
pub(super) const MANIFEST: &str = "backup.json";
/// The form of the manifest that this program writes and reads.
pub(super) const FORMAT: u32 = 1;
/// The files of a backup, and of the ledger that is made of it.
pub(super) const FILES: [&str; 3] = ["ledger.sqlite", "ledger.head", "vault.sqlite"];
/// So long a node's copy of the topic may take to come to the topic's end.
const BEHIND_MAX: Duration = Duration::from_secs(10);

/// `backup.json`
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// Version of the program that made it.
    pub(super) program: String,
    /// When the backup was complete (RFC 3339, UTC).
    pub(super) made_at: String,
    /// The ledger's name.
    pub(super) origin: String,
    /// Sequence of the last entry, which is their number.
    pub(super) entries: u64,
    /// Hash of the last entry.
    pub(super) head: String,
    /// None where the ledger had no vault.
    pub(super) vault: Option<Keys>,
    pub(super) files: Vec<Digested>,
}

/// What the vault in a backup holds. The keys are wrapped under the epoch key, which is not in it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Keys {
    pub(super) subjects: u64,
    pub(super) id_numbers: u64,
    pub(super) epoch: u64,
}

/// A file of a backup.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Digested {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

pub(crate) async fn run(args: cli::Backup) -> Result<(), Failure> {
    let home = Home::at(&args.ledger.ledger)?;
    home.must_exist()?;
    let source = home.journal_to_read().await?;
    if let Some((settings, _)) = home.kafka() {
        up_to_the_topic(&home, settings, source.as_ref()).await?;
    }
    let aside = Aside::begin(&args.to)?;
    let head = copy_journal(source.as_ref(), &aside.path("ledger.sqlite")).await?;
    let vault = match vault::back_up(home.vault()?, &aside.path("vault.sqlite")).await {
        Ok(held) => Some(Keys { subjects: held.subjects, id_numbers: held.id_numbers, epoch: held.epoch }),
        Err(VaultError::Missing(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let mut files = Vec::new();
    for name in FILES.iter().filter(|name| aside.path(name).is_file()) {
        let (bytes, sha256) = digest(&aside.path(name))?;
        files.push(Digested { name: (*name).to_owned(), bytes, sha256 });
    }
    let manifest = Manifest {
        format: FORMAT,
        program: env!("WAGELEDGER_VERSION").to_owned(),
        made_at: clock::now().to_string(),
        origin: source.origin().to_owned(),
        entries: head.seq,
        head: head.hash.to_string(),
        vault,
        files,
    };
    std::fs::write(aside.path(MANIFEST), serde_json::to_vec_pretty(&manifest)?)?;
    aside.put()?;
    print::out(&told(&home, &args.to, &manifest))
}

/// Copies the entries up to the head of now into a new file, and leaves that file alone and whole.
async fn copy_journal(source: &dyn Journal, path: &Path) -> Result<Head, Failure> {
    let target = journal_file(path, source.origin())?;
    let head = copy_entries(source, &target).await?;
    tokio::task::block_in_place(|| drop(target));
    for beside in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(beside);
        match std::fs::metadata(&name) {
            Ok(left) if beside == "-wal" && left.len() > 0 => {
                return Err(Failure::cannot("the copy's write-ahead log could not be emptied"));
            }
            Ok(_) => std::fs::remove_file(&name)?,
            Err(_) => {}
        }
    }
    Ok(head)
}

/// Waits until the local copy has what the topic holds now: another node may have given receipts for it.
async fn up_to_the_topic(home: &Home, settings: &KafkaSettings, copy: &dyn Journal) -> Result<(), Failure> {
    reach::kafka(settings)?;
    let file = SqliteJournal::open_read_only(home.journal_path())?;
    let end = tokio::task::block_in_place(|| scan(settings, &file, |_| ControlFlow::Continue(())))?;
    let asked = Instant::now();
    while copy.catch_up().await?.seq < end.seq {
        // Where no node runs here, nobody else brings the copy forward.
        drop(home.journal_to_read().await?);
        if asked.elapsed() >= BEHIND_MAX {
            return Err(Failure::cannot(format!(
                "the topic has come to entry {}, this node's copy only to {}: back up at a node that keeps up",
                end.seq,
                copy.head().seq
            )));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Length in bytes and SHA-256 of a file, in hexadecimal.
pub(super) fn digest(path: &Path) -> Result<(u64, String), Failure> {
    let mut file = File::open(path)?;
    let (mut hasher, mut buffer, mut bytes) = (Sha256::new(), vec![0; 1 << 20], 0u64);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hex::encode(hasher.finalize())));
        }
        hasher.update(&buffer[..read]);
        bytes = bytes.saturating_add(read as u64);
    }
}

fn told(home: &Home, to: &Path, manifest: &Manifest) -> String {
    let Manifest { origin, entries, head, vault, files, .. } = manifest;
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let keys = match vault {
        Some(Keys { subjects, id_numbers, epoch }) => format!(
            "{subjects} subjects with keys, {id_numbers} ID numbers, wrapped under the epoch key of epoch {epoch}"
        ),
        None => "none: this ledger has no vault".to_owned(),
    };
    let key = match config::vault_key() {
        Some(_) => {
            "the epoch key, which WAGELEDGER_VAULT_KEY holds: keep what sets it in another place".to_owned()
        }
        None => {
            let path = home.key_path();
            let path = path.display();
            format!(
                "the epoch key, which is in {path}: copy that file to another medium, kept apart from this one"
            )
        }
    };
    let to = to.display();
    format!(
        "backed up {origin} to {to}\n\
         entries     {entries}, head {head}\n\
         vault       {keys}\n\
         files       {}, {MANIFEST}\n\
         not in it   {key}. Without it nothing personal can be read again\n\
         not in it   what is derived (read model, map of subjects): it is made anew\n\
         to check    wageledger restore --from {to} --to NEW-FOLDER\n",
        names.join(", "),
    )
}
