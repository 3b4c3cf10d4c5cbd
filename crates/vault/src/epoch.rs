//! The epoch key: wraps every other key, and is kept outside the vault's database.

use crate::gcm::{self, Key, NONCE_LEN, TAG_LEN};
use aes_gcm::Aes256Gcm;
use hkdf::Hkdf;
use sha2::Sha256;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use uuid::Uuid;
use zeroize::Zeroizing;

/// A wrapped key is nonce ‖ key ‖ tag, in bytes.
pub(crate) const WRAPPED_LEN: usize = NONCE_LEN + 32 + TAG_LEN;
/// Length in bytes of the value that tells a wrong epoch key from a damaged vault.
pub(crate) const CHECK_LEN: usize = 16;

/// Longest key file that is read, in bytes: 64 digits and some white space.
const FILE_LEN_MAX: u64 = 256;

/// The 256-bit key under which a vault's keys are wrapped, good for one epoch: from one erasure to the next.
///
/// Destroying it destroys everything that was ever wrapped under it, backups included. Never shown by
/// `Debug`; its memory is zeroed when it is dropped.
pub struct EpochKey(Key);

/// Why there is no epoch key.
#[derive(Debug, thiserror::Error)]
pub enum EpochKeyError {
    /// A file is there already; it may hold the only copy of a key.
    #[error("a file is at {} already", .0.display())]
    Exists(PathBuf),
    /// The file could not be read or written.
    #[error("epoch key file {}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Not 64 hexadecimal digits. (The text is not repeated: it may be nearly a key.)
    #[error("an epoch key is 64 hexadecimal digits")]
    Malformed,
}

impl EpochKey {
    /// Makes a random key and writes it to a new file that only its owner can read (mode 0600): 64
    /// hexadecimal digits and a line feed. File and folder are on disk before this returns.
    pub fn create_file(path: impl AsRef<Path>) -> Result<EpochKey, EpochKeyError> {
        let path = path.as_ref();
        let key = EpochKey(gcm::random_key());
        let mut file = create_private_file(path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => EpochKeyError::Exists(path.to_owned()),
            _ => EpochKeyError::File { path: path.to_owned(), source },
        })?;
        let text = Zeroizing::new(hex::encode(*key.0));
        // A crash before the end leaves a file that is too short to be a key: no vault depends on it yet.
        file.write_all(text.as_bytes())
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.sync_all())
            .and_then(|()| sync_folder_of(path))
            .map_err(|source| EpochKeyError::File { path: path.to_owned(), source })?;
        Ok(key)
    }

    /// Reads a key from a file of 64 hexadecimal digits; white space around them is ignored.
    pub fn from_file(path: impl AsRef<Path>) -> Result<EpochKey, EpochKeyError> {
        let path = path.as_ref();
        let mut text = Zeroizing::new(String::new());
        File::open(path)
            .and_then(|file| file.take(FILE_LEN_MAX).read_to_string(&mut text))
            .map_err(|source| EpochKeyError::File { path: path.to_owned(), source })?;
        EpochKey::from_hex(&text)
    }

    /// A key from 64 hexadecimal digits; white space around them is ignored.
    pub fn from_hex(text: &str) -> Result<EpochKey, EpochKeyError> {
        let mut key = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), &mut *key).map_err(|_| EpochKeyError::Malformed)?;
        Ok(EpochKey(key))
    }

    /// A sub-key for one use (RFC 5869).
    fn derive<const N: usize>(&self, info: &str) -> Zeroizing<[u8; N]> {
        derive(&self.0, info)
    }
}

impl std::fmt::Debug for EpochKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EpochKey")
    }
}

/// HKDF-SHA-256 (RFC 5869) with this crate's salt: sub-keys of one key for uses that must never meet.
pub(crate) fn derive<const N: usize>(key: &Key, info: &str) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 255 * 32, "HKDF-SHA-256 gives 255 blocks") };
    let mut out = Zeroizing::new([0; N]);
    let hkdf = Hkdf::<Sha256>::new(Some(b"wageledger/vault/v1"), &**key);
    // The only error is a length that the assertion above excludes.
    let _ = hkdf.expand(info.as_bytes(), &mut *out);
    out
}

/// A new file that only its owner can read and write.
pub(crate) fn create_private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a file's name durable: a file that was synced can still lose its entry in the folder.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// An epoch: its number and what its key does.
pub(crate) struct Epoch {
    /// From 1; each erasure adds one.
    pub(crate) number: u64,
    /// A one-way value of the epoch key, stored to recognise it.
    pub(crate) check: [u8; CHECK_LEN],
    cipher: Aes256Gcm,
}

