//! Says of which commit the program is built: `WAGELEDGER_COMMIT`, else what the repository around these sources says. Of
//! sources without one, as in an archive, no commit is known, and none is said.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// Digits of a commit that are shown.
const SHOWN: usize = 12;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=WAGELEDGER_COMMIT");
    let package = variable("CARGO_PKG_VERSION").unwrap_or_default();
    let root = variable("CARGO_MANIFEST_DIR").map(|crate_folder| Path::new(&crate_folder).join("../.."));
    let commit = variable("WAGELEDGER_COMMIT").or_else(|| root.and_then(|root| commit_of(&root)));
    let version = match commit.map(|commit| commit.trim().to_ascii_lowercase()) {
        Some(commit) if is_commit(&commit) => {
            format!("{package} ({})", commit.get(..SHOWN).unwrap_or(&commit))
        }
        Some(other) => {
            panic!("WAGELEDGER_COMMIT must be a commit in 7 to 64 hexadecimal digits, not {other}")
        }
        None => package,
    };
    println!("cargo::rustc-env=WAGELEDGER_VERSION={version}");
}

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script everything by its environment")]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn is_commit(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The commit that is checked out, read from the repository's files: git need not be installed. Only what it was read
/// from is watched, so that nothing is built anew before the next commit.
fn commit_of(root: &Path) -> Option<String> {
    let git = git_folder(root)?;
    let head = read(&git.join("HEAD"))?;
    let Some(name) = head.strip_prefix("ref: ") else { return Some(head).filter(|head| is_commit(head)) };
    let common = read(&git.join("commondir")).map_or(git.clone(), |common| git.join(common));
    if let Some(commit) = read(&common.join(name)) {
        return Some(commit).filter(|commit| is_commit(commit));
    }
    let packed = read(&common.join("packed-refs"))?;
    let line = packed.lines().find_map(|line| line.strip_suffix(name)?.strip_suffix(' '));
    // The next commit writes a file of this name.
    let folder = common.join(name);
    println!("cargo::rerun-if-changed={}", folder.parent().unwrap_or(&common).display());
    line.filter(|commit| is_commit(commit)).map(str::to_owned)
}

/// `.git`, or where it says that it lies: of another work tree.
fn git_folder(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    read(&git)?.strip_prefix("gitdir: ").map(|elsewhere| root.join(elsewhere))
}

fn read(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    println!("cargo::rerun-if-changed={}", path.display());
    Some(text.trim().to_owned())
}
