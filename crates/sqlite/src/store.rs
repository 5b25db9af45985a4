//! The handle: opening, and the store's methods over one appending and some reading connections.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tuanzhang_log::{
    AppendError, BookKey, Cause, Coverage, Guarantees, ReadError, Store, TreeHead, Turn, Visitor,
    check_limits,
};

use crate::append::{Ended, append};
use crate::connection::{Home, begin};
use crate::place::Place;
use crate::rows::{Kind, Stream};
use crate::turn::SqliteTurn;
use crate::{OpenError, read, schema};

/// How long a call waits for other processes before it gives up, where nothing else is said.
const WAIT: Duration = Duration::from_secs(10);
/// Reading connections that are kept; more are opened when more read at once.
const READERS_KEPT: usize = 4;

/// How a database is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { wait: WAIT }
    }
}

impl Options {
    /// The usual: a call waits up to 10 seconds for other processes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long a call waits for other processes that append; then it is `Unavailable`.
    #[must_use]
    pub const fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// Opens as [`SqliteStore::at`] does.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn at(self, path: impl AsRef<Path>) -> Result<SqliteStore, OpenError> {
        SqliteStore::writing(Home::at(path.as_ref()), self)
    }

    /// Opens as [`SqliteStore::open_existing`] does.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open_existing(self, path: impl AsRef<Path>) -> Result<SqliteStore, OpenError> {
        let path = path.as_ref();
        exists(path)?;
        SqliteStore::writing(Home::at(path), self)
    }

    /// Opens as [`SqliteStore::read_only`] does.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn read_only(self, path: impl AsRef<Path>) -> Result<SqliteStore, OpenError> {
        let path = path.as_ref();
        exists(path)?;
        SqliteStore::reading(Home::at(path), path, self)
    }
}

fn exists(path: &Path) -> Result<(), OpenError> {
    if path.is_file() { Ok(()) } else { Err(OpenError::Missing { path: path.to_owned() }) }
}

/// Books in one `SQLite` database. See the head of the crate.
#[derive(Debug)]
pub struct SqliteStore {
    pub(crate) shared: Arc<Shared>,
    kind: Kind,
}

#[derive(Debug)]
pub(crate) struct Shared {
    home: Home,
    pub(crate) place: Place,
    pub(crate) wait: Duration,
    guarantees: Guarantees,
    /// `None` for reading only.
    pub(crate) writer: Option<Mutex<Writer>>,
    readers: Mutex<Vec<Connection>>,
}

/// The appending connection.
#[derive(Debug)]
pub(crate) struct Writer {
    /// `None` once it was given up, until the next append.
    pub(crate) open: Option<Connection>,
    /// One that was given up, kept until another is open: were it the last to close the file, the
    /// next to open it would take what a failed sync has left in the log for durable.
    given_up: Option<Connection>,
}

impl SqliteStore {
    /// Opens the database in a file for appending; makes the file and the tables where there are
    /// none. The file may be an app's own, whose other tables are left alone; it is set to
    /// `journal_mode=wal`, which stays with it.
    ///
    /// Nothing is read but the version of the tables. `:memory:` is [`SqliteStore::in_memory`].
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn at(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Options::new().at(path)
    }

    /// Opens the database in a file that exists for appending.
    ///
    /// # Errors
    /// As [`SqliteStore::at`], and `Missing`.
    pub fn open_existing(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Options::new().open_existing(path)
    }

