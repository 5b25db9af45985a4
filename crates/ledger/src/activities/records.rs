//! The records of an activity stream, in order.

use std::collections::VecDeque;

use tuanzhang_core::Position;
use tuanzhang_core::activity::ActivityRecord;
use tuanzhang_log::{BookKey, Store};

use crate::error::RecordsError;
use crate::records::read_chunk;

/// The durable records of an activity stream, in order, read a chunk at a time beside the writer. `None`
/// is the end for now: asked again later, it goes on where it stood. An error ends it.
#[derive(Debug)]
pub struct ActivityRecords<'a> {
    store: &'a dyn Store,
    key: BookKey,
    next: Position,
    chunk: VecDeque<ActivityRecord>,
    failed: bool,
}

impl<'a> ActivityRecords<'a> {
    pub(crate) fn new(store: &'a dyn Store, key: BookKey, from: Position) -> Self {
        let next = from.max(Position::START.next());
        Self { store, key, next, chunk: VecDeque::new(), failed: false }
    }

    /// The position that comes next: what to keep in order to go on from here another time.
    pub const fn next_position(&self) -> Position {
        self.next
    }
}

impl Iterator for ActivityRecords<'_> {
    type Item = Result<ActivityRecord, RecordsError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.chunk.is_empty() && !self.failed {
            match read_chunk(self.store, self.key, self.next) {
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
