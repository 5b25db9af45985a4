//! Why a journal can't be opened or closed.

use std::path::PathBuf;

use tuanzhang_log::{Cause, Damage, ReadError};

/// Why a journal was not opened; nothing was changed in its records.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another handle has it open for writing, in this process or another.
    #[error("journal {place} is open for writing elsewhere; close it there or open read-only")]
    Locked {
        /// The journal's directory.
        place: String,
    },
    /// There is no such directory.
    #[error("there is no journal in {path}; check the path or create it with Journal::at")]
    Missing {
        /// The path that was asked for.
        path: PathBuf,
    },
    /// The files hold bytes that nobody wrote.
    #[error("journal damaged, stop and look: {0}")]
    Damaged(#[source] Damage),
    /// The file system refuses.
    #[error("journal unavailable; try again later: {0}")]
    Unavailable(#[source] Cause),
    /// The files were written by a newer version of this crate.
    #[error("journal has format version {found}, this program knows {known}; use a newer program")]
    NeedsNewerVersion {
        /// Version in the files.
        found: u32,
        /// Newest version that is known here.
        known: u32,
    },
    /// The directory lies on a network file system, where locks and syncs can't be relied on.
    #[error("{} lies on a network file system ({kind}); put it on a local disk", path.display())]
    NetworkFileSystem {
        /// The path that was asked for.
        path: PathBuf,
        /// The kind of file system.
        kind: String,
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

/// Why closing has not trimmed the journal; every answered record is there all the same.
#[derive(Debug, thiserror::Error)]
#[error("journal not closed cleanly, nothing is lost; open it again: {0}")]
pub struct CloseError(#[source] pub Cause);
