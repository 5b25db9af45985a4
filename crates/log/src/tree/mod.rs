//! The RFC 6962 tree over a book's records (SHA-256, leaves and nodes told apart).
//!
//! The record at position `p` is leaf `p - 1`. [`Edge`] is the growing right edge: it takes
//! a leaf in about two hashes and gives the root in at most 63 more; [`root_of`] does a
//! whole list. [`Prover`] makes, in one pass over the leaves, the short lists of hashes that show that
//! a record is in a book, and that a book only grew; the module `proof` checks them.

mod edge;
mod proof;
mod prover;

use sha2::{Digest, Sha256};

use crate::Hash;

pub use edge::{Edge, NotAnEdge};
pub use proof::{
    ProofError, consistency_proof, inclusion_proof, verify_consistency, verify_inclusion,
};
pub use prover::{Growth, Inclusion, Proofs, Prover};

/// Root of a tree without leaves: SHA-256 of the empty string.
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// Hashes bytes as they are: SHA-256.
pub fn sha256(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(bytes).into())
}

/// Hashes a record as a leaf: SHA-256 of a zero byte and the record.
pub fn leaf_hash(record: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(record).finalize().into())
}

/// Hashes two neighbours as their parent: SHA-256 of a one byte, the left and the right.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    // One piece of 65 bytes, so that nothing is buffered in between.
    let mut bytes = [1; 65];
    let (_, hashes) = bytes.split_at_mut(1);
    for (place, hash) in hashes.chunks_exact_mut(32).zip([left, right]) {
        place.copy_from_slice(&hash.0);
    }
    sha256(&bytes)
}

/// Gives the root over a list of leaf hashes.
pub fn root_of(leaves: &[Hash]) -> Hash {
    let mut edge = Edge::new();
    for leaf in leaves {
        edge.push(*leaf);
    }
    edge.root()
}
