//! A walk over all rows of a stream in one snapshot, a chunk at a time.

use std::ops::ControlFlow;

use tokio_postgres::Row;
use tuanzhang_log::tree::{Edge, leaf_hash};
use tuanzhang_log::{Coverage, Hash, ReadError};

use crate::place::Place;
use crate::pool::{Lent, Pool};
use crate::read::{Chunks, Named, ask_in, find_in};
use crate::rows::{APPENDS, Owner, RECORDS, STREAMS, Stream, Sum, hash, stored};

/// Bytes of a row's columns of a fixed length.
const RECORD_ROW_BYTES: u64 = 34;
const APPEND_ROW_BYTES: u64 = 74;

/// The next appends behind one ($3).
const APPENDS_BEHIND: &str = "\
    SELECT first, count, root, sum FROM tuanzhang.appends \
    WHERE book = $1 AND kind = $2 AND first > $3 ORDER BY first LIMIT 512";
/// A record at a position that the head ($3) doesn't know.
const BEYOND: &str = "\
    SELECT position FROM tuanzhang.records \
    WHERE book = $1 AND kind = $2 AND (position < 1 OR position > $3) ORDER BY position LIMIT 1";

/// Reads every row of a stream in one snapshot.
pub(crate) fn verify(pool: &Pool, owner: Owner) -> Result<Coverage, ReadError> {
    let mut lent = pool.lend()?;
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    if lent.run(begin).is_err() {
        // Lost while nobody looked: once more on a new one.
        drop(lent);
        pool.forget();
        lent = pool.lend()?;
        lent.run(begin).map_err(pool.place().at("beginning to read"))?;
    }
    let coverage = match find_in(&lent, owner)? {
        Some(stream) => Walk::over(&lent, &stream)?,
        None => Coverage::EMPTY,
    };
    lent.run("COMMIT").map_err(pool.place().at("ending to read"))?;
    lent.keep();
    Ok(coverage)
}

struct Walk<'w> {
    lent: &'w Lent<'w>,
    place: &'w Place,
    stream: &'w Stream,
    edge: Edge,
    bytes: u64,
    frames: u64,
}

/// A row of `tuanzhang.appends` whose sum is right.
struct Append {
    first: i64,
    count: u64,
    root: Hash,
}

impl Walk<'_> {
    fn over(lent: &Lent<'_>, stream: &Stream) -> Result<Coverage, ReadError> {
        let place = lent.place();
        let mut walk = Walk { lent, place, stream, edge: Edge::new(), bytes: 0, frames: 0 };
        let mut last = i64::MIN;
        loop {
            let rows = ask_in(lent)(APPENDS_BEHIND, &Named::of(stream.owner).with([&last]))?;
            if rows.is_empty() {
                break;
            }
            let appends: Result<Vec<_>, _> = rows.iter().map(|row| walk.append(row)).collect();
            let appends = appends?;
            walk.records(&appends)?;
            last = appends.last().map_or(i64::MAX, |append| append.first);
        }
        walk.ends()
    }

    /// Reads an append's row; that it follows is seen when its records are read.
    fn append(&self, row: &Row) -> Result<Append, ReadError> {
        let first: i64 = row.try_get(0).unwrap_or_default();
        let parsed = || {
            Some((row.try_get::<_, i64>(1).ok()?, hash(row, 2)?, row.try_get::<_, i64>(3).ok()?))
        };
        let damaged = |what: String| self.place.damaged(APPENDS, self.stream.owner, first, what);
        let sum = Sum::of_appends(self.stream.owner).number(first);
        match parsed() {
            Some((count, root, stated)) if sum.number(count).bytes(&root.0).stored() == stated => {
                let count = u64::try_from(count).unwrap_or_default();
                Ok(Append { first, count, root })
            }
            _ => Err(damaged("the row is not what was written: its sum is another".into())),
        }
    }

    /// Reads the records of appends that follow each other.
    fn records(&mut self, appends: &[Append]) -> Result<(), ReadError> {
        let from = self.edge.size().saturating_add(1);
        let mut next = from;
        for append in appends {
            if append.first != stored(next) || append.count == 0 {
                let what = format!(
                    "{} records from {} on, {next} is the next",
                    append.count, append.first
                );
                return Err(self.place.damaged(APPENDS, self.stream.owner, append.first, what));
            }
            next = next.saturating_add(append.count);
        }
        let mut ends = appends.iter();
        let mut open = ends.next();
        let (place, stream) = (self.place, self.stream);
        let (edge, bytes, frames) = (&mut self.edge, &mut self.bytes, &mut self.frames);
        let mut wrong = None;
        let mut each = |position: u64, record: &[u8]| {
            edge.push(leaf_hash(record));
            let length = u64::try_from(record.len()).unwrap_or(u64::MAX);
            *bytes = bytes.saturating_add(length).saturating_add(RECORD_ROW_BYTES);
            let Some(append) = open else { return ControlFlow::Break(()) };
            if stored(position)
                < append.first.saturating_add_unsigned(append.count.saturating_sub(1))
            {
                return ControlFlow::Continue(());
            }
            if edge.root() != append.root {
                let what = format!("root {} is stated, {} follows", append.root, edge.root());
                wrong = Some(place.damaged(APPENDS, stream.owner, append.first, what));
                return ControlFlow::Break(());
            }
            *bytes = bytes.saturating_add(APPEND_ROW_BYTES);
            *frames = frames.saturating_add(1);
            open = ends.next();
            ControlFlow::Continue(())
        };
        // One that reaches behind the head: its records are missing there.
        let to = next.saturating_sub(1);
        if to > stream.head.size {
            let what = format!("reaches to {to}, the head says {} records", stream.head.size);
            let first = appends.last().map(|append| append.first);
            return Err(place.damaged(APPENDS, stream.owner, first, what));
        }
        let mut chunks = Chunks::of(place, stream, from, to);
        while chunks.next(ask_in(self.lent), &mut each)? {}
        wrong.map_or(Ok(()), Err)
    }

    /// Compares what was read with the head.
    fn ends(self) -> Result<Coverage, ReadError> {
        let Walk { lent, place, stream, edge, bytes, frames } = self;
        let size = stored(stream.head.size);
        let beyond = ask_in(lent)(BEYOND, &Named::of(stream.owner).with([&size]))?;
        if let Some(row) = beyond.first() {
            let position: i64 = row.try_get(0).unwrap_or_default();
            let what = "a record that no append has brought";
            return Err(place.damaged(RECORDS, stream.owner, position, what));
        }
        let head = edge.head();
        if edge != stream.edge || head != stream.head {
            let stated = stream.head;
            let what = format!(
                "{} records and root {} are stated, {} and {} follow",
                stated.size, stated.root, head.size, head.root
            );
            return Err(place.damaged(STREAMS, stream.owner, None, what));
        }
        Ok(Coverage { records: head.size, frames, bytes, unvouched: 0, head })
    }
}
