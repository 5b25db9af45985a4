//! The handle: opening, and the store's methods over the connections of a pool.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::types::Type;
use tuanzhang_log::{
    AppendError, BookKey, Cause, Coverage, Durability, Guarantees, ReadError, Store, TreeHead,
    Turn, Visitor, check_limits,
};

use crate::address::{Address, Beside, Password};
use crate::append::{Came, append, refused};
use crate::doubt::{settle, too_weak};
use crate::known::{Doubts, Heads, check_edge};
use crate::link::Parameter;
use crate::place::Fault;
use crate::pool::Pool;
use crate::read::{self, Chunks};
use crate::rows::{Kind, Owner, Stream};
use crate::server::still;
use crate::shared::{Shared, Writer};
use crate::turn::PostgresTurn;
use crate::verify::verify;
use crate::{OpenError, schema, server};

/// How long a call waits for the server before it gives up, where nothing else is said.
const WAIT: Duration = Duration::from_secs(10);
/// Connections of a handle, where nothing else is said.
const CONNECTIONS: usize = 8;
/// How often an append is sent again when the stream's epoch has changed and its head has not.
const ATTEMPTS_MAX: u32 = 16;

/// How a database is opened.
#[derive(Clone, Debug)]
pub struct Options {
    wait: Duration,
    connections: usize,
    least: Option<Durability>,
    beside: Beside,
}

impl Default for Options {
    fn default() -> Self {
        Self { wait: WAIT, connections: CONNECTIONS, least: None, beside: Beside::default() }
    }
}

impl Options {
    /// The usual: a call waits up to 10 seconds for the server, and 8 connections work at once.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long a call waits for a connection and for the answer to a statement; then it is
    /// `Unavailable`, or `Unknown` if the statement may have appended.
    #[must_use]
    pub const fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// Sets how many connections a handle has at most, at least 2. A turn has one as long as it lasts, and
    /// reading meanwhile takes another, which is kept free: one turn less than connections at once.
    #[must_use]
    pub const fn connections(mut self, most: usize) -> Self {
        self.connections = if most < 2 { 2 } else { most };
        self
    }

    /// Sets what every append must be as durable as, which the server is asked in the append itself:
    /// where it answers less, nothing is written and the append is `Unavailable`. More is not promised.
    ///
    /// Where nothing is required, it is what the server answers at opening.
    #[must_use]
    pub const fn require(mut self, least: Durability) -> Self {
        self.least = Some(least);
        self
    }

    /// Sets the file (PEM) of the only certificates that a server's may rest on, as `sslrootcert` in the
    /// URL does. Where nothing is said, the system's are believed.
    #[must_use]
    pub fn root_certificates(mut self, path: impl Into<PathBuf>) -> Self {
        self.beside.root_certificates = Some(path.into());
        self
    }

    /// Sets the password, if the URL has none.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.beside.password = Some(Password(password.into()));
        self
    }

    /// Opens as [`PostgresStore::connect`] does.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn connect(self, url: &str) -> Result<PostgresStore, OpenError> {
        let pool = self.pool(url, true)?;
        schema::migrate(&pool)?;
        PostgresStore::writing(pool, self.least)
    }

    /// Opens as [`PostgresStore::open_existing`] does.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open_existing(self, url: &str) -> Result<PostgresStore, OpenError> {
        let pool = self.pool(url, true)?;
        if schema::version(&pool)? == 0 {
            return Err(OpenError::Missing { place: pool.place().0.clone() });
        }
        schema::migrate(&pool)?;
        PostgresStore::writing(pool, self.least)
    }

    /// Opens as [`PostgresStore::read_only`] does.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn read_only(self, url: &str) -> Result<PostgresStore, OpenError> {
        let pool = self.pool(url, false)?;
        if schema::version(&pool)? == 0 {
            return Err(OpenError::Missing { place: pool.place().0.clone() });
        }
        let found = server::durability(&pool)?;
        Ok(PostgresStore::new(pool, found, None))
    }

    fn pool(&self, url: &str, writes: bool) -> Result<Pool, OpenError> {
        let address = Address::of(url, &self.beside, self.wait, writes)?;
        let place = address.place.clone();
        Pool::new(address, self.wait, self.connections).map_err(|error| {
            OpenError::Unavailable(place.cause("starting a thread", &error.to_string()))
        })
    }
}

/// Books in one `PostgreSQL` database. See the head of the crate.
#[derive(Debug)]
pub struct PostgresStore {
    pub(crate) shared: Arc<Shared>,
    kind: Kind,
}

