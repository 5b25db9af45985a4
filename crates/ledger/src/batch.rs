//! One batch while it is decided: its records, their bytes, its answers. Kept between batches for its
//! room; of no effect on anything until it is appended.

use std::sync::Arc;

use tuanzhang_core::{Event, Position, Record, Rejection};
use tuanzhang_log::{APPEND_BYTES_MAX, BookKey};
use tuanzhang_wire::{EncodeError, book_key};

use crate::request::Answer;

/// The records, bytes and answers of one batch.
#[derive(Debug)]
pub(crate) struct Batch {
    /// The durable position that the batch is decided on.
    pub(crate) base: Position,
    pub(crate) records: Vec<Arc<Record>>,
    pub(crate) answers: Vec<Answer>,
    bytes: Vec<u8>,
    /// End of each record within `bytes`, ascending.
    ends: Vec<usize>,
}

/// What became of a record that was to be added.
#[derive(Debug)]
pub(crate) enum Added {
    /// It is the batch's last.
    Record(Arc<Record>),
    /// It alone is too large for any store.
    TooLarge(Rejection),
    /// The batch has no room for it; it comes first in the next one.
    Full,
}

impl Batch {
    pub(crate) const fn new() -> Self {
        Self {
            base: Position::START,
            records: Vec::new(),
            answers: Vec::new(),
            bytes: Vec::new(),
            ends: Vec::new(),
        }
    }

    pub(crate) fn begin(&mut self, base: Position) {
        self.base = base;
        self.records.clear();
        self.answers.clear();
        self.bytes.clear();
        self.ends.clear();
    }

    /// Encodes a record behind the others, if it is within the limits.
    ///
    /// # Errors
    /// The codec refused what the rules made: a defect, not a matter of size.
    pub(crate) fn add(&mut self, record: Record) -> Result<Added, EncodeError> {
        let start = self.bytes.len();
        let encoded = tuanzhang_wire::encode_into(&mut self.bytes, &record);
        let end = self.bytes.len();
        if encoded.is_err() || number(end) > APPEND_BYTES_MAX {
            self.bytes.truncate(start);
        }
        let too_large =
            |what, limit, actual| Added::TooLarge(Rejection::TooLarge { what, limit, actual });
        match encoded {
            Ok(()) if number(end) > APPEND_BYTES_MAX => return Ok(Added::Full),
            Ok(()) => {}
            Err(EncodeError::TooLarge { bytes, limit }) => {
                return Ok(too_large("bytes of an encoded record", limit, bytes));
            }
            Err(EncodeError::TooManyEvents { events, limit }) => {
                return Ok(too_large("events of a record", u64::from(limit), number(events)));
            }
            Err(error) => return Err(error),
        }
        let record = Arc::new(record);
        self.ends.push(end);
        self.records.push(Arc::clone(&record));
        Ok(Added::Record(record))
    }

    /// The batch's own record at a position.
    pub(crate) fn record(&self, position: Position) -> Option<&Arc<Record>> {
        let behind = position.get().checked_sub(self.base.next().get())?;
        self.records.get(usize::try_from(behind).ok()?)
    }

    /// The bytes of each record.
    pub(crate) fn slices(&self) -> Vec<&[u8]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).filter_map(|(start, end)| self.bytes.get(*start..*end)).collect()
    }

    pub(crate) fn bytes_len(&self) -> usize {
        self.bytes.len()
    }

    /// The book that the batch opens.
    pub(crate) fn opens(&self) -> Option<BookKey> {
        let Event::BookOpened(opened) = self.records.first()?.events.first()? else { return None };
        Some(book_key(opened.book))
    }
}

fn number(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
