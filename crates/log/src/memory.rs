//! A store in memory, for tests, drafts and measurements.
//!
//! It keeps many books and loses nothing while the process lives. An append takes one lock
//! and two allocations; a read takes the lock once a frame and never while it visits, so a
//! visitor may append. Damage can't happen short of a bug, and `verify` computes the root
//! anew.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard};

use crate::limits::length;
use crate::tree::{Edge, leaf_hash};
use crate::{
    AppendError, BookKey, Coverage, Damage, Durability, Guarantees, ReadError, Store, TreeHead,
    Turn, Visitor, Writers, check_limits,
};

/// A store in memory; clones of an `Arc` of it are the same store.
#[derive(Debug, Default)]
pub struct MemoryStore {
    books: RwLock<BTreeMap<BookKey, Book>>,
    /// Held by whoever appends, and through a turn.
    writer: Mutex<()>,
    /// The activity streams, once somebody has asked for them.
    activity: OnceLock<Arc<MemoryStore>>,
}

#[derive(Clone, Debug, Default)]
struct Book {
    frames: Vec<Arc<Frame>>,
    edge: Edge,
}

/// The records of one append, side by side.
#[derive(Debug)]
struct Frame {
    /// Position of the first record.
    first: u64,
    /// End of each record within `bytes`, ascending.
    ends: Vec<usize>,
    bytes: Vec<u8>,
}

impl Frame {
    fn new(first: u64, records: &[&[u8]]) -> Self {
        let bytes = records.concat();
        let ends = records
            .iter()
            .scan(0_usize, |end, record| {
                *end = end.saturating_add(record.len());
                Some(*end)
            })
            .collect();
        Self { first, ends, bytes }
    }

    /// Position behind the last record.
    fn end(&self) -> u64 {
        self.first.saturating_add(length(self.ends.len()))
    }

    fn records(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let ranges = starts.zip(&self.ends);
        (self.first..).zip(ranges.filter_map(|(start, end)| self.bytes.get(*start..*end)))
    }
}

impl Book {
    /// The frame that holds a position.
    fn frame(&self, position: u64) -> Option<Arc<Frame>> {
        let after = self.frames.partition_point(|frame| frame.first <= position);
        let frame = self.frames.get(after.checked_sub(1)?)?;
        (position < frame.end()).then(|| Arc::clone(frame))
    }
}

impl MemoryStore {
    /// Makes a store without books.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> RwLockReadGuard<'_, BTreeMap<BookKey, Book>> {
        // A book is changed by assignments that can't panic half-way.
        self.books.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn frame(&self, book: BookKey, position: u64) -> Option<Arc<Frame>> {
        self.lock().get(&book)?.frame(position)
    }

    fn writer(&self) -> MutexGuard<'_, ()> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes for whoever holds `writer`.
    fn write(
        &self,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
    ) -> Result<TreeHead, AppendError> {
        let mut books = self.books.write().unwrap_or_else(PoisonError::into_inner);
        let actual = books.get(&book).map_or(0, |book| book.edge.size());
        if expected != actual {
            return Err(AppendError::Raced { expected, actual });
        }
        if records.is_empty() {
            return Ok(books.get(&book).map_or(TreeHead::EMPTY, |book| book.edge.head()));
        }
        let frame = Frame::new(expected.saturating_add(1), records);
        let book = books.entry(book).or_default();
        for record in records {
            book.edge.push(leaf_hash(record));
        }
        book.frames.push(Arc::new(frame));
        Ok(book.edge.head())
    }
}

/// The lock, and whose book it is held for.
struct MemoryTurn<'s> {
    store: &'s MemoryStore,
    book: BookKey,
    head: TreeHead,
    _writer: MutexGuard<'s, ()>,
}

impl Turn for MemoryTurn<'_> {
    fn head(&self) -> TreeHead {
        self.head
    }

    fn append(self: Box<Self>, records: &[&[u8]]) -> Result<TreeHead, AppendError> {
        check_limits(records)?;
        self.store.write(self.book, self.head.size, records)
    }
}

impl Store for MemoryStore {
    fn guarantees(&self) -> Guarantees {
        Guarantees {
            durability: Durability::Memory,
            writers: Writers::Many,
            text: "in memory: gone when the process ends; any number of handles in this process",
        }
    }

    fn books(&self) -> Result<Vec<BookKey>, ReadError> {
        Ok(self.lock().keys().copied().collect())
    }

