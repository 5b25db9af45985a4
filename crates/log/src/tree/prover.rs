//! Proofs made while the records go by: one pass, whatever their number.
//!
//! Shape: the tree's right edge, and for each leaf or size that was asked for the hashes beside its path so
//! far. Two neighbours that become one give their hashes to what was asked for in the other. Memory: 32
//! bytes for each hash of each proof; nothing for a leaf that wasn't asked for. Time: the tree's own hashes.

use super::Edge;
use crate::{Hash, TreeHead};

/// A tree that grows leaf by leaf and makes the proofs that were asked for on the way.
///
/// ```
/// use tuanzhang_log::tree::{Prover, leaf_hash, verify_consistency, verify_inclusion};
///
/// let mut prover = Prover::default();
/// prover.push(leaf_hash(b"first"));
/// let old = prover.grow_from_here();
/// prover.push_proven(leaf_hash(b"second"));
/// prover.push(leaf_hash(b"third"));
/// let proofs = prover.finish();
///
/// let [second] = proofs.inclusions.as_slice() else { unreachable!() };
/// verify_inclusion(leaf_hash(b"second"), second.index, proofs.head, &second.hashes)?;
/// let [growth] = proofs.growths.as_slice() else { unreachable!() };
/// verify_consistency(old, proofs.head, &growth.hashes)?;
/// # Ok::<(), tuanzhang_log::tree::ProofError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Prover {
    edge: Edge,
    /// For each peak of the edge: the first path that runs through it or lies further right. Never falls.
    firsts: Vec<usize>,
    /// In the order in which they were asked for, which is that of their places in the tree.
    paths: Vec<Path>,
}

/// A proof in the making.
#[derive(Clone, Debug)]
struct Path {
    of: Of,
    /// From the bottom up.
    hashes: Vec<Hash>,
}

#[derive(Clone, Copy, Debug)]
enum Of {
    /// The leaf with this index.
    Leaf(u64),
    /// The tree of this size.
    Size(u64),
}

/// That one leaf is in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// Which leaf, from 0.
    pub index: u64,
    /// For [`verify_inclusion`](super::verify_inclusion).
    pub hashes: Vec<Hash>,
}

/// That the tree continues a smaller one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// Size of the smaller one.
    pub old: u64,
    /// For [`verify_consistency`](super::verify_consistency).
    pub hashes: Vec<Hash>,
}

/// What a [`Prover`] made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proofs {
    /// Of the tree that all of it is about.
    pub head: TreeHead,
    /// In the order of the leaves.
    pub inclusions: Vec<Inclusion>,
    /// In the order of the sizes.
    pub growths: Vec<Growth>,
}

impl Prover {
    /// Adds a leaf on the right.
    pub fn push(&mut self, leaf: Hash) {
        let first = self.paths.len();
        self.add(leaf, first);
    }

    /// Adds a leaf on the right, to be proven.
    pub fn push_proven(&mut self, leaf: Hash) {
        let first = self.paths.len();
        self.paths.push(Path { of: Of::Leaf(self.edge.size()), hashes: Vec::new() });
        self.add(leaf, first);
    }

    /// Asks for the proof that the tree continues the one of now, and gives that one's head. Of a tree
    /// without leaves nothing can be shown, and nothing is made.
    pub fn grow_from_here(&mut self) -> TreeHead {
        if let Some(last) = self.edge.last_peak() {
            let size = self.edge.size();
            // A size that is a power of two is one whole node: its root is known to whoever checks.
            let hashes = if size.is_power_of_two() { Vec::new() } else { vec![last] };
            self.paths.push(Path { of: Of::Size(size), hashes });
        }
        self.edge.head()
    }

    /// Number of leaves.
    pub const fn size(&self) -> u64 {
        self.edge.size()
    }

    fn add(&mut self, leaf: Hash, first: usize) {
        let Self { edge, firsts, paths } = self;
        firsts.push(first);
        edge.push_seeing(leaf, &mut |left, right| join(firsts, paths, left, right));
    }

    /// Ends the tree, and gives all that was asked for.
    pub fn finish(self) -> Proofs {
        let Self { edge, mut firsts, mut paths } = self;
        let size = edge.size();
        let root = edge.root_seeing(&mut |left, right| join(&mut firsts, &mut paths, left, right));
        let mut proofs =
            Proofs { head: TreeHead { size, root }, inclusions: Vec::new(), growths: Vec::new() };
        for Path { of, hashes } in paths {
            match of {
                Of::Leaf(index) => proofs.inclusions.push(Inclusion { index, hashes }),
                // A tree continues itself without a hash.
                Of::Size(old) if old == size => {
                    proofs.growths.push(Growth { old, hashes: Vec::new() });
                }
                Of::Size(old) => proofs.growths.push(Growth { old, hashes }),
            }
        }
        proofs
    }
}

/// The last two peaks become one: each gives its hash to the paths through the other.
fn join(firsts: &mut Vec<usize>, paths: &mut [Path], left: &Hash, right: &Hash) {
    let middle = firsts.pop().unwrap_or(0);
    let first = firsts.last().copied().unwrap_or(0);
    let (before, through_right) = paths.split_at_mut_checked(middle).unwrap_or_default();
    let through_left = before.get_mut(first..).unwrap_or_default();
    for path in through_left {
        path.hashes.push(*right);
    }
    for path in through_right {
        path.hashes.push(*left);
    }
}
