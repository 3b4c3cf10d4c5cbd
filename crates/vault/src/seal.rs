//! Sealing fields and opening them.

use crate::entropy;
use crate::gcm::{self, Key};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;
use wages::SealedField;
use zeroize::Zeroizing;

/// Length in bytes of the salt in a commitment.
const SALT_LEN: usize = 32;

/// Why a field could not be sealed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SealError {
    /// The subject's key is not among these.
    #[error("no key for subject {0}")]
    NoKey(Uuid),
    /// Longer than AES-GCM can seal, which is far more than an entry holds.
    #[error("the value is too long to seal")]
    TooLong,
}

/// Why a sealed field could not be opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OpenError {
    /// The subject's key is not among these: erased, or never made.
    #[error("no key for subject {0}: it was erased, or lost from the vault")]
    NoKey(Uuid),
    /// Not a field that was sealed for this subject under this name; something was changed or swapped.
    #[error(
        "it does not open with its subject's key: it was sealed for another subject or field, or with another key"
    )]
    Damaged,
    /// It opens, but to another value than the entry's commitment stands for: whoever sealed it lied.
    #[error("the sealed value is not what was committed to")]
    NotWhatWasCommitted,
}

/// What a field held, with the salt that proves it: anyone who is shown both can recompute
/// [`chain::commitment`] and compare it with the entry's. `Debug` shows neither.
pub struct Revealed {
    /// Salt of the commitment.
    pub salt: [u8; SALT_LEN],
    /// The personal data.
    pub value: String,
}

impl fmt::Debug for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revealed")
    }
}

/// One subject's key. Never shown by `Debug`; its memory is zeroed when it is dropped.
#[derive(Clone)]
pub struct SubjectKey {
    subject: Uuid,
    key: Key,
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubjectKey({})", self.subject)
    }
}

impl SubjectKey {
    pub(crate) fn new(subject: Uuid, key: Key) -> SubjectKey {
        SubjectKey { subject, key }
    }

    pub(crate) fn random(subject: Uuid) -> SubjectKey {
        SubjectKey::new(subject, gcm::random_key())
    }

    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// Whose key this is.
    pub fn subject(&self) -> Uuid {
        self.subject
    }

    /// Binds a ciphertext to its place; the subject has a fixed length, so the two parts cannot run together.
    fn aad(&self, field: &str) -> Vec<u8> {
        [self.subject.as_bytes(), field.as_bytes()].concat()
    }

    /// Seals `value` as this subject's `field`, with a fresh salt and nonce: equal values look unrelated.
    pub fn seal(&self, field: &str, value: &str) -> Result<SealedField, SealError> {
        let salt: [u8; SALT_LEN] = entropy::random();
        let commitment = chain::commitment(&salt, value.as_bytes());
        let frame = gcm::encrypt(&gcm::cipher(&self.key), &self.aad(field), &[&salt, value.as_bytes()])
            .ok_or(SealError::TooLong)?;
        Ok(SealedField::encode(&commitment.0, &frame))
    }

    /// Opens what was sealed as this subject's `field`.
    pub fn open(&self, field: &str, sealed: &SealedField) -> Result<String, OpenError> {
        self.reveal(field, sealed).map(|revealed| revealed.value)
    }

    /// Opens what was sealed as this subject's `field`, together with the salt that proves it to others.
    pub fn reveal(&self, field: &str, sealed: &SealedField) -> Result<Revealed, OpenError> {
        let mut committed = [0; 32];
        match BASE64.decode(sealed.commitment()) {
            Ok(bytes) if bytes.len() == committed.len() => committed.copy_from_slice(&bytes),
            _ => return Err(OpenError::Damaged),
        }
        let frame = BASE64.decode(sealed.ciphertext()).map_err(|_| OpenError::Damaged)?;
        let mut frame = Zeroizing::new(frame);
        let plain = gcm::decrypt(&gcm::cipher(&self.key), &self.aad(field), &mut frame);
        let (salt, value) = plain
            .as_deref()
            .and_then(|plain| plain.split_first_chunk::<SALT_LEN>())
            .ok_or(OpenError::Damaged)?;
        if chain::commitment(salt, value).0 != committed {
            return Err(OpenError::NotWhatWasCommitted);
        }
        let value = std::str::from_utf8(value).map_err(|_| OpenError::Damaged)?;
        Ok(Revealed { salt: *salt, value: value.to_owned() })
    }
}

