//! Records as they stand in the store, many at a time.

use std::ops::ControlFlow;

use tuanzhang_log::{BookKey, ReadError, Store};

/// Records of a chunk: a power of two, so that its tree is a subtree of the book's.
pub(super) const CHUNK_RECORDS: u64 = 1 << 10;
/// Bytes after which a chunk ends early, whatever its number of records.
const CHUNK_BYTES: usize = 1 << 20;

/// Some records, one behind the other.
#[derive(Debug)]
pub(super) struct Chunk {
    /// How many records stand before it.
    pub(super) before: u64,
    bytes: Vec<u8>,
    /// Where each record ends, and the position at which the store has it.
    ends: Vec<(usize, u64)>,
}

impl Chunk {
    fn after(before: u64) -> Self {
        Self { before, bytes: Vec::new(), ends: Vec::new() }
    }

    fn end(&self) -> u64 {
        self.before.saturating_add(u64::try_from(self.ends.len()).unwrap_or(u64::MAX))
    }

    fn is_full(&self) -> bool {
        self.end().is_multiple_of(CHUNK_RECORDS) || self.bytes.len() >= CHUNK_BYTES
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn byte_count(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap_or(u64::MAX)
    }

    /// Each record: how many stand before it, the position at which the store has it, its bytes.
    pub(super) fn records(&self) -> impl Iterator<Item = (u64, u64, &[u8])> {
        let mut start = 0;
        self.ends.iter().zip(self.before..).map(move |((end, position), before)| {
            let bytes = self.bytes.get(start..*end).unwrap_or_default();
            start = *end;
            (before, *position, bytes)
        })
    }
}

/// Reads a book chunk by chunk.
#[derive(Debug)]
pub(super) struct Reader<'s> {
    store: &'s dyn Store,
    key: BookKey,
    chunk: Chunk,
}

impl<'s> Reader<'s> {
    pub(super) fn new(store: &'s dyn Store, key: BookKey) -> Self {
        Self { store, key, chunk: Chunk::after(0) }
    }

    /// Reads on to a position and hands out each chunk that is full, until nobody takes them any more.
    pub(super) fn read(
        &mut self,
        to: u64,
        take: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let from = self.chunk.end().saturating_add(1);
        if from > to {
            return Ok(());
        }
        let chunk = &mut self.chunk;
        self.store.read(self.key, from, &mut |position, bytes| {
            chunk.bytes.extend_from_slice(bytes);
            chunk.ends.push((chunk.bytes.len(), position));
            if chunk.is_full() {
                let next = Chunk::after(chunk.end());
                take(std::mem::replace(chunk, next))?;
            }
            if position >= to { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    }

    /// What was read and not handed out.
    pub(super) fn rest(self) -> Option<Chunk> {
        Some(self.chunk).filter(|chunk| chunk.len() > 0)
    }
}
