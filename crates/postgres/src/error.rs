//! Why a database can't be opened as a store.

use tuanzhang_log::{Cause, Damage, ReadError};

use crate::place::is_permanent;

/// Why a store was not opened; no record was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL, or a file that it names, can't be used; no server was asked.
    #[error("no address of a database: {0}; write postgres://USER@HOST:PORT/DATABASE")]
    Address(String),
    /// The database has no table of ours.
    #[error(
        "there is no store in {place}; check the database's name or create it with \
         PostgresStore::connect"
    )]
    Missing {
        /// The database.
        place: String,
    },
    /// The tables are not those that were made.
    #[error("database damaged, stop and look: {0}")]
    Damaged(#[source] Damage),
    /// The server refuses, and will until somebody changes what the text names: the database's name, the user,
    /// the password, a right, or a table of another's.
    #[error("the server refuses: {0}")]
    Refused(#[source] Cause),
    /// The server can't be reached, or refuses for now.
    #[error("database unavailable; try again later: {0}")]
    Unavailable(#[source] Cause),
    /// The tables were made by a newer version of this crate.
    #[error(
        "{place} has tables of version {found}, this program knows {known}; use a newer program"
    )]
    NeedsNewerVersion {
        /// The database.
        place: String,
        /// Version in `tuanzhang.schema`.
        found: i64,
        /// Newest version that is known here.
        known: i64,
    },
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(cause) if is_permanent(&cause.to_string()) => {
                Self::Refused(cause)
            }
            ReadError::Unavailable(cause) => Self::Unavailable(cause),
            ReadError::Damaged(damage) => Self::Damaged(damage),
        }
    }
}
