//! Keyed fingerprints under the ledger key: command ids, blind indexes, and the checks of stored bindings.
//!
//! A bare hash of an ID number could be guessed from a published header: there are fewer ID numbers than a
//! graphics card hashes in a day. Under a secret key nobody can test a guess.

use crate::epoch::derive;
use crate::gcm::Key;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;
use wages::BlindIndex;

/// Stands between the fields of a natural key (ASCII unit separator).
const SEPARATOR: u8 = 0x1F;
/// Stands before a separator, or before itself, that occurs inside a field (ASCII escape).
const ESCAPE: u8 = 0x1B;

/// What a blind index stands for: equal values with different purposes have unrelated indexes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Purpose {
    /// A person's ID number.
    IdNumber,
    /// A bank account or card.
    Account,
}

/// What the ledger key does; each use has its own key, so that no result of one equals a result of another.
pub(crate) struct Fingerprints {
    command: Hmac<Sha256>,
    id_number: Hmac<Sha256>,
    account: Hmac<Sha256>,
    binding: Hmac<Sha256>,
    side_file: Hmac<Sha256>,
}

impl Fingerprints {
    pub(crate) fn new(ledger_key: &Key) -> Fingerprints {
        let sub_key = |info| hmac(&derive(ledger_key, info));
        Fingerprints {
            command: hmac(ledger_key),
            id_number: sub_key("blind index: id number"),
            account: sub_key("blind index: account"),
            binding: sub_key("id number binding"),
            side_file: sub_key("side file"),
        }
    }

    /// First 16 bytes of HMAC-SHA-256 over kind and fields, joined by 0x1F.
    pub(crate) fn command_id(&self, kind: &str, fields: &[&str]) -> [u8; 16] {
        let mut mac = self.command.clone();
        update_escaped(&mut mac, kind);
        for field in fields {
            mac.update(&[SEPARATOR]);
            update_escaped(&mut mac, field);
        }
        first_half(mac)
    }

    pub(crate) fn blind_index(&self, purpose: Purpose, value: &str) -> BlindIndex {
        let mut mac = match purpose {
            Purpose::IdNumber => self.id_number.clone(),
            Purpose::Account => self.account.clone(),
        };
        mac.update(value.as_bytes());
        BlindIndex(first_half(mac))
    }

    /// What stands at the end of a side file, so that only this ledger can have written it.
    pub(crate) fn side_file(&self, name: &str, digest: &[u8; 32]) -> [u8; 16] {
        let mut mac = self.side_file.clone();
        update_escaped(&mut mac, name);
        mac.update(&[SEPARATOR]);
        mac.update(digest);
        first_half(mac)
    }

    /// What is stored beside a binding, so that neither side of it can be changed unseen.
    pub(crate) fn binding(&self, index: BlindIndex, subject: Uuid) -> [u8; 16] {
        let mut mac = self.binding.clone();
        mac.update(&index.0);
        mac.update(subject.as_bytes());
        first_half(mac)
    }
}

fn hmac(key: &Key) -> Hmac<Sha256> {
    let mut block = zeroize::Zeroizing::new([0; 64]);
    // RFC 2104 section 2: a key shorter than the block is filled with zeros.
    block[..32].copy_from_slice(&key[..]);
    let block: &[u8; 64] = &block;
    Hmac::new(block.into())
}

/// Normalised fields hold no control characters and go in as they are; any other stays unambiguous.
fn update_escaped(mac: &mut Hmac<Sha256>, field: &str) {
    for part in field.as_bytes().split_inclusive(|byte| matches!(*byte, SEPARATOR | ESCAPE)) {
        match part {
            [head @ .., last @ (SEPARATOR | ESCAPE)] => {
                mac.update(head);
                mac.update(&[ESCAPE, *last]);
            }
            _ => mac.update(part),
        }
    }
}

/// The first 16 of 32 bytes: a truncated HMAC (RFC 2104 section 5).
fn first_half(mac: Hmac<Sha256>) -> [u8; 16] {
    let full: [u8; 32] = mac.finalize().into_bytes().into();
    let mut out = [0; 16];
    for (slot, byte) in out.iter_mut().zip(full) {
        *slot = byte;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    /// Under the key 00 01 … 1f.
    fn sample() -> Fingerprints {
        Fingerprints::new(&Zeroizing::new(std::array::from_fn(|i| i as u8)))
    }

    /// Frozen: a ledger's ids and indexes must come out the same for its whole life. The values were computed
    /// with Python's `hmac` and an RFC 5869 written from the text, not with this code.
    #[test]
    fn known_answers() {
        let f = sample();
        for (kind, fields, id) in [
            ("register_worker", &["110101199003070011"][..], "25eb2f5b6a72af6e966aa6f673406ef1"),
            ("record_payment", &["P-7", "2026-01", "王芳"], "1817d4869824739761ac58e977c7077d"),
            ("create_ledger", &[], "522d94920c6719f81cf581a69b3ee80e"),
            ("k", &["a\x1fb\x1bc"], "e336faf6edae5fffb2b4c70ba489fe1b"),
        ] {
            assert_eq!(hex::encode(f.command_id(kind, fields)), id, "{kind} {fields:?}");
        }
        for (purpose, value, index) in [
            (Purpose::IdNumber, "110101199003070011", "e1326f1357080d415ca546dc1e654616"),
            (Purpose::Account, "110101199003070011", "d61fc82425f6c9a13821c48e76f2373b"),
            (Purpose::Account, "6222020200112233445", "7ed770471519d770ce92c1ee046cfbce"),
        ] {
            assert_eq!(f.blind_index(purpose, value).to_string(), index, "{purpose:?} {value}");
        }
        let binding = f.binding(BlindIndex([1; 16]), Uuid::from_bytes([2; 16]));
        assert_eq!(hex::encode(binding), "c7edc1b81b58bed944f21e2a5d4857d1");
    }

    #[test]
    fn fields_do_not_run_together() {
        let f = sample();
        let lists: [(&str, &[&str]); 8] = [
            ("ab", &["c"]),
            ("a", &["bc"]),
            ("a", &["b", "c"]),
            ("a", &["b\x1fc"]),
            ("a", &["b\x1b", "c"]),
            ("a", &["b", "\x1bc"]),
            ("a", &["b", "c", ""]),
            ("abc", &[]),
        ];
        let ids: std::collections::HashSet<_> =
            lists.iter().map(|(kind, fields)| f.command_id(kind, fields)).collect();
        assert_eq!(ids.len(), lists.len());
    }
}
