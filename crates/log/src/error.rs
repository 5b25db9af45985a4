//! What can go wrong, told apart by type so that a caller knows what to do next.
//!
//! | variant | was it written? | what to do |
//! |---|---|---|
//! | `Raced` | no | read what was appended in between, decide again |
//! | `Unknown` | perhaps | look whether it is there, or send the same command again |
//! | `Unavailable` | no | try later |
//! | `Damaged` | no | stop; a human looks at the named place |
//! | `TooLarge`, `OtherBook`, `ReadOnly` | no | a mistake of the caller; the same call always fails |

use std::error::Error;
use std::fmt;

use crate::BookKey;

/// What was tried when something failed, and the error beneath if there is one.
#[derive(Debug)]
pub struct Cause {
    attempt: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Cause {
    /// Names what went wrong where nothing lies beneath.
    pub fn new(attempt: impl Into<String>) -> Self {
        Self { attempt: attempt.into(), source: None }
    }

    /// Names what was tried and keeps the error that stopped it.
    pub fn with(
        attempt: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { attempt: attempt.into(), source: Some(source.into()) }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.attempt)?;
        self.source.as_ref().map_or(Ok(()), |source| write!(f, ": {source}"))
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        }
    }
}

/// Stored bytes that are not what was written, and where they lie.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Damage {
    /// File and offset, or table and row: enough to look at the bytes.
    pub place: String,
    /// What was expected there and what was found.
    pub what: String,
    /// Position of the first record that it touches or keeps from being read, where the store knows it.
    pub position: Option<u64>,
}

impl Damage {
    /// Names a place and what is wrong with it.
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into(), position: None }
    }

    /// Names the first record that is touched or can't be read.
    ///
    /// ```
    /// # use tuanzhang_log::Damage;
    /// let damage = Damage::new("book/00000001.seg at offset 56", "no frame starts here").at_position(4);
    /// assert_eq!(damage.position, Some(4));
    /// assert_eq!(damage.to_string(), "book/00000001.seg at offset 56: no frame starts here");
    /// ```
    #[must_use]
    pub fn at_position(self, position: u64) -> Self {
        Self { position: Some(position), ..self }
    }
}

/// Why an append has not been answered with a head.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Another writer was faster; nothing was written.
    #[error(
        "lost a race: expected the last position to be {expected}, it is {actual}; \
         read on from there and decide again"
    )]
    Raced {
        /// The position that the caller took for the last.
        expected: u64,
        /// The last position in the store.
        actual: u64,
    },
    /// The answer is lost; the records may be there or not.
    #[error("unknown whether it was written; look before sending it again: {0}")]
    Unknown(#[source] Cause),
    /// The store can't be reached; nothing was written.
    #[error("store unavailable, nothing was written; try again later: {0}")]
    Unavailable(#[source] Cause),
    /// The store holds bytes that nobody wrote; nothing was added to them.
    #[error("store damaged, stop and look: {0}")]
    Damaged(#[source] Damage),
    /// A limit of the log would be passed; nothing was written.
    #[error("too large: {what} is {actual}, at most {limit}; split it")]
    TooLarge {
        /// The thing that is limited, with its unit.
        what: &'static str,
        /// The most that is taken.
        limit: u64,
        /// What was offered.
        actual: u64,
    },
    /// The store holds one book only, and it is another; nothing was written.
    #[error("this store holds book {holds} and no other, not {asked}; open that book's own store")]
    OtherBook {
        /// The book that lives here.
        holds: BookKey,
        /// The book that was to be appended to.
        asked: BookKey,
    },
    /// The store was opened for reading; nothing was written.
    #[error("opened for reading only; open the store for writing")]
    ReadOnly,
}

/// Why a read has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The store can't be reached.
    #[error("store unavailable; try again later: {0}")]
    Unavailable(#[source] Cause),
    /// The store holds bytes that nobody wrote.
    #[error("store damaged, stop and look: {0}")]
    Damaged(#[source] Damage),
}

impl From<ReadError> for AppendError {
    /// Turns a read that had to come before an append: nothing was written yet.
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(cause) => Self::Unavailable(cause),
            ReadError::Damaged(damage) => Self::Damaged(damage),
        }
    }
}
