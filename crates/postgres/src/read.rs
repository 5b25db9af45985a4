//! Reading streams and their records.
//!
//! Each look is one statement, so one snapshot; none is held while somebody looks at a record, for what
//! is there never changes.

use tokio_postgres::Row;
use tokio_postgres::types::Type;
use tuanzhang_log::{ReadError, TreeHead};

use crate::link::Parameter;
use crate::place::{Fault, Place};
use crate::pool::{Lent, Pool};
use crate::rows::{APPENDS, Kind, Owner, RECORDS, STREAMS, Stream, Uuid, hash, record, stored};

pub(crate) const ATTEMPT: &str = "reading records";

/// Most positions that are asked for at a time, and how many at first.
const CHUNK_POSITIONS_MAX: u64 = 4_096;
const CHUNK_POSITIONS_FIRST: u64 = 128;
/// Bytes of records behind which a chunk ends, with the record that passes them.
const CHUNK_BYTES: u64 = 1 << 20;

/// What stands behind the columns of a stream: whether rows stand under the name of one without a row.
macro_rules! orphans {
    () => {
        "CASE \
           WHEN s.book IS NOT NULL THEN NULL \
           WHEN EXISTS (SELECT 1 FROM tuanzhang.records AS r WHERE r.book = $1 AND r.kind = $2) THEN 1 \
           WHEN EXISTS (SELECT 1 FROM tuanzhang.appends AS a WHERE a.book = $1 AND a.kind = $2) THEN 2 \
         END"
    };
}

/// A stream's row: $1 book, $2 kind.
const FIND: &str = concat!(
    "SELECT s.book, s.kind, s.size, s.root, s.edge, s.epoch, s.sum, ",
    orphans!(),
    " FROM (SELECT 1) AS one LEFT JOIN tuanzhang.streams AS s ON s.book = $1 AND s.kind = $2"
);

/// A stream's row, and the record at position $3.
const ONE: &str = concat!(
    "SELECT s.book, s.kind, s.size, s.root, s.edge, s.epoch, s.sum, ",
    orphans!(),
    ", r.position, r.record, r.sum \
     FROM (SELECT 1) AS one LEFT JOIN tuanzhang.streams AS s ON s.book = $1 AND s.kind = $2 \
     LEFT JOIN tuanzhang.records AS r ON r.book = $1 AND r.kind = $2 AND r.position = $3"
);

/// Records from position $3 to $4, until so many bytes ($5) stand before one.
const CHUNK: &str = "\
    SELECT position, record, sum FROM (\
      SELECT position, record, sum, \
        sum(octet_length(record)) OVER (ORDER BY position) - octet_length(record) AS before \
      FROM tuanzhang.records WHERE book = $1 AND kind = $2 AND position BETWEEN $3 AND $4) AS r \
    WHERE before < $5 ORDER BY position";

/// All streams, and all that have records without one. The names of the records' streams are looked up one
/// after the other, not by reading all records.
const ALL: &str = "\
    WITH RECURSIVE held AS (\
      (SELECT book, kind FROM tuanzhang.records ORDER BY book, kind LIMIT 1) \
      UNION ALL \
      SELECT following.book, following.kind FROM held CROSS JOIN LATERAL (\
        SELECT r.book, r.kind FROM tuanzhang.records AS r WHERE (r.book, r.kind) > (held.book, held.kind) \
        ORDER BY r.book, r.kind LIMIT 1) AS following) \
    SELECT s.book, s.kind, s.size, s.root, s.edge, s.epoch, s.sum, held.book \
    FROM tuanzhang.streams AS s FULL JOIN held ON held.book = s.book AND held.kind = s.kind";

/// The append that brought position $3.
const BROUGHT: &str = "\
    SELECT first + count - 1, root FROM tuanzhang.appends \
    WHERE book = $1 AND kind = $2 AND first <= $3 ORDER BY first DESC LIMIT 1";

