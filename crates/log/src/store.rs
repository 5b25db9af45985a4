//! The trait that a storage adapter implements, and the plain values around it.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::{AppendError, BookKey, Hash, ReadError, tree};

/// Head of a book: how many records it has and the RFC 6962 root over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TreeHead {
    /// Number of records, which is the position of the last one.
    pub size: u64,
    /// Root of the tree over all of them (size 0: SHA-256 of the empty string).
    pub root: Hash,
}

impl TreeHead {
    /// Head of a book that does not exist yet.
    pub const EMPTY: Self = Self { size: 0, root: tree::EMPTY_ROOT };
}

/// What survives when `append` has returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// Nothing outlives the process.
    Memory,
    /// The death of the process, not of the machine.
    Process,
    /// A power loss.
    Disk,
    /// The loss of a machine.
    Replicated,
}

/// How many processes may append to one book at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writers {
    /// One handle in one process.
    One,
    /// Many; a lost race says so.
    Many,
}

/// What a store promises where stores differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guarantees {
    /// What survives when `append` has returned.
    pub durability: Durability,
    /// How many may append.
    pub writers: Writers,
    /// The same in a sentence for people, with the conditions.
    pub text: &'static str,
}

/// What `verify` has read and found whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Records that were read.
    pub records: u64,
    /// Frames (or rows, or messages) that hold them.
    pub frames: u64,
    /// Stored bytes that were read, the store's own wrapping included.
    pub bytes: u64,
    /// Bytes behind them that nobody vouches for, such as those of an append that was never answered;
    /// the next opening for writing decides about them. 0 while somebody writes.
    pub unvouched: u64,
    /// Head that follows from the bytes that were read.
    pub head: TreeHead,
}

impl Coverage {
    /// Coverage of a book that does not exist.
    pub const EMPTY: Self =
        Self { records: 0, frames: 0, bytes: 0, unvouched: 0, head: TreeHead::EMPTY };
}

/// Receives a position and the record that stands there; breaks when it has seen enough.
pub type Visitor<'v> = dyn FnMut(u64, &[u8]) -> ControlFlow<()> + 'v;

/// The right to append to a book before anybody else: what [`Store::turn`] gives. Dropped, it writes
/// nothing and lets the others go on.
pub trait Turn {
    /// The book's head, which stays the last until this turn ends.
    fn head(&self) -> TreeHead;

    /// Appends behind [`head`](Turn::head) and ends the turn; all else as [`Store::append`]. The caller has
    /// made sure that this head is the one that its records follow from. Without records nothing is
    /// appended; when it returns, what the turn has shown is as durable as an answered append.
    ///
    /// # Errors
    /// As [`Store::append`], and never `Raced`.
    fn append(self: Box<Self>, records: &[&[u8]]) -> Result<TreeHead, AppendError>;
}

/// A place that keeps books. The promises stand at the head of the crate.
pub trait Store: Send + Sync + fmt::Debug {
    /// Says what this store promises where stores differ.
    fn guarantees(&self) -> Guarantees;

    /// Lists the books that have at least one record, each once, in ascending order.
    ///
    /// # Errors
    /// `Unavailable` or `Damaged`.
    fn books(&self) -> Result<Vec<BookKey>, ReadError>;

    /// Gives a book's durable head; size 0 when the book does not exist.
    ///
    /// # Errors
    /// `Unavailable` or `Damaged`.
    fn head(&self, book: BookKey) -> Result<TreeHead, ReadError>;

    /// Appends records, all or none, and returns when they are as durable as [`guarantees`]
    /// says. `expected` is the position of the last record, 0 when the book does not exist
    /// yet. Without records nothing is written, but `expected` is still compared.
    ///
    /// # Errors
    /// Only `Unknown` leaves open whether the records were written; limits are checked
    /// first, then the race.
    ///
    /// [`guarantees`]: Store::guarantees
    fn append(
        &self,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
    ) -> Result<TreeHead, AppendError>;

