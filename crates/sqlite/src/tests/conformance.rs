//! The kit of the log, over files with every fault, and over memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use rusqlite::hooks::Wal;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params_from_iter};
use tempfile::TempDir;
use tuanzhang_log::conformance::{
    Capacity, Factory, LostAnswers, NotOffered, Opened, Stored, StoredBytes, TornAppends, check_all,
};
use tuanzhang_log::{BookKey, Store};

use crate::store::{Shared, locked};
use crate::{OpenError, Options, SqliteStore};

/// Databases in a temporary folder, the newest of which is the one that is opened again.
struct Files {
    root: TempDir,
    made: AtomicU64,
    open: Mutex<Weak<Shared>>,
    /// Another process that holds the lock, while a way wants one.
    other: Mutex<Option<Connection>>,
}

impl Files {
    fn new() -> Self {
        let (made, open, other) = (AtomicU64::new(0), Mutex::default(), Mutex::default());
        // In memory where that is to be had: here bytes are looked at, the disk is in `tests`.
        let root = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
        Self { root, made, open, other }
    }

    fn newest(&self) -> PathBuf {
        self.root.path().join(format!("{}.db", self.made.load(Ordering::Relaxed)))
    }

    fn next(&self) -> PathBuf {
        self.made.fetch_add(1, Ordering::Relaxed);
        self.newest()
    }

    fn at(&self, path: &Path) -> Result<Box<dyn Store>, OpenError> {
        let store = Options::new().wait(Duration::from_millis(1_500)).at(path)?;
        *self.open.lock().unwrap() = Arc::downgrade(&store.shared);
        Ok(Box::new(store))
    }

    fn opened(&self, path: &Path) -> Opened {
        match self.at(path) {
            Ok(store) => Opened::Sound(store),
            Err(OpenError::Damaged(damage)) => Opened::Damaged(damage),
            Err(other) => panic!("{other}"),
        }
    }

    /// Looks at, or sets up, the connection that appends.
    fn with_writer<T>(&self, look: impl FnOnce(&mut Connection) -> T) -> Option<T> {
        let shared = self.open.lock().unwrap().upgrade()?;
        let mut writer = locked(shared.writer.as_ref().unwrap());
        writer.open.as_mut().map(look)
    }
}

impl Factory for Files {
    fn fresh(&self) -> Box<dyn Store> {
        self.at(&self.next()).unwrap()
    }

    fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
        drop(store);
        self.at(&self.newest()).unwrap()
    }

    fn capacity(&self) -> Capacity {
        Capacity::ManyBooks
    }

    fn another(&self) -> Result<Box<dyn Store>, NotOffered> {
        let options = Options::new().wait(Duration::from_millis(1_500));
        Ok(Box::new(options.at(self.newest()).unwrap()))
    }

    fn stored_bytes(&self) -> Result<&dyn StoredBytes, NotOffered> {
        Ok(self)
    }

    fn torn_appends(&self) -> Result<&dyn TornAppends, NotOffered> {
        Ok(self)
    }

    fn lost_answers(&self) -> Result<&dyn LostAnswers, NotOffered> {
        Ok(self)
    }
}

const TABLES: [(&str, &str); 3] = [
    ("tuanzhang_streams", "id, book, kind, size, root, edge, sum"),
    ("tuanzhang_records", "stream, position, record, sum"),
    ("tuanzhang_appends", "stream, first, count, root, sum"),
];

/// A number in as few bytes as it needs, so that it is another one when bytes are cut.
fn bytes(value: ValueRef<'_>) -> Vec<u8> {
    match value {
        ValueRef::Integer(number) => {
            number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect()
        }
        other => other.as_blob().unwrap().to_vec(),
    }
}

fn value(is_blob: bool, bytes: &[u8]) -> Value {
    if is_blob {
        return Value::Blob(bytes.to_vec());
    }
    Value::Integer(bytes.iter().fold(0, |number, byte| number << 8 | i64::from(*byte)))
}

impl StoredBytes for Files {
    /// The columns of all rows of the tables, one place each.
    fn close(&self, store: Box<dyn Store>) -> Vec<Stored> {
        drop(store);
        let connection = Connection::open(self.newest()).unwrap();
        let mut stored = Vec::new();
        for (table, columns) in TABLES {
            let sql = format!("SELECT {columns} FROM {table}");
            let mut statement = connection.prepare(&sql).unwrap();
            let mut rows = statement.query([]).unwrap();
            let mut number = 0;
            while let Some(row) = rows.next().unwrap() {
                number += 1;
                for (index, column) in columns.split(", ").enumerate() {
                    let name = format!("{table} {number} {column}");
                    stored.push(Stored { name, bytes: bytes(row.get_ref(index).unwrap()) });
                }
            }
        }
        stored
    }

    /// Writes the rows into new tables; a row of which a column is missing is missing.
    fn open(&self, stored: &[Stored]) -> Opened {
        let path = self.next();
        drop(SqliteStore::at(&path).unwrap());
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("PRAGMA synchronous = OFF; BEGIN").unwrap();
        for (table, columns) in TABLES {
            let names: Vec<_> = columns.split(", ").collect();
            for number in 1..100 {
                let column = |name: &&str| {
                    let place = format!("{table} {number} {name}");
                    let found = stored.iter().find(|stored| stored.name == place)?;
                    let is_blob = ["book", "root", "edge", "record"].contains(name);
                    Some(value(is_blob, &found.bytes))
                };
                let Some(row) = names.iter().map(column).collect::<Option<Vec<_>>>() else {
                    continue;
                };
                let marks = vec!["?"; row.len()].join(", ");
                let sql = format!("INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})");
                connection.execute(&sql, params_from_iter(row)).unwrap();
            }
        }
        connection.execute_batch("COMMIT").unwrap();
        drop(connection);
        self.opened(&path)
    }

