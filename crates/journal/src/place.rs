//! Places in the files of a journal, their names in messages, and errors that carry them.

use std::{fmt, io};

use tuanzhang_log::{Cause, Damage, ReadError};

use crate::format::segment_name;

/// A place among the frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    /// Number of a segment, from 1.
    pub(crate) segment: u32,
    /// Offset in it.
    pub(crate) offset: u64,
}

impl Spot {
    /// Where the first frame stands.
    pub(crate) const START: Self = Self { segment: 1, offset: 0 };
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.offset, segment_name(self.segment))
    }
}

/// The folder of a journal, as it is called in messages.
#[derive(Clone, Debug)]
pub(crate) struct Place(pub(crate) String);

impl Place {
    /// Damage in a file at an offset.
    pub(crate) fn damage(&self, file: &str, offset: u64, what: impl Into<String>) -> Damage {
        Damage::new(format!("{}/{file} at offset {offset}", self.0), what)
    }

    /// The same as the answer of a read.
    pub(crate) fn damaged(&self, file: &str, offset: u64, what: impl Into<String>) -> ReadError {
        ReadError::Damaged(self.damage(file, offset, what))
    }

    /// Damage at a place among the frames.
    pub(crate) fn damaged_at(&self, at: Spot, what: impl Into<String>) -> ReadError {
        self.damaged(&segment_name(at.segment), at.offset, what)
    }

    /// Damage at a place among the frames, of which this is the first record that it touches.
    pub(crate) fn damaged_from(
        &self,
        at: Spot,
        position: u64,
        what: impl Into<String>,
    ) -> ReadError {
        let damage = self.damage(&segment_name(at.segment), at.offset, what);
        ReadError::Damaged(damage.at_position(position))
    }

    /// An error of the file system.
    pub(crate) fn cause(&self, attempt: &str, file: &str, error: io::Error) -> Cause {
        Cause::with(format!("{attempt} {}/{file}", self.0), error)
    }

    /// A read that the file system refused.
    pub(crate) fn unreadable<'a>(
        &'a self,
        file: &'a str,
    ) -> impl FnOnce(io::Error) -> ReadError + use<'a> {
        move |error| ReadError::Unavailable(self.cause("reading", file, error))
    }
}
