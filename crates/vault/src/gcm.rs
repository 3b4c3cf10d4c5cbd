//! AES-256-GCM over one frame of bytes: nonce ‖ ciphertext ‖ tag.
//!
//! Nonces are random (NIST SP 800-38D section 8.2.2), which bounds one key to 2^32 frames (section 8.3): a
//! subject has some dozens of fields, an epoch one wrapped key per subject.

use crate::entropy;
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit, Nonce, Tag};
use zeroize::Zeroizing;

/// Length of the nonce in front, in bytes.
pub(crate) const NONCE_LEN: usize = 12;
/// Length of the tag behind, in bytes.
pub(crate) const TAG_LEN: usize = 16;

/// A 256-bit key; its memory is zeroed when it is dropped.
pub(crate) type Key = Zeroizing<[u8; 32]>;

/// A new key, made in the memory that will be zeroed.
pub(crate) fn random_key() -> Key {
    let mut key = Zeroizing::new([0; 32]);
    entropy::fill(&mut *key);
    key
}

pub(crate) fn cipher(key: &Key) -> Aes256Gcm {
    let key: &[u8; 32] = key;
    Aes256Gcm::new(key.into())
}

/// Encrypts the parts, one after the other, into a new frame. `None` when they are too long for GCM (64 GiB).
pub(crate) fn encrypt(cipher: &Aes256Gcm, aad: &[u8], parts: &[&[u8]]) -> Option<Vec<u8>> {
    let nonce: [u8; NONCE_LEN] = entropy::random();
    let plain_len: usize = parts.iter().map(|part| part.len()).sum();
    // Room for everything from the start: growing would leave a copy of the plain bytes behind.
    let mut frame = Vec::with_capacity(NONCE_LEN + plain_len + TAG_LEN);
    frame.extend_from_slice(&nonce);
    for part in parts {
        frame.extend_from_slice(part);
    }
    let (_, plain) = frame.split_at_mut(NONCE_LEN);
    let tag = cipher.encrypt_inout_detached(&Nonce::from(nonce), aad, plain.into()).ok()?;
    frame.extend_from_slice(&tag);
    Some(frame)
}

/// Decrypts a frame in place and returns the plain bytes in it; `None` when frame, key and additional data
/// do not belong together.
pub(crate) fn decrypt<'a>(cipher: &Aes256Gcm, aad: &[u8], frame: &'a mut [u8]) -> Option<&'a mut [u8]> {
    let (nonce, rest) = frame.split_first_chunk_mut::<NONCE_LEN>()?;
    let (plain, tag) = rest.split_last_chunk_mut::<TAG_LEN>()?;
    cipher.decrypt_inout_detached(&Nonce::from(*nonce), aad, (&mut *plain).into(), &Tag::from(*tag)).ok()?;
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test case 14 of the GCM specification (McGrew and Viega, 2005): AES-256, a zero key, nonce and block.
    #[test]
    fn published_vector_decrypts() {
        let frame = "000000000000000000000000\
                     cea7403d4d606b6e074ec5d3baf39d18\
                     d0d1c8a799996bf0265b98b5d48ab919";
        let mut frame = hex::decode(frame).unwrap();
        let cipher = cipher(&Zeroizing::new([0; 32]));
        assert_eq!(decrypt(&cipher, b"", &mut frame), Some(&mut [0u8; 16][..]));
    }

    #[test]
    fn short_frames_are_refused() {
        let cipher = cipher(&Zeroizing::new([1; 32]));
        for len in 0..NONCE_LEN + TAG_LEN + 1 {
            assert_eq!(decrypt(&cipher, b"", &mut vec![0; len]), None, "{len} bytes");
        }
    }
}
