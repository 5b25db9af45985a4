//! Copies that go through, and those that must not.

#![expect(clippy::arithmetic_side_effects, reason = "tests with small numbers")]

use std::sync::Mutex;

use super::*;
use crate::testing::{AppendFault, FailingStore, Moment};
use crate::{Coverage, Guarantees, MemoryStore, Visitor};

const BOOK: BookKey = BookKey(*b"a book to copy..");

fn record(number: u64) -> Vec<u8> {
    format!("record {number}").into_bytes()
}

/// A store with the records `1..=size`.
fn store(size: u64) -> MemoryStore {
    let store = MemoryStore::new();
    grow(&store, size);
    store
}

fn grow(store: &dyn Store, size: u64) {
    for position in store.head(BOOK).unwrap().size..size {
        store.append(BOOK, position, &[&record(position + 1)]).unwrap();
    }
}

fn copied(source: &dyn Store, target: &dyn Store) -> Result<Copied, CopyError> {
    book(source, target, BOOK, &mut |_| {})
}

#[test]
fn a_copy_has_the_sources_head_from_wherever_the_target_stands() {
    for size in [0, 1, 2, 7, 64, 100] {
        let source = store(size);
        for before in 0..=size {
            let target = store(before);
            let found = copied(&source, &target).unwrap();
            let head = source.head(BOOK).unwrap();
            assert_eq!(found, Copied { before, copied: size - before, head });
            assert_eq!(target.verify(BOOK).unwrap().head, head);
        }
    }
}

#[test]
fn large_records_go_in_several_batches() {
    let (source, target) = (MemoryStore::new(), MemoryStore::new());
    let large = vec![7; 1 << 20];
    source.append(BOOK, 0, &[large.as_slice(); 10]).unwrap();
    grow(&source, 20);
    let mut seen = Vec::new();
    book(&source, &target, BOOK, &mut |now| seen.push((now.done, now.of))).unwrap();
    assert_eq!(seen, [(0, 20), (4, 20), (8, 20), (20, 20)]);
    assert_eq!(target.head(BOOK).unwrap(), source.head(BOOK).unwrap());
}

#[test]
fn many_small_records_stay_within_an_appends_limit() {
    let (source, target) = (MemoryStore::new(), MemoryStore::new());
    let small = vec![b"".as_slice(); 16_384];
    source.append(BOOK, 0, &small).unwrap();
    source.append(BOOK, 16_384, &small).unwrap();
    assert_eq!(copied(&source, &target).unwrap().copied, 32_768);
}

#[test]
fn other_records_are_never_written_over() {
    let source = store(9);
    for size in 1..=9 {
        let target = store(size - 1);
        target.append(BOOK, size - 1, &[b"another"]).unwrap();
        let before = target.head(BOOK).unwrap();
        match copied(&source, &target) {
            Err(CopyError::Diverged { size: over, .. }) => assert_eq!(over, size),
            other => panic!("{other:?}"),
        }
        assert_eq!(target.head(BOOK).unwrap(), before);
    }
    let ahead = copied(&source, &store(10));
    let (source_size, target_size) = (9, 10);
    assert!(
        matches!(ahead, Err(CopyError::TargetAhead { source_size: s, target_size: t })
            if (s, t) == (source_size, target_size)),
        "{ahead:?}"
    );
}

#[test]
fn an_unknown_answer_is_looked_up() {
    for (moment, size) in [(Moment::Before, 6), (Moment::After, 6)] {
        let source = store(size);
        let target = FailingStore::new(store(2));
        target.fail_next_append(AppendFault::Unknown, moment);
        let found = copied(&source, &target).unwrap();
        assert_eq!((found.before, found.copied), (2, 4), "{moment:?}");
        let appends = if moment == Moment::Before { 2 } else { 1 };
        assert_eq!(target.appends(), appends, "{moment:?}");
        assert_eq!(target.head(BOOK).unwrap(), source.head(BOOK).unwrap());
    }
}

#[test]
fn unavailable_stops_and_the_next_call_goes_on() {
    let source = store(6);
    let target = FailingStore::new(MemoryStore::new());
    target.fail_next_append(AppendFault::Unavailable, Moment::Before);
    let stopped = copied(&source, &target);
    assert!(
        matches!(stopped, Err(CopyError::Append { size: 0, error: AppendError::Unavailable(_) })),
        "{stopped:?}"
    );
    assert_eq!(copied(&source, &target).unwrap().copied, 6);
}

#[test]
fn a_target_that_never_answers_is_given_up() {
    let source = store(6);
    let target = FailingStore::new(MemoryStore::new());
    for number in 1..=20 {
        target.fail_append(number, AppendFault::Unknown, Moment::Before);
    }
    let stopped = copied(&source, &target);
    assert!(matches!(stopped, Err(CopyError::Append { size: 0, .. })), "{stopped:?}");
    assert_eq!(target.appends(), u64::from(ATTEMPTS_MAX));
}

