//! Reading records of a stream, and checking all of it.

use rusqlite::{Connection, OptionalExtension, Rows};
use tuanzhang_log::tree::{Edge, leaf_hash};
use tuanzhang_log::{BookKey, Coverage, Hash, ReadError, Visitor};

use crate::place::Place;
use crate::rows::{APPENDS, Kind, RECORDS, STREAMS, Stream, hash, record, stored};

const ATTEMPT: &str = "reading records";

/// Bytes of records that a read takes at a time: at first, and later.
const FIRST_CHUNK_BYTES: usize = 64 << 10;
const CHUNK_BYTES: usize = 1 << 20;

/// Some records in their order, and why there are no more, if there should be.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) records: Vec<(u64, Vec<u8>)>,
    pub(crate) stopped: Option<ReadError>,
}

/// Reads records from a position on that the stream has, until there are so many bytes.
pub(crate) fn chunk(
    connection: &Connection,
    place: &Place,
    stream: &Stream,
    from: u64,
    bytes: usize,
) -> Chunk {
    let mut records = Vec::new();
    let stopped = fill(connection, place, stream, from, bytes, &mut records).err();
    Chunk { records, stopped }
}

fn fill(
    connection: &Connection,
    place: &Place,
    stream: &Stream,
    from: u64,
    bytes: usize,
    records: &mut Vec<(u64, Vec<u8>)>,
) -> Result<(), ReadError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT position, record, sum FROM tuanzhang_records \
             WHERE stream = ?1 AND position BETWEEN ?2 AND ?3 ORDER BY position",
        )
        .map_err(place.at(ATTEMPT))?;
    let range = (stream.id, stored(from), stored(stream.head.size));
    let mut rows = statement.query(range).map_err(place.at(ATTEMPT))?;
    let (mut next, mut room) = (from, bytes);
    while next <= stream.head.size {
        let row = rows.next().map_err(place.at(ATTEMPT))?;
        let Some(row) = row else { return Err(gap(place, stream, next, None)) };
        let (position, bytes) = record(row, place, stream, stream.record_sum())?;
        if position != stored(next) {
            return Err(gap(place, stream, next, Some(position)));
        }
        records.push((next, bytes.to_vec()));
        next = next.saturating_add(1);
        room = match room.checked_sub(bytes.len().max(1)) {
            Some(room) if room > 0 => room,
            _ => return Ok(()),
        };
    }
    Ok(())
}

fn gap(place: &Place, stream: &Stream, expected: u64, found: Option<i64>) -> ReadError {
    let size = stream.head.size;
    let what = match found {
        Some(found) => format!("missing: the head says {size} records, the next is {found}"),
        None => format!("missing: the head says {size} records"),
    };
    place.damaged(RECORDS, stream.owner(), stored(expected), what)
}

/// Lets a visitor see the records from a position to the last, chunk after chunk.
pub(crate) fn visit_from(
    from: u64,
    last: u64,
    visit: &mut Visitor<'_>,
    chunk: impl Fn(u64, usize) -> Result<Chunk, ReadError>,
) -> Result<(), ReadError> {
    let (mut next, mut bytes) = (from.max(1), FIRST_CHUNK_BYTES);
    while next <= last {
        let chunk = chunk(next, bytes)?;
        for (position, record) in chunk.records {
            if visit(position, &record).is_break() {
                return Ok(());
            }
            next = position.saturating_add(1);
        }
        chunk.stopped.map_or(Ok(()), Err)?;
        bytes = CHUNK_BYTES;
    }
    Ok(())
}

/// Reads the record at a position.
pub(crate) fn one(
    connection: &Connection,
    place: &Place,
    (book, kind): (BookKey, Kind),
    position: u64,
) -> Result<Option<Vec<u8>>, ReadError> {
    let Some(stream) = Stream::find(connection, place, book, kind)? else { return Ok(None) };
    if position == 0 || position > stream.head.size {
        return Ok(None);
    }
    let mut statement = connection
        .prepare_cached(
            "SELECT position, record, sum FROM tuanzhang_records \
             WHERE stream = ?1 AND position = ?2",
        )
        .map_err(place.at(ATTEMPT))?;
    let found = statement
        .query_row((stream.id, stored(position)), |row| {
            let record = record(row, place, &stream, stream.record_sum());
            Ok(record.map(|(at, bytes)| (at == stored(position)).then(|| bytes.to_vec())))
        })
        .optional()
        .map_err(place.at(ATTEMPT))?;
    match found.transpose()?.flatten() {
        Some(record) => Ok(Some(record)),
        None => Err(gap(place, &stream, position, None)),
    }
}

