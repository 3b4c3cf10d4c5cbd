//! Randomness: the one place where the project takes it from.
//!
//! Bytes come from `rand`'s thread generator: ChaCha12, seeded and reseeded by the operating system. It is a
//! cryptographic generator, and one ledger needs salts for 150,000 entries a second, more than one call of
//! the operating system each would give.

use rand::RngCore;
use uuid::{Builder, Uuid};

/// Fills `bytes` with random bytes fit for keys, salts and nonces.
pub fn fill(bytes: &mut [u8]) {
    rand::rng().fill_bytes(bytes);
}

/// A random salt for an entry's body.
pub fn salt16() -> [u8; 16] {
    random()
}

/// A random UUID (version 4, RFC 9562 section 5.4).
pub fn uuid() -> Uuid {
    Builder::from_random_bytes(random()).into_uuid()
}

/// `N` random bytes.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_4_and_differ() {
        let (one, other) = (uuid(), uuid());
        assert_eq!(one.get_version_num(), 4);
        assert_ne!(one, other);
        assert_ne!(salt16(), salt16());
    }
}
