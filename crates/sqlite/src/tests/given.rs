//! What the tests share.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;
use tuanzhang_log::{BookKey, ReadError, Store};

use crate::SqliteStore;

pub(super) const BOOK: BookKey = BookKey(*b"the book of liu.");
pub(super) const OTHER: BookKey = BookKey(*b"the book of chen");

/// A folder that goes with the test, and a database in it.
pub(super) fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("books.db");
    (folder, path)
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
pub(super) fn written(path: &Path) {
    let store = SqliteStore::at(path).unwrap();
    for count in [5, 1, 6] {
        append(&store, BOOK, count);
    }
    append(&store, OTHER, 2);
    append(&*store.activity().unwrap(), BOOK, 3);
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

/// Whoever else has the file, such as the shell.
pub(super) fn shell(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

/// A number from the environment.
pub(super) fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}
