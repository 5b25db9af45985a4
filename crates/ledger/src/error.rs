//! What can go wrong, told apart by type so that a caller knows what to do next.
//!
//! | `ExecuteError` | was it written? | what to do |
//! |---|---|---|
//! | `Refused` | no | don't retry; tell the user why |
//! | `Unknown` | perhaps | send the same command again: it finds out |
//! | `Unavailable` | no | retry later |
//! | `Damaged` | no | stop; a human looks at the named place |
//!
//! A lost race is no error here: the batch is decided again on what the winner wrote.

use std::sync::Arc;

use tuanzhang_core::book::Inconsistent;
use tuanzhang_core::{BookId, Position, Rejection};
use tuanzhang_log::{AppendError, BookKey, Cause, Damage, ReadError};
use tuanzhang_wire::{DecodeError, EncodeError};

use crate::request::Done;

/// Why a command has no record.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ExecuteError {
    /// A rule refuses it; no trace is left.
    #[error("refused ({code}): {0}", code = .0.code())]
    Refused(#[source] Rejection),
    /// The store's answer was lost: the record may be there or not.
    #[error("unknown whether it was recorded; send the same command again, it finds out: {cause}")]
    Unknown {
        /// What was lost.
        #[source]
        cause: Arc<Cause>,
    },
    /// The store can't be reached, or too much is waiting; nothing was written.
    #[error("nothing was recorded; retry later: {cause}")]
    Unavailable {
        /// What stood in the way.
        #[source]
        cause: Arc<Cause>,
    },
    /// The store holds something that nobody wrote, or that doesn't follow; the handle writes no more.
    #[error("the book is damaged; stop, keep the files, run an audit: {damage}")]
    Damaged {
        /// Where, and what.
        #[source]
        damage: Damage,
    },
}

impl ExecuteError {
    /// The rule's refusal, where it is one.
    pub const fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Refused(rejection) => Some(rejection),
            Self::Unknown { .. } | Self::Unavailable { .. } | Self::Damaged { .. } => None,
        }
    }

    /// Whether sending the same command again can help: at once for `Unknown`, later for `Unavailable`.
    pub const fn can_retry(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Damaged { .. } => false,
            Self::Unknown { .. } | Self::Unavailable { .. } => true,
        }
    }

    pub(crate) fn unknown(cause: Cause) -> Self {
        Self::Unknown { cause: Arc::new(cause) }
    }

    pub(crate) fn unavailable(cause: Cause) -> Self {
        Self::Unavailable { cause: Arc::new(cause) }
    }

    pub(crate) fn damaged(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Damaged { damage: Damage::new(place, what) }
    }
}

impl From<Rejection> for ExecuteError {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(rejection)
    }
}

impl From<ReadError> for ExecuteError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(cause) => Self::unavailable(cause),
            ReadError::Damaged(damage) => Self::Damaged { damage },
        }
    }
}

impl From<RecordsError> for ExecuteError {
    fn from(error: RecordsError) -> Self {
        match error {
            RecordsError::Store(error) => error.into(),
            RecordsError::Decode { position, source } => {
                Self::damaged(format!("record {position}"), source.to_string())
            }
            error @ RecordsError::NeedsNewerVersion { .. } => {
                Self::unavailable(Cause::with("reading what another program wrote", error))
            }
            RecordsError::Misplaced { expected, found } => {
                Self::damaged(format!("record {expected}"), format!("it says it is record {found}"))
            }
        }
    }
}

impl From<EncodeError> for ExecuteError {
    fn from(error: EncodeError) -> Self {
        Self::unavailable(Cause::with("encoding a record", error))
    }
}

impl From<Inconsistent> for ExecuteError {
    fn from(error: Inconsistent) -> Self {
        Self::damaged(format!("record {}", error.position), error.what)
    }
}

