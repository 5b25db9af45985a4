//! The one idea behind every figure, and what can go wrong with it.

use tuanzhang_core::{BookId, Event, Head, Position};

/// A fold of events: state that starts empty and only adds.
///
/// Applied to each event of each record in order, from position 1; where it stopped it can go on.
pub trait Projection {
    /// Adds one event of the record with this head.
    fn apply(&mut self, head: &Head, event: &Event);
}

/// Why a record was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FoldError {
    /// A record before or behind the next one.
    #[error("position {found} came where {expected} is next; read on from {expected}")]
    OutOfOrder {
        /// The next one.
        expected: Position,
        /// What came.
        found: Position,
    },
    /// An activity before the book's first record.
    #[error("the book isn't opened yet; fold its first record before its activity")]
    NotOpened,
    /// Several books were merged: there is no one next record.
    #[error(
        "several books were merged, and take no more records; fold each by itself and merge anew"
    )]
    Merged,
}

/// Why two books' facts can't be put together.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MergeError {
    /// Amounts of two currencies have no sum.
    #[error("one book is in {ours}, the other in {theirs}; make a report for each currency")]
    Currency {
        /// Of the facts that were to be added to.
        ours: String,
        /// Of the others.
        theirs: String,
    },
    /// Days of two zones are not the same days.
    #[error(
        "one book's days are those of {ours}, the other's of {theirs}; fold both with one zone"
    )]
    Zone {
        /// Of the facts that were to be added to.
        ours: String,
        /// Of the others.
        theirs: String,
    },
    /// It would be counted twice.
    #[error("book {0} is in both; name each book once")]
    SameBook(BookId),
}

/// Why saved facts can't be gone on with.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RestoreError {
    /// They were folded by another version of the fold.
    #[error("saved by fold version {saved}, this is version {known}; fold the book anew")]
    Version {
        /// Of what was saved.
        saved: u32,
        /// Of this library.
        known: u32,
    },
    /// Their days are those of another zone.
    #[error("saved with days of {saved}, asked for {asked}; fold the book anew")]
    Zone {
        /// Of what was saved.
        saved: String,
        /// The one that was given.
        asked: String,
    },
}