/// Reads every row of a stream, and lets the engine check the file.
pub(crate) fn verify(
    connection: &Connection,
    place: &Place,
    (book, kind): (BookKey, Kind),
) -> Result<Coverage, ReadError> {
    let Some(stream) = Stream::find(connection, place, book, kind)? else {
        return Ok(Coverage::EMPTY);
    };
    let coverage = Walk::over(connection, place, &stream)?;
    let sql = "PRAGMA integrity_check(1)";
    let answer: String = connection
        .query_row(sql, [], |row| row.get(0))
        .map_err(place.at("checking the file's integrity"))?;
    if answer != "ok" {
        let damage = tuanzhang_log::Damage::new(place.0.clone(), answer);
        return Err(ReadError::Damaged(damage));
    }
    Ok(coverage)
}

/// A walk over the appends of a stream and their records.
struct Walk<'w> {
    place: &'w Place,
    stream: &'w Stream,
    edge: Edge,
    bytes: u64,
}

/// Bytes of a row's columns of a fixed length.
const RECORD_ROW_BYTES: u64 = 20;
const APPEND_ROW_BYTES: u64 = 60;

impl Walk<'_> {
    fn over(
        connection: &Connection,
        place: &Place,
        stream: &Stream,
    ) -> Result<Coverage, ReadError> {
        let sql = "SELECT position, record, sum FROM tuanzhang_records \
                   WHERE stream = ?1 ORDER BY position";
        let mut statement = connection.prepare_cached(sql).map_err(place.at(ATTEMPT))?;
        let mut records = statement.query([stream.id]).map_err(place.at(ATTEMPT))?;
        let sql = "SELECT first, count, root, sum FROM tuanzhang_appends \
                   WHERE stream = ?1 ORDER BY first";
        let mut statement = connection.prepare_cached(sql).map_err(place.at(ATTEMPT))?;
        let mut appends = statement.query([stream.id]).map_err(place.at(ATTEMPT))?;

        let mut walk = Walk { place, stream, edge: Edge::new(), bytes: 0 };
        let mut frames = 0_u64;
        while let Some(row) = appends.next().map_err(place.at(ATTEMPT))? {
            let first = row.get(0).map_err(place.at(ATTEMPT))?;
            let parsed = || Some((row.get(1).ok()?, hash(row.get_ref(2).ok()?)?, row.get(3).ok()?));
            let (count, root, sum) = parsed().unwrap_or((0, stream.head.root, -1));
            walk.append(&mut records, (first, count, root), sum)?;
            frames = frames.saturating_add(1);
        }
        if let Some(row) = records.next().map_err(place.at(ATTEMPT))? {
            let position: i64 = row.get(0).map_err(place.at(ATTEMPT))?;
            let what = "a record that no append has brought";
            return Err(place.damaged(RECORDS, stream.owner(), position, what));
        }
        let head = walk.edge.head();
        if walk.edge != stream.edge || head != stream.head {
            let Stream { head: stated, .. } = stream;
            let what = format!(
                "{} records and root {} are stated, {} and {} follow",
                stated.size, stated.root, head.size, head.root
            );
            return Err(place.damaged(STREAMS, stream.owner(), None, what));
        }
        Ok(Coverage { records: head.size, frames, bytes: walk.bytes, unvouched: 0, head })
    }

    /// Checks an append's row and takes its records.
    fn append(
        &mut self,
        records: &mut Rows<'_>,
        (first, count, root): (i64, i64, Hash),
        sum: i64,
    ) -> Result<(), ReadError> {
        let (place, stream) = (self.place, self.stream);
        let damaged = |what: String| place.damaged(APPENDS, stream.owner(), first, what);
        let computed = stream.append_sum().number(first).number(count).bytes(&root.0).stored();
        if computed != sum {
            return Err(damaged("the row is not what was written: its sum is another".into()));
        }
        let next = stored(self.edge.size().saturating_add(1));
        if first != next || count < 1 {
            return Err(damaged(format!("{count} records from {first} on, {next} is the next")));
        }
        for expected in (first..).take(usize::try_from(count).unwrap_or(usize::MAX)) {
            let row = records.next().map_err(place.at(ATTEMPT))?;
            let expected = u64::try_from(expected).unwrap_or(u64::MAX);
            let Some(row) = row else { return Err(gap(place, stream, expected, None)) };
            let (position, bytes) = record(row, place, stream, stream.record_sum())?;
            if position != stored(expected) {
                return Err(gap(place, stream, expected, Some(position)));
            }
            self.edge.push(leaf_hash(bytes));
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            self.bytes = self.bytes.saturating_add(length).saturating_add(RECORD_ROW_BYTES);
        }
        if self.edge.root() != root {
            return Err(damaged(format!("root {root} is stated, {} follows", self.edge.root())));
        }
        self.bytes = self.bytes.saturating_add(APPEND_ROW_BYTES);
        Ok(())
    }
}
