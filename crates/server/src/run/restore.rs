//! `wageledger restore`: a backup checked, and the ledger that it holds put into a new folder.
//!
//! | step | killed here |
//! |---|---|
//! | `backup.json` read; a folder aside, `DIR.unfinished-…` | nothing at DIR |
//! | every file copied there, its digest compared on the way back from the disk | the same |
//! | every entry accepted, the head compared; the vault tried, when the epoch key is at hand | the same |
//! | all of it on the disk, then one rename | nothing at DIR, or all of it |

use super::backup::{self, Digested, FILES, FORMAT, MANIFEST, Manifest};
use crate::aside::Aside;
use crate::cli;
use crate::config;
use crate::failure::Failure;
use crate::home::of_file;
use crate::print;
use chain::{Head, accept};
use journal::{Journal, ReadLimit, SqliteJournal};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use vault::{EpochKey, Vault, VaultError};

/// The longest manifest that is read, in bytes.
const MANIFEST_MAX: u64 = 1 << 20;

pub(crate) async fn run(args: cli::Restore) -> Result<(), Failure> {
    let manifest = manifest(&args.from)?;
    let key = epoch_key(args.key_file.as_deref())?;
    let aside = Aside::begin(&args.to)?;
    for file in &manifest.files {
        take(&args.from, file, &aside)?;
    }
    check_entries(&aside.path("ledger.sqlite"), &manifest)?;
    let opened = match (&manifest.vault, &key) {
        (Some(_), Some(key)) => Some(check_vault(&aside.path("vault.sqlite"), key, &manifest).await?),
        _ => None,
    };
    for left in ["ledger.sqlite-wal", "ledger.sqlite-shm", "vault.sqlite-wal", "vault.sqlite-shm"] {
        // Only looked at: everything is in the files themselves.
        let _ = std::fs::remove_file(aside.path(left));
    }
    aside.put()?;
    print::out(&told(&args, &manifest, opened))
}

fn broken(message: String) -> Failure {
    Failure::Broken(message.into())
}

/// What the backup says that it holds.
fn manifest(from: &Path) -> Result<Manifest, Failure> {
    let path = from.join(MANIFEST);
    let shown = path.display();
    let mut text = String::new();
    File::open(&path)
        .and_then(|file| file.take(MANIFEST_MAX).read_to_string(&mut text))
        .map_err(|error| Failure::cannot(format!("{} is no backup: {shown}: {error}", from.display())))?;
    let manifest: Manifest =
        serde_json::from_str(&text).map_err(|error| broken(format!("{shown} is damaged: {error}")))?;
    if manifest.format != FORMAT {
        let format = manifest.format;
        return Err(Failure::cannot(format!("{shown} has format {format}, and this program reads {FORMAT}")));
    }
    let known = |file: &Digested| FILES.contains(&file.name.as_str());
    if let Some(other) = manifest.files.iter().find(|file| !known(file)) {
        return Err(broken(format!("{shown} names {:?}, which is no file of a backup", other.name)));
    }
    let named = |name: &str| manifest.files.iter().filter(|file| file.name == name).count() == 1;
    let wanted = FILES.iter().filter(|name| **name != "vault.sqlite" || manifest.vault.is_some());
    if let Some(missing) = wanted.into_iter().find(|name| !named(name)) {
        return Err(broken(format!("{shown} does not name {missing} once")));
    }
    Ok(manifest)
}

/// The epoch key, when somebody has it here.
fn epoch_key(file: Option<&Path>) -> Result<Option<EpochKey>, Failure> {
    Ok(match (file, config::vault_key()) {
        (Some(file), _) => Some(EpochKey::from_file(file)?),
        (None, Some(hex)) => Some(EpochKey::from_hex(&hex)?),
        (None, None) => None,
    })
}

