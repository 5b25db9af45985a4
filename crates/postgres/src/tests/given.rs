//! What the tests share.

use std::io::Write;
use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio_postgres::Row;
use tuanzhang_log::{BookKey, ReadError, Store};
use tuanzhang_pgserver::{Options as Settings, Server};

use crate::PostgresStore;
use crate::address::{Address, Beside};
use crate::link::Link;
use crate::runtime::Runtime;

pub(super) const BOOK: BookKey = BookKey(*b"the book of liu.");
pub(super) const OTHER: BookKey = BookKey(*b"the book of chen");

/// How long a test waits for what has to come.
pub(super) const PATIENCE: Duration = Duration::from_mins(2);

/// Whether there are servers here; says in a line what is left out if not.
pub(super) fn offered(test: &str) -> bool {
    match Server::available() {
        Ok(()) => true,
        Err(why) => {
            skipped(test, &why);
            false
        }
    }
}

/// Says visibly, past the test's own capture, what is left out. In one write, so that no other line gets
/// into it.
pub(super) fn skipped(test: &str, why: &str) {
    let line = format!("skipped: {test}: {why}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// Gives the server that most tests share, or leaves the test out, visibly.
macro_rules! server {
    () => {
        match $crate::tests::given::shared(module_path!()) {
            Some(server) => server,
            None => return,
        }
    };
}
pub(super) use server;

/// The server that most tests share, each with databases of its own.
pub(super) fn shared(test: &str) -> Option<&'static Server> {
    static SERVER: OnceLock<Server> = OnceLock::new();
    offered(test).then(|| SERVER.get_or_init(|| Server::start(&Settings::new()).unwrap()))
}

/// A new database, by its name.
pub(super) fn name() -> String {
    static MADE: AtomicU64 = AtomicU64::new(0);
    format!("test_{}", MADE.fetch_add(1, Ordering::Relaxed))
}

/// A new database on a server, by its URL.
pub(super) fn database(server: &Server) -> String {
    server.database(&name()).unwrap()
}

pub(super) fn record(position: u64) -> Vec<u8> {
    let mut record = format!("record {position} ").into_bytes();
    record.resize(record.len() + usize::try_from(position * 37 % 200).unwrap(), 0xf0);
    record
}

/// Appends so many numbered records in one append.
pub(super) fn append(store: &dyn Store, book: BookKey, count: u64) -> u64 {
    let size = store.head(book).unwrap().size;
    let records: Vec<_> = (size + 1..=size + count).map(record).collect();
    let slices: Vec<_> = records.iter().map(Vec::as_slice).collect();
    store.append(book, size, &slices).unwrap().size
}

/// A database with three appends in one book and one in another.
pub(super) fn written(server: &Server) -> String {
    let url = database(server);
    let store = PostgresStore::connect(&url).unwrap();
    for count in [5, 1, 6] {
        append(&store, BOOK, count);
    }
    append(&store, OTHER, 2);
    append(&*store.activity().unwrap(), BOOK, 3);
    url
}

/// All records with their positions.
pub(super) fn all(store: &dyn Store, book: BookKey) -> Result<Vec<(u64, Vec<u8>)>, ReadError> {
    let mut seen = Vec::new();
    store.read(book, 1, &mut |position, record| {
        seen.push((position, record.to_vec()));
        ControlFlow::Continue(())
    })?;
    Ok(seen)
}

/// Whoever else is connected, with all rights, such as an administrator at the shell.
pub(super) struct Shell {
    link: Link,
    runtime: Runtime,
}

impl Shell {
    pub(super) fn at(url: &str) -> Self {
        let runtime = Runtime::start().unwrap();
        let address = Address::of(url, &Beside::default(), PATIENCE, false).unwrap();
        let link = Link::open(&runtime, &address, PATIENCE).unwrap();
        Self { link, runtime }
    }

    /// Runs statements; gives what the server says against one.
    pub(super) fn try_run(&self, sql: &str) -> Result<(), String> {
        self.link.run(&self.runtime, PATIENCE, sql).map_err(|fault| fault.to_string())
    }

    pub(super) fn run(&self, sql: &str) {
        self.try_run(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    pub(super) fn rows(&self, sql: &str) -> Vec<Row> {
        self.link
            .ask(&self.runtime, PATIENCE, sql, &[])
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    pub(super) fn number(&self, sql: &str) -> i64 {
        self.rows(sql)[0].get(0)
    }

    /// Asks until the answer is yes.
    pub(super) fn until(&self, question: &str) {
        for _ in 0..6_000 {
            if self.rows(question)[0].get(0) {
                return;
            }
            self.run("SELECT pg_sleep(0.01)");
        }
        panic!("the answer stays no: {question}");
    }

    /// Takes the triggers away, as somebody would who has the right to.
    pub(super) fn without_triggers(&self, sql: &str) {
        self.run("SET session_replication_role = replica");
        self.run(sql);
        self.run("RESET session_replication_role");
    }
}

/// A number from the environment.
pub(super) fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}