/// The parameters that every statement about a stream begins with.
pub(crate) struct Named {
    book: Uuid,
    kind: i16,
}

impl Named {
    pub(crate) const fn of((book, kind): Owner) -> Self {
        Self { book: Uuid(book), kind: kind.number() }
    }

    pub(crate) fn with<'p, const N: usize>(&'p self, more: [&'p i64; N]) -> Vec<Parameter<'p>> {
        let mut all: Vec<Parameter<'p>> = vec![(&self.book, Type::UUID), (&self.kind, Type::INT2)];
        all.extend(more.map(|number| -> Parameter<'p> { (number, Type::INT8) }));
        all
    }
}

/// Finds a stream; `None` where there is none, not even rows under its name.
pub(crate) fn find(pool: &Pool, owner: Owner) -> Result<Option<Stream>, ReadError> {
    let rows = pool.look("looking for a book", FIND, &Named::of(owner).with([]))?;
    found(rows.first(), pool.place(), owner)
}

/// The same in a transaction.
pub(crate) fn find_in(lent: &Lent<'_>, owner: Owner) -> Result<Option<Stream>, ReadError> {
    let rows = lent.ask(FIND, &Named::of(owner).with([]));
    let rows = rows.map_err(lent.place().at("looking for a book"))?;
    found(rows.first(), lent.place(), owner)
}

fn found(row: Option<&Row>, place: &Place, owner: Owner) -> Result<Option<Stream>, ReadError> {
    let Some(row) = row else {
        return Err(place.unavailable("looking for a book", "the answer is empty"));
    };
    if row.try_get::<_, Option<Uuid>>(0).is_ok_and(|book| book.is_none()) {
        let table = match row.try_get::<_, Option<i32>>(7) {
            Ok(None) => return Ok(None),
            Ok(Some(1)) => RECORDS,
            Ok(Some(_)) | Err(_) => APPENDS,
        };
        let what = format!("rows of a stream that {STREAMS} doesn't have");
        return Err(place.damaged(table, owner, None, what));
    }
    let stream = Stream::read(row, place)?;
    if stream.owner != owner {
        let what = format!("the index leads to the row of book {}", stream.owner.0);
        return Err(place.damaged(STREAMS, owner, None, what));
    }
    Ok(Some(stream))
}

/// The head behind the append that brought a position; `EMPTY` where there is none.
pub(crate) fn head_behind(pool: &Pool, owner: Owner, position: u64) -> Result<TreeHead, ReadError> {
    let rows = pool.look(ATTEMPT, BROUGHT, &Named::of(owner).with([&stored(position)]))?;
    let head = |row: &Row| {
        let size = u64::try_from(row.try_get::<_, i64>(0).ok()?).ok()?;
        Some(TreeHead { size, root: hash(row, 1)? })
    };
    Ok(rows.first().and_then(head).unwrap_or(TreeHead::EMPTY))
}

/// Lists the streams of a kind that have records, by their books.
pub(crate) fn streams(pool: &Pool, kind: Kind) -> Result<Vec<Stream>, ReadError> {
    let mut streams = Vec::new();
    for row in pool.look("listing the books", ALL, &[])? {
        if row.try_get::<_, Option<Uuid>>(0).is_ok_and(|book| book.is_none()) {
            let held = row.try_get(7).map_or_else(|_| "?".into(), |Uuid(key)| key.to_string());
            let what = format!("rows of book {held}, which {STREAMS} doesn't have");
            return Err(pool.place().damaged_table(RECORDS, what));
        }
        let stream = Stream::read(&row, pool.place())?;
        if stream.owner.1 == kind && stream.head.size > 0 {
            streams.push(stream);
        }
    }
    streams.sort_unstable_by_key(|stream| stream.owner.0);
    Ok(streams)
}

/// Reads the record at a position, and the head of its stream.
pub(crate) fn one(
    pool: &Pool,
    owner: Owner,
    position: u64,
) -> Result<(TreeHead, Option<Vec<u8>>), ReadError> {
    let at = stored(position);
    let rows = pool.look(ATTEMPT, ONE, &Named::of(owner).with([&at]))?;
    let stream = found(rows.first(), pool.place(), owner)?;
    let stream = stream.unwrap_or_else(|| Stream::absent(owner));
    if position == 0 || position > stream.head.size {
        return Ok((stream.head, None));
    }
    match rows.first() {
        Some(row) if row.try_get::<_, Option<i64>>(8).is_ok_and(|at| at.is_some()) => {
            let (found, bytes) = record(row, 8, pool.place(), owner)?;
            if found == at {
                return Ok((stream.head, Some(bytes.to_vec())));
            }
            Err(gap(pool.place(), &stream, position, Some(found)))
        }
        _ => Err(gap(pool.place(), &stream, position, None)),
    }
}

pub(crate) fn gap(place: &Place, stream: &Stream, expected: u64, found: Option<i64>) -> ReadError {
    let size = stream.head.size;
    let what = match found {
        Some(found) => format!("missing: the head says {size} records, the next is {found}"),
        None => format!("missing: the head says {size} records"),
    };
    place.damaged(RECORDS, stream.owner, stored(expected), what)
}

/// Reads on, so many bytes at a time.
pub(crate) struct Chunks<'c> {
    place: &'c Place,
    stream: &'c Stream,
    next: u64,
    last: u64,
    positions: u64,
}

impl<'c> Chunks<'c> {
    /// Records of a stream from one position to another, which it has.
    pub(crate) fn of(place: &'c Place, stream: &'c Stream, from: u64, to: u64) -> Self {
        let last = to.min(stream.head.size);
        Self { place, stream, next: from.max(1), last, positions: CHUNK_POSITIONS_FIRST }
    }

    /// Asks for the next ones, and hands each out with its sum checked; says whether there are more.
    pub(crate) fn next(
        &mut self,
        ask: impl FnOnce(&str, &[Parameter<'_>]) -> Result<Vec<Row>, ReadError>,
        mut each: impl FnMut(u64, &[u8]) -> std::ops::ControlFlow<()>,
    ) -> Result<bool, ReadError> {
        if self.next > self.last {
            return Ok(false);
        }
        let to = self.last.min(self.next.saturating_add(self.positions.saturating_sub(1)));
        let (from, to, bytes) = (stored(self.next), stored(to), stored(CHUNK_BYTES));
        let rows = ask(CHUNK, &Named::of(self.stream.owner).with([&from, &to, &bytes]))?;
        let (mut taken, mut bytes) = (0_u64, 0_u64);
        for row in &rows {
            let (position, record) = record(row, 0, self.place, self.stream.owner)?;
            if position != stored(self.next) {
                return Err(gap(self.place, self.stream, self.next, Some(position)));
            }
            if each(self.next, record).is_break() {
                return Ok(false);
            }
            self.next = self.next.saturating_add(1);
            taken = taken.saturating_add(1);
            bytes = bytes.saturating_add(u64::try_from(record.len()).unwrap_or(u64::MAX));
        }
        let Some(average) = bytes.max(taken).checked_div(taken) else {
            return Err(gap(self.place, self.stream, self.next, None));
        };
        // As many as should fit, so that the server doesn't look at many more than it gives.
        let fit = CHUNK_BYTES.checked_div(average).unwrap_or(1);
        self.positions = fit.clamp(1, CHUNK_POSITIONS_MAX);
        Ok(self.next <= self.last)
    }
}

/// An answer within a transaction as the reader of a stream wants it.
pub(crate) fn ask_in<'l>(
    lent: &'l Lent<'_>,
) -> impl Fn(&str, &[Parameter<'_>]) -> Result<Vec<Row>, ReadError> + use<'l> {
    move |sql, parameters| {
        let answer: Result<_, Fault> = lent.ask(sql, parameters);
        answer.map_err(lent.place().at(ATTEMPT))
    }
}
