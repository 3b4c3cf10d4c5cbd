//! All that is kept in memory of the whole ledger: where each subject's stream ends.

use chain::{Hash, Header, Tail};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::io::{self, Read, Write};
use std::path::Path;
use uuid::Uuid;

/// Says of a SHA-256 that it is of a file which this ledger wrote: a MAC under the ledger key.
pub(crate) type Authenticate<'a> = &'a dyn Fn(&[u8; 32]) -> [u8; 16];

/// Subject → end of its stream, good for one head: 32 bytes a subject; and the strays, eight bytes each. Saved now and
/// then; a saved map that this ledger did not write, or that does not fit the journal, is thrown away and made again by
/// reading headers.
#[derive(Default)]
pub(crate) struct Subjects {
    tails: HashMap<Uuid, Tail, lru::DefaultHasher>,
    strays: BTreeSet<u64>,
}

/// A map that was saved, and the entry that it is good for.
pub(crate) struct Saved {
    pub(crate) subjects: Subjects,
    pub(crate) seq: u64,
    pub(crate) hash: Hash,
}

/// Why there is no saved map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unsaved {
    /// There is no such file.
    Missing,
    /// The file is not whole, or this ledger did not write it.
    NotOurs,
}

const MAGIC: &[u8; 8] = b"WLSUBJ2\n";
/// A map of more subjects, or strays, than this is no map of ours: 200 million.
const COUNT_MAX: u64 = 200_000_000;

impl Subjects {
    pub(crate) fn get(&self, subject: Uuid) -> Option<Tail> {
        self.tails.get(&subject).copied()
    }

    /// Whether an entry is of no stream ([`Tail::after`]).
    pub(crate) fn is_stray(&self, seq: u64) -> bool {
        self.strays.contains(&seq)
    }

    /// Takes an accepted or pending header in; gives what was there before, to undo it by. A stray moves no stream.
    pub(crate) fn advance(&mut self, header: &Header) -> Option<Tail> {
        let subject = Uuid::from_bytes(header.subject);
        let before = self.get(subject);
        match Tail::after(before, header) {
            Some(tail) => drop(self.tails.insert(subject, tail)),
            None => drop(self.strays.insert(header.seq)),
        }
        before
    }

    pub(crate) fn restore(&mut self, subject: Uuid, before: Option<Tail>) {
        match before {
            Some(tail) => self.tails.insert(subject, tail),
            None => self.tails.remove(&subject),
        };
    }

    /// What differs from another map of the same entries: a subject, or a stray by its sequence.
    pub(crate) fn difference(
        &self,
        other: &HashMap<[u8; 16], Tail, foldhash::fast::RandomState>,
    ) -> Option<Uuid> {
        let theirs = |subject: &Uuid| other.get(subject.as_bytes()).copied();
        let wrong = self.tails.iter().find(|(subject, tail)| theirs(subject) != Some(**tail));
        let missing =
            || other.keys().map(|key| Uuid::from_bytes(*key)).find(|key| !self.tails.contains_key(key));
        wrong
            .map(|(subject, _)| *subject)
            .or_else(|| (self.tails.len() != other.len()).then(missing).flatten())
    }

    /// Writes the map as good for (seq, hash): beside the old one, then swapped, so that a crash leaves one of
    /// the two whole.
    pub(crate) fn save(
        &self,
        path: &Path,
        (seq, hash): (u64, &Hash),
        authenticate: Authenticate<'_>,
    ) -> io::Result<()> {
        let beside = path.with_extension("new");
        let file = std::fs::File::create(&beside)?;
        let mut out = Hashed { inner: io::BufWriter::with_capacity(1 << 20, file), hasher: Sha256::new() };
        out.put(MAGIC)?;
        out.put(&seq.to_be_bytes())?;
        out.put(&hash.0)?;
        out.put(&(self.tails.len() as u64).to_be_bytes())?;
        out.put(&(self.strays.len() as u64).to_be_bytes())?;
        for (subject, tail) in &self.tails {
            out.put(&pack(*subject, *tail))?;
        }
        for stray in &self.strays {
            out.put(&stray.to_be_bytes())?;
        }
        let mac = authenticate(&out.hasher.finalize().into());
        out.inner.write_all(&mac)?;
        out.inner.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(&beside, path)
    }

    /// Reads a saved map and what it is good for. Nothing of it is used before its MAC is known to fit.
    pub(crate) fn load(path: &Path, authenticate: Authenticate<'_>) -> Result<Saved, Unsaved> {
        let file = std::fs::File::open(path).map_err(|_| Unsaved::Missing)?;
        let mut input = Hashed { inner: io::BufReader::with_capacity(1 << 20, file), hasher: Sha256::new() };
        Subjects::read(&mut input, authenticate).ok_or(Unsaved::NotOurs)
    }

    fn read(input: &mut Hashed<impl Read>, authenticate: Authenticate<'_>) -> Option<Saved> {
        let magic: [u8; 8] = input.take()?;
        let seq = u64::from_be_bytes(input.take()?);
        let hash = Hash(input.take()?);
        let count = u64::from_be_bytes(input.take()?);
        let strays = u64::from_be_bytes(input.take()?);
        if &magic != MAGIC || count > COUNT_MAX || strays > COUNT_MAX {
            return None;
        }
        let mut subjects = Subjects::default();
        for _ in 0..count {
            let (subject, tail) = unpack(&input.take()?);
            subjects.tails.insert(subject, tail);
        }
        for _ in 0..strays {
            subjects.strays.insert(u64::from_be_bytes(input.take()?));
        }
        let expected = authenticate(&input.hasher.clone().finalize().into());
        let found: [u8; 16] = input.take()?;
        let end = input.inner.read(&mut [0]).ok()?;
        let whole = subjects.tails.len() as u64 == count && subjects.strays.len() as u64 == strays;
        (found == expected && end == 0 && whole).then_some(Saved { subjects, seq, hash })
    }
}

