//! Rows of the tables as values, each with its sum checked.
//!
//! A row's sum is CRC-32C over: a letter for the table, the book's key (16 bytes), the stream's kind
//! (1 byte), the stream's id, then the row's other columns in their order; integers are i64,
//! little-endian, blobs as they are.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};
use tuanzhang_log::tree::Edge;
use tuanzhang_log::{BookKey, Hash, ReadError, TreeHead};

use crate::place::Place;

/// Which of a book's two streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Book,
    Activity,
}

impl Kind {
    /// As it stands in `tuanzhang_streams`.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Book => 1,
            Self::Activity => 2,
        }
    }

    const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Book),
            2 => Some(Self::Activity),
            _ => None,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Book => "records",
            Self::Activity => "activity",
        }
    }
}

pub(crate) const STREAMS: &str = "tuanzhang_streams";
pub(crate) const RECORDS: &str = "tuanzhang_records";
pub(crate) const APPENDS: &str = "tuanzhang_appends";

/// A sum that has taken in what all rows of a stream in a table have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sum(u32);

impl Sum {
    pub(crate) fn of(table: u8, book: BookKey, kind: Kind, stream: i64) -> Self {
        Self(crc32c::crc32c(&[table])).bytes(&book.0).bytes(&[kind.number()]).number(stream)
    }

    pub(crate) fn number(self, number: i64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        Self(crc32c::crc32c_append(self.0, bytes))
    }

    /// As it stands in the column.
    pub(crate) fn stored(self) -> i64 {
        i64::from(self.0)
    }
}

/// A stream: a row of `tuanzhang_streams`.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) id: i64,
    pub(crate) book: BookKey,
    pub(crate) kind: Kind,
    pub(crate) head: TreeHead,
    pub(crate) edge: Edge,
}

impl Stream {
    const COLUMNS: &str = "id, book, kind, size, root, edge, sum";

    pub(crate) const fn owner(&self) -> (BookKey, Kind) {
        (self.book, self.kind)
    }

    pub(crate) fn record_sum(&self) -> Sum {
        Sum::of(b'r', self.book, self.kind, self.id)
    }

    pub(crate) fn append_sum(&self) -> Sum {
        Sum::of(b'a', self.book, self.kind, self.id)
    }

    pub(crate) fn sum(&self) -> i64 {
        let sum = Sum::of(b's', self.book, self.kind, self.id).number(stored(self.head.size));
        sum.bytes(&self.head.root.0).bytes(&self.edge.to_bytes()).stored()
    }

    /// Reads a row; says what is wrong with it.
    fn read(row: &Row<'_>, place: &Place) -> Result<Self, ReadError> {
        let id: i64 = row.get(0).map_err(place.at("reading a stream"))?;
        let wrong = |what: &str| place.damaged_table(STREAMS, format!("row {id}: {what}"));
        let parse = || -> Option<(Self, i64)> {
            let book = BookKey(row.get_ref(1).ok()?.as_blob().ok()?.try_into().ok()?);
            let kind = Kind::from_number(row.get(2).ok()?)?;
            let size = u64::try_from(row.get::<_, i64>(3).ok()?).ok()?;
            let root = hash(row.get_ref(4).ok()?)?;
            let edge = Edge::from_bytes(row.get_ref(5).ok()?.as_blob().ok()?).ok()?;
            let stream = Self { id, book, kind, head: TreeHead { size, root }, edge };
            Some((stream, row.get(6).ok()?))
        };
        let (stream, sum) = parse().ok_or_else(|| wrong("a column is not what was written"))?;
        if stream.sum() != sum || stream.edge.size() != stream.head.size {
            return Err(wrong("the row is not what was written: its sum is another"));
        }
        Ok(stream)
    }

