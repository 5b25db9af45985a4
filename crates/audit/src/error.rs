//! Why an audit couldn't be carried out. What is wrong with a book is a finding, never an error.

use tuanzhang_log::{Cause, ReadError};

/// Why an audit couldn't be carried out.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The store can't be reached.
    #[error("store unavailable; try again later: {0}")]
    Unavailable(#[source] Cause),
    /// A thread of the audit panicked: an error in this library.
    #[error("{0} panicked; report it, with the book if you may")]
    Panicked(&'static str),
}

impl From<ReadError> for AuditError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(cause) => Self::Unavailable(cause),
            ReadError::Damaged(damage) => Self::Unavailable(Cause::new(damage.to_string())),
        }
    }
}

/// An error and what lies beneath it, each said once.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut beneath = error.source();
    while let Some(cause) = beneath {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        beneath = cause.source();
    }
    text
}