    /// Opens the database in a file that has books for reading, beside writers or without one.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn read_only(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Options::new().read_only(path)
    }

    /// Makes a database in this process's memory.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn in_memory() -> Result<Self, OpenError> {
        Self::writing(Home::Memory, Options::new())
    }

    fn writing(home: Home, options: Options) -> Result<Self, OpenError> {
        let place = home.place();
        let connection = home.writing(options.wait)?;
        schema::migrate(&connection, &place, options.wait)?;
        let guarantees = home.guarantees(&connection)?;
        let writer = Writer { open: Some(connection), given_up: None };
        Ok(Self::new(home, options, guarantees, Some(Mutex::new(writer))))
    }

    fn reading(home: Home, path: &Path, options: Options) -> Result<Self, OpenError> {
        let connection = home.reading(options.wait, true)?;
        if schema::version(&connection, &home.place())? == 0 {
            return Err(OpenError::Missing { path: path.to_owned() });
        }
        let guarantees = home.guarantees(&connection)?;
        let store = Self::new(home, options, guarantees, None);
        locked(&store.shared.readers).push(connection);
        Ok(store)
    }

    fn new(
        home: Home,
        options: Options,
        guarantees: Guarantees,
        writer: Option<Mutex<Writer>>,
    ) -> Self {
        let place = home.place();
        let wait = options.wait;
        let readers = Mutex::default();
        let shared = Shared { home, place, wait, guarantees, writer, readers };
        Self { shared: Arc::new(shared), kind: Kind::Book }
    }

    /// Names the numbers of events for whoever looks with the shell: the view `tuanzhang_events`
    /// shows them. A name that is there already is replaced; nothing is written if none changes.
    ///
    /// # Errors
    /// As an append.
    pub fn name_kinds<'k>(
        &self,
        kinds: impl IntoIterator<Item = (u16, &'k str)>,
    ) -> Result<(), AppendError> {
        let Shared { place, wait, .. } = &*self.shared;
        let mut writer = self.shared.writer()?;
        let connection = writer.connection(&self.shared)?;
        let name = || -> rusqlite::Result<()> {
            let look = "SELECT 1 FROM tuanzhang_kinds WHERE number = ?1 AND name = ?2";
            let mut look = connection.prepare_cached(look)?;
            let mut new = Vec::new();
            for kind in kinds {
                if !look.exists(kind)? {
                    new.push(kind);
                }
            }
            if new.is_empty() {
                return Ok(());
            }
            begin(connection, *wait)?;
            let mut insert = connection.prepare_cached(
                "INSERT INTO tuanzhang_kinds (number, name) VALUES (?1, ?2) \
                 ON CONFLICT (number) DO UPDATE SET name = excluded.name",
            )?;
            for kind in new {
                insert.execute(kind)?;
            }
            connection.execute_batch("COMMIT")
        };
        // What is left in the middle is rolled back when the connection is used next.
        Ok(name().map_err(place.at("naming kinds of events"))?)
    }
}

impl Shared {
    fn writer(&self) -> Result<MutexGuard<'_, Writer>, AppendError> {
        self.writer.as_ref().map(locked).ok_or(AppendError::ReadOnly)
    }

    /// Lets a connection look, in one snapshot.
    pub(crate) fn look<T>(
        &self,
        look: impl FnOnce(&Connection, &Place) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        if let (Home::Memory, Some(writer)) = (&self.home, &self.writer) {
            return snapshot(locked(writer).connection(self)?, &self.place, look);
        }
        self.home.is_still_there()?;
        let kept = locked(&self.readers).pop();
        let alone = self.writer.is_none();
        let connection = kept.map_or_else(|| self.home.reading(self.wait, alone), Ok)?;
        let answer = snapshot(&connection, &self.place, look);
        let mut readers = locked(&self.readers);
        if connection.is_autocommit() && readers.len() < READERS_KEPT {
            readers.push(connection);
        }
        answer
    }
}

fn snapshot<T>(
    connection: &Connection,
    place: &Place,
    look: impl FnOnce(&Connection, &Place) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    let transaction = connection.unchecked_transaction().map_err(place.at("beginning to read"))?;
    let answer = look(&transaction, place);
    transaction.finish().map_err(place.at("ending to read"))?;
    answer
}

impl Writer {
    /// Gives an append's answer, and the connection up if it can't be used any more.
    pub(crate) fn end(&mut self, shared: &Shared, ended: Ended) -> Result<TreeHead, AppendError> {
        if !ended.usable && !matches!(shared.home, Home::Memory) {
            self.given_up = self.open.take();
        }
        ended.answer
    }