impl PostgresStore {
    /// Connects to a database for appending; makes the tables where there are none, in a schema of their
    /// own. The database may be an app's own, whose tables and settings are left alone.
    ///
    /// Nothing is read but the version of the tables and the server's settings.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn connect(url: &str) -> Result<Self, OpenError> {
        Options::new().connect(url)
    }

    /// Connects for appending to a database that has the tables.
    ///
    /// # Errors
    /// As [`PostgresStore::connect`], and `Missing`.
    pub fn open_existing(url: &str) -> Result<Self, OpenError> {
        Options::new().open_existing(url)
    }

    /// Connects for reading to a database that has the tables, on a primary or a standby, with a role that
    /// needs no right but to read.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn read_only(url: &str) -> Result<Self, OpenError> {
        Options::new().read_only(url)
    }

    fn writing(pool: Pool, least: Option<Durability>) -> Result<Self, OpenError> {
        let found = server::durability(&pool)?;
        let least = least.unwrap_or(found);
        if found.min(least) == Durability::Replicated {
            settle(&pool, least)?;
        }
        let writer = Writer { least, heads: Heads::default(), doubts: Doubts::default() };
        Ok(Self::new(pool, found.min(least), Some(writer)))
    }

    fn new(pool: Pool, promised: Durability, writer: Option<Writer>) -> Self {
        let shared = Shared { pool, guarantees: server::guarantees(promised), writer };
        Self { shared: Arc::new(shared), kind: Kind::Book }
    }

    /// Names the numbers of events for whoever looks with `psql`: the view `tuanzhang.events` shows them.
    /// A name that is there already is replaced; nothing is written if none changes.
    ///
    /// # Errors
    /// As an append.
    pub fn name_kinds<'k>(
        &self,
        kinds: impl IntoIterator<Item = (u16, &'k str)>,
    ) -> Result<(), AppendError> {
        const ATTEMPT: &str = "naming kinds of events";
        self.shared.writer()?;
        let (numbers, names): (Vec<i32>, Vec<&str>) =
            kinds.into_iter().map(|(number, name)| (i32::from(number), name)).unzip();
        let new = "SELECT k.number FROM unnest($1::int4[], $2::text[]) AS k (number, name) \
                   WHERE NOT EXISTS (SELECT 1 FROM tuanzhang.kinds AS t \
                   WHERE t.number = k.number AND t.name = k.name)";
        let pairs: [Parameter<'_>; 2] = [(&numbers, Type::INT4_ARRAY), (&names, Type::TEXT_ARRAY)];
        if self.shared.pool.look(ATTEMPT, new, &pairs)?.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO tuanzhang.kinds (number, name) \
                   SELECT DISTINCT ON (k.number) k.number, k.name \
                   FROM unnest($1::int4[], $2::text[]) WITH ORDINALITY AS k (number, name, n) \
                   ORDER BY k.number, k.n DESC \
                   ON CONFLICT (number) DO UPDATE SET name = excluded.name";
        let answer = self.shared.pool.lend()?.once(sql, &pairs);
        answer.map(drop).map_err(|fault| self.shared.pool.place().fault(ATTEMPT, &fault).into())
    }

    pub(crate) fn owner(&self, book: BookKey) -> Owner {
        (book, self.kind)
    }
}

impl PostgresStore {
    /// The stream as it must be for an append behind a position.
    fn behind(&self, owner: Owner, expected: u64) -> Result<Stream, AppendError> {
        let writer = self.shared.writer()?;
        if let Some(stream) = writer.heads.known(owner, expected) {
            return Ok(stream);
        }
        let before = self.shared.sure(owner);
        let found = read::find(&self.shared.pool, owner)?;
        let stream = found.unwrap_or_else(|| Stream::absent(owner));
        self.shared.goes_on(owner, before, stream.head)?;
        if stream.head.size != expected {
            return Err(AppendError::Raced { expected, actual: stream.head.size });
        }
        check_edge(self.shared.place(), &stream)?;
        Ok(stream)
    }

