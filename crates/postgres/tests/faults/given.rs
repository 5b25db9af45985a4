//! What the tests share.

use std::collections::HashSet;
use std::io::Write;
use std::ops::ControlFlow;
use std::sync::OnceLock;

use tuanzhang_log::{AppendError, BookKey, ReadError, Store, TreeHead};
use tuanzhang_pgserver::{Options, Server};
use tuanzhang_postgres::PostgresStore;

pub(crate) const BOOK: BookKey = BookKey(*b"the book of liu.");

/// Says visibly, past the test's own capture, what is skipped.
pub(crate) fn here(what: &str, available: &Result<(), String>) -> bool {
    if let Err(why) = available {
        // In one write, so that no other line gets into it.
        let line = format!("skipped: PostgreSQL, {what}: {why}\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    available.is_ok()
}

/// One server for all tests that do it no harm; a database each.
pub(crate) fn server(what: &str) -> Option<&'static Server> {
    static SERVER: OnceLock<Server> = OnceLock::new();
    if !here(what, &Server::available()) {
        return None;
    }
    Some(SERVER.get_or_init(|| Server::start(&Options::new()).unwrap()))
}

/// A number from the environment.
pub(crate) fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

/// Records that say which append they belong to.
pub(crate) fn records(append: u64, count: u64) -> Vec<Vec<u8>> {
    (1..=count).map(|nth| format!("append {append}, record {nth} of {count}").into()).collect()
}

pub(crate) fn append(
    store: &dyn Store,
    expected: u64,
    records: &[Vec<u8>],
) -> Result<TreeHead, AppendError> {
    let slices: Vec<_> = records.iter().map(Vec::as_slice).collect();
    store.append(BOOK, expected, &slices)
}

/// By what an append is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// One statement.
    Append,
    /// A turn: a transaction of several.
    Turn,
}

impl Way {
    pub(crate) fn append(
        self,
        store: &dyn Store,
        expected: u64,
        records: &[Vec<u8>],
    ) -> Result<TreeHead, AppendError> {
        if self == Self::Append {
            return append(store, expected, records);
        }
        let slices: Vec<_> = records.iter().map(Vec::as_slice).collect();
        let turn = store.turn(BOOK, expected + 1, &mut |_, _| ControlFlow::Continue(()))?;
        let turn = turn.expect("the store gives turns");
        assert_eq!(turn.head().size, expected, "nobody else writes");
        turn.append(&slices)
    }
}

/// All records from a position on; the store has no gap.
pub(crate) fn all(store: &dyn Store, from: u64) -> Result<Vec<Vec<u8>>, ReadError> {
    let mut seen = Vec::new();
    let mut next = from.max(1);
    store.read(BOOK, from, &mut |position, record| {
        assert_eq!(position, next, "gapless");
        next += 1;
        seen.push(record.to_vec());
        ControlFlow::Continue(())
    })?;
    Ok(seen)
}

/// What is wrong with a book in which each append should stand once and whole, in this order.
pub(crate) fn wrong(url: &str, appends: &[Vec<Vec<u8>>]) -> Vec<String> {
    let store = PostgresStore::read_only(url).unwrap();
    let found = all(&store, 1).unwrap();
    let coverage = store.verify(BOOK).unwrap();
    assert_eq!(coverage.records, u64::try_from(found.len()).unwrap());
    let wanted: Vec<_> = appends.concat();
    let mut wrong = Vec::new();
    let there: HashSet<_> = found.iter().collect();
    let lost = wanted.iter().filter(|record| !there.contains(record)).count();
    let doubled = found.len() - there.len();
    if lost > 0 {
        wrong.push(format!("{lost} lost"));
    }
    if doubled > 0 {
        wrong.push(format!("{doubled} doubled"));
    }
    if found != wanted && wrong.is_empty() {
        wrong.push(format!("{} records, not the {} that were written", found.len(), wanted.len()));
    }
    wrong
}

/// Asks again while the store can't be reached.
pub(crate) fn patiently<T>(mut ask: impl FnMut() -> Result<T, ReadError>) -> T {
    let mut last = None;
    for _ in 0..20 {
        match ask() {
            Ok(answer) => return answer,
            Err(ReadError::Unavailable(cause)) => last = Some(cause),
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the store stays away: {last:?}")
}
