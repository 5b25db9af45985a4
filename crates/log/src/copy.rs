//! Copies a book from any store to any other: resumable, verified, never over anything.
//!
//! ```
//! use tuanzhang_log::{BookKey, MemoryStore, Store, copy};
//!
//! let (source, target) = (MemoryStore::new(), MemoryStore::new());
//! let book = BookKey(*b"the book of liu.");
//! source.append(book, 0, &[b"first", b"second"])?;
//!
//! let copied = copy::book(&source, &target, book, &mut |_| {})?;
//! assert_eq!((copied.before, copied.copied), (0, 2));
//! assert_eq!(target.head(book)?, source.head(book)?);
//!
//! source.append(book, 2, &[b"third"])?;
//! let copied = copy::book(&source, &target, book, &mut |now| println!("{now}"))?;
//! assert_eq!((copied.before, copied.copied), (2, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Shape
//! Look at both heads; read the source up to where the target stands and compare the roots there;
//! then read a batch, append it, compare the head that the target answers, and so on up to the head
//! that the source had at that look; the last batch is appended only if it leads to that head. Nothing is read while something is written. The target's
//! records aren't read: its root stands for them ([`Store::verify`] reads them).
//!
//! # What is true if it stops
//! The target has a prefix of the source, which may end between two records that the source got in
//! one append; the same call goes on from there. A writer may go on with the source; of a target
//! that somebody else writes too, only what is the source's own prefix is accepted.
//!
//! # Cost and limits
//! One pass over the source, two hashes a record, at most [`BATCH_BYTES_MAX`] and one record in
//! memory. Root and positions are kept; which records came in one append is not.
//!
//! # Activity
//! The activity stream is a book of its own beside the book: [`activity`] copies it, in a call of its
//! own, since a book without it is whole, and since another process may be writing it.

use std::fmt;
use std::ops::ControlFlow;

use crate::limits::{APPEND_RECORDS_MAX, length};
use crate::tree::{Edge, leaf_hash};
use crate::{AppendError, BookKey, Hash, ReadError, Store, TreeHead};

/// Most bytes of the records of one batch.
pub const BATCH_BYTES_MAX: u64 = 4 << 20;
/// How often one place of the target is tried before its last error is handed on.
pub const ATTEMPTS_MAX: u32 = 8;

/// What a copy has found and done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Records that the target had before.
    pub before: u64,
    /// Records that this call appended.
    pub copied: u64,
    /// Head that both have; the source may have grown since.
    pub head: TreeHead,
}

/// How far a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Records that the target has and that were compared.
    pub done: u64,
    /// Records that it will have in the end.
    pub of: u64,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} records", self.done, self.of)
    }
}

/// Why a copy has stopped; what the target had is as it was, what was added is the source's.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The source can't be read.
    #[error("copying, reading the source: {0}")]
    Source(#[source] ReadError),
    /// The target can't be read.
    #[error("copying, reading the target: {0}")]
    Target(#[source] ReadError),
    /// The target does not take more records.
    #[error("copying, appending to the target behind {size} records: {error}")]
    Append {
        /// Records that the target is known to have.
        size: u64,
        /// Its answer.
        #[source]
        error: AppendError,
    },
    /// The target has other records than the source.
    #[error(
        "the target is no copy of the source: over the first {size} records its root is \
         {target_root}, the source's {source_root}; copy to an empty store"
    )]
    Diverged {
        /// Number of records that the roots are over.
        size: u64,
        /// The source's root over so many.
        source_root: Hash,
        /// The target's.
        target_root: Hash,
    },
    /// The target has more records than the source.
    #[error(
        "the target has {target_size} records, the source {source_size}; is this the right way \
         round?"
    )]
    TargetAhead {
        /// Records of the source.
        source_size: u64,
        /// Records of the target.
        target_size: u64,
    },
    /// The target has fewer records than it had answered.
    #[error("the target had {answered} records and has {found}; it loses what it has answered")]
    TargetLost {
        /// Records that it had.
        answered: u64,
        /// Records that it has.
        found: u64,
    },
    /// The source gives another record than the one whose turn it is, or none.
    #[error("the source gives {found:?} where record {expected} of {size} belongs; verify it")]
    SourceGap {
        /// Position whose turn it is.
        expected: u64,
        /// Position that came instead.
        found: Option<u64>,
        /// Records that the source states.
        size: u64,
    },
    /// The source's records are not those of its root.
    #[error(
        "the source states the root {stated} over {size} records, {computed} follows from them; \
         verify it, and don't use the target"
    )]
    SourceRoot {
        /// Number of records that the roots are over.
        size: u64,
        /// Root that the source states.
        stated: Hash,
        /// Root that follows from what was read.
        computed: Hash,
    },
}

