//! The appending connection: one transaction an append.
//!
//! | the process dies, or the engine fails | then | answer |
//! |---|---|---|
//! | at `BEGIN IMMEDIATE` | nothing is written | `Unavailable` |
//! | at an `INSERT`, before `COMMIT` | rolled back | `Unavailable` |
//! | in `COMMIT` | all or nothing | `Unknown`; the connection is given up |
//! | after `COMMIT` | all | |

use std::time::Duration;

use rusqlite::Connection;
use tuanzhang_log::tree::{Edge, leaf_hash};
use tuanzhang_log::{AppendError, BookKey, ReadError, TreeHead};

use crate::connection::begin;
use crate::place::Place;
use crate::rows::{Kind, Stream, stored};

/// What an append came to, and whether the connection may be used again.
pub(crate) struct Ended {
    pub(crate) answer: Result<TreeHead, AppendError>,
    pub(crate) usable: bool,
}

impl Ended {
    /// Rolls back: nothing was written.
    pub(crate) fn before(connection: &Connection, answer: Result<TreeHead, AppendError>) -> Self {
        let rolled_back =
            connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok();
        Self { answer, usable: rolled_back && connection.is_autocommit() }
    }
}

/// Appends to a stream on a connection that is in no transaction.
pub(crate) fn append(
    connection: &Connection,
    place: &Place,
    (book, kind): (BookKey, Kind),
    expected: u64,
    records: &[&[u8]],
    wait: Duration,
) -> Ended {
    if let Err(error) = begin(connection, wait) {
        let error = place.fault("beginning an append", error);
        return Ended::before(connection, Err(error.into()));
    }
    append_and_commit(connection, place, (book, kind), expected, records)
}

/// Appends to a stream in the transaction that the connection is in, and ends it.
pub(crate) fn append_and_commit(
    connection: &Connection,
    place: &Place,
    (book, kind): (BookKey, Kind),
    expected: u64,
    records: &[&[u8]],
) -> Ended {
    let head = match write(connection, place, (book, kind), expected, records) {
        Ok(head) => head,
        Err(error) => return Ended::before(connection, Err(error)),
    };
    if records.is_empty() {
        return Ended::before(connection, Ok(head));
    }
    match connection.execute_batch("COMMIT") {
        Ok(()) => Ended { answer: Ok(head), usable: true },
        Err(error) => {
            let unknown = AppendError::Unknown(place.cause("committing an append", error));
            Ended { usable: false, ..Ended::before(connection, Err(unknown)) }
        }
    }
}

/// Compares the position and writes the rows, all within the transaction.
fn write(
    connection: &Connection,
    place: &Place,
    (book, kind): (BookKey, Kind),
    expected: u64,
    records: &[&[u8]],
) -> Result<TreeHead, AppendError> {
    let found = Stream::find(connection, place, book, kind)?;
    let actual = found.as_ref().map_or(0, |stream| stream.head.size);
    if expected != actual {
        return Err(AppendError::Raced { expected, actual });
    }
    if records.is_empty() {
        return Ok(found.map_or(TreeHead::EMPTY, |stream| stream.head));
    }
    let mut stream = found.map_or_else(|| new(connection, place, (book, kind)), Ok)?;
    if stream.edge.head() != stream.head {
        let what = format!("root {} is stated, {} follows", stream.head.root, stream.edge.root());
        return Err(place.damaged(crate::rows::STREAMS, (book, kind), None, what).into());
    }
    insert(connection, &mut stream, records).map_err(place.at("appending"))?;
    Ok(stream.head)
}

/// A stream without records, under an id that none has.
fn new(
    connection: &Connection,
    place: &Place,
    (book, kind): (BookKey, Kind),
) -> Result<Stream, ReadError> {
    let sql = "SELECT coalesce(max(id), 0) + 1 FROM tuanzhang_streams";
    let id = connection.query_row(sql, [], |row| row.get(0)).map_err(place.at("making a book"))?;
    Ok(Stream { id, book, kind, head: TreeHead::EMPTY, edge: Edge::new() })
}

fn insert(connection: &Connection, stream: &mut Stream, records: &[&[u8]]) -> rusqlite::Result<()> {
    let first = stored(stream.head.size.saturating_add(1));
    let sum = stream.record_sum();
    let mut insert = connection.prepare_cached(
        "INSERT INTO tuanzhang_records (stream, position, record, sum) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (position, record) in (first..).zip(records) {
        let sum = sum.number(position).bytes(record).stored();
        insert.execute((stream.id, position, *record, sum))?;
        stream.edge.push(leaf_hash(record));
    }
    stream.head = stream.edge.head();
    let count = i64::try_from(records.len()).unwrap_or(i64::MAX);
    let root = stream.head.root.0;
    let sum = stream.append_sum().number(first).number(count).bytes(&root).stored();
    let mut insert = connection.prepare_cached(
        "INSERT INTO tuanzhang_appends (stream, first, count, root, sum) \
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    insert.execute((stream.id, first, count, root, sum))?;
    stream.save(connection)
}
