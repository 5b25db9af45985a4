//! A turn: the appending connection in a transaction of its own, begun before anybody decides.

use std::sync::MutexGuard;

use rusqlite::Connection;
use tuanzhang_log::{
    AppendError, BookKey, Cause, ReadError, TreeHead, Turn, Visitor, check_limits,
};

use crate::append::{Ended, append_and_commit};
use crate::connection::begin;
use crate::read;
use crate::rows::{Kind, Stream};
use crate::store::{Shared, Writer};

/// The appending connection in its transaction; nobody else writes to the file meanwhile.
pub(crate) struct SqliteTurn<'s> {
    shared: &'s Shared,
    writer: MutexGuard<'s, Writer>,
    stream: (BookKey, Kind),
    head: TreeHead,
}

impl<'s> SqliteTurn<'s> {
    /// Begins the transaction and lets the visitor see.
    pub(crate) fn take(
        shared: &'s Shared,
        mut writer: MutexGuard<'s, Writer>,
        stream: (BookKey, Kind),
        from: u64,
        visit: &mut Visitor<'_>,
    ) -> Result<Self, AppendError> {
        let Shared { place, wait, .. } = shared;
        let connection = writer.connection(shared)?;
        let begun = begin(connection, *wait).map_err(place.at("beginning a turn"));
        // From here on what goes wrong rolls back, since it drops the turn.
        let mut turn = Self { shared, writer, stream, head: TreeHead::EMPTY };
        begun?;
        let on = turn.connection()?;
        let found = Stream::find(on, place, stream.0, stream.1)?;
        if let Some(stream) = found {
            let chunk = |next, bytes| Ok(read::chunk(on, place, &stream, next, bytes));
            read::visit_from(from, stream.head.size, visit, chunk)?;
            turn.head = stream.head;
        }
        Ok(turn)
    }

    fn connection(&self) -> Result<&Connection, ReadError> {
        let none = || ReadError::Unavailable(Cause::new("no connection"));
        self.writer.open.as_ref().ok_or_else(none)
    }
}

impl Turn for SqliteTurn<'_> {
    fn head(&self) -> TreeHead {
        self.head
    }

    fn append(mut self: Box<Self>, records: &[&[u8]]) -> Result<TreeHead, AppendError> {
        check_limits(records)?;
        let (shared, stream, size) = (self.shared, self.stream, self.head.size);
        let ended = append_and_commit(self.connection()?, &shared.place, stream, size, records);
        self.writer.end(shared, ended)
    }
}

impl Drop for SqliteTurn<'_> {
    fn drop(&mut self) {
        if let Some(connection) = &self.writer.open
            && !connection.is_autocommit()
        {
            let ended = Ended::before(connection, Ok(TreeHead::EMPTY));
            // What was written is nothing, so the answer is of no interest.
            drop(self.writer.end(self.shared, ended));
        }
    }
}
