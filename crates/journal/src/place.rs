//! Names of places in messages, and errors that carry them.

use std::io;

use tuanzhang_log::{Cause, Damage, ReadError};

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