/// The keys of some subjects, to seal and open with without asking the vault again. Cheap to clone.
///
/// They are good as long as they are held, also when a subject is erased meanwhile: hold them for one batch
/// or one answer, not longer.
#[derive(Clone, Default)]
pub struct Keys(Arc<HashMap<Uuid, SubjectKey>>);

impl From<HashMap<Uuid, SubjectKey>> for Keys {
    fn from(keys: HashMap<Uuid, SubjectKey>) -> Keys {
        Keys(Arc::new(keys))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({} subjects)", self.0.len())
    }
}

impl Keys {
    /// Seals `value` as the subject's `field`; see [`SubjectKey::seal`].
    pub fn seal(&self, subject: Uuid, field: &str, value: &str) -> Result<SealedField, SealError> {
        self.get(subject).ok_or(SealError::NoKey(subject))?.seal(field, value)
    }

    /// Opens what was sealed as the subject's `field`.
    pub fn open(&self, subject: Uuid, field: &str, sealed: &SealedField) -> Result<String, OpenError> {
        self.get(subject).ok_or(OpenError::NoKey(subject))?.open(field, sealed)
    }

    /// Opens what was sealed as the subject's `field`, with the salt that proves it to others.
    pub fn reveal(&self, subject: Uuid, field: &str, sealed: &SealedField) -> Result<Revealed, OpenError> {
        self.get(subject).ok_or(OpenError::NoKey(subject))?.reveal(field, sealed)
    }

    /// One subject's key.
    pub fn get(&self, subject: Uuid) -> Option<&SubjectKey> {
        self.0.get(&subject)
    }

    /// Whether the subject's key is among these.
    pub fn has(&self, subject: Uuid) -> bool {
        self.0.contains_key(&subject)
    }

    /// How many subjects' keys these are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAME: &str = "张伟";

    /// Subject 00 01 … 0f with the key 00 01 … 1f.
    fn sample() -> SubjectKey {
        let subject = Uuid::from_bytes(std::array::from_fn(|i| i as u8));
        SubjectKey::new(subject, Zeroizing::new(std::array::from_fn(|i| i as u8)))
    }

    fn field(commitment: &str, ciphertext: &str) -> SealedField {
        SealedField::from_base64(commitment, ciphertext).unwrap()
    }

    /// Frozen: entries sealed today are opened by every later version. Computed with Python's `hashlib` and
    /// `cryptography` (AESGCM): salt 07…07, nonce 09…09, field `name`.
    #[test]
    fn known_answer() {
        let sealed = field(
            "EEAXbSeeryNdZOfiJDnrtlZYZvzh+IWxXH1i5M4AJbM",
            "CQkJCQkJCQkJCQkJtB8PPICYRKPWDjf+rJG8yD4V2CldAUeyFPBlbJQwjEBtyc5Sb2Pcr2VhqeUPehWoVaZnxYHZ",
        );
        let revealed = sample().reveal("name", &sealed).unwrap();
        assert_eq!((revealed.value.as_str(), revealed.salt), (NAME, [7; 32]));
    }

    #[test]
    fn what_is_revealed_proves_the_commitment() {
        let sealed = sample().seal("name", NAME).unwrap();
        let revealed = sample().reveal("name", &sealed).unwrap();
        let commitment = chain::commitment(&revealed.salt, revealed.value.as_bytes());
        assert_eq!(BASE64.encode(commitment.0), sealed.commitment());
        assert_eq!(sealed.commitment().len(), 43);
        assert_ne!(sample().seal("name", NAME).unwrap(), sealed);
    }