/// A store that lets something happen before its next append, or lies when it is read.
#[derive(Debug)]
struct Odd<F> {
    inner: MemoryStore,
    before: Mutex<Option<F>>,
    skips: Option<u64>,
    alters: Option<u64>,
}

impl<F> Odd<F> {
    fn new(inner: MemoryStore, before: Option<F>) -> Self {
        Self { inner, before: Mutex::new(before), skips: None, alters: None }
    }
}

impl<F: FnOnce(&MemoryStore) + Send + fmt::Debug> Store for Odd<F> {
    fn guarantees(&self) -> Guarantees {
        self.inner.guarantees()
    }
    fn books(&self) -> Result<Vec<BookKey>, ReadError> {
        self.inner.books()
    }
    fn head(&self, book: BookKey) -> Result<TreeHead, ReadError> {
        self.inner.head(book)
    }
    fn append(
        &self,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
    ) -> Result<TreeHead, AppendError> {
        if let Some(before) = self.before.lock().unwrap().take() {
            before(&self.inner);
        }
        self.inner.append(book, expected, records)
    }
    fn read_one(&self, book: BookKey, position: u64) -> Result<Option<Vec<u8>>, ReadError> {
        self.inner.read_one(book, position)
    }
    fn read(&self, book: BookKey, from: u64, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
        self.inner.read(book, from, &mut |position, record| {
            if self.skips == Some(position) {
                return ControlFlow::Continue(());
            }
            let record = if self.alters == Some(position) { b"altered" } else { record };
            visit(position, record)
        })
    }
    fn verify(&self, book: BookKey) -> Result<Coverage, ReadError> {
        self.inner.verify(book)
    }
    fn activity(&self) -> Result<Box<dyn Store>, ReadError> {
        self.inner.activity()
    }
}

fn odd(size: u64) -> Odd<fn(&MemoryStore)> {
    Odd::new(store(size), None)
}

#[test]
fn a_race_on_the_target_is_followed_or_refused() {
    let source = store(9);
    // Somebody else copies the same book.
    let same: fn(&MemoryStore) = |target| grow(target, 5);
    let same = Odd::new(store(2), Some(same));
    let found = copied(&source, &same).unwrap();
    assert_eq!((found.before, found.copied), (2, 4));
    assert_eq!(same.head(BOOK).unwrap(), source.head(BOOK).unwrap());
    // Somebody else writes to it.
    let other: fn(&MemoryStore) = |target| {
        target.append(BOOK, 2, &[b"another"]).unwrap();
    };
    let other = Odd::new(store(2), Some(other));
    let stopped = copied(&source, &other);
    assert!(matches!(stopped, Err(CopyError::Diverged { size: 3, .. })), "{stopped:?}");
    assert_eq!(other.head(BOOK).unwrap().size, 3);
}

#[test]
fn a_source_that_lies_is_noticed_before_the_last_record_is_there() {
    for position in 1..=9 {
        let skipping = Odd { skips: Some(position), ..odd(9) };
        let target = MemoryStore::new();
        let stopped = copied(&skipping, &target);
        assert!(matches!(stopped, Err(CopyError::SourceGap { .. })), "{position}: {stopped:?}");
        let altering = Odd { alters: Some(position), ..odd(9) };
        let target = MemoryStore::new();
        let stopped = copied(&altering, &target);
        assert!(matches!(stopped, Err(CopyError::SourceRoot { .. })), "{position}: {stopped:?}");
        assert!(target.head(BOOK).unwrap().size < 9);
        let target = store(9);
        let stopped = copied(&altering, &target);
        assert!(matches!(stopped, Err(CopyError::SourceRoot { .. })), "{position}: {stopped:?}");
    }
}

#[test]
fn a_copy_ends_at_the_head_that_the_source_had() {
    let (source, target) = (store(5), MemoryStore::new());
    let mut calls = 0;
    let found = book(&source, &target, BOOK, &mut |_| {
        calls += 1;
        grow(&source, 5 + calls);
    });
    assert_eq!(found.unwrap().head.size, 5);
    assert_eq!(source.head(BOOK).unwrap().size, 7);
}

#[test]
fn activity_is_copied_by_its_own_call() {
    let (source, target) = (store(3), MemoryStore::new());
    source.activity().unwrap().append(BOOK, 0, &[b"visit", b"join"]).unwrap();
    assert_eq!(copied(&source, &target).unwrap().copied, 3);
    assert_eq!(target.activity().unwrap().head(BOOK).unwrap(), TreeHead::EMPTY);
    let found = activity(&source, &target, BOOK, &mut |_| {}).unwrap();
    assert_eq!((found.before, found.copied), (0, 2));
    assert_eq!(target.head(BOOK).unwrap().size, 3);
}
