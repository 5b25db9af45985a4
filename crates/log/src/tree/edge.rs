//! The right edge of a growing tree: all that is needed to add leaves and to give the root.

use super::{EMPTY_ROOT, node_hash};
use crate::{Hash, TreeHead};

/// Right edge of a tree: the roots of its full subtrees, the largest first.
///
/// Their number is the number of ones in the binary size, so at most 64 hashes. As bytes
/// (a snapshot keeps them): the size as u64, little-endian, then the hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Number of leaves.
    size: u64,
    /// One root for each one-bit of `size`, from the highest bit down.
    peaks: Vec<Hash>,
}

/// Why bytes are not an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a tree edge: a size and one hash for each of its one-bits are needed")]
pub struct NotAnEdge;

impl Edge {
    /// Edge of the tree without leaves.
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// Adds a leaf on the right.
    ///
    /// At 2^64 - 1 leaves it stays as it is; a store refuses such a position long before.
    pub fn push(&mut self, leaf: Hash) {
        self.push_seeing(leaf, &mut |_, _| ());
    }

    /// The same, showing each two neighbours that become one.
    pub(super) fn push_seeing(&mut self, leaf: Hash, seen: &mut impl FnMut(&Hash, &Hash)) {
        let Some(size) = self.size.checked_add(1) else { return };
        let mut node = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                seen(&left, &node);
                node = node_hash(&left, &node);
            }
        }
        self.peaks.push(node);
        self.size = size;
    }

    /// Adds the leaves of another tree on the right, without their hashes, if its subtrees fit behind this
    /// one's: if this size is a multiple of the largest of them. Gives whether it did; else nothing changed.
    pub fn join(&mut self, right: &Self) -> bool {
        let largest = right.size.checked_ilog2().unwrap_or(0);
        if self.size.trailing_zeros() < largest && self.size > 0 {
            return false;
        }
        let Some(size) = self.size.checked_add(right.size) else { return false };
        let mut heights = (0..u64::BITS).rev().filter(|height| right.size >> height & 1 == 1);
        for peak in &right.peaks {
            let (mut node, Some(mut height)) = (*peak, heights.next()) else { break };
            while self.size.checked_shr(height).is_some_and(|rest| rest & 1 == 1) {
                let Some(left) = self.peaks.pop() else { break };
                node = node_hash(&left, &node);
                self.size &= !1_u64.wrapping_shl(height);
                height = height.saturating_add(1);
            }
            self.peaks.push(node);
            self.size |= 1_u64.wrapping_shl(height);
        }
        debug_assert_eq!(self.size, size, "a tree of so many leaves");
        true
    }

    /// Number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Root over all leaves.
    pub fn root(&self) -> Hash {
        self.root_seeing(&mut |_, _| ())
    }

    /// The same, showing each two neighbours that become one.
    pub(super) fn root_seeing(&self, seen: &mut impl FnMut(&Hash, &Hash)) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return EMPTY_ROOT };
        peaks.fold(*last, |right, left| {
            seen(left, &right);
            node_hash(left, &right)
        })
    }

    /// Root of the smallest full subtree, the one that ends at the last leaf.
    pub(super) fn last_peak(&self) -> Option<Hash> {
        self.peaks.last().copied()
    }

    /// Size and root together.
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root() }
    }

    /// Writes the edge as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_le_bytes().to_vec();
        for peak in &self.peaks {
            bytes.extend_from_slice(&peak.0);
        }
        bytes
    }

    /// Reads what [`Edge::to_bytes`] wrote.
    ///
    /// # Errors
    /// Bytes are missing or left over.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAnEdge> {
        let (size, hashes) = bytes.split_first_chunk::<8>().ok_or(NotAnEdge)?;
        let size = u64::from_le_bytes(*size);
        let (hashes, rest) = hashes.as_chunks::<32>();
        if !rest.is_empty() || u32::try_from(hashes.len()) != Ok(size.count_ones()) {
            return Err(NotAnEdge);
        }
        Ok(Self { size, peaks: hashes.iter().copied().map(Hash).collect() })
    }
}

impl Default for Edge {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::leaf_hash;

    fn edge(leaves: std::ops::Range<u64>) -> Edge {
        let mut edge = Edge::new();
        leaves.for_each(|leaf| edge.push(leaf_hash(&leaf.to_le_bytes())));
        edge
    }

    #[test]
    fn a_tree_joins_another_that_fits_and_no_other() {
        for left in 0..70 {
            for right in 0..70_u64 {
                let mut joined = edge(0..left);
                let largest = 1_u64.checked_shl(right.checked_ilog2().unwrap_or(0)).unwrap_or(0);
                let fits = joined.join(&edge(left..left + right));
                assert_eq!(fits, left % largest == 0, "{left} and {right}");
                let whole = edge(0..if fits { left + right } else { left });
                assert_eq!(joined, whole, "{left} and {right}");
            }
        }
    }
}