    fn tries(&self) -> usize {
        400
    }
}

/// Bytes of the log between one death and the next.
const TORN_BYTES: usize = 997;
/// Steps of the engine between one death and the next.
const TORN_STEPS: usize = 11;

fn log_of(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", path.display()))
}

fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
    fs::copy(log_of(from), log_of(to)).unwrap();
}

impl TornAppends for Files {
    /// The process dies between two steps of the engine, and what it has written so far is left; or
    /// the machine does, and of the append's part of the log the first bytes are left.
    fn die_in_append(
        &self,
        store: Box<dyn Store>,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
        step: usize,
    ) -> Option<Opened> {
        let (from, to) = (self.newest(), self.next());
        copy(&from, &to);
        let before = fs::read(log_of(&from)).unwrap();
        if step.is_multiple_of(2) {
            let (from, to, mut left) = (from.clone(), to.clone(), step / 2);
            let die = move || {
                if left == 0 {
                    copy(&from, &to);
                }
                left = left.wrapping_sub(1);
                false
            };
            let steps = i32::try_from(TORN_STEPS).unwrap();
            self.with_writer(|on| on.progress_handler(steps, Some(die)).unwrap()).unwrap();
        }
        store.append(book, expected, records).unwrap();
        let after = fs::read(log_of(&from)).unwrap();
        drop(store);
        let first = before.iter().zip(&after).take_while(|(old, new)| old == new).count();
        let kept = first + step / 2 * TORN_BYTES;
        if step % 2 == 1 {
            fs::write(log_of(&to), &after[..kept.min(after.len())]).unwrap();
        }
        (kept < after.len() + 2 * TORN_BYTES).then(|| self.opened(&to))
    }
}

/// Steps of the engine after which an append is interrupted.
const INTERRUPTED: [i32; 6] = [1, 20, 60, 120, 180, 240];
const OTHER_WAYS: [&str; 4] = [
    "another process holds the lock",
    "the disk is full",
    "COMMIT fails and has rolled back",
    "COMMIT fails and has written",
];

fn lost(_: &mut Wal, _: i32) -> rusqlite::Result<()> {
    let failed = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR);
    Err(rusqlite::Error::SqliteFailure(failed, None))
}

impl LostAnswers for Files {
    fn ways(&self) -> Vec<String> {
        let interrupted = INTERRUPTED.map(|steps| format!("interrupted after {steps} steps"));
        OTHER_WAYS.map(str::to_owned).into_iter().chain(interrupted).collect()
    }

    fn lose_next(&self, way: usize) {
        let set = |on: &mut Connection| match way {
            0 => {
                on.busy_timeout(Duration::ZERO).unwrap();
                let other = Connection::open(self.newest()).unwrap();
                other.execute_batch("BEGIN IMMEDIATE").unwrap();
                *self.other.lock().unwrap() = Some(other);
            }
            1 => {
                let pages: i64 =
                    on.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
                on.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
            }
            2 => on.commit_hook(Some(|| true)).unwrap(),
            3 => on.wal_hook(Some(lost)).unwrap(),
            _ => on.progress_handler(INTERRUPTED[way - 4], Some(|| true)).unwrap(),
        };
        self.with_writer(set).unwrap();
    }

    fn heal(&self) {
        *self.other.lock().unwrap() = None;
        self.with_writer(|on| {
            on.progress_handler(0, None::<fn() -> bool>).unwrap();
            on.commit_hook(None::<fn() -> bool>).unwrap();
            on.busy_timeout(Duration::from_secs(1)).unwrap();
            on.pragma_update_and_check(None, "max_page_count", 1 << 30, |_| Ok(())).unwrap();
        });
    }
}

#[test]
fn a_database_in_a_file_conforms() {
    let report = check_all(&Files::new());
    println!("{report}");
    assert!(report.conforms(), "{report}");
    assert_eq!(report.not_offered().count(), 0);
}

/// Databases in memory.
struct Memory;

impl Factory for Memory {
    fn fresh(&self) -> Box<dyn Store> {
        Box::new(SqliteStore::in_memory().unwrap())
    }

    fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
        store
    }

    fn capacity(&self) -> Capacity {
        Capacity::ManyBooks
    }

    fn stored_bytes(&self) -> Result<&dyn StoredBytes, NotOffered> {
        Err(NotOffered("memory has no stored bytes; a file's rows are the same"))
    }

    fn torn_appends(&self) -> Result<&dyn TornAppends, NotOffered> {
        Err(NotOffered("nothing of memory outlives the process"))
    }

    fn lost_answers(&self) -> Result<&dyn LostAnswers, NotOffered> {
        Err(NotOffered("memory doesn't fail; a file's appends are the same"))
    }
}

#[test]
fn a_database_in_memory_conforms() {
    let report = check_all(&Memory);
    println!("{report}");
    assert!(report.conforms(), "{report}");
    assert_eq!(report.not_offered().count(), 10);
}
