//! A vault in a folder of its own.

use std::path::PathBuf;
use vault::{EpochKey, Vault};

pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn vault(&self) -> PathBuf {
        self.folder.path().join("vault.db")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) async fn create(&self) -> Vault {
        Vault::create(self.vault(), &key(1)).await.unwrap()
    }

    pub(crate) async fn open(&self) -> Vault {
        Vault::open(self.vault(), &key(1)).await.unwrap()
    }
}

/// An epoch key known by number.
pub(crate) fn key(n: u8) -> EpochKey {
    EpochKey::from_hex(&format!("{n:02x}").repeat(32)).unwrap()
}