    /// Finds a stream; when there is none, makes sure that it isn't there under a changed name.
    pub(crate) fn find(
        connection: &Connection,
        place: &Place,
        book: BookKey,
        kind: Kind,
    ) -> Result<Option<Self>, ReadError> {
        const ATTEMPT: &str = "looking for a book";
        let sql = format!(
            "SELECT {} FROM tuanzhang_streams WHERE book = ?1 AND kind = ?2",
            Self::COLUMNS
        );
        let mut statement = connection.prepare_cached(&sql).map_err(place.at(ATTEMPT))?;
        let found = statement
            .query_row(params![book.0, kind.number()], |row| Ok(Self::read(row, place)))
            .optional()
            .map_err(place.at(ATTEMPT))?;
        let Some(stream) = found.transpose()? else {
            let mut all = Self::all(connection, place)?.into_iter();
            return all.find(|stream| stream.owner() == (book, kind)).map_or(Ok(None), |stream| {
                let what = "the row is there, but the index doesn't find it";
                Err(place.damaged(STREAMS, stream.owner(), None, what))
            });
        };
        if stream.owner() != (book, kind) {
            let what = format!("the index leads to row {}, another book's", stream.id);
            return Err(place.damaged(STREAMS, (book, kind), None, what));
        }
        Ok(Some(stream))
    }

    /// Reads all streams, without an index, and makes sure that no row belongs to another one.
    pub(crate) fn all(connection: &Connection, place: &Place) -> Result<Vec<Self>, ReadError> {
        const ATTEMPT: &str = "listing the books";
        let sql =
            format!("SELECT {} FROM tuanzhang_streams NOT INDEXED ORDER BY id", Self::COLUMNS);
        let mut statement = connection.prepare_cached(&sql).map_err(place.at(ATTEMPT))?;
        let rows = statement.query_map([], |row| Ok(Self::read(row, place)));
        let mut streams = Vec::new();
        for row in rows.map_err(place.at(ATTEMPT))? {
            streams.push(row.map_err(place.at(ATTEMPT))??);
        }
        for table in [RECORDS, APPENDS] {
            let sql =
                format!("SELECT stream FROM {table} WHERE stream > ?1 ORDER BY stream LIMIT 1");
            let mut next = connection.prepare_cached(&sql).map_err(place.at(ATTEMPT))?;
            let mut last = i64::MIN;
            loop {
                let found = next.query_row([last], |row| row.get(0)).optional();
                let Some(id) = found.map_err(place.at(ATTEMPT))? else { break };
                if id <= last || !streams.iter().any(|stream| stream.id == id) {
                    let what = format!("rows of stream {id}, which {STREAMS} doesn't have");
                    return Err(place.damaged_table(table, what));
                }
                last = id;
            }
        }
        Ok(streams)
    }

    /// Writes the head; the first one makes the row.
    pub(crate) fn save(&self, connection: &Connection) -> rusqlite::Result<()> {
        let sql = "INSERT INTO tuanzhang_streams (id, book, kind, size, root, edge, sum) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET \
                   size = excluded.size, root = excluded.root, edge = excluded.edge, \
                   sum = excluded.sum";
        let (size, root, edge) = (stored(self.head.size), self.head.root.0, self.edge.to_bytes());
        let values =
            params![self.id, self.book.0, self.kind.number(), size, root, edge, self.sum()];
        connection.prepare_cached(sql)?.execute(values).map(drop)
    }
}

/// Reads position, record and sum; checks the sum.
pub(crate) fn record<'r>(
    row: &'r Row<'_>,
    place: &Place,
    stream: &Stream,
    sum: Sum,
) -> Result<(i64, &'r [u8]), ReadError> {
    let position: i64 = row.get(0).map_err(place.at("reading a record"))?;
    let parse = || -> Option<(&'r [u8], i64)> {
        Some((row.get_ref(1).ok()?.as_blob().ok()?, row.get(2).ok()?))
    };
    match parse() {
        Some((bytes, stated)) if sum.number(position).bytes(bytes).stored() == stated => {
            Ok((position, bytes))
        }
        _ => {
            let what = "the record is not what was written: its sum is another";
            Err(place.damaged(RECORDS, stream.owner(), position, what))
        }
    }
}

/// A root of 32 bytes.
pub(crate) fn hash(value: ValueRef<'_>) -> Option<Hash> {
    Some(Hash(value.as_blob().ok()?.try_into().ok()?))
}

/// A size or position as it stands in a column. One that doesn't fit was never written.
pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
