use std::io;
use std::path::PathBuf;

use super::{FILE_BYTES_MAX, REJECTS_MAX, ROWS_MAX};

/// Why a file is not imported. Nothing has been written when one of these appears.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    /// The file can't be opened.
    #[error("{}: {source}; check the path and that the file may be read", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Reading failed.
    #[error("line {line}: {source}; nothing was imported, try again")]
    Read {
        /// The line that was being read.
        line: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The compressed file ends before its end.
    #[error(
        "line {line}: the compressed file ends here, before its end; nothing was imported, get a whole copy"
    )]
    Truncated {
        /// The line that was being read.
        line: u64,
    },
    /// The compressed file is damaged.
    #[error(
        "line {line}: the compressed file is damaged ({source}); nothing was imported, get a whole copy"
    )]
    Damaged {
        /// The line that was being read.
        line: u64,
        /// What the decompressor said.
        source: io::Error,
    },
    /// The first line isn't the format's.
    #[error(
        "line 1: expected the header `{expected}`, found `{found}`; is this an online-retail file?"
    )]
    Header {
        /// What it should be.
        expected: &'static str,
        /// What it is, shortened.
        found: String,
    },
    /// The line that names the columns can't be read.
    #[error("line 1: the header can't be read: {reason}; for a file without one give --no-header")]
    BadHeader {
        /// What is wrong with it.
        reason: String,
    },
    /// A column is asked for that the file doesn't have.
    #[error(
        "line 1: there is no column {column} for {field}; the file has {found}; see --map and --no-header"
    )]
    NoColumn {
        /// What it is for.
        field: &'static str,
        /// Its name or number.
        column: String,
        /// What there is, shortened.
        found: String,
    },
    /// Two columns of one name.
    #[error("line 1: two columns are called {column}; map {field} by another name or rename one")]
    TwoColumns {
        /// What it is for.
        field: &'static str,
        /// The name.
        column: String,
    },
    /// A field that every row needs has no column.
    #[error("no column gives {field}; name one with --map {field}=COLUMN{or}")]
    Unmapped {
        /// The field.
        field: &'static str,
        /// Another way out.
        or: &'static str,
    },
    /// An id that is the app's own number, and no namespace to make a UUID of it.
    #[error(
        "line {line}: {field} {text:?} is no UUID; give --namespace UUID, a secret one that is always the \
         same, and ids are derived from it"
    )]
    NoNamespace {
        /// The line.
        line: u64,
        /// Whose id it is.
        field: &'static str,
        /// What stands there, shortened.
        text: String,
    },
    /// What was read can't be kept: it has no reason to.
    #[error("what was read was lost ({0}); nothing more is written, report this as a bug")]
    Lost(String),
    /// The file is larger than any import.
    #[error(
        "line {line}: more than {FILE_BYTES_MAX} bytes or {ROWS_MAX} rows; nothing was imported, import it month by month"
    )]
    TooLarge {
        /// The line that was being read.
        line: u64,
    },
    /// Row after row can't be used.
    #[error(
        "line {line}: more than {REJECTS_MAX} rows can't be used; nothing was imported, the last reason was: {reason}"
    )]
    TooManyRejects {
        /// The last of them.
        line: u64,
        /// Why that one.
        reason: String,
    },
    /// The book is kept in another currency.
    #[error(
        "the book is kept in {code} with {decimals} decimals, the file is in GBP with 3; nothing was written, import into a book of its own"
    )]
    OtherCurrency {
        /// The book's.
        code: String,
        /// The book's.
        decimals: u8,
    },
    /// A month of the file has other items than the book's campaign of that month.
    #[error(
        "{month}: the book's campaign has {in_book} items, the file's month has {in_file}, and they differ first at {first}; \
         nothing was written: a campaign's items never change, so import the month whole, into a new book"
    )]
    OtherItems {
        /// Like 2010-12.
        month: String,
        /// The first item that differs: of the file, else of the book.
        first: String,
        /// Items there.
        in_file: usize,
        /// Items here.
        in_book: usize,
    },
}

impl ImportError {
    /// What an error of the reader means at a line.
    pub(super) fn reading(line: u64, source: io::Error, compressed: bool) -> Self {
        let kind = source.kind();
        if compressed && kind == io::ErrorKind::UnexpectedEof {
            Self::Truncated { line }
        } else if compressed
            && matches!(kind, io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
        {
            Self::Damaged { line, source }
        } else {
            Self::Read { line, source }
        }
    }
}