/// Copies a file, and looks at the copy: it is what the manifest says.
fn take(from: &Path, file: &Digested, aside: &Aside) -> Result<(), Failure> {
    let (source, copy) = (from.join(&file.name), aside.path(&file.name));
    let shown = source.display();
    // Bytes alone: of whatever mode the backup's file is, the ledger's is its owner's.
    let copied = File::open(&source).and_then(|mut from| io::copy(&mut from, &mut File::create_new(&copy)?));
    copied.map_err(|error| Failure::cannot(format!("copying {shown}: {error}")))?;
    let (bytes, sha256) = backup::digest(&copy)?;
    if bytes == file.bytes && sha256 == file.sha256 {
        return Ok(());
    }
    Err(broken(format!(
        "{shown} is not what {MANIFEST} says: {bytes} bytes, SHA-256 {sha256}, where {} bytes, {} were backed up; take \
         another backup",
        file.bytes, file.sha256
    )))
}

/// Every entry is accepted after the one before it, and the last is the one that the manifest names.
fn check_entries(path: &Path, manifest: &Manifest) -> Result<(), Failure> {
    let journal = SqliteJournal::open_read_only(path).map_err(|error| of_file(path, error))?;
    if journal.origin() != manifest.origin {
        let origin = journal.origin();
        return Err(broken(format!(
            "the journal is of the ledger {origin}, {MANIFEST} says {}",
            manifest.origin
        )));
    }
    let mut head = Head::genesis(journal.origin());
    loop {
        let next = head.seq.saturating_add(1);
        let records = journal.read(next, ReadLimit::BULK)?;
        if records.is_empty() {
            break;
        }
        for (_, record) in records.iter() {
            let accepted = accept(&head, &record);
            let next = head.seq.saturating_add(1);
            head = accepted.map_err(|refusal| broken(format!("entry {next} does not hold: {refusal}")))?.head;
        }
    }
    if (head.seq, head.hash.to_string()) == (manifest.entries, manifest.head.clone()) {
        return Ok(());
    }
    Err(broken(format!(
        "the journal ends at entry {} {}, {MANIFEST} says {} {}",
        head.seq, head.hash, manifest.entries, manifest.head
    )))
}

/// The epoch key opens every key of the vault; how many.
async fn check_vault(path: &Path, key: &EpochKey, manifest: &Manifest) -> Result<u64, Failure> {
    let vault = match Vault::open_read_only(path, key).await {
        Err(VaultError::WrongEpochKey { epoch }) => {
            return Err(Failure::cannot(format!(
                "this is not the epoch key that the backup's vault is wrapped under (epoch {epoch}); nothing was \
                 restored: give the right one, or none to restore without trying it"
            )));
        }
        opened => opened?,
    };
    let found = vault.census().await?;
    vault.close().await;
    match &manifest.vault {
        Some(keys) if (keys.subjects, keys.id_numbers) != (found.subjects, found.id_numbers) => {
            Err(broken(format!(
                "the vault has keys of {} subjects and {} ID numbers, {MANIFEST} says {} and {}",
                found.subjects, found.id_numbers, keys.subjects, keys.id_numbers
            )))
        }
        _ => Ok(found.subjects),
    }
}

fn told(args: &cli::Restore, manifest: &Manifest, opened: Option<u64>) -> String {
    let Manifest { origin, entries, head, made_at, vault, .. } = manifest;
    let to = args.to.display();
    let key = match (vault, opened, &args.key_file) {
        (None, _, _) => "no vault was backed up: personal data cannot be read".to_owned(),
        (Some(_), Some(keys), Some(file)) => {
            let file = file.display();
            format!(
                "the epoch key opens the keys of all {keys} subjects; put it into place: cp {file} {to}/vault.key"
            )
        }
        (Some(_), Some(keys), None) => {
            format!("the epoch key in WAGELEDGER_VAULT_KEY opens the keys of all {keys} subjects")
        }
        (Some(keys), None, _) => format!(
            "still needed: the epoch key of epoch {}, as {to}/vault.key or in WAGELEDGER_VAULT_KEY",
            keys.epoch
        ),
    };
    format!(
        "restored {origin} to {to}, as it was backed up at {made_at}\n\
         entries     {entries}, head {head}, every one accepted\n\
         vault       {key}\n\
         next        wageledger verify --ledger {to}\n"
    )
}
