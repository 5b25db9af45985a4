//! Why a batch has no record, told apart so that a caller knows what to do next: as `ExecuteError`.

use std::sync::Arc;

use tuanzhang_core::{BatchId, Position, Time};
use tuanzhang_log::{AppendError, Cause, Damage, ReadError};

use crate::error::RecordsError;

/// What is wrong with a batch. The same batch is always refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ActivityRefusal {
    /// There is nothing to record.
    #[error("batch {batch} has no entries; record nothing instead")]
    Empty {
        /// The batch.
        batch: BatchId,
    },
    /// Something happened later than it is recorded.
    #[error(
        "entry {entry} of batch {batch} happened at {at}, after {recorded_at}, when it is recorded; look \
         at the clock that gave its time"
    )]
    NotYet {
        /// The batch.
        batch: BatchId,
        /// The entry in the batch, from 0.
        entry: usize,
        /// Its time.
        at: Time,
        /// The record's.
        recorded_at: Time,
    },
    /// The id belongs to a batch of other entries.
    #[error(
        "batch {batch} was recorded at position {position} with other entries; give this one an id of its own"
    )]
    IdReused {
        /// The batch.
        batch: BatchId,
        /// Where the first one stands, or would stand had this call been accepted.
        position: Position,
    },
    /// More than one append takes.
    #[error("too large: {what} is {actual}, at most {limit}; send less at once")]
    TooLarge {
        /// The thing that is limited, with its unit.
        what: &'static str,
        /// The most that is taken.
        limit: u64,
        /// What was offered.
        actual: u64,
    },
}

impl ActivityRefusal {
    /// A stable word for it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "empty_batch",
            Self::NotYet { .. } => "not_yet",
            Self::IdReused { .. } => "id_reused",
            Self::TooLarge { .. } => "too_large",
        }
    }
}

/// Why a batch has no record.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ActivityError {
    /// The batch can't be recorded; no trace is left.
    #[error("refused ({code}): {0}", code = .0.code())]
    Refused(#[source] ActivityRefusal),
    /// The store's answer was lost: the record may be there or not.
    #[error("unknown whether it was recorded; send the same batch again, it finds out: {cause}")]
    Unknown {
        /// What was lost.
        #[source]
        cause: Arc<Cause>,
    },
    /// The store can't be reached; nothing was written.
    #[error("nothing was recorded; retry later: {cause}")]
    Unavailable {
        /// What stood in the way.
        #[source]
        cause: Arc<Cause>,
    },
    /// The store holds something that nobody wrote.
    #[error("the activity stream is damaged; stop, keep the files, run an audit: {damage}")]
    Damaged {
        /// Where, and what.
        #[source]
        damage: Damage,
    },
}

impl ActivityError {
    /// The refusal, where it is one.
    pub const fn refusal(&self) -> Option<&ActivityRefusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Unknown { .. } | Self::Unavailable { .. } | Self::Damaged { .. } => None,
        }
    }

    pub(crate) fn unavailable(cause: Cause) -> Self {
        Self::Unavailable { cause: Arc::new(cause) }
    }

    pub(crate) fn damaged(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Damaged { damage: Damage::new(place, what) }
    }
}

impl From<ActivityRefusal> for ActivityError {
    fn from(refusal: ActivityRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ReadError> for ActivityError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(cause) => Self::unavailable(cause),
            ReadError::Damaged(damage) => Self::Damaged { damage },
        }
    }
}

impl From<RecordsError> for ActivityError {
    fn from(error: RecordsError) -> Self {
        match error {
            RecordsError::Store(error) => error.into(),
            RecordsError::Decode { position, source } => {
                Self::damaged(format!("activity record {position}"), source.to_string())
            }
            error @ RecordsError::NeedsNewerVersion { .. } => {
                Self::unavailable(Cause::with("reading what another program wrote", error))
            }
            RecordsError::Misplaced { expected, found } => {
                let what = format!("it says it is record {found}");
                Self::damaged(format!("activity record {expected}"), what)
            }
        }
    }
}

impl From<AppendError> for ActivityError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Unknown(cause) => Self::Unknown { cause: Arc::new(cause) },
            AppendError::Unavailable(cause) => Self::unavailable(cause),
            AppendError::Damaged(damage) => Self::Damaged { damage },
            AppendError::TooLarge { what, limit, actual } => {
                ActivityRefusal::TooLarge { what, limit, actual }.into()
            }
            error @ (AppendError::Raced { .. }
            | AppendError::OtherBook { .. }
            | AppendError::ReadOnly) => Self::unavailable(Cause::with("appending", error)),
        }
    }
}
