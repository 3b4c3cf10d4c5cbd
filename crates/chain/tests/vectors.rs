//! Inclusion proofs that others published, good and mutated.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chain::{Hash, merkle};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    case: String,
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Option<Vec<String>>,
    want_err: bool,
}

/// `None` for what is no hash at all: no proof can hold then.
fn hash(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok().map(Hash)
}

#[test]
fn published_inclusion_proofs() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/vectors/merkle_inclusion.json");
    let cases: Vec<Case> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(cases.len() > 50);
    for case in cases {
        let proof: Option<Vec<Hash>> = case.proof.unwrap_or_default().iter().map(|p| hash(p)).collect();
        let holds = match (hash(&case.leaf_hash), hash(&case.root), proof) {
            (Some(leaf), Some(root), Some(proof)) => {
                merkle::verify_inclusion(leaf, case.leaf_idx, case.tree_size, &proof, root)
            }
            _ => false,
        };
        assert_eq!(holds, !case.want_err, "{}", case.case);
    }
}
