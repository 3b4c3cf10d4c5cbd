//! A folder that is made aside, under a name that says so, and put in its place when it is whole.
//!
//! Killed at any moment, a command leaves nothing at the place that was asked for, or all of it. What it left aside is
//! named `NAME.unfinished-…` and may be removed.

use crate::failure::Failure;
use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A folder on its way. Dropped before it is put in its place, it is removed.
pub(crate) struct Aside {
    path: PathBuf,
    place: PathBuf,
}

impl Aside {
    /// Makes the folder, which its owner alone may enter. Refused where anything is at the place already.
    pub(crate) fn begin(place: &Path) -> Result<Aside, Failure> {
        let shown = place.display();
        let free = match fs::read_dir(place) {
            Ok(mut held) => held.next().is_none(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
            Err(error) => return Err(Failure::cannot(format!("{shown}: {error}"))),
        };
        if !free {
            let message = format!(
                "there is something in {shown} already; nothing is ever written over: name a new folder"
            );
            return Err(Failure::cannot(message));
        }
        let Some(name) = place.file_name() else {
            return Err(Failure::Usage(format!("{shown} is no name for a new folder")));
        };
        let id = vault::entropy::uuid().simple().to_string();
        let path = place.with_file_name(format!("{}.unfinished-{id}", name.to_string_lossy()));
        fs::create_dir_all(parent(place))?;
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|error| Failure::cannot(format!("making {}: {error}", path.display())))?;
        Ok(Aside { path, place: place.to_owned() })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Puts the folder in its place, once all that is in it is on the disk. A place where something has come to be
    /// meanwhile is left as it is.
    pub(crate) fn put(self) -> Result<(), Failure> {
        for file in fs::read_dir(&self.path)? {
            File::open(file?.path())?.sync_all()?;
        }
        File::open(&self.path)?.sync_all()?;
        // Only an empty folder gives way to a rename.
        fs::rename(&self.path, &self.place).map_err(|error| {
            Failure::cannot(format!("putting {} in its place: {error}", self.place.display()))
        })?;
        File::open(parent(&self.place))?.sync_all()?;
        Ok(())
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Where it was put in its place, nothing is here any more.
        let _ = fs::remove_dir_all(&self.path);
    }
}
