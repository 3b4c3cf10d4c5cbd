//! Which files an import takes in, in what order, and what is said of everything else that was given.

use super::ImportError;
use formats::{Code, FileKind, FileName, Finding, Place};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A file to take in.
#[derive(Clone, Debug)]
pub(crate) struct InFile {
    pub(crate) path: PathBuf,
    pub(crate) name: FileName,
}

/// Something that was given, or lies in a folder that was given, and is not taken in.
#[derive(Clone, Debug)]
pub(crate) struct Other {
    pub(crate) path: PathBuf,
    /// Given by its own name, not found in a folder.
    is_named: bool,
    why: Why,
}

/// Why something is not taken in.
#[derive(Clone, Debug)]
enum Why {
    /// A workbook or text file whose name is none of ours.
    Unknown,
    /// Neither workbook nor text file.
    OtherKind,
    /// Its name begins with a dot.
    Hidden,
    /// Excel's or WPS's note that somebody has the workbook open.
    Lock,
    /// The same file was given before, under this path.
    Again(PathBuf),
    /// A folder that is not looked into: too deep, or a link.
    NotEntered(&'static str),
    Unreadable(String),
}

/// What an import was given.
#[derive(Debug, Default)]
pub(crate) struct Given {
    /// In an order in which they can be taken in.
    pub(crate) files: Vec<InFile>,
    pub(crate) others: Vec<Other>,
}

/// The name of a file, or of a whole folder's worth of them, is none of ours.
pub(crate) const UNKNOWN_FILE: Code = Code::other("unknown_file");
/// The system does not let us read it.
pub(crate) const UNREADABLE_FILE: Code = Code::other("unreadable_file");
/// A folder in a folder was not looked into.
pub(crate) const FOLDER_NOT_ENTERED: Code = Code::other("folder_not_entered");

/// Folders deeper than this are not looked into.
const DEPTH_MAX: usize = 16;
/// Files and other things in the folders of one import.
const GIVEN_MAX: usize = 100_000;
/// Extensions of files that could hold what we take: workbooks, and text in columns.
const OF_TABLES: [&str; 13] =
    ["csv", "txt", "tsv", "xlsx", "xlsm", "xlsb", "xltx", "xls", "xlt", "et", "ett", "ods", "wps"];

impl InFile {
    pub(crate) fn read(&self) -> std::io::Result<Vec<u8>> {
        if std::fs::metadata(&self.path)?.len() > formats::limits::FILE_BYTES_MAX as u64 {
            // Enough of it for the reader to say that it is too large.
            return Ok(vec![0; formats::limits::FILE_BYTES_MAX + 1]);
        }
        std::fs::read(&self.path)
    }

    pub(crate) fn base_name(&self) -> String {
        base_name(&self.path)
    }
}

impl Other {
    fn found(path: &Path, why: Why) -> Other {
        Other { path: path.to_owned(), is_named: false, why }
    }

    /// One word for what became of it.
    pub(crate) fn fate(&self) -> &'static str {
        match self.why {
            Why::Unknown => "unrecognised",
            Why::OtherKind | Why::Hidden | Why::Lock if self.is_named => "unrecognised",
            Why::OtherKind | Why::Hidden | Why::Lock => "listed_only",
            Why::Again(_) => "given_twice",
            Why::NotEntered(_) => "not_entered",
            Why::Unreadable(_) => "unreadable",
        }
    }

    /// Why it is not taken in.
    pub(crate) fn reason(&self) -> String {
        match &self.why {
            Why::Unknown => "its name is none of ours: files are known by names as projects.csv, \
                             roster-<project>.xlsx, attendance-<project>-<yyyymm>.csv"
                .to_owned(),
            Why::OtherKind => "neither a workbook nor a text file of ours".to_owned(),
            Why::Hidden => "a hidden file: its name begins with a dot".to_owned(),
            Why::Lock => {
                "a lock file: somebody has the workbook open, and what is not saved is not in it".to_owned()
            }
            Why::Again(first) => format!("the same file as {}", first.display()),
            Why::NotEntered(why) => format!("a folder that is not looked into: {why}"),
            Why::Unreadable(fault) => format!("cannot be read: {fault}"),
        }
    }

