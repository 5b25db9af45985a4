//! Rows of the tables as values, each with its sum checked.
//!
//! A row's sum is CRC-32C over: a letter for the table, the book's key (16 bytes), the stream's kind
//! (1 byte), then the row's other columns in their order; integers are i64, little-endian, bytes as
//! they are.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tuanzhang_log::tree::Edge;
use tuanzhang_log::{BookKey, Hash, ReadError, TreeHead};

use crate::place::Place;

/// Which of a book's two streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Book,
    Activity,
}

impl Kind {
    /// As it stands in the tables.
    pub(crate) const fn number(self) -> i16 {
        match self {
            Self::Book => 1,
            Self::Activity => 2,
        }
    }

    const fn byte(self) -> u8 {
        match self {
            Self::Book => 1,
            Self::Activity => 2,
        }
    }

    const fn from_number(number: i16) -> Option<Self> {
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

/// A stream's name: a book, and which of its two streams.
pub(crate) type Owner = (BookKey, Kind);

pub(crate) const STREAMS: &str = "tuanzhang.streams";
pub(crate) const RECORDS: &str = "tuanzhang.records";
pub(crate) const APPENDS: &str = "tuanzhang.appends";

/// A book's key as a column of type `uuid`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Uuid(pub(crate) BookKey);

impl ToSql for Uuid {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(&self.0.0);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::UUID
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Uuid {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(BookKey(raw.try_into()?)))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::UUID
    }
}

/// A sum that has taken in what all rows of a stream in a table have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sum(u32);

impl Sum {
    fn of(table: u8, (book, kind): Owner) -> Self {
        Self(crc32c::crc32c(&[table])).bytes(&book.0).bytes(&[kind.byte()])
    }

    /// Of the rows of `tuanzhang.records`.
    pub(crate) fn of_records(owner: Owner) -> Self {
        Self::of(b'r', owner)
    }

    /// Of the rows of `tuanzhang.appends`.
    pub(crate) fn of_appends(owner: Owner) -> Self {
        Self::of(b'a', owner)
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

/// A stream: a row of `tuanzhang.streams`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stream {
    pub(crate) owner: Owner,
    pub(crate) head: TreeHead,
    pub(crate) edge: Edge,
    /// From 1; raised to make sure that an append whose answer was lost can't come any more.
    pub(crate) epoch: i64,
}

impl Stream {
    /// A stream that isn't there.
    pub(crate) const fn absent(owner: Owner) -> Self {
        Self { owner, head: TreeHead::EMPTY, edge: Edge::new(), epoch: 0 }
    }

    /// Whether it is there, perhaps without a record.
    pub(crate) const fn has_row(&self) -> bool {
        self.epoch > 0
    }

    pub(crate) fn sum(&self) -> i64 {
        let sum = Sum::of(b's', self.owner).number(stored(self.head.size));
        let sum = sum.bytes(&self.head.root.0).bytes(&self.edge.to_bytes());
        sum.number(self.epoch).stored()
    }

    /// Reads a row's first columns; says what is wrong with it.
    pub(crate) fn read(row: &Row, place: &Place) -> Result<Self, ReadError> {
        let parse = || -> Option<(Self, i64)> {
            let Uuid(book) = row.try_get(0).ok()?;
            let kind = Kind::from_number(row.try_get(1).ok()?)?;
            let size = u64::try_from(row.try_get::<_, i64>(2).ok()?).ok()?;
            let root = hash(row, 3)?;
            let edge = Edge::from_bytes(row.try_get(4).ok()?).ok()?;
            let head = TreeHead { size, root };
            let stream = Self { owner: (book, kind), head, edge, epoch: row.try_get(5).ok()? };
            Some((stream, row.try_get(6).ok()?))
        };
        let wrong = |what: &str| {
            let name = row.try_get(0).map_or_else(|_| "?".to_owned(), |Uuid(key)| key.to_string());
            place.damaged_table(STREAMS, format!("row of book {name}: {what}"))
        };
        let (stream, sum) = parse().ok_or_else(|| wrong("a column is not what was written"))?;
        if stream.sum() != sum || stream.edge.size() != stream.head.size {
            return Err(wrong("the row is not what was written: its sum is another"));
        }
        Ok(stream)
    }
}

/// Reads a position, a record and its sum from a column on; checks the sum.
pub(crate) fn record<'r>(
    row: &'r Row,
    from: usize,
    place: &Place,
    owner: Owner,
) -> Result<(i64, &'r [u8]), ReadError> {
    let position: i64 = row.try_get(from).unwrap_or_default();
    let parse = || -> Option<(&'r [u8], i64)> {
        let next = from.saturating_add(1);
        Some((row.try_get(next).ok()?, row.try_get(next.saturating_add(1)).ok()?))
    };
    match parse() {
        Some((bytes, stated))
            if Sum::of_records(owner).number(position).bytes(bytes).stored() == stated =>
        {
            Ok((position, bytes))
        }
        _ => {
            let what = "the record is not what was written: its sum is another";
            Err(place.damaged(RECORDS, owner, position, what))
        }
    }
}

/// A root of 32 bytes.
pub(crate) fn hash(row: &Row, column: usize) -> Option<Hash> {
    Some(Hash(row.try_get::<_, &[u8]>(column).ok()?.try_into().ok()?))
}

/// A size or position as it stands in a column. One that doesn't fit was never written.
pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