/// Copies a book; goes on where the target stands.
///
/// # Errors
/// See [`CopyError`]. After `Append` with `Unknown` or `Unavailable` open the target anew where its
/// store wants that, and call again.
pub fn book(
    source: &dyn Store,
    target: &dyn Store,
    book: BookKey,
    progress: &mut dyn FnMut(Progress),
) -> Result<Copied, CopyError> {
    let goal = source.head(book).map_err(CopyError::Source)?;
    let mut copy = Copy { source, target, book, goal, edge: Edge::new(), copied: 0, progress };
    let before = copy.look()?;
    copy.catch_up(before)?;
    copy.go_on()?;
    Ok(Copied { before: before.size, copied: copy.copied, head: copy.edge.head() })
}

/// Copies the activity stream of a book, as [`book`] copies the book.
///
/// # Errors
/// See [`CopyError`].
pub fn activity(
    source: &dyn Store,
    target: &dyn Store,
    key: BookKey,
    progress: &mut dyn FnMut(Progress),
) -> Result<Copied, CopyError> {
    let source = source.activity().map_err(CopyError::Source)?;
    let target = target.activity().map_err(CopyError::Target)?;
    book(&*source, &*target, key, progress)
}

/// A copy under way.
struct Copy<'c> {
    source: &'c dyn Store,
    target: &'c dyn Store,
    book: BookKey,
    /// Head of the source that is copied up to.
    goal: TreeHead,
    /// Edge over the source's records that the target is known to have.
    edge: Edge,
    copied: u64,
    progress: &'c mut dyn FnMut(Progress),
}

/// Records of the source that the target may not have yet.
struct Batch {
    records: Vec<Vec<u8>>,
    /// Edge with them.
    edge: Edge,
}

