//! Connections, and what the engine says of itself once they are set up.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, ffi};
use tuanzhang_log::{Durability, Guarantees, ReadError, Writers};

use crate::identity::Identity;
use crate::place::Place;

/// How often the mode is set while others have the file: each time it waits for them first.
const ATTEMPTS_MAX: u32 = 16;
/// How long one try to begin a transaction waits.
const TRY: Duration = Duration::from_millis(1);
/// `PRAGMA synchronous`: the log is synced at every commit. More (3) is as good.
const FULL: i64 = 2;

/// Where a database is.
#[derive(Debug)]
pub(crate) enum Home {
    /// A path, and which file was there when it was opened first.
    File(PathBuf, OnceLock<Identity>),
    /// In this process, on one connection.
    Memory,
}

impl Home {
    pub(crate) fn at(path: &Path) -> Self {
        if path.as_os_str() == ":memory:" {
            return Self::Memory;
        }
        Self::File(path.to_owned(), OnceLock::new())
    }

    pub(crate) fn place(&self) -> Place {
        match self {
            Self::File(path, _) => Place(path.display().to_string()),
            Self::Memory => Place(":memory:".to_owned()),
        }
    }

    fn open(&self, flags: OpenFlags, wait: Duration) -> Result<Connection, ReadError> {
        let place = self.place();
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = match self {
            Self::File(path, _) => Connection::open_with_flags(path, flags),
            Self::Memory => Connection::open_in_memory_with_flags(flags),
        };
        let connection = opened.map_err(place.at("opening"))?;
        self.is_still_there()?;
        connection.busy_timeout(wait).map_err(place.at("opening"))?;
        connection.set_prepared_statement_cache_capacity(32);
        // Reads look at a page's cells before they follow them.
        set(&connection, &place, "cell_size_check", 1)?;
        Ok(connection)
    }

    /// Makes sure that the file at the path is the one that was opened first: connections stay with their
    /// file when it is moved, so an append would go into what nobody finds any more.
    pub(crate) fn is_still_there(&self) -> Result<(), ReadError> {
        match self {
            Self::File(path, first) => Identity::compare(path, first, &self.place()),
            Self::Memory => Ok(()),
        }
    }

    /// Opens a connection that appends: write-ahead log, synced at every commit.
    pub(crate) fn writing(&self, wait: Duration) -> Result<Connection, ReadError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let (connection, place) = (self.open(flags, wait)?, self.place());
        set(&connection, &place, "synchronous", FULL)?;
        let mut attempts = 0_u32;
        while let Err(error) = write_ahead(&connection) {
            attempts = attempts.saturating_add(1);
            if attempts >= ATTEMPTS_MAX || !is_busy(&error) {
                return Err(place.fault("setting journal_mode", error));
            }
            // The switch doesn't wait for others, the beginning of a transaction does.
            let waited =
                begin(&connection, wait).and_then(|()| connection.execute_batch("ROLLBACK"));
            waited.map_err(place.at("waiting to set journal_mode"))?;
        }
        // Where a sync doesn't reach the disk by itself (macOS); nothing elsewhere.
        set(&connection, &place, "fullfsync", 1)?;
        set(&connection, &place, "checkpoint_fullfsync", 1)?;
        settle(&connection).map_err(place.at("syncing the log"))?;
        Ok(connection)
    }

    /// Opens a connection that only reads; `alone` if no handle of this store writes.
    pub(crate) fn reading(&self, wait: Duration, alone: bool) -> Result<Connection, ReadError> {
        let access = if alone {
            OpenFlags::SQLITE_OPEN_READ_ONLY
        } else {
            OpenFlags::SQLITE_OPEN_READ_WRITE
        };
        let connection = self.open(access, wait)?;
        set(&connection, &self.place(), "query_only", 1)?;
        Ok(connection)
    }

    /// Says what the engine promises on a connection, by its own answers.
    pub(crate) fn guarantees(&self, connection: &Connection) -> Result<Guarantees, ReadError> {
        let place = self.place();
        let read = |name: &str| place.at_pragma(name);
        let mode: String = connection
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .map_err(|error| read("journal_mode")(error))?;
        let synchronous: i64 = connection
            .pragma_query_value(None, "synchronous", |row| row.get(0))
            .map_err(|error| read("synchronous")(error))?;
        let (durability, text) = match (self, mode.as_str()) {
            (Self::Memory, _) => (
                Durability::Memory,
                "in memory: gone when the process ends; any number of handles in this process",
            ),
            (Self::File(..), "wal") if synchronous >= FULL => (
                Durability::Disk,
                "SQLite answers journal_mode=wal and synchronous=FULL: the log is synced before the \
                 answer; survives power loss if the disk keeps what it has confirmed; any number of \
                 processes of one machine, not on a network file system",
            ),
            (Self::File(..), _) => (
                Durability::Process,
                "SQLite does not answer journal_mode=wal with synchronous=FULL: a power loss may take \
                 what was answered; any number of processes of one machine",
            ),
        };
        Ok(Guarantees { durability, writers: Writers::Many, text })
    }
}

impl Place {
    fn at_pragma(&self, name: &str) -> impl Fn(rusqlite::Error) -> ReadError + use<'_> {
        let attempt = format!("reading {name} back");
        move |error| self.fault(&attempt, error)
    }
}

/// Sets the mode, whatever the engine then answers; it is read back later.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))
}

/// Makes durable what a killed process may have left unsynced in the log: the first to open it would
/// otherwise serve records that a power loss can still take.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

fn set(connection: &Connection, place: &Place, name: &str, value: i64) -> Result<(), ReadError> {
    let attempt = format!("setting {name}");
    connection.pragma_update(None, name, value).map_err(place.at(&attempt))
}

/// Begins a transaction that writes; waits for others who have the lock.
///
/// The engine's own waiting sleeps longer and longer, up to 100 ms, and a process that appends all the
/// time leaves the lock free for moments only: it would starve the others. So it is tried once a
/// millisecond, until `wait` has passed or a little more.
pub(crate) fn begin(connection: &Connection, wait: Duration) -> rusqlite::Result<()> {
    connection.busy_timeout(TRY)?;
    let mut left = wait;
    let answer = loop {
        match connection.execute_batch("BEGIN IMMEDIATE") {
            Err(error) if is_busy(&error) && !left.is_zero() => left = left.saturating_sub(TRY),
            answer => break answer,
        }
    };
    connection.busy_timeout(wait).and(answer)
}

/// Whether others have the file at this moment.
pub(crate) fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| {
        matches!(error.extended_code & 0xff, ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED)
    })
}
