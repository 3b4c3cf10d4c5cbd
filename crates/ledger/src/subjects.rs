//! All that is kept in memory of the whole ledger: where each subject's stream ends.

use chain::{Hash, Header};
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::Path;
use uuid::Uuid;

/// The end of one subject's stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// Sequence of its last entry.
    pub seq: u64,
    /// Number of its entries.
    pub entries: u64,
}

/// Subject → end of its stream, good for one head: 32 bytes a subject. Saved now and then; a saved map that
/// does not fit the journal is thrown away and made again by reading headers.
#[derive(Default)]
pub(crate) struct Subjects {
    tails: HashMap<Uuid, Tail, lru::DefaultHasher>,
}

const MAGIC: &[u8; 8] = b"WLSUBJ1\n";
/// A map of more subjects than this is no map of ours: 200 million.
const SUBJECTS_MAX: u64 = 200_000_000;

impl Subjects {
    pub(crate) fn get(&self, subject: Uuid) -> Option<Tail> {
        self.tails.get(&subject).copied()
    }

    /// Takes an accepted or pending header in; gives what was there before, to undo it by.
    pub(crate) fn advance(&mut self, header: &Header) -> Option<Tail> {
        let tail = Tail { seq: header.seq, entries: header.subject_seq };
        self.tails.insert(Uuid::from_bytes(header.subject), tail)
    }

    pub(crate) fn restore(&mut self, subject: Uuid, before: Option<Tail>) {
        match before {
            Some(tail) => self.tails.insert(subject, tail),
            None => self.tails.remove(&subject),
        };
    }

    /// Writes the map as good for (seq, hash): beside the old one, then swapped, so that a crash leaves one of
    /// the two whole.
    pub(crate) fn save(&self, path: &Path, seq: u64, hash: &Hash) -> io::Result<()> {
        let beside = path.with_extension("new");
        let mut out = io::BufWriter::with_capacity(1 << 20, std::fs::File::create(&beside)?);
        let mut print = Fletcher::default();
        let mut put = |out: &mut io::BufWriter<std::fs::File>, bytes: &[u8]| {
            print.update(bytes);
            out.write_all(bytes)
        };
        put(&mut out, MAGIC)?;
        put(&mut out, &seq.to_be_bytes())?;
        put(&mut out, &hash.0)?;
        put(&mut out, &(self.tails.len() as u64).to_be_bytes())?;
        for (subject, tail) in &self.tails {
            put(&mut out, &pack(*subject, *tail))?;
        }
        out.write_all(&print.value().to_be_bytes())?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(&beside, path)
    }

    /// Reads a saved map and what it is good for; `None` when there is none or it is not whole.
    pub(crate) fn load(path: &Path) -> Option<(Subjects, u64, Hash)> {
        let mut input = io::BufReader::with_capacity(1 << 20, std::fs::File::open(path).ok()?);
        let mut print = Fletcher::default();
        let magic: [u8; 8] = take(&mut input, &mut print)?;
        let seq = u64::from_be_bytes(take(&mut input, &mut print)?);
        let hash = Hash(take(&mut input, &mut print)?);
        let count = u64::from_be_bytes(take(&mut input, &mut print)?);
        if &magic != MAGIC || count > SUBJECTS_MAX {
            return None;
        }
        let mut tails = HashMap::default();
        for _ in 0..count {
            let (subject, tail) = unpack(&take(&mut input, &mut print)?);
            tails.insert(subject, tail);
        }
        let expected = print.value();
        let found = u64::from_be_bytes(take(&mut input, &mut Fletcher::default())?);
        (found == expected && tails.len() as u64 == count).then_some((Subjects { tails }, seq, hash))
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

fn take<const N: usize>(input: &mut impl Read, print: &mut Fletcher) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes).ok()?;
    print.update(&bytes);
    Some(bytes)
}

/// Finds a torn or flipped file; it need not resist an attacker, since the map is only a shortcut and every
/// append is checked by the chain and by `verify`.
#[derive(Default)]
struct Fletcher {
    a: u64,
    b: u64,
}

impl Fletcher {
    fn update(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.a = self.a.wrapping_add(u64::from_le_bytes(word)).wrapping_add(1);
            self.b = self.b.wrapping_add(self.a);
        }
    }

    fn value(&self) -> u64 {
        self.a.rotate_left(32) ^ self.b
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_and_loaded_or_thrown_away() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("subjects.map");
        let mut subjects = Subjects::default();
        for i in 0..1000u64 {
            subjects.restore(Uuid::from_u128(u128::from(i)), Some(Tail { seq: i + 1, entries: i % 7 + 1 }));
        }
        subjects.save(&path, 1000, &Hash([9; 32])).unwrap();
        let (loaded, seq, hash) = Subjects::load(&path).unwrap();
        assert_eq!((loaded.tails, seq, hash), (subjects.tails, 1000, Hash([9; 32])));

        let whole = std::fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(97) {
            let mut bytes = whole.clone();
            bytes[at] ^= 4;
            std::fs::write(&path, &bytes).unwrap();
            assert!(Subjects::load(&path).is_none(), "byte {at}");
            std::fs::write(&path, &whole[..at]).unwrap();
            assert!(Subjects::load(&path).is_none(), "cut at {at}");
        }
    }
}
