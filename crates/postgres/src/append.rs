//! The append: one statement, which is a transaction of its own, in one round trip.
//!
//! The row of the stream is changed only where it is the one that the caller knows; the records are
//! inserted from what that has returned, so they come with it or not at all. Another append of the same
//! stream waits at that row.
//!
//! | the connection, the process or the server ends | then | answer |
//! |---|---|---|
//! | before the statement is sent | nothing is written | `Unavailable` |
//! | the server answers `ERROR` | rolled back | `Unavailable` |
//! | after it was sent | all or nothing, perhaps later | `Unknown`; the next call makes sure of it ([`crate::doubt`]) |
//! | the server warns that it didn't wait for the standby | written, perhaps not replicated | `Unknown` |

use tokio_postgres::types::Type;
use tuanzhang_log::tree::leaf_hash;
use tuanzhang_log::{AppendError, Durability};

use crate::place::{Fault, Place};
use crate::pool::Lent;
use crate::rows::{APPENDS, Owner, STREAMS, Stream, Sum, Uuid, stored};
use crate::server::{level, number, said};

/// What stands behind the change of the stream's row, in both statements.
macro_rules! rows {
    () => {
        " RETURNING s.size), \
         put AS (\
           INSERT INTO tuanzhang.records (book, kind, position, record, sum) \
           SELECT $1, $2, $3 + r.n, r.record, r.sum \
           FROM head, unnest($10::bytea[], $11::bigint[]) WITH ORDINALITY AS r (record, sum, n)), \
         noted AS (\
           INSERT INTO tuanzhang.appends (book, kind, first, count, root, sum) \
           SELECT $1, $2, $3 + 1, head.size - $3, $6, $12 FROM head) \
         SELECT said.level, head.size FROM said LEFT JOIN head ON true"
    };
}

/// Of a stream that has a row. $1 book, $2 kind, $3 size and $4 root before, $5 size, $6 root, $7 edge and
/// $8 sum behind, $9 epoch, $10 records with $11 their sums, $12 sum of the append's row, $13 the least
/// durability.
const GROW: &str = concat!(
    said!(),
    ", head AS (\
       UPDATE tuanzhang.streams AS s SET size = $5, root = $6, edge = $7, sum = $8 \
       WHERE s.book = $1 AND s.kind = $2 AND s.size = $3 AND s.root = $4 AND s.epoch = $9 \
         AND (SELECT level FROM said) >= $13",
    rows!()
);

/// Of a stream without a row; the same parameters.
const BEGIN: &str = concat!(
    said!(),
    ", head AS (\
       INSERT INTO tuanzhang.streams AS s (book, kind, size, root, edge, epoch, sum) \
       SELECT $1, $2, $5, $6, $7, $9, $8 WHERE (SELECT level FROM said) >= $13 AND $3 = 0 \
       ON CONFLICT DO NOTHING",
    rows!()
);

/// What an append came to.
#[derive(Debug)]
pub(crate) enum Came {
    /// All of it is there.
    Written(Stream),
    /// Nothing was written: the stream is another one than was known.
    Changed,
    /// Nothing was written: the server would not have made it durable enough.
    TooWeak(Durability),
    /// Nothing was written, and why.
    Refused(Fault),
    /// It may be there, or come.
    Unknown(String),
}

/// Sends an append behind a stream that is known.
pub(crate) fn append(
    lent: &Lent<'_>,
    known: &Stream,
    records: &[&[u8]],
    least: Durability,
) -> Came {
    let next = after(known, records);
    let (before, behind) = (stored(known.head.size), stored(next.head.size));
    let first = before.saturating_add(1);
    let sum = Sum::of_records(known.owner);
    let sums: Vec<i64> =
        (first..).zip(records).map(|(at, record)| sum.number(at).bytes(record).stored()).collect();
    let (old_root, root, edge) = (known.head.root.0, next.head.root.0, next.edge.to_bytes());
    let count = behind.saturating_sub(before);
    let of_append = Sum::of_appends(known.owner).number(first).number(count).bytes(&root).stored();
    let (book, kind) = (Uuid(known.owner.0), known.owner.1.number());
    let sql = if known.has_row() { GROW } else { BEGIN };
    let answer = lent.ask(
        sql,
        &[
            (&book, Type::UUID),
            (&kind, Type::INT2),
            (&before, Type::INT8),
            (&old_root.as_slice(), Type::BYTEA),
            (&behind, Type::INT8),
            (&root.as_slice(), Type::BYTEA),
            (&edge, Type::BYTEA),
            (&next.sum(), Type::INT8),
            (&next.epoch, Type::INT8),
            (&records, Type::BYTEA_ARRAY),
            (&sums, Type::INT8_ARRAY),
            (&of_append, Type::INT8),
            (&number(least), Type::INT4),
        ],
    );
    let rows = match answer {
        Ok(rows) => rows,
        Err(Fault::Lost(what)) => return Came::Unknown(what),
        Err(fault) => return Came::Refused(fault),
    };
    let Some(row) = rows.first() else { return Came::Unknown("the answer is empty".into()) };
    let found = level(row, 0);
    match row.try_get::<_, Option<i64>>(1) {
        Ok(Some(size)) if size == behind => match lent.warning() {
            None => Came::Written(next),
            Some(what) => Came::Unknown(format!("the server warns: {what}")),
        },
        Ok(None) if found < least => Came::TooWeak(found),
        Ok(None) => Came::Changed,
        Ok(Some(_)) | Err(_) => Came::Unknown("the answer is not one of ours".into()),
    }
}

/// The stream with the records behind it.
fn after(known: &Stream, records: &[&[u8]]) -> Stream {
    let mut edge = known.edge.clone();
    for record in records {
        edge.push(leaf_hash(record));
    }
    Stream { head: edge.head(), edge, epoch: known.epoch.max(1), ..known.clone() }
}

/// What a refused append is to the caller.
pub(crate) fn refused(place: &Place, owner: Owner, first: u64, fault: &Fault) -> AppendError {
    use tokio_postgres::error::SqlState;
    if let Fault::Refused(error) = fault
        && *error.code() == SqlState::UNIQUE_VIOLATION
    {
        let table = if error.table() == Some("appends") { APPENDS } else { crate::rows::RECORDS };
        let what = format!("a row stands where {STREAMS} says there is none: {fault}");
        return place.damaged(table, owner, stored(first), what).into();
    }
    place.fault("appending", fault).into()
}
