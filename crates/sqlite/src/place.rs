//! The database as it is called in messages, and what an error of the engine means to a caller.

use rusqlite::ffi;
use tuanzhang_log::{BookKey, Cause, Damage, ReadError};

use crate::rows::Kind;

/// A database, as it is called in messages.
#[derive(Clone, Debug)]
pub(crate) struct Place(pub(crate) String);

impl Place {
    /// Damage in a row: table, whose stream, and where in it.
    pub(crate) fn damaged(
        &self,
        table: &str,
        (book, kind): (BookKey, Kind),
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

    /// An error of the engine where nothing was changed.
    pub(crate) fn fault(&self, attempt: &str, error: rusqlite::Error) -> ReadError {
        if is_damage(&error) {
            let what = format!("{attempt}: {error}");
            return ReadError::Damaged(Damage::new(self.0.clone(), what));
        }
        ReadError::Unavailable(self.cause(attempt, error))
    }

    /// The same for `map_err`.
    pub(crate) fn at<'a>(
        &'a self,
        attempt: &'a str,
    ) -> impl FnOnce(rusqlite::Error) -> ReadError + use<'a> {
        move |error| self.fault(attempt, error)
    }

    pub(crate) fn cause(&self, attempt: &str, error: rusqlite::Error) -> Cause {
        Cause::with(format!("{attempt}, {}", self.0), error)
    }
}

/// Whether an answer to one of our fixed statements can only come from bytes that nobody wrote: the
/// engine says so, a table or column isn't the one that was made, or a row stands where none was.
fn is_damage(error: &rusqlite::Error) -> bool {
    if let rusqlite::Error::SqliteFailure(error, _) | rusqlite::Error::SqlInputError { error, .. } =
        error
    {
        return matches!(
            error.extended_code & 0xff,
            ffi::SQLITE_CORRUPT
                | ffi::SQLITE_NOTADB
                | ffi::SQLITE_ERROR
                | ffi::SQLITE_CONSTRAINT
                | ffi::SQLITE_MISMATCH
                | ffi::SQLITE_FORMAT
        );
    }
    matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..)
            | rusqlite::Error::QueryReturnedNoRows
    )
}
