//! The vault of a ledger and the key that opens it: which of them is there, and which is not.

use crate::config;
use crate::failure::Failure;
use crate::home::Home;
use std::path::PathBuf;
use vault::{EpochKey, EpochKeyError, Vault, VaultError};

/// Why a ledger's vault is not open. The first three say that nothing is known of it, and the last that something is
/// wrong with it.
#[derive(Debug)]
pub(crate) enum NoVault {
    /// There is none.
    Missing(String),
    /// There is one, and no key that opens it.
    Locked(String),
    /// It cannot be asked.
    Cannot(VaultError),
    /// What it holds is not what it wrote.
    Damaged(VaultError),
}

impl From<NoVault> for Failure {
    fn from(no: NoVault) -> Failure {
        match no {
            NoVault::Missing(why) | NoVault::Locked(why) => Failure::cannot(why),
            NoVault::Cannot(error) | NoVault::Damaged(error) => error.into(),
        }
    }
}

impl Home {
    /// The vault, open for reading. Whether there is one is said before anything is said of its key.
    pub(crate) async fn vault_if_any(&self) -> Result<Result<Vault, NoVault>, Failure> {
        let (key, no_key) = match self.epoch_key() {
            Ok(key) => (key, None),
            // One that opens nothing: whether there is a vault is seen all the same.
            Err(failure) => (EpochKey::from_hex(&hex::encode(any_key()))?, Some(failure)),
        };
        let opened = Vault::open_read_only(self.vault()?, &key).await;
        Ok(opened.map_err(|error| match (error, no_key) {
            (VaultError::Missing(place), _) => NoVault::Missing(format!("there is no vault in {place}")),
            (VaultError::WrongEpochKey { .. }, Some(no_key)) => NoVault::Locked(no_key.to_string()),
            (error @ VaultError::WrongEpochKey { .. }, None) => {
                NoVault::Locked(format!("{error} (it is from {})", self.key_source()))
            }
            (error @ VaultError::UnknownFormat(_), _) => NoVault::Locked(error.to_string()),
            (error, _) if error.is_damage() => NoVault::Damaged(error),
            (error, _) => NoVault::Cannot(error),
        }))
    }

    /// The vault, open for reading, where a question needs it.
    pub(crate) async fn vault_to_read(&self) -> Result<Vault, Failure> {
        Ok(self.vault_if_any().await??)
    }

    pub(crate) fn epoch_key(&self) -> Result<EpochKey, Failure> {
        let key = match config::vault_key() {
            Some(hex) => EpochKey::from_hex(&hex),
            None => EpochKey::from_file(self.key_path()),
        };
        key.map_err(|error| match error {
            EpochKeyError::File { path, source } if source.kind() == std::io::ErrorKind::NotFound => {
                let path = path.display();
                Failure::cannot(format!(
                    "the epoch key is missing: there is no {path}, and WAGELEDGER_VAULT_KEY is not set; put the file back from \
                     where it is kept"
                ))
            }
            EpochKeyError::Malformed => {
                Failure::cannot(format!("{error}; what {} holds is none", self.key_source()))
            }
            error => error.into(),
        })
    }

    /// Where the epoch key is looked for.
    fn key_source(&self) -> String {
        match config::vault_key() {
            Some(_) => "WAGELEDGER_VAULT_KEY".to_owned(),
            None => self.key_path().display().to_string(),
        }
    }

    /// The epoch key; where there is none, a new one.
    pub(crate) fn epoch_key_or_new(&self) -> Result<EpochKey, Failure> {
        if config::vault_key().is_none() && !self.key_path().exists() {
            EpochKey::create_file(self.key_path())?;
        }
        self.epoch_key()
    }

    /// Where the epoch key lies when it is not in the environment.
    pub(crate) fn key_path(&self) -> PathBuf {
        let set = self.settings().and_then(|settings| settings.vault.key_file.clone());
        set.unwrap_or_else(|| self.path("vault.key"))
    }
}

fn any_key() -> [u8; 32] {
    let mut key = [0; 32];
    vault::entropy::fill(&mut key);
    key
}