/// What an append failed with, where it isn't a lost race.
pub(crate) fn append_failure(error: AppendError) -> ExecuteError {
    match error {
        AppendError::Unknown(cause) => ExecuteError::unknown(cause),
        AppendError::Unavailable(cause) => ExecuteError::unavailable(cause),
        AppendError::Damaged(damage) => ExecuteError::Damaged { damage },
        error @ (AppendError::Raced { .. }
        | AppendError::TooLarge { .. }
        | AppendError::OtherBook { .. }
        | AppendError::ReadOnly) => ExecuteError::unavailable(Cause::with("appending", error)),
    }
}

/// A store without records that it once had: what follows from them can't be written behind others.
pub(crate) fn shrunk(key: BookKey, known: u64, found: u64) -> AppendError {
    let what = format!(
        "{known} records were read, and now the last is {found}: an older copy was put back, or a standby \
         without all of them was promoted"
    );
    AppendError::Damaged(Damage::new(format!("book {key}"), what))
}

/// Why not all of `execute_many`'s requests have an answer. Send the same requests again: those that
/// were recorded are answered as repeated.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{} requests were answered, the next was not: {error}", .answered.len())]
pub struct ManyError {
    /// The answers to the first requests, durable.
    pub answered: Vec<Result<Done, Rejection>>,
    /// What happened to the others; never `Refused`.
    #[source]
    pub error: ExecuteError,
}

/// Why stored records can't be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// The store can't give its bytes.
    #[error(transparent)]
    Store(#[from] ReadError),
    /// Bytes that are no record.
    #[error("record {position} can't be decoded; run an audit: {source}")]
    Decode {
        /// The record.
        position: Position,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// A record that a newer version wrote.
    #[error("record {position} was written by a newer version; use that one: {source}")]
    NeedsNewerVersion {
        /// The record.
        position: Position,
        /// What this version doesn't know.
        source: DecodeError,
    },
    /// A record that stands in another one's place.
    #[error("record {found} stands in the place of record {expected}; run an audit")]
    Misplaced {
        /// The place.
        expected: Position,
        /// What the record says.
        found: Position,
    },
}

/// Why a book can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store can't give its bytes.
    #[error(transparent)]
    Store(#[from] ReadError),
    /// Bytes that are no record.
    #[error("record {position} can't be decoded; run an audit: {source}")]
    Decode {
        /// The record.
        position: Position,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// A record that a newer version wrote.
    #[error("record {position} was written by a newer version; use that one: {source}")]
    NeedsNewerVersion {
        /// The record.
        position: Position,
        /// What this version doesn't know.
        source: DecodeError,
    },
    /// A record that stands in another one's place.
    #[error("record {found} stands in the place of record {expected}; run an audit")]
    Misplaced {
        /// The place.
        expected: Position,
        /// What the record says.
        found: Position,
    },
    /// A record that doesn't follow from the ones before it.
    #[error(transparent)]
    Inconsistent(#[from] Inconsistent),
    /// The store has no book yet whose activity it could be.
    #[error("there is no book in this store yet; the first command is open_book")]
    NoBook,
    /// The store keeps several books.
    #[error("this store keeps {} books; name one with open_book", .books.len())]
    ManyBooks {
        /// Their keys.
        books: Vec<BookKey>,
    },
    /// The first record opens another book than the one that the store keeps it as.
    #[error("the store keeps this as book {asked}, its first record opens {found}; run an audit")]
    OtherBook {
        /// The store's key.
        asked: BookKey,
        /// The id in the first record.
        found: BookId,
    },
}

impl From<RecordsError> for OpenError {
    fn from(error: RecordsError) -> Self {
        match error {
            RecordsError::Store(error) => Self::Store(error),
            RecordsError::Decode { position, source } => Self::Decode { position, source },
            RecordsError::NeedsNewerVersion { position, source } => {
                Self::NeedsNewerVersion { position, source }
            }
            RecordsError::Misplaced { expected, found } => Self::Misplaced { expected, found },
        }
    }
}