    fn head(&self, book: BookKey) -> Result<TreeHead, ReadError> {
        Ok(self.lock().get(&book).map_or(TreeHead::EMPTY, |book| book.edge.head()))
    }

    fn append(
        &self,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
    ) -> Result<TreeHead, AppendError> {
        check_limits(records)?;
        let _writer = self.writer();
        self.write(book, expected, records)
    }

    fn turn<'s>(
        &'s self,
        book: BookKey,
        from: u64,
        visit: &mut Visitor<'_>,
    ) -> Result<Option<Box<dyn Turn + 's>>, AppendError> {
        let writer = self.writer();
        self.read(book, from, visit)?;
        Ok(Some(Box::new(MemoryTurn {
            store: self,
            book,
            head: self.head(book)?,
            _writer: writer,
        })))
    }

    fn read_one(&self, book: BookKey, position: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let frame = self.frame(book, position);
        let mut records = frame.iter().flat_map(|frame| frame.records());
        Ok(records.find(|(at, _)| *at == position).map(|(_, record)| record.to_vec()))
    }

    fn read(&self, book: BookKey, from: u64, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
        let mut next = from.max(1);
        while let Some(frame) = self.frame(book, next) {
            for (position, record) in frame.records().filter(|(position, _)| *position >= next) {
                if let ControlFlow::Break(()) = visit(position, record) {
                    return Ok(());
                }
            }
            next = frame.end();
        }
        Ok(())
    }

    fn verify(&self, book: BookKey) -> Result<Coverage, ReadError> {
        let Some(Book { frames, edge }) = self.lock().get(&book).cloned() else {
            return Ok(Coverage::EMPTY);
        };
        let mut computed = Edge::new();
        let mut coverage = Coverage { frames: length(frames.len()), ..Coverage::EMPTY };
        for (_, record) in frames.iter().flat_map(|frame| frame.records()) {
            computed.push(leaf_hash(record));
            coverage.bytes = coverage.bytes.saturating_add(length(record.len()));
        }
        coverage.records = computed.size();
        coverage.head = computed.head();
        if computed != edge {
            let what = format!("root {} is stated, {} follows", edge.root(), computed.root());
            return Err(ReadError::Damaged(Damage::new(format!("memory, book {book}"), what)));
        }
        Ok(coverage)
    }

    fn activity(&self) -> Result<Box<dyn Store>, ReadError> {
        Ok(Box::new(Arc::clone(self.activity.get_or_init(Arc::default))))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::conformance::{
        Capacity, Factory, LostAnswers, NotOffered, StoredBytes, TornAppends, check_all,
    };
    use crate::testing::{AppendFault, FailingStore, Moment};

    /// Stores in memory; the newest can be made to fail.
    #[derive(Default)]
    struct Memory(Mutex<Arc<FailingStore<MemoryStore>>>);

    impl Factory for Memory {
        fn fresh(&self) -> Box<dyn Store> {
            let store = Arc::default();
            *self.0.lock().unwrap() = Arc::clone(&store);
            Box::new(store)
        }

        fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
            store
        }

        fn capacity(&self) -> Capacity {
            Capacity::ManyBooks
        }

        fn another(&self) -> Result<Box<dyn Store>, NotOffered> {
            Ok(Box::new(Arc::clone(&self.0.lock().unwrap())))
        }

        fn stored_bytes(&self) -> Result<&dyn StoredBytes, NotOffered> {
            Err(NotOffered("memory has no stored bytes"))
        }

        fn torn_appends(&self) -> Result<&dyn TornAppends, NotOffered> {
            Err(NotOffered("nothing of memory outlives the process"))
        }

        fn lost_answers(&self) -> Result<&dyn LostAnswers, NotOffered> {
            Ok(self)
        }
    }

    const WAYS: [(AppendFault, Moment); 3] = [
        (AppendFault::Unknown, Moment::Before),
        (AppendFault::Unknown, Moment::After),
        (AppendFault::Unavailable, Moment::Before),
    ];

    impl LostAnswers for Memory {
        fn ways(&self) -> Vec<String> {
            WAYS.map(|way| format!("{way:?}")).into()
        }

        fn lose_next(&self, way: usize) {
            let (fault, moment) = WAYS[way];
            self.0.lock().unwrap().fail_next_append(fault, moment);
        }

        fn heal(&self) {}
    }

    #[test]
    fn memory_conforms() {
        let report = check_all(&Memory::default());
        println!("{report}");
        assert!(report.conforms(), "{report}");
        assert_eq!(report.not_offered().count(), 3, "bytes, cuts, torn appends");
    }
}