/// What is written or read, hashed on its way.
struct Hashed<T> {
    inner: T,
    hasher: Sha256,
}

impl<T: Write> Hashed<T> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.inner.write_all(bytes)
    }
}

impl<T: Read> Hashed<T> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.inner.read_exact(&mut bytes).ok()?;
        self.hasher.update(bytes);
        Some(bytes)
    }
}

fn pack(subject: Uuid, tail: Tail) -> [u8; 32] {
    let mut row = [0; 32];
    row[..16].copy_from_slice(subject.as_bytes());
    row[16..24].copy_from_slice(&tail.seq.to_be_bytes());
    row[24..].copy_from_slice(&tail.entries.to_be_bytes());
    row
}

fn unpack(row: &[u8; 32]) -> (Uuid, Tail) {
    let mut subject = [0; 16];
    subject.copy_from_slice(&row[..16]);
    let mut number = [0; 8];
    number.copy_from_slice(&row[16..24]);
    let seq = u64::from_be_bytes(number);
    number.copy_from_slice(&row[24..]);
    (Uuid::from_bytes(subject), Tail { seq, entries: u64::from_be_bytes(number) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(digest: &[u8; 32]) -> [u8; 16] {
        std::array::from_fn(|at| digest[at] ^ digest[at + 16] ^ 0x5A)
    }

    fn sample() -> Subjects {
        let mut subjects = Subjects::default();
        for i in 0..1000u64 {
            subjects.restore(Uuid::from_u128(u128::from(i)), Some(Tail { seq: i + 1, entries: i % 7 + 1 }));
        }
        subjects.strays.extend([400, 7, 999]);
        subjects
    }

    #[test]
    fn saved_and_loaded_or_thrown_away() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("subjects.map");
        assert_eq!(Subjects::load(&path, &ours).err(), Some(Unsaved::Missing));
        let subjects = sample();
        subjects.save(&path, (1000, &Hash([9; 32])), &ours).unwrap();
        let loaded = Subjects::load(&path, &ours).unwrap_or_else(|_| panic!("it was saved"));
        assert_eq!((loaded.seq, loaded.hash), (1000, Hash([9; 32])));
        assert!(loaded.subjects.tails == subjects.tails && loaded.subjects.strays == subjects.strays);
        assert!(loaded.subjects.is_stray(400) && !loaded.subjects.is_stray(401));

        let whole = std::fs::read(&path).unwrap();
        let refused = |bytes: &[u8], what: &str| {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(Subjects::load(&path, &ours).err(), Some(Unsaved::NotOurs), "{what}");
        };
        for at in (0..whole.len()).step_by(97) {
            let mut bytes = whole.clone();
            bytes[at] ^= 4;
            refused(&bytes, &format!("byte {at}"));
            refused(&whole[..at], &format!("cut at {at}"));
        }
        refused(&[&whole[..], b"x"].concat(), "something behind it");
        // Whoever lacks the key writes another map as well as he can.
        let mut forged = sample();
        forged.restore(Uuid::from_u128(3), Some(Tail { seq: 900, entries: 40 }));
        forged.save(&path, (1000, &Hash([9; 32])), &|digest| std::array::from_fn(|at| digest[at])).unwrap();
        assert_eq!(Subjects::load(&path, &ours).err(), Some(Unsaved::NotOurs), "forged");
    }

    /// A stray moves no stream and is remembered; what is undone never was.
    #[test]
    fn strays_move_nothing() {
        let header = |seq, subject: u8, subject_seq, subject_prev| Header {
            kind: chain::Kind::Subject,
            seq,
            recorded_at: chain::RECORDED_FROM_US,
            prev: Hash([0; 32]),
            body_digest: Hash([0; 32]),
            subject: [subject; 16],
            subject_seq,
            subject_prev,
            command_id: [0; 16],
        };
        let mut subjects = Subjects::default();
        let (one, two) = (Uuid::from_bytes([1; 16]), Uuid::from_bytes([2; 16]));
        for (next, stray) in [
            (header(1, 1, 1, 0), false),
            (header(2, 1, 1, 0), true),
            (header(3, 1, 2, 2), true),
            (header(4, 2, 2, 1), true),
            (header(5, 1, 2, 1), false),
            (header(6, 2, 1, u64::MAX), true),
            (header(7, 2, 1, 0), false),
        ] {
            subjects.advance(&next);
            assert_eq!(subjects.is_stray(next.seq), stray, "{}", next.seq);
        }
        assert_eq!(subjects.get(one), Some(Tail { seq: 5, entries: 2 }));
        assert_eq!(subjects.get(two), Some(Tail { seq: 7, entries: 1 }));
        let before = subjects.advance(&header(8, 1, 3, 5));
        subjects.restore(one, before);
        assert_eq!(subjects.get(one), Some(Tail { seq: 5, entries: 2 }));
    }
}