    /// Waits until nobody else appends to a book, visits the records from position `from` on (0
    /// means 1; a break ends the visits, not the turn), and gives the right to append next: who
    /// lost races takes it and can't lose another. Keep it short, since all others wait. Reads go
    /// on meanwhile; an append that goes round the turn on the same thread waits for itself.
    ///
    /// `None` where a store gives no turns, for instance because it has one writer. A store may show records
    /// in a turn that are as durable as it promises only once the turn has appended, if nothing.
    ///
    /// # Errors
    /// As [`append`](Store::append), but nothing is written; who waits too long is `Unavailable`.
    fn turn<'s>(
        &'s self,
        book: BookKey,
        from: u64,
        visit: &mut Visitor<'_>,
    ) -> Result<Option<Box<dyn Turn + 's>>, AppendError> {
        let _ = (book, from, visit);
        Ok(None)
    }

    /// Gives the record at a position, `None` where there is none (0 included).
    ///
    /// # Errors
    /// `Unavailable` or `Damaged`.
    fn read_one(&self, book: BookKey, position: u64) -> Result<Option<Vec<u8>>, ReadError>;

    /// Visits the records from position `from` on (0 means 1), in order and without gaps,
    /// until the visitor breaks or the head that was durable at the call is reached; records
    /// that become durable meanwhile may be visited as well.
    ///
    /// # Errors
    /// `Unavailable` or `Damaged`; what was visited before the error is sound.
    fn read(&self, book: BookKey, from: u64, visit: &mut Visitor<'_>) -> Result<(), ReadError>;

    /// Reads every byte that the store keeps of the book, checks all checksums, frames and
    /// roots, and says what was covered.
    ///
    /// # Errors
    /// `Damaged` names the first place that is wrong.
    fn verify(&self, book: BookKey) -> Result<Coverage, ReadError>;

    /// Gives the store beside this one that keeps the activity streams of its books, under the
    /// books' own keys and with the same access: the same promises, and nothing of it is ever seen
    /// here. It is a handle of its own, which may outlive this one; until its first append it
    /// costs nothing.
    ///
    /// An activity store has no activity of its own; what it answers here is not promised.
    ///
    /// # Errors
    /// `Unavailable`, also where another handle has the streams open for writing and the store
    /// lets one write at a time; or `Damaged`.
    fn activity(&self) -> Result<Box<dyn Store>, ReadError>;
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<S: Store + ?Sized> Store for $pointer {
            fn guarantees(&self) -> Guarantees {
                (**self).guarantees()
            }
            fn books(&self) -> Result<Vec<BookKey>, ReadError> {
                (**self).books()
            }
            fn head(&self, book: BookKey) -> Result<TreeHead, ReadError> {
                (**self).head(book)
            }
            fn append(
                &self,
                book: BookKey,
                expected: u64,
                records: &[&[u8]],
            ) -> Result<TreeHead, AppendError> {
                (**self).append(book, expected, records)
            }
            fn turn<'s>(
                &'s self,
                book: BookKey,
                from: u64,
                visit: &mut Visitor<'_>,
            ) -> Result<Option<Box<dyn Turn + 's>>, AppendError> {
                (**self).turn(book, from, visit)
            }
            fn read_one(
                &self,
                book: BookKey,
                position: u64,
            ) -> Result<Option<Vec<u8>>, ReadError> {
                (**self).read_one(book, position)
            }
            fn read(
                &self,
                book: BookKey,
                from: u64,
                visit: &mut Visitor<'_>,
            ) -> Result<(), ReadError> {
                (**self).read(book, from, visit)
            }
            fn verify(&self, book: BookKey) -> Result<Coverage, ReadError> {
                (**self).verify(book)
            }
            fn activity(&self) -> Result<Box<dyn Store>, ReadError> {
                (**self).activity()
            }
        }
    )*};
}

forward!(&S, Box<S>, Arc<S>);