    /// Every flipped bit of the decoded bytes, and every changed character of the text.
    #[test]
    fn every_change_to_a_field_shows() {
        let key = sample();
        let sealed = key.seal("name", NAME).unwrap();
        let flip = |text: &str, bit: usize| {
            let mut bytes = BASE64.decode(text).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            BASE64.encode(bytes)
        };
        for bit in 0..32 * 8 {
            let changed = field(&flip(sealed.commitment(), bit), sealed.ciphertext());
            assert_eq!(key.open("name", &changed), Err(OpenError::NotWhatWasCommitted), "bit {bit}");
        }
        for bit in 0..BASE64.decode(sealed.ciphertext()).unwrap().len() * 8 {
            let changed = field(sealed.commitment(), &flip(sealed.ciphertext(), bit));
            assert_eq!(key.open("name", &changed), Err(OpenError::Damaged), "bit {bit}");
        }
        for text in [sealed.commitment(), sealed.ciphertext()] {
            for at in 0..text.len() {
                for with in ["A", "B", "=", "_", "", "AA"] {
                    let changed = format!("{}{with}{}", &text[..at], &text[at + 1..]);
                    let (c, x) = if text == sealed.commitment() {
                        (changed.as_str(), sealed.ciphertext())
                    } else {
                        (sealed.commitment(), changed.as_str())
                    };
                    assert!(changed == text || key.open("name", &field(c, x)).is_err(), "{at} {with}");
                }
            }
        }
    }

    #[test]
    fn a_field_opens_only_in_its_place() {
        let key = sample();
        let sealed = key.seal("name", NAME).unwrap();
        for at in 0..4 {
            let mut name = *b"name";
            name[at] ^= 1;
            let name = std::str::from_utf8(&name).unwrap();
            assert_eq!(key.open(name, &sealed), Err(OpenError::Damaged), "{name}");
        }
        for name in ["", "nam", "names"] {
            assert_eq!(key.open(name, &sealed), Err(OpenError::Damaged), "{name}");
        }
        for bit in 0..128 {
            let mut subject = key.subject.into_bytes();
            subject[bit / 8] ^= 1 << (bit % 8);
            let other = SubjectKey::new(Uuid::from_bytes(subject), key.key.clone());
            assert_eq!(other.open("name", &sealed), Err(OpenError::Damaged), "subject bit {bit}");
        }
        for bit in 0..256 {
            let mut other = key.clone();
            other.key[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(other.open("name", &sealed), Err(OpenError::Damaged), "key bit {bit}");
        }
    }

    /// GCM commits to nothing: a liar may seal one value and commit to another.
    #[test]
    fn a_lie_about_the_commitment_shows() {
        let key = sample();
        let (one, other) = (key.seal("name", "one").unwrap(), key.seal("name", "other").unwrap());
        let lie = field(one.commitment(), other.ciphertext());
        assert_eq!(key.open("name", &lie), Err(OpenError::NotWhatWasCommitted));
    }

    #[test]
    fn nothing_secret_is_printed() {
        let key = sample();
        let keys = Keys::from(HashMap::from([(key.subject(), key.clone())]));
        let revealed = key.reveal("name", &key.seal("name", NAME).unwrap()).unwrap();
        assert_eq!(
            format!("{key:?} {keys:?} {revealed:?}"),
            "SubjectKey(00010203-0405-0607-0809-0a0b0c0d0e0f) Keys(1 subjects) Revealed"
        );
    }

    proptest! {
        #[test]
        fn whatever_is_sealed_opens(field in ".{0,20}", value in ".{0,400}") {
            let key = sample();
            let sealed = key.seal(&field, &value).unwrap();
            prop_assert_eq!(key.open(&field, &sealed), Ok(value));
        }

        #[test]
        fn strangers_texts_never_open(c in "[^\\x00-\\x1f\"\\\\]{0,60}", x in "[A-Za-z0-9+/]{0,120}") {
            prop_assert!(sample().open("name", &field(&c, &x)).is_err());
        }
    }
}