    /// What is to be said of it beside its fate: what could hold facts and was not taken is an error. Who asks for
    /// `ignore_unknown` knows of it.
    pub(crate) fn finding(&self, ignore_unknown: bool) -> Option<Finding> {
        let code = match self.why {
            Why::Unreadable(_) => UNREADABLE_FILE,
            Why::NotEntered(_) => FOLDER_NOT_ENTERED,
            Why::Unknown => UNKNOWN_FILE,
            Why::OtherKind | Why::Hidden | Why::Lock if self.is_named => UNKNOWN_FILE,
            Why::OtherKind | Why::Hidden | Why::Lock | Why::Again(_) => return None,
        };
        let finding = Finding::error(Place::default(), None, code, self.reason()).of_whole_file();
        let is_ignored = ignore_unknown && code != UNREADABLE_FILE;
        Some(if is_ignored { finding.warning() } else { finding })
    }
}

/// What lies under the paths.
pub(crate) fn files_in(paths: &[PathBuf]) -> Result<Given, ImportError> {
    let mut given = Given::default();
    for path in paths {
        let failed = |source| ImportError::File { path: path.clone(), source };
        if std::fs::metadata(path).map_err(failed)?.is_dir() {
            // That a folder that was named cannot be listed ends the import; one inside it is named at the end.
            std::fs::read_dir(path).map_err(failed)?;
            given.folder(path, 1)?;
        } else {
            given.file(path, true)?;
        }
    }
    given.sort();
    Ok(given)
}

impl Given {
    fn folder(&mut self, folder: &Path, depth: usize) -> Result<(), ImportError> {
        let unreadable =
            |path: &Path, fault: std::io::Error| Other::found(path, Why::Unreadable(fault.to_string()));
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(fault) => return self.other(unreadable(folder, fault)),
        };
        for entry in entries {
            let (path, kind) = match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
                Ok(found) => found,
                Err(fault) => {
                    self.other(unreadable(folder, fault))?;
                    continue;
                }
            };
            let is_folder = match kind.is_symlink() {
                false => Ok(kind.is_dir()),
                true => std::fs::metadata(&path).map(|meta| meta.is_dir()),
            };
            match is_folder {
                Err(fault) => self.other(unreadable(&path, fault))?,
                Ok(false) => self.file(&path, false)?,
                Ok(true) if base_name(&path).starts_with('.') => {
                    self.other(Other::found(&path, Why::Hidden))?
                }
                Ok(true) if kind.is_symlink() => {
                    self.other(Other::found(&path, Why::NotEntered("it is a link; name the folder itself")))?;
                }
                Ok(true) if depth >= DEPTH_MAX => {
                    self.other(Other::found(&path, Why::NotEntered("it lies too deep; name it")))?;
                }
                Ok(true) => self.folder(&path, depth.saturating_add(1))?,
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, is_named: bool) -> Result<(), ImportError> {
        let base = base_name(path);
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        let is_of_table = extension.is_some_and(|extension| OF_TABLES.contains(&extension.as_str()));
        let is_file = std::fs::metadata(path).is_ok_and(|meta| meta.is_file());
        let why = if base.starts_with("~$") {
            Why::Lock
        } else if base.starts_with('.') {
            Why::Hidden
        } else if !is_file {
            Why::OtherKind
        } else if let Some(name) = FileName::of(&base) {
            self.files.push(InFile { path: path.to_owned(), name });
            return self.limit();
        } else if is_of_table {
            Why::Unknown
        } else {
            Why::OtherKind
        };
        self.other(Other { path: path.to_owned(), is_named, why })
    }

    fn other(&mut self, other: Other) -> Result<(), ImportError> {
        self.others.push(other);
        self.limit()
    }

    fn limit(&self) -> Result<(), ImportError> {
        match self.files.len().saturating_add(self.others.len()) {
            n if n > GIVEN_MAX => Err(ImportError::TooMany(GIVEN_MAX)),
            _ => Ok(()),
        }
    }

    /// What others need first; each file once, whatever paths lead to it.
    fn sort(&mut self) {
        let place = |kind: FileKind| FileKind::ALL.iter().position(|k| *k == kind);
        self.files
            .sort_by_cached_key(|file| (place(file.name.kind), file.name.correction, file.path.clone()));
        let mut first: HashMap<PathBuf, PathBuf> = HashMap::new();
        let mut again = Vec::new();
        self.files.retain(|file| {
            let real = std::fs::canonicalize(&file.path).unwrap_or_else(|_| file.path.clone());
            match first.get(&real) {
                None => {
                    first.insert(real, file.path.clone());
                    true
                }
                Some(path) => {
                    again.push(Other::found(&file.path, Why::Again(path.clone())));
                    false
                }
            }
        });
        self.others.append(&mut again);
        self.others.sort_by(|a, b| (&a.path, !a.is_named).cmp(&(&b.path, !b.is_named)));
        // The same in one folder given twice, or given by name and found too, is said once.
        self.others.dedup_by(|later, first| later.path == first.path && later.fate() != "given_twice");
    }
}

fn base_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
