//! Reading records back: decoded, checked against their place, a chunk at a time.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use tuanzhang_core::activity::ActivityRecord;
use tuanzhang_core::{Position, Record};
use tuanzhang_log::{BookKey, Store, Visitor};
use tuanzhang_wire::DecodeError;
use tuanzhang_wire::activity::{self, ActivityHead};

use crate::error::RecordsError;
use crate::ledger::Shared;

/// Most records of one chunk.
const CHUNK_RECORDS_MAX: usize = 4_096;
/// A chunk ends once it has so many bytes.
const CHUNK_BYTES_ENOUGH: usize = 4 << 20;

/// What bytes at a position are read as.
pub(crate) trait Stored: Sized {
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError>;
    fn position(&self) -> Position;
}

impl Stored for Record {
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        tuanzhang_wire::decode(bytes)
    }

    fn position(&self) -> Position {
        self.head.position
    }
}

impl Stored for ActivityRecord {
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        activity::decode(bytes)
    }

    fn position(&self) -> Position {
        self.position
    }
}

impl Stored for ActivityHead {
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        activity::decode_head(bytes)
    }

    fn position(&self) -> Position {
        self.position
    }
}

/// Decodes the bytes that stand at a position.
pub(crate) fn decode<T: Stored>(position: Position, bytes: &[u8]) -> Result<T, RecordsError> {
    let record = T::decode(bytes).map_err(|source| {
        if source.needs_newer_version() {
            RecordsError::NeedsNewerVersion { position, source }
        } else {
            RecordsError::Decode { position, source }
        }
    })?;
    let found = record.position();
    if found != position {
        return Err(RecordsError::Misplaced { expected: position, found });
    }
    Ok(record)
}

/// Visits all records from a position on, decoded.
pub(crate) fn visit<T: Stored, E: From<RecordsError>>(
    store: &dyn Store,
    key: BookKey,
    from: Position,
    see: impl FnMut(T, &[u8]) -> Result<ControlFlow<()>, E>,
) -> Result<(), E> {
    each(from, see, |visitor| store.read(key, from.get(), visitor))?
        .map_err(RecordsError::Store)?;
    Ok(())
}

/// Lets something visit records from a position on, decoded; gives its answer.
pub(crate) fn each<T: Stored, E: From<RecordsError>, R>(
    from: Position,
    mut see: impl FnMut(T, &[u8]) -> Result<ControlFlow<()>, E>,
    read: impl FnOnce(&mut Visitor<'_>) -> R,
) -> Result<R, E> {
    let mut failure = None;
    let mut next = from;
    let answer = read(&mut |position, bytes| {
        let (place, found) = (next, Position::new(position));
        next = next.next();
        let seen = if place == found {
            decode(place, bytes).map_err(E::from).and_then(|record| see(record, bytes))
        } else {
            Err(RecordsError::Misplaced { expected: place, found }.into())
        };
        seen.unwrap_or_else(|error| {
            failure = Some(error);
            ControlFlow::Break(())
        })
    });
    failure.map_or(Ok(answer), Err)
}

/// Reads some records from a position on; none at the end.
pub(crate) fn read_chunk<T: Stored>(
    store: &dyn Store,
    key: BookKey,
    from: Position,
) -> Result<Vec<T>, RecordsError> {
    let mut records = Vec::new();
    let mut size = 0_usize;
    visit(store, key, from, |record, bytes| {
        records.push(record);
        size = size.saturating_add(bytes.len());
        let full = records.len() >= CHUNK_RECORDS_MAX || size >= CHUNK_BYTES_ENOUGH;
        Ok::<_, RecordsError>(if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(records)
}

/// Reads one record.
pub(crate) fn read_one<T: Stored>(
    store: &dyn Store,
    key: BookKey,
    position: Position,
) -> Result<Option<T>, RecordsError> {
    let bytes = store.read_one(key, position.get()).map_err(RecordsError::Store)?;
    bytes.map(|bytes| decode(position, &bytes)).transpose()
}

/// The durable records of a book, in order, read a chunk at a time beside the writer. `None` is the end
/// for now: asked again later, it goes on where it stood. An error ends it.
#[derive(Debug)]
pub struct Records<'l> {
    shared: &'l Shared,
    next: Position,
    chunk: VecDeque<Record>,
    failed: bool,
}

impl<'l> Records<'l> {
    pub(crate) fn new(shared: &'l Shared, from: Position) -> Self {
        let next = from.max(Position::START.next());
        Self { shared, next, chunk: VecDeque::new(), failed: false }
    }

    /// The position that comes next: what to keep in order to go on from here another time.
    pub const fn next_position(&self) -> Position {
        self.next
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, RecordsError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.chunk.is_empty() && !self.failed {
            let key = self.shared.key()?;
            match read_chunk(&self.shared.store, key, self.next) {
                Ok(records) => self.chunk = records.into(),
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
        let record = self.chunk.pop_front()?;
        self.next = self.next.next();
        Some(Ok(record))
    }
}
