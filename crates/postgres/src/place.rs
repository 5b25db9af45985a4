//! The database as it is called in messages, and what an error of the server means to a caller.

use std::error::Error;
use std::fmt::Write;

use tokio_postgres::error::{DbError, Severity, SqlState};
use tuanzhang_log::{Cause, Damage, ReadError};

use crate::rows::Owner;

/// A database, as it is called in messages: without a password.
#[derive(Clone, Debug)]
pub(crate) struct Place(pub(crate) String);

impl Place {
    /// Damage in a row: table, whose stream, and where in it.
    pub(crate) fn damaged(
        &self,
        table: &str,
        (book, kind): Owner,
        position: impl Into<Option<i64>>,
        what: impl Into<String>,
    ) -> ReadError {
        let mut place = format!("{}, {table}, {} of book {book}", self.0, kind.name());
        let position = position.into();
        if let Some(position) = position {
            place.push_str(", position ");
            place.push_str(&position.to_string());
        }
        let damage = Damage::new(place, what);
        ReadError::Damaged(match position.and_then(|position| u64::try_from(position).ok()) {
            Some(position) => damage.at_position(position),
            None => damage,
        })
    }

    /// Damage in a table that no book's name can be read of.
    pub(crate) fn damaged_table(&self, table: &str, what: impl Into<String>) -> ReadError {
        ReadError::Damaged(Damage::new(format!("{}, {table}", self.0), what))
    }

    pub(crate) fn cause(&self, attempt: &str, what: &str) -> Cause {
        Cause::new(format!("{attempt}, {}: {what}", self.0))
    }

    pub(crate) fn unavailable(&self, attempt: &str, what: &str) -> ReadError {
        ReadError::Unavailable(self.cause(attempt, what))
    }

    /// A fault of a statement that changes nothing, or whose changes don't matter.
    pub(crate) fn fault(&self, attempt: &str, fault: &Fault) -> ReadError {
        match fault {
            Fault::Refused(error) if is_damage(error) => {
                let table = match (error.schema(), error.table()) {
                    (Some(schema), Some(table)) => format!("{}, {schema}.{table}", self.0),
                    _ => self.0.clone(),
                };
                ReadError::Damaged(Damage::new(table, format!("{attempt}: {}", told(error))))
            }
            Fault::Unsent(_) | Fault::Refused(_) | Fault::Lost(_) => {
                self.unavailable(attempt, &fault.to_string())
            }
        }
    }

    /// The same for `map_err`.
    pub(crate) fn at<'a>(&'a self, attempt: &'a str) -> impl FnOnce(Fault) -> ReadError + use<'a> {
        move |fault| self.fault(attempt, &fault)
    }
}

/// Why a statement has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// It was not sent.
    #[error("{0}")]
    Unsent(String),
    /// The server has refused it, and has rolled back what it did.
    #[error("{}", told(.0))]
    Refused(Box<DbError>),
    /// It was sent, and what became of it isn't known.
    #[error("{0}")]
    Lost(String),
}

impl Fault {
    /// Sorts an error of a statement that was sent.
    pub(crate) fn of(error: tokio_postgres::Error) -> Self {
        let text = chain(&error);
        let source = error.into_source().and_then(|source| source.downcast::<DbError>().ok());
        match source {
            Some(error) if is_rolled_back(&error) => Self::Refused(error),
            _ => Self::Lost(text),
        }
    }

    /// The server's code for why it has refused.
    pub(crate) fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Refused(error) => Some(error.code()),
            Self::Unsent(_) | Self::Lost(_) => None,
        }
    }

    /// Another statement was faster, and this one may be sent again.
    pub(crate) fn is_conflict(&self) -> bool {
        self.code().is_some_and(|code| {
            [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code)
        })
    }
}

/// Whether an error is one after which nothing of a statement is left. The server's `ERROR` says that it
/// has rolled back; its `FATAL` may come when the commit has been written, and a pooler's errors say
/// only that the server was lost.
fn is_rolled_back(error: &DbError) -> bool {
    let class = error.code().code().get(..2).unwrap_or_default();
    let unsure = [SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN, SqlState::SYSTEM_ERROR];
    error.parsed_severity() == Some(Severity::Error)
        && !matches!(class, "08" | "00" | "01")
        && (class != "57" || *error.code() == SqlState::QUERY_CANCELED)
        && !unsure.contains(error.code())
}

/// Whether an answer to one of our fixed statements can only come from bytes that nobody wrote: the
/// server says so, a table or column isn't the one that was made, or a row stands where none was.
fn is_damage(error: &DbError) -> bool {
    [
        SqlState::DATA_CORRUPTED,
        SqlState::INDEX_CORRUPTED,
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_COLUMN,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::DATATYPE_MISMATCH,
        SqlState::INVALID_SCHEMA_NAME,
        SqlState::UNIQUE_VIOLATION,
        SqlState::NOT_NULL_VIOLATION,
        SqlState::CHECK_VIOLATION,
    ]
    .contains(error.code())
}

/// What the server answers where trying again changes nothing, and what to do.
const ADVICE: [(SqlState, &str); 6] = [
    (SqlState::INVALID_CATALOG_NAME, "check the database's name, or make it with createdb"),
    (SqlState::INVALID_PASSWORD, "check user and password"),
    (
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        "check the user in the URL, and the server's pg_hba.conf",
    ),
    (
        SqlState::INSUFFICIENT_PRIVILEGE,
        "have its owner grant the role what docs/postgres.md lists under Roles",
    ),
    (
        SqlState::DUPLICATE_TABLE,
        "the schema tuanzhang has a table that isn't of this program; look into it, or use another database",
    ),
    (
        SqlState::DUPLICATE_FUNCTION,
        "the schema tuanzhang has a function that isn't of this program; look into it, or use another \
         database",
    ),
];
const NO_PASSWORD: &str = "the server wants a password: give one in the environment variable PGPASSWORD (the \
    program) or with Options::password (the library)";

/// Whether an error is one after which trying again changes nothing; it then says what to do.
pub(crate) fn is_permanent(text: &str) -> bool {
    ADVICE.iter().any(|(_, advice)| text.contains(advice)) || text.contains(NO_PASSWORD)
}

/// What the server says, with its code, and what it says besides.
fn told(error: &DbError) -> String {
    let mut text =
        format!("{}: {} (SQLSTATE {})", error.severity(), error.message(), error.code().code());
    for more in [error.detail(), error.hint()].into_iter().flatten() {
        let _ = write!(text, "; {more}");
    }
    if let Some((_, advice)) = ADVICE.iter().find(|(code, _)| code == error.code()) {
        let _ = write!(text, "; {advice}");
    }
    text
}

/// An error and those beneath it.
pub(crate) fn chain(error: &tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return told(error);
    }
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    // The client has no other sign for it.
    if text.ends_with("password missing") {
        let _ = write!(text, "; {NO_PASSWORD}");
    }
    text
}
