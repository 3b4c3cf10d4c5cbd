//! Which files an import takes in, and in what order.

use super::ImportError;
use formats::{FileKind, FileName};
use std::path::{Path, PathBuf};

/// A file to take in.
#[derive(Clone, Debug)]
pub(crate) struct InFile {
    pub(crate) path: PathBuf,
    pub(crate) name: FileName,
}

/// Folders deeper than this are not looked into.
const DEPTH_MAX: usize = 16;

impl InFile {
    pub(crate) fn read(&self) -> Result<Vec<u8>, ImportError> {
        let failed = |source| ImportError::File { path: self.path.clone(), source };
        let length = std::fs::metadata(&self.path).map_err(failed)?.len();
        if length > formats::limits::FILE_BYTES_MAX as u64 {
            // Enough of it for the reader to say that it is too large.
            return Ok(vec![0; formats::limits::FILE_BYTES_MAX + 1]);
        }
        std::fs::read(&self.path).map_err(failed)
    }

    pub(crate) fn base_name(&self) -> String {
        self.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }
}

/// The files under the paths that are ours, in an order in which they can be taken in, and those that are
/// not.
pub(crate) fn files_in(paths: &[PathBuf]) -> Result<(Vec<InFile>, Vec<PathBuf>), ImportError> {
    let mut files = Vec::new();
    let mut others = Vec::new();
    for path in paths {
        collect(path, 0, &mut files, &mut others)?;
    }
    let place = |kind: FileKind| FileKind::ALL.iter().position(|k| *k == kind);
    files.sort_by_cached_key(|file| (place(file.name.kind), file.name.correction, file.path.clone()));
    files.dedup_by(|a, b| a.path == b.path);
    Ok((files, others))
}

fn collect(
    path: &Path,
    depth: usize,
    files: &mut Vec<InFile>,
    others: &mut Vec<PathBuf>,
) -> Result<(), ImportError> {
    let failed = |source| ImportError::File { path: path.to_owned(), source };
    let meta = std::fs::metadata(path).map_err(failed)?;
    let base = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if meta.is_dir() && depth < DEPTH_MAX {
        for entry in std::fs::read_dir(path).map_err(failed)? {
            collect(&entry.map_err(failed)?.path(), depth + 1, files, others)?;
        }
    } else if meta.is_file() {
        // Excel's lock files begin like the file that is open.
        match FileName::of(&base).filter(|_| !base.starts_with("~$") && !base.starts_with('.')) {
            Some(name) => files.push(InFile { path: path.to_owned(), name }),
            None => others.push(path.to_owned()),
        }
    }
    Ok(())
}