    /// The connection to the file that was opened first, opened anew if it was given up or was left in the
    /// middle of something.
    pub(crate) fn connection(&mut self, shared: &Shared) -> Result<&Connection, ReadError> {
        shared.home.is_still_there()?;
        self.open = match self.open.take() {
            Some(connection) if connection.is_autocommit() => Some(connection),
            left => {
                self.given_up = left.or_else(|| self.given_up.take());
                let connection = shared.home.writing(shared.wait)?;
                schema::migrate(&connection, &shared.place, shared.wait).map_err(unopened)?;
                self.given_up = None;
                Some(connection)
            }
        };
        self.open.as_ref().ok_or_else(|| ReadError::Unavailable(Cause::new("no connection")))
    }
}

fn unopened(error: OpenError) -> ReadError {
    match error {
        OpenError::Damaged(damage) => ReadError::Damaged(damage),
        OpenError::Unavailable(cause) => ReadError::Unavailable(cause),
        other @ (OpenError::Missing { .. } | OpenError::NeedsNewerVersion { .. }) => {
            ReadError::Unavailable(Cause::with("the database was replaced", other))
        }
    }
}

impl Store for SqliteStore {
    fn guarantees(&self) -> Guarantees {
        self.shared.guarantees
    }

    fn books(&self) -> Result<Vec<BookKey>, ReadError> {
        let streams = self.shared.look(Stream::all)?;
        let mine = streams.iter().filter(|stream| stream.kind == self.kind);
        let mut books: Vec<_> = mine.map(|stream| stream.book).collect();
        books.sort_unstable();
        Ok(books)
    }

    fn head(&self, book: BookKey) -> Result<TreeHead, ReadError> {
        let stream = self.shared.look(|on, place| Stream::find(on, place, book, self.kind))?;
        Ok(stream.map_or(TreeHead::EMPTY, |stream| stream.head))
    }

    fn append(
        &self,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
    ) -> Result<TreeHead, AppendError> {
        let mut writer = self.shared.writer()?;
        check_limits(records)?;
        let connection = writer.connection(&self.shared)?;
        let Shared { place, wait, .. } = &*self.shared;
        let ended = append(connection, place, (book, self.kind), expected, records, *wait);
        writer.end(&self.shared, ended)
    }

    fn turn<'s>(
        &'s self,
        book: BookKey,
        from: u64,
        visit: &mut Visitor<'_>,
    ) -> Result<Option<Box<dyn Turn + 's>>, AppendError> {
        let writer = self.shared.writer()?;
        if matches!(self.shared.home, Home::Memory) {
            // Its only connection has to be free for reads.
            return Ok(None);
        }
        Ok(Some(Box::new(SqliteTurn::take(&self.shared, writer, (book, self.kind), from, visit)?)))
    }

    fn read_one(&self, book: BookKey, position: u64) -> Result<Option<Vec<u8>>, ReadError> {
        self.shared.look(|on, place| read::one(on, place, (book, self.kind), position))
    }

    fn read(&self, book: BookKey, from: u64, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
        let find = |on: &Connection, place: &Place| Stream::find(on, place, book, self.kind);
        let Some(stream) = self.shared.look(find)? else { return Ok(()) };
        // What is durable never changes, so no snapshot is held while somebody looks at a record.
        let chunk = |next, bytes| {
            self.shared.look(|on, place| Ok(read::chunk(on, place, &stream, next, bytes)))
        };
        read::visit_from(from, stream.head.size, visit, chunk)
    }

    fn verify(&self, book: BookKey) -> Result<Coverage, ReadError> {
        self.shared.look(|on, place| read::verify(on, place, (book, self.kind)))
    }

    fn activity(&self) -> Result<Box<dyn Store>, ReadError> {
        if self.kind == Kind::Activity {
            let text = "an activity stream has no activity of its own; ask the book's store";
            return Err(ReadError::Unavailable(Cause::new(text)));
        }
        Ok(Box::new(Self { shared: Arc::clone(&self.shared), kind: Kind::Activity }))
    }
}

/// A lock that a panic can't make useless: what was left in the middle is looked for.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