/// Whose key is wrapped: additional data, so that a wrapped key cannot be moved to another owner or epoch.
#[derive(Clone, Copy)]
pub(crate) enum Owner {
    /// The ledger key, with the vault's format.
    Ledger { format: i64 },
    /// A subject's key.
    Subject(Uuid),
}

impl Epoch {
    pub(crate) fn new(key: &EpochKey, number: u64) -> Epoch {
        Epoch {
            number,
            check: *key.derive("epoch key check"),
            cipher: gcm::cipher(&key.derive("key wrapping")),
        }
    }

    /// The two owners' additional data differ in length, so neither can stand for the other.
    fn aad(&self, owner: Owner) -> Vec<u8> {
        let epoch = self.number.to_be_bytes();
        match owner {
            Owner::Ledger { format } => [&b"ledger key"[..], &format.to_be_bytes(), &epoch].concat(),
            Owner::Subject(subject) => [&subject.as_bytes()[..], &epoch].concat(),
        }
    }

    pub(crate) fn wrap(&self, owner: Owner, key: &Key) -> Vec<u8> {
        // 32 bytes are never too long for GCM; an empty frame would be refused by the tables.
        gcm::encrypt(&self.cipher, &self.aad(owner), &[&key[..]]).unwrap_or_default()
    }

    pub(crate) fn unwrap(&self, owner: Owner, wrapped: &[u8]) -> Option<Key> {
        let mut frame = Zeroizing::new(<[u8; WRAPPED_LEN]>::try_from(wrapped).ok()?);
        let plain = gcm::decrypt(&self.cipher, &self.aad(owner), &mut *frame)?;
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(plain);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_private_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("epoch-1.key");
        let made = EpochKey::create_file(&path).unwrap();
        assert_eq!(*made.0, *EpochKey::from_file(&path).unwrap().0);
        assert!(matches!(EpochKey::create_file(&path), Err(EpochKeyError::Exists(_))));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let missing = EpochKey::from_file(folder.path().join("none"));
        assert!(matches!(missing, Err(EpochKeyError::File { .. })));
    }

    #[test]
    fn only_64_digits_are_a_key() {
        assert!(EpochKey::from_hex(&"ab".repeat(32)).is_ok());
        assert!(EpochKey::from_hex(&format!(" {}\r\n", "AB".repeat(32))).is_ok());
        for bad in ["", "ab", &"ab".repeat(33), &"zz".repeat(32), &"ab ".repeat(32)] {
            assert!(matches!(EpochKey::from_hex(bad), Err(EpochKeyError::Malformed)), "{bad}");
        }
        assert_eq!(format!("{:?}", EpochKey::from_hex(&"ab".repeat(32)).unwrap()), "EpochKey");
    }

    #[test]
    fn a_wrapped_key_belongs_to_one_owner_and_epoch() {
        let key = EpochKey::from_hex(&"11".repeat(32)).unwrap();
        let (first, second) = (Epoch::new(&key, 1), Epoch::new(&key, 2));
        let owner = Owner::Subject(Uuid::from_bytes([7; 16]));
        let wrapped = first.wrap(owner, &Zeroizing::new([9; 32]));
        assert_eq!(first.unwrap(owner, &wrapped).map(|key| *key), Some([9; 32]));
        assert!(second.unwrap(owner, &wrapped).is_none());
        assert!(first.unwrap(Owner::Subject(Uuid::nil()), &wrapped).is_none());
        assert!(first.unwrap(Owner::Ledger { format: 1 }, &wrapped).is_none());
        for at in 0..wrapped.len() {
            let mut bad = wrapped.clone();
            bad[at] ^= 1;
            assert!(first.unwrap(owner, &bad).is_none(), "byte {at}");
        }
        assert!(first.unwrap(owner, &wrapped[1..]).is_none());
    }

    /// Frozen: computed with Python's `cryptography` (AESGCM) and an RFC 5869 written from the text.
    #[test]
    fn known_answer() {
        let hex: String = (0..32).map(|i| format!("{i:02x}")).collect();
        let epoch = Epoch::new(&EpochKey::from_hex(&hex).unwrap(), 3);
        assert_eq!(hex::encode(epoch.check), "e1c7fad39adee6925ebbe950074fb484");
        let wrapped = hex::decode(
            "0505050505050505050505056d16d29a0598973b7554b3e3ddf67ac0687b49a023a92ee98c3e31351e370fd3\
             1881eb6dd72679877d5793252efa02e2",
        );
        let owner = Owner::Subject(Uuid::from_bytes(std::array::from_fn(|i| i as u8)));
        assert_eq!(epoch.unwrap(owner, &wrapped.unwrap()).map(|key| *key), Some([6; 32]));
    }
}