impl Copy<'_> {
    /// Gives the target's head, if it can be one of the source's.
    fn look(&mut self) -> Result<TreeHead, CopyError> {
        let head = self.target.head(self.book).map_err(CopyError::Target)?;
        if head.size > self.goal.size {
            // Whoever else copies has seen a later head of the source.
            self.goal = self.source.head(self.book).map_err(CopyError::Source)?;
        }
        if head.size > self.goal.size {
            let (source_size, target_size) = (self.goal.size, head.size);
            return Err(CopyError::TargetAhead { source_size, target_size });
        }
        if head.size < self.edge.size() {
            let (answered, found) = (self.edge.size(), head.size);
            return Err(CopyError::TargetLost { answered, found });
        }
        Ok(head)
    }

    /// Reads the source up to a head of the target, and compares there.
    fn catch_up(&mut self, head: TreeHead) -> Result<(), CopyError> {
        let mut edge = self.edge.clone();
        if edge.size() < head.size {
            self.visit(&self.edge, |leaf, _| {
                edge.push(leaf);
                edge.size() < head.size
            })?;
        }
        if edge.size() < head.size {
            return Err(self.gap(edge.size(), None));
        }
        self.check_source(&edge)?;
        if edge.root() != head.root {
            return Err(diverged(&edge, head));
        }
        self.edge = edge;
        Ok(())
    }

    /// Copies batches until the goal is reached.
    fn go_on(&mut self) -> Result<(), CopyError> {
        let mut attempts = 0_u32;
        self.report();
        while self.edge.size() < self.goal.size {
            let size = self.edge.size();
            let batch = self.batch()?;
            let slices: Vec<_> = batch.records.iter().map(Vec::as_slice).collect();
            match self.target.append(self.book, size, &slices) {
                Ok(head) => self.accept(batch, head)?,
                Err(error @ (AppendError::Raced { .. } | AppendError::Unknown(_))) => {
                    attempts = attempts.saturating_add(1);
                    if attempts >= ATTEMPTS_MAX {
                        return Err(CopyError::Append { size, error });
                    }
                    let head = self.look()?;
                    if matches!(error, AppendError::Unknown(_)) && head == batch.edge.head() {
                        self.accept(batch, head)?;
                    } else {
                        self.catch_up(head)?;
                    }
                }
                Err(error) => return Err(CopyError::Append { size, error }),
            }
            if self.edge.size() > size {
                attempts = 0;
            }
            self.report();
        }
        Ok(())
    }

    /// Compares the root over all that is to be copied with what the source states, before the
    /// target gets the last of it.
    fn check_source(&self, edge: &Edge) -> Result<(), CopyError> {
        let (size, stated, computed) = (self.goal.size, self.goal.root, edge.root());
        if edge.size() == size && stated != computed {
            return Err(CopyError::SourceRoot { size, stated, computed });
        }
        Ok(())
    }

    /// Takes a batch that the target has for copied, if the target's head says so.
    fn accept(&mut self, batch: Batch, head: TreeHead) -> Result<(), CopyError> {
        if head != batch.edge.head() {
            return Err(diverged(&batch.edge, head));
        }
        self.copied = self.copied.saturating_add(length(batch.records.len()));
        self.edge = batch.edge;
        Ok(())
    }

    /// Reads the next records: at least one, and no more than the goal.
    fn batch(&self) -> Result<Batch, CopyError> {
        let (mut records, mut bytes) = (Vec::new(), 0_u64);
        let mut edge = self.edge.clone();
        self.visit(&self.edge, |leaf, record| {
            edge.push(leaf);
            bytes = bytes.saturating_add(length(record.len()));
            records.push(record.to_vec());
            edge.size() < self.goal.size
                && bytes < BATCH_BYTES_MAX
                && length(records.len()) < APPEND_RECORDS_MAX
        })?;
        if records.is_empty() {
            return Err(self.gap(edge.size(), None));
        }
        self.check_source(&edge)?;
        Ok(Batch { records, edge })
    }

    /// Visits the source's records behind an edge, in turn, while the visitor wants more.
    fn visit(
        &self,
        edge: &Edge,
        mut visit: impl FnMut(Hash, &[u8]) -> bool,
    ) -> Result<(), CopyError> {
        let mut last = edge.size();
        let mut found = None;
        let from = last.saturating_add(1);
        let answer = self.source.read(self.book, from, &mut |position, record| {
            if position != last.saturating_add(1) {
                found = Some(position);
                return ControlFlow::Break(());
            }
            last = position;
            if visit(leaf_hash(record), record) {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        answer.map_err(CopyError::Source)?;
        found.map_or(Ok(()), |found| Err(self.gap(last, Some(found))))
    }

    fn gap(&self, last: u64, found: Option<u64>) -> CopyError {
        CopyError::SourceGap { expected: last.saturating_add(1), found, size: self.goal.size }
    }

    fn report(&mut self) {
        (self.progress)(Progress { done: self.edge.size(), of: self.goal.size });
    }
}

fn diverged(edge: &Edge, target: TreeHead) -> CopyError {
    CopyError::Diverged { size: target.size, source_root: edge.root(), target_root: target.root }
}

#[cfg(test)]
mod tests;
