use tuanzhang_core::book::Inconsistent;
use tuanzhang_core::{Position, RulesVersion};

/// Why an export ended before it was whole.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// What takes the text refused.
    #[error("cannot write: {0}; make room or choose another place, and export again")]
    Io(#[from] std::io::Error),
    /// Records must come one after the other, from position 1.
    #[error(
        "record {given} came where record {expected} was due; feed records in order, from position 1"
    )]
    OutOfOrder {
        /// The position that came.
        given: Position,
        /// The position that was due.
        expected: Position,
    },
    /// There is no book yet that this could belong to.
    #[error("no record opened a book; feed the book's records, from position 1")]
    NoBook,
    /// A record doesn't follow from those before it.
    #[error(transparent)]
    Inconsistent(#[from] Inconsistent),
    /// A record's date is none that the tools can read.
    #[error(
        "record {position} lies outside of the years 1 to 9999, which is all that beancount can date"
    )]
    Undated {
        /// Where.
        position: Position,
    },
    /// No command that can be written as JSON gives this record.
    #[error(
        "no command line gives record {position}: {why}; `tuanzhang copy` takes any book as it is"
    )]
    NotALine {
        /// Where.
        position: Position,
        /// Why not.
        why: String,
    },
    /// A record follows arithmetic that commands are no longer decided by.
    #[error(
        "record {position} follows rules version {}, and commands are decided by {} today: they would not give the \
         same record; `tuanzhang copy` takes the book as it is",
        found.0, RulesVersion::CURRENT.0
    )]
    OtherRules {
        /// Where.
        position: Position,
        /// Which arithmetic.
        found: RulesVersion,
    },
}