    /// Sends an append once; `None` if the stream is another one than was known.
    fn send(&self, known: &Stream, records: &[&[u8]]) -> Result<Option<TreeHead>, AppendError> {
        let (pool, owner) = (&self.shared.pool, known.owner);
        let writer = self.shared.writer()?;
        let lent = pool.lend()?;
        match append(&lent, known, records, writer.least) {
            Came::Written(stream) => match still(&lent, writer.least) {
                Ok(()) => {
                    lent.keep();
                    let head = stream.head;
                    writer.heads.remember(stream);
                    Ok(Some(head))
                }
                Err(what) => {
                    drop(lent);
                    Err(self.lost(owner, "appending", &what))
                }
            },
            Came::Changed => {
                lent.keep();
                Ok(None)
            }
            Came::TooWeak(found) => {
                lent.keep();
                let what = too_weak(found, writer.least);
                Err(AppendError::Unavailable(pool.place().cause("appending", &what)))
            }
            Came::Refused(fault) if fault.is_conflict() => {
                lent.keep();
                Ok(None)
            }
            Came::Refused(fault) => {
                match &fault {
                    // A primary that has become a standby: the next call asks who it is now.
                    Fault::Refused(error) if error.code().code() == "25006" => pool.forget(),
                    Fault::Refused(_) => lent.keep(),
                    Fault::Unsent(_) | Fault::Lost(_) => pool.forget(),
                }
                let first = known.head.size.saturating_add(1);
                Err(refused(pool.place(), owner, first, &fault))
            }
            Came::Unknown(what) => {
                drop(lent);
                Err(self.lost(owner, "appending", &what))
            }
        }
    }

    /// Takes note that an append may be there, or come.
    pub(crate) fn lost(&self, owner: Owner, attempt: &str, what: &str) -> AppendError {
        if let Some(writer) = &self.shared.writer {
            writer.doubts.note(owner);
            writer.heads.look_again(owner);
        }
        self.shared.pool.forget();
        AppendError::Unknown(self.shared.place().cause(attempt, what))
    }
}

impl Store for PostgresStore {
    fn guarantees(&self) -> Guarantees {
        self.shared.guarantees
    }

    fn books(&self) -> Result<Vec<BookKey>, ReadError> {
        if let Some(writer) = &self.shared.writer {
            for owner in writer.doubts.all() {
                self.shared.clear(owner)?;
            }
        }
        self.shared.books(self.kind)
    }

    fn head(&self, book: BookKey) -> Result<TreeHead, ReadError> {
        Ok(self.shared.seen(self.owner(book))?.head)
    }

    fn append(
        &self,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
    ) -> Result<TreeHead, AppendError> {
        let owner = self.owner(book);
        let writer = self.shared.writer()?;
        check_limits(records)?;
        if records.is_empty() {
            let stream = self.shared.seen(owner)?;
            return match stream.head.size {
                size if size == expected => {
                    check_edge(self.shared.place(), &stream)?;
                    Ok(stream.head)
                }
                actual => Err(AppendError::Raced { expected, actual }),
            };
        }
        self.shared.clear(owner)?;
        for _ in 0..ATTEMPTS_MAX {
            let known = self.behind(owner, expected)?;
            if let Some(head) = self.send(&known, records)? {
                return Ok(head);
            }
            writer.heads.look_again(owner);
        }
        let what = "others change the book's row all the time";
        Err(AppendError::Unavailable(self.shared.place().cause("appending", what)))
    }

    fn turn<'s>(
        &'s self,
        book: BookKey,
        from: u64,
        visit: &mut Visitor<'_>,
    ) -> Result<Option<Box<dyn Turn + 's>>, AppendError> {
        let owner = self.owner(book);
        self.shared.writer()?;
        self.shared.clear(owner)?;
        Ok(Some(Box::new(PostgresTurn::take(self, owner, from, visit)?)))
    }

    fn read_one(&self, book: BookKey, position: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let owner = self.owner(book);
        self.shared.clear(owner)?;
        let before = self.shared.sure(owner);
        let (head, record) = read::one(&self.shared.pool, owner, position)?;
        self.shared.vouch(owner, before, head, position.min(head.size))?;
        Ok(record)
    }

    fn read(&self, book: BookKey, from: u64, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
        let (pool, owner) = (&self.shared.pool, self.owner(book));
        let stream = self.shared.seen(owner)?;
        let mut chunks = Chunks::of(pool.place(), &stream, from, stream.head.size);
        while chunks
            .next(|sql, parameters| pool.look(read::ATTEMPT, sql, parameters), &mut *visit)?
        {
        }
        Ok(())
    }

    fn verify(&self, book: BookKey) -> Result<Coverage, ReadError> {
        let owner = self.owner(book);
        self.shared.clear(owner)?;
        let before = self.shared.sure(owner);
        let covered = verify(&self.shared.pool, owner)?;
        self.shared.vouch(owner, before, covered.head, covered.head.size)?;
        Ok(covered)
    }

    fn activity(&self) -> Result<Box<dyn Store>, ReadError> {
        if self.kind == Kind::Activity {
            let text = "an activity stream has no activity of its own; ask the book's store";
            return Err(ReadError::Unavailable(Cause::new(text)));
        }
        Ok(Box::new(Self { shared: Arc::clone(&self.shared), kind: Kind::Activity }))
    }
}
