//! The RFC 6962 (section 2.1) Merkle tree hash over a list, with inclusion proofs (section 2.1.1).
//!
//! A seal over a wage sheet or a bank batch is such a root: a missing or an added line changes it, and one
//! line's membership can be shown without the others.

use crate::{Hash, sha256};

/// Hash of one leaf: `SHA-256(0x00 ‖ bytes)`.
pub fn leaf(bytes: &[u8]) -> Hash {
    sha256(&[&[0x00], bytes])
}

fn node(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[0x01], &left.0, &right.0])
}

/// The largest power of two smaller than `n` (n ≥ 2): where RFC 6962 splits a list.
fn split(n: usize) -> usize {
    n.div_ceil(2).next_power_of_two()
}

/// Root over leaf hashes in the order given; of no leaves, SHA-256 of nothing.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(&[]),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(split(many.len()));
            node(&root(left), &root(right))
        }
    }
}

/// The sibling hashes from leaf `index` up to the root; `None` when there is no such leaf.
pub fn inclusion_proof(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let at = split(leaves.len());
    let (left, right) = leaves.split_at(at);
    let (mut proof, sibling) = match index.checked_sub(at) {
        None => (inclusion_proof(left, index)?, root(right)),
        Some(index) => (inclusion_proof(right, index)?, root(left)),
    };
    proof.push(sibling);
    Some(proof)
}

/// Whether `proof` shows that `leaf` stands at `index` in the list of `size` leaves with this root
/// (RFC 9162 section 2.1.3.2).
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size.saturating_sub(1), leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == root
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(n: u64) -> Vec<Hash> {
        (0..n).map(|i| leaf(&i.to_be_bytes())).collect()
    }

    /// Roots published with RFC 6962's first implementation (certificate-transparency test data).
    #[test]
    fn published_roots() {
        let inputs: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let hashes: Vec<Hash> = inputs.iter().map(|bytes| leaf(bytes)).collect();
        let expect = [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ];
        for (n, hex) in expect {
            assert_eq!(root(&hashes[..n]).to_string(), hex, "{n} leaves");
        }
    }

    #[test]
    fn every_leaf_proves_and_nothing_else_does() {
        for n in 1..=33u64 {
            let leaves = leaves(n);
            let root = root(&leaves);
            for (i, hash) in leaves.iter().enumerate() {
                let proof = inclusion_proof(&leaves, i).unwrap_or_default();
                let index = i as u64;
                assert!(verify_inclusion(*hash, index, n, &proof, root), "{i} of {n}");
                assert!(!verify_inclusion(leaf(b"stranger"), index, n, &proof, root));
                assert!(n == 1 || !verify_inclusion(*hash, (index + 1) % n, n, &proof, root));
                assert!(!verify_inclusion(*hash, index, n + 64, &proof, root));
            }
            assert_eq!(inclusion_proof(&leaves, leaves.len()), None);
        }
    }
}
