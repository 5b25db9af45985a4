//! How a run ends: done, something found, or a failure that says what, where and what to do.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use tuanzhang_log::{Damage, ReadError};

/// How a run ends that was carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// Exit 0.
    Done,
    /// Exit 1: the check that was asked for found something; it is printed.
    Found,
}

/// Why a run was not carried out, or not to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Exit 2: usage, or input that can't be read.
    #[error("{0}")]
    Input(String),
    /// Exit 2: there is no book; for an audit against a checkpoint that is a finding.
    #[error("{0}")]
    NoBook(String),
    /// Exit 3: the store failed or is in use.
    #[error("{0}")]
    Store(String),
    /// Exit 3: the store holds bytes that nobody wrote; for an audit that is a finding.
    #[error("{0}; {todo}", todo = after_damage(.0))]
    Damaged(Damage),
    /// Exit 3: the results can't be written.
    #[error("can't write the results: {0}; what was answered before is kept")]
    Output(#[from] io::Error),
}

impl Failure {
    pub(crate) fn input(text: impl Into<String>) -> Self {
        Self::Input(text.into())
    }

    pub(crate) fn store(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::Store(chain(error))
    }

    /// A file of the user's that can't be read or written.
    pub(crate) fn file(path: &Path, attempt: &str, error: &io::Error) -> Self {
        Self::Input(format!("can't {attempt} {}: {error}", path.display()))
    }

    /// Whether the reader of standard output went away, as `| head` does.
    pub(crate) fn is_reader_gone(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Input(_) | Self::NoBook(_) => ExitCode::from(2),
            Self::Store(_) | Self::Damaged(_) | Self::Output(_) => ExitCode::from(3),
        }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Damaged(damage) => Self::Damaged(damage),
            ReadError::Unavailable(_) => Self::store(&error),
        }
    }
}

impl From<serde_json::Error> for Failure {
    /// Printing JSON fails only where the writer does.
    fn from(error: serde_json::Error) -> Self {
        Self::Output(error.into())
    }
}

/// What to do where bytes stand that nobody wrote.
fn after_damage(damage: &Damage) -> &'static str {
    if damage.place.starts_with("postgres://") {
        "stop all writers and copy the server's data as it is; `tuanzhang audit` names the first place; \
         restore the newest backup and `tuanzhang copy` from the damaged database what came after it, up to \
         the damage (docs/postgres.md)"
    } else {
        "stop writing, copy the files as they are, and run `tuanzhang audit` on the copy; \
         `tuanzhang salvage` saves what can be read of a journal"
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
