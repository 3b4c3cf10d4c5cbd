//! `ledger.head`: how far the journal had come, in a small file beside it.
//!
//! The file is no part of the record and proves nothing. It is there so that a journal which lost its tail says so:
//! a copy without the write-ahead log, an older copy put in the newer one's place, a file that was cut. The writer
//! overwrites it after every commit and before anybody is told of it. It is never ahead of what is durable, and
//! behind it only where a process was killed between the two writes.

use chain::{Hash, Head};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The first word of the file, with the number of its form.
const MAGIC: &str = "wageledger-head-1";
/// Bytes of the file: first word, sequence in 20 digits, hash in 64, checksum in 16, a line feed, and spaces between.
const LEN: usize = MAGIC.len() + 1 + 20 + 1 + 64 + 1 + 16 + 1;

/// What the file says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Seen {
    /// There is no file.
    Missing,
    /// It cannot be read, or its checksum does not fit.
    Unreadable(String),
    /// Sequence and hash of the last entry.
    Entry(u64, Hash),
}

/// The file, open for writing once something was written.
pub(super) struct HeadFile {
    path: PathBuf,
    file: Option<File>,
    /// A write failed and was told of.
    failing: bool,
}

/// Where the file of a journal lies: `ledger.sqlite` has `ledger.head`.
pub(super) fn beside(journal: &Path) -> PathBuf {
    journal.with_extension("head")
}

/// What the file at `path` says.
pub(super) fn read(path: &Path) -> Seen {
    let mut bytes = Vec::with_capacity(LEN + 1);
    let opened = File::open(path).and_then(|file| file.take(LEN as u64 + 1).read_to_end(&mut bytes));
    match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Seen::Missing,
        Err(error) => Seen::Unreadable(error.to_string()),
        Ok(_) => {
            parse(&bytes).unwrap_or_else(|| Seen::Unreadable("it is not one line with its checksum".into()))
        }
    }
}

fn parse(bytes: &[u8]) -> Option<Seen> {
    let line = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    let (said, checksum) = line.rsplit_once(' ')?;
    if bytes.len() != LEN || checksum != format!("{:016x}", fnv(said.as_bytes())) {
        return None;
    }
    let mut words = said.split(' ');
    if words.next()? != MAGIC {
        return None;
    }
    let (seq, hash) = (words.next()?.parse().ok()?, Hash::from_str(words.next()?).ok()?);
    Some(Seen::Entry(seq, hash))
}

fn line(head: &Head) -> String {
    let said = format!("{MAGIC} {:020} {}", head.seq, head.hash);
    let checksum = fnv(said.as_bytes());
    format!("{said} {checksum:016x}\n")
}

impl HeadFile {
    pub(super) fn new(journal: &Path) -> HeadFile {
        HeadFile { path: beside(journal), file: None, failing: false }
    }

    /// Writes the head over the one before it. What cannot be written is told of and is no error: the journal holds
    /// the entries, and a head that is behind it is no contradiction.
    pub(super) fn write(&mut self, head: &Head) {
        match self.try_write(head) {
            Ok(()) => self.failing = false,
            Err(error) if self.failing => tracing::debug!(%error, "the head file cannot be written"),
            Err(error) => {
                self.failing = true;
                tracing::warn!(%error, "{} cannot be written", self.path.display());
            }
        }
    }

    fn try_write(&mut self, head: &Head) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let file = File::options().create(true).truncate(false).write(true).open(&self.path)?;
                // What another version wrote, or nobody, may be longer.
                file.set_len(LEN as u64)?;
                none.insert(file)
            }
        };
        file.write_all_at(line(head).as_bytes(), 0)
    }
}

/// FNV-1a, 64 bits: tells a torn write from a whole one, and a file from its copy. No protection against anybody.
pub(super) fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("ledger.sqlite");
        let path = beside(&journal);
        assert_eq!(path, folder.path().join("ledger.head"));
        assert_eq!(read(&path), Seen::Missing);
        let mut file = HeadFile::new(&journal);
        for seq in [0, 9, u64::MAX] {
            let head = Head { seq, hash: Hash([7; 32]), recorded_at: 5 };
            file.write(&head);
            assert_eq!(read(&path), Seen::Entry(seq, Hash([7; 32])));
        }
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(whole.len(), LEN);
        for at in 0..whole.len() {
            let mut bad = whole.clone();
            bad[at] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            assert!(matches!(read(&path), Seen::Unreadable(_)), "byte {at} changed");
            std::fs::write(&path, &whole[..at]).unwrap();
            assert!(matches!(read(&path), Seen::Unreadable(_)), "cut to {at} bytes");
        }
        std::fs::write(&path, [&whole[..], b" "].concat()).unwrap();
        assert!(matches!(read(&path), Seen::Unreadable(_)), "one byte more");
        // Whoever opens it next makes it whole, also where it was longer.
        HeadFile::new(&journal).write(&Head { seq: 3, hash: Hash([1; 32]), recorded_at: 0 });
        assert_eq!(read(&path), Seen::Entry(3, Hash([1; 32])));
    }
}
