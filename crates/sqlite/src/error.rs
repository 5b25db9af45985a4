//! Why a database can't be opened as a store.

use std::path::PathBuf;

use tuanzhang_log::{Cause, Damage, ReadError};

/// Why a store was not opened; no record was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no such file, or, for reading, no table of ours in it.
    #[error(
        "there is no store in {}; check the path or create it with SqliteStore::at", path.display()
    )]
    Missing {
        /// The path that was asked for.
        path: PathBuf,
    },
    /// The file is no database, or its tables are not those that were made.
    #[error("database damaged, stop and look: {0}")]
    Damaged(#[source] Damage),
    /// The engine or the file system refuses.
    #[error("database unavailable; try again later: {0}")]
    Unavailable(#[source] Cause),
    /// The tables were made by a newer version of this crate.
    #[error(
        "{place} has tables of version {found}, this program knows {known}; use a newer program"
    )]
    NeedsNewerVersion {
        /// The database.
        place: String,
        /// Version in `tuanzhang_schema`.
        found: i64,
        /// Newest version that is known here.
        known: i64,
    },
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(cause) => Self::Unavailable(cause),
            ReadError::Damaged(damage) => Self::Damaged(damage),
        }
    }
}
