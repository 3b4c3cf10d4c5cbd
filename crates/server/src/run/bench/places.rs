//! Folders and files of a measurement.

use super::thousands;
use crate::failure::Failure;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of our own, removed with all that is in it when the measurement ends.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// A new folder inside `within`, else inside the system's folder for temporary files.
    pub(super) fn new(within: Option<PathBuf>) -> Result<Folder, Failure> {
        let within = within.unwrap_or_else(std::env::temp_dir);
        let path = within.join(format!("wageledger-bench-{}", vault::entropy::uuid().simple()));
        std::fs::create_dir_all(&path)?;
        Ok(Folder { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// As the function of this name.
    pub(super) fn must_have_room(&self, bytes: u64) -> Result<(), Failure> {
        must_have_room(&self.path, bytes)
    }
}

/// Refuses when the disk has not so many bytes left; says nothing where the system does not tell.
pub(super) fn must_have_room(folder: &Path, bytes: u64) -> Result<(), Failure> {
    let Some(free) = free_bytes(folder) else { return Ok(()) };
    if free >= bytes {
        return Ok(());
    }
    let mib = |bytes: u64| thousands((bytes >> 20) as f64);
    Err(Failure::cannot(format!(
        "this needs {} MiB in {}, and {} MiB are free: choose another --dir or fewer --entries",
        mib(bytes),
        folder.display(),
        mib(free)
    )))
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, folder = %self.path.display(), "a folder could not be removed");
        }
    }
}

/// Bytes that are left where `path` lies, as the POSIX tool `df` says.
fn free_bytes(path: &Path) -> Option<u64> {
    let out = Command::new("df").arg("-Pk").arg(path).output().ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    let kib: u64 = text.lines().nth(1)?.split_ascii_whitespace().nth(3)?.parse().ok()?;
    Some(kib.saturating_mul(1024))
}

/// Removes a SQLite file with what SQLite puts beside it.
pub(super) fn remove_database(path: &Path) -> Result<(), Failure> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
