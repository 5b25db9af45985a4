//! Proofs that a record is in a book (inclusion) and that a book only grew (consistency).
//!
//! Making one reads all leaf hashes: about `n` node hashes for a tree of `n` leaves, kept only along the
//! path ([`Prover`], which makes several in one pass and needs no list). Checking one takes at most 64 hashes for inclusion and 128 for consistency (RFC 9162, 2.1.3.2 and
//! 2.1.4.2).
//!
//! **Policy**: consistency from size 0 is an error on both sides. Every tree continues the
//! empty one, so such a proof says nothing, and a checker that accepts it lets a caller who
//! lost its old head believe that it has checked something.

use super::{Prover, node_hash};
use crate::{Hash, TreeHead};

/// Why a proof can't be made or doesn't hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The tree has no such leaf.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    NoSuchLeaf {
        /// Index of the leaf, from 0.
        index: u64,
        /// Number of leaves.
        size: u64,
    },
    /// A consistency proof starts from nothing, or from a larger tree than it ends with.
    #[error("a tree of {new} leaves can't be shown to continue one of {old}")]
    NoSuchGrowth {
        /// Size of the older tree.
        old: u64,
        /// Size of the newer tree.
        new: u64,
    },
    /// The proof has too few or too many hashes for these sizes.
    #[error("the proof has {hashes} hashes, which these sizes don't take")]
    WrongLength {
        /// Number of hashes in the proof.
        hashes: usize,
    },
    /// The hashes lead to another root.
    #[error("the proof leads to {computed}, not to {stated}")]
    OtherRoot {
        /// Root that follows from the proof.
        computed: Hash,
        /// Root that was stated.
        stated: Hash,
    },
}

/// Makes the proof that leaf `index` (from 0) is in the tree over `leaves`.
///
/// # Errors
/// `NoSuchLeaf`.
pub fn inclusion_proof(leaves: &[Hash], index: u64) -> Result<Vec<Hash>, ProofError> {
    let mut prover = Prover::default();
    for leaf in leaves {
        if prover.size() == index { prover.push_proven(*leaf) } else { prover.push(*leaf) }
    }
    let missing = ProofError::NoSuchLeaf { index, size: prover.size() };
    prover.finish().inclusions.pop().map(|proof| proof.hashes).ok_or(missing)
}

/// Checks that the leaf with this hash stands at `index` (from 0) in the tree of `head`.
///
/// # Errors
/// The proof doesn't show it.
pub fn verify_inclusion(
    leaf: Hash,
    index: u64,
    head: TreeHead,
    proof: &[Hash],
) -> Result<(), ProofError> {
    let wrong_length = ProofError::WrongLength { hashes: proof.len() };
    let Some(last) = head.size.checked_sub(1).filter(|last| index <= *last) else {
        return Err(ProofError::NoSuchLeaf { index, size: head.size });
    };
    let mut climb = Climb { node: index, last };
    let mut root = leaf;
    for sibling in proof {
        root = match climb.step().ok_or(wrong_length)? {
            Side::Left => node_hash(sibling, &root),
            Side::Right => node_hash(&root, sibling),
        };
    }
    if climb.last != 0 {
        return Err(wrong_length);
    }
    same_root(root, head.root)
}

/// Makes the proof that the tree over `leaves` continues the tree over the first `old` ones.
///
/// # Errors
/// `NoSuchGrowth` when `old` is 0 or more than there are.
pub fn consistency_proof(leaves: &[Hash], old: u64) -> Result<Vec<Hash>, ProofError> {
    let mut prover = Prover::default();
    for leaf in leaves {
        prover.push(*leaf);
        if prover.size() == old {
            prover.grow_from_here();
        }
    }
    let missing = ProofError::NoSuchGrowth { old, new: prover.size() };
    prover.finish().growths.pop().map(|proof| proof.hashes).ok_or(missing)
}

/// Checks that the tree of `new` continues the tree of `old`.
///
/// # Errors
/// The proof doesn't show it; from size 0 nothing can be shown (see the module).
pub fn verify_consistency(old: TreeHead, new: TreeHead, proof: &[Hash]) -> Result<(), ProofError> {
    let wrong_length = ProofError::WrongLength { hashes: proof.len() };
    let missing = ProofError::NoSuchGrowth { old: old.size, new: new.size };
    let old_last = old.size.checked_sub(1).ok_or(missing)?;
    let new_last = new.size.checked_sub(1).ok_or(missing)?;
    if old.size > new.size {
        return Err(missing);
    }
    if old.size == new.size {
        return if proof.is_empty() { same_root(new.root, old.root) } else { Err(wrong_length) };
    }
    // The old tree is one full subtree: its root is known and left out of the proof.
    let (start, path) = if old.size.is_power_of_two() {
        (old.root, proof)
    } else {
        let (first, rest) = proof.split_first().ok_or(wrong_length)?;
        (*first, rest)
    };
    let full = old_last.trailing_ones();
    let mut climb = Climb {
        node: old_last.checked_shr(full).unwrap_or(0),
        last: new_last.checked_shr(full).unwrap_or(0),
    };
    let (mut old_root, mut new_root) = (start, start);
    for sibling in path {
        match climb.step().ok_or(wrong_length)? {
            Side::Left => {
                old_root = node_hash(sibling, &old_root);
                new_root = node_hash(sibling, &new_root);
            }
            Side::Right => new_root = node_hash(&new_root, sibling),
        }
    }
    if climb.last != 0 {
        return Err(wrong_length);
    }
    same_root(old_root, old.root)?;
    same_root(new_root, new.root)
}

/// Where a sibling stands.
enum Side {
    Left,
    Right,
}

/// A walk from a node up to the root, beside the rightmost node of each level.
struct Climb {
    /// Index of the node within its level.
    node: u64,
    /// Index of the last node within that level.
    last: u64,
}

impl Climb {
    /// Goes to the next level that has a sibling; `None` when the root is reached already.
    fn step(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let side = if self.node & 1 == 1 || self.node == self.last {
            // A lonely right end moves up unchanged until it has a left sibling.
            while self.node & 1 == 0 && self.node != 0 {
                self.up();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        Some(side)
    }

    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }
}

fn same_root(computed: Hash, stated: Hash) -> Result<(), ProofError> {
    if computed != stated {
        return Err(ProofError::OtherRoot { computed, stated });
    }
    Ok(())
}
