use std::path::PathBuf;

use tuanzhang_core::{BookId, Position};

/// Why an export ended before it was whole.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file system refused.
    #[error("cannot write {}: {source}; make room or choose another folder, and export again", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// Another export of the same book into the same folder runs.
    #[error(
        "book {book} is being exported into {} by another process; wait for it, or choose another folder",
        folder.display()
    )]
    Busy {
        /// Which folder.
        folder: PathBuf,
        /// Which book.
        book: BookId,
    },
    /// The folder belongs to a journal, where only its book's files may be.
    #[error(
        "{} is or lies in {}, the journal of a book; choose another folder",
        folder.display(), journal.display()
    )]
    Journal {
        /// Which folder.
        folder: PathBuf,
        /// Where the journal is.
        journal: PathBuf,
    },
    /// A value doesn't fit into its file.
    #[error("cannot write {}: {source}", path.display())]
    Parquet {
        /// Which file.
        path: PathBuf,
        /// What was wrong.
        source: parquet::errors::ParquetError,
    },
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
    #[error("no record opened a book yet; feed the book's records first, from position 1")]
    NoBook,
    /// An event names what no record before it wrote.
    #[error("record {position} names {what} that no record wrote; audit the book")]
    Unknown {
        /// Where.
        position: Position,
        /// What is missing.
        what: &'static str,
    },
}
